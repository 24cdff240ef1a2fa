"""Results as they were when `NUMERICS` was last raised: a change of code that changes them must raise it.

After raising it, write the values anew::

    python tests/unit/test_golden.py
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pointes import cells
from pointes.tissue.description import Site, TissueDescription
from pointes.tissue.simulation import simulate

FILE = Path(__file__).parents[1] / "data" / "golden.json"
RELATIVE = 1e-9
SMALLEST = 1e-6  # changes of smaller values are measured as if these were as large
CHANGED = """\
{case}: {quantity} changed by up to {change:.1e} of its size: raise NUMERICS in src/pointes/{package}/numerics.py,
so that results of before and after never mix, and write the values of the tests anew:

    python tests/unit/test_golden.py
"""

CUBIC = str(FILE.with_name("models") / "cubic.cellml")
# Arguments of `cells.load` and of `cells.pace`: gates and calcium, Markov chains, chloride, leaps towards a steady
# rhythm, spontaneous beats, potentials from 0 to 1, and a user's file
CELLS = {
    "ohara-2011": (["mid"], {"blocks": {"IKr": [0.0, 0.5, 0.95], "INaL": 0.3}, "cycle_length": 2000.0}),
    "ohara-cipa-2017": (["endo"], {"blocks": {"ICaL": [0.0, 0.5], "IKr": 0.4}, "label_beats": 2}),
    "torord-dyncl": (["endo"], {"blocks": {"INa": [0.0, 0.6]}, "tolerance": 2e-4}),
    "tentusscher-2006": (["epi"], {"blocks": {"IKs": [0.0, 0.7]}, "until_steady": True, "beats": 1000}),
    "stewart-2009": ([], {"blocks": {"IK1": [0.0, 0.3]}, "stimulus_duration": 0.0}),
    "aliev-panfilov-1996": ([], {"blocks": {}, "cycle_length": 400.0}),
    CUBIC: ([], {"blocks": {"i_cubic": [0.0, 0.2]}, "cycle_length": 500.0}),
}
TISSUES = {
    "transmural cable": TissueDescription(
        "cable", "ohara-2011", size_mm=(4.5,), spacing_mm=0.3, layers={"endo": 60, "mid": 45, "epi": 60}, cell_beats=4,
        blocks={"IKr": 0.3}, rest_ms=500.0, time_step_ms=0.05,
    ),
    "two stimuli on a sheet": TissueDescription(
        "sheet", "mitchell-schaeffer-2003", size_mm=(6.0, 4.0), spacing_mm=0.4, cell_beats=0, beats=2,
        cycle_length_ms=400.0, sites=(Site(depth_mm=1.0), Site("y1", 1.0, delay_ms=30.0)), time_step_ms=0.05,
        adaptive=False,
    ),
    "ventricles": TissueDescription(
        "ventricles", "mitchell-schaeffer-2003", "default", spacing_mm=2.0, cell_beats=0, rest_ms=100.0, along=1.0,
        across=0.3, time_step_ms=0.1,
    ),
}  # fmt: skip
EVERYWHERE = ["tentusscher-2006", "two stimuli on a sheet"]  # cases that are also simulated as on an older CPU


def results(case):
    """The results of a case: an array for each quantity."""
    if case in CELLS:
        arguments, options = CELLS[case]
        model = cells.load(case, *arguments)
        return cells.pace(model, **{"beats": 12, "final_state": True} | options)
    outcome = simulate(TISSUES[case])
    every = max(1, len(outcome.activation_ms) // 20)
    fields = {"activation_ms": outcome.activation_ms, "apd90_ms": outcome.apd90_ms}
    fields["margin_V_per_s"] = outcome.ead_margin_V_per_s
    return outcome.values | {name: field[::every] for name, field in fields.items()} | {"ecg": outcome.ecg[::20]}


def change(ours, golden):
    """The largest relative difference of two arrays; infinite where only one of them has a value."""
    ours, golden = np.array(ours, float), np.array(golden, float)
    if ours.shape != golden.shape or (np.isnan(ours) != np.isnan(golden)).any():
        return np.inf
    sizes = np.maximum(np.abs(golden), SMALLEST)
    return np.nan_to_num(np.abs(ours - golden) / sizes).max(initial=0.0)


def check(case, found):
    golden = json.loads(FILE.read_text(encoding="utf-8"))[Path(case).name]
    for quantity in found | golden:
        changed = change(found.get(quantity, []), golden.get(quantity, []))
        package = "cells" if case in CELLS else "tissue"
        assert changed <= RELATIVE, CHANGED.format(case=case, quantity=quantity, change=changed, package=package)


@pytest.mark.parametrize("case", [*CELLS, *TISSUES])
def test_numbers_are_those_of_the_fingerprint(case):
    check(case, results(case))


def test_a_change_is_told():
    _, options = CELLS["aliev-panfilov-1996"]
    model = cells.load("aliev-panfilov-1996")
    found = cells.pace(model, **options, beats=12, final_state=True, tolerance=1.2e-4 * (1 + 1e-6))
    with pytest.raises(AssertionError, match="raise NUMERICS in src/pointes/cells"):
        check("aliev-panfilov-1996", found)


def test_numbers_are_the_same_on_a_cpu_without_avx512():
    from llvmlite import binding

    features = binding.get_host_cpu_features()
    if not features.get("avx2"):
        pytest.skip("needs a CPU that has AVX2")
    narrow = ",".join(f"{'-' if name.startswith('avx512') else '+'}{name}" for name, has in features.items() if has)
    environment = os.environ | {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": narrow}
    command = [sys.executable, __file__, "--print", *EVERYWHERE]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    for case, found in json.loads(printed).items():
        check(case, found)


def listed(found):
    return {quantity: np.asarray(values).tolist() for quantity, values in found.items()}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--print"]:
        print(json.dumps({case: listed(results(case)) for case in sys.argv[2:]}))
    else:
        lines = [
            f" {json.dumps(Path(case).name)}: {json.dumps(listed(results(case)))}".replace('], "', '],\n  "')
            for case in [*CELLS, *TISSUES]
        ]
        FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
