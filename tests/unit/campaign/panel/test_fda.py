"""The panel of CiPA against the simulations of the FDA.

`docs/drugs/cipa_panel.csv` summarises the samples that were run (`benchmarks/cipa_study.py`). A few of its cells are
paced again here, so that the summary is that of this code.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from pointes import cells
from pointes.campaign.panel.points import LITERALS, Compound, panel_points
from pointes.campaign.panel.samples_file import read_joint_samples

PROJECT = Path(__file__).parents[4]
ENDS = {"median": 0.01, "q025": 0.03, "q975": 0.03}  # largest accepted deviation of qNet
CMAX_NM = {"bepridil": 33.0, "verapamil": 81.0, "ranolazine": 1948.2}


def rows(path):
    with (PROJECT / path).open(encoding="utf-8", newline="") as file:
        return {(row["drug"], row["dose_x_cmax"]): row for row in csv.DictReader(file)}


def test_the_panel_is_that_of_the_fda_within_sampling():
    panel, reference = rows("docs/drugs/cipa_panel.csv"), rows("benchmarks/data/cipa8_reference_metrics.csv")
    assert len(panel) == 28 * 4
    assert len(reference) == 8 * 4
    for place, expected in reference.items():
        assert int(panel[place]["samples"]) >= 500
        for end, tolerance in ENDS.items():
            found = float(panel[place][f"qnet_uC_per_uF_{end}"])
            assert found == pytest.approx(float(expected[f"qNet_uC_{end}"]), rel=tolerance), (place, end)
        assert float(panel[place]["apd90_ms_median"]) == pytest.approx(float(expected["APD90_median"]), abs=5)
        assert float(panel[place]["ead_share"]) == pytest.approx(float(expected["frac_EAD"]), abs=0.005)


@pytest.mark.parametrize("drug", CMAX_NM)
def test_cells_of_this_code_lie_in_the_summary(drug):
    samples = read_joint_samples(PROJECT / "config/drugs/cipa28_samples.nc").of([drug]).first(8)
    model = cells.load("ohara-cipa-2017", celltype="endo", vary=LITERALS)
    points = panel_points(Compound(drug, {drug: CMAX_NM[drug]}), samples, model.currents, (2,), dynamic=True)
    columns = {name: points[name][1:] for name in points.space}
    paced = cells.pace(
        model,
        {name: values for name, values in columns.items() if name not in LITERALS},
        values={name: columns[name] for name in LITERALS},
        cycle_length=2000.0,
        beats=1000,
        until_steady=True,
    )
    summary = rows("docs/drugs/cipa_panel.csv")[drug, "2"]
    low, median, high = (float(summary[f"qnet_uC_per_uF_{end}"]) for end in ("q025", "median", "q975"))
    found = np.sort(paced["qnet_uC_per_uF"])
    assert found[3:5].mean() == pytest.approx(median, rel=0.05)  # of eight samples
    assert (found > low - 0.003).all()
    assert (found < high + 0.003).all()
