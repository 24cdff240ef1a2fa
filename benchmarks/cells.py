"""Time of a paced beat beside Myokit's CVODES, on one core, and the difference in APD90 between the two.

    python benchmarks/cells.py [--beats 100]

Myokit compiles its simulation: a C compiler and the SUNDIALS headers (Debian: libsundials-dev) must be installed.
Both start from the published state; both run one thread; each figure is CPU time, without compilation.
"""

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import myokit
import numpy as np

from pointes import cells

CELLS = 64  # variants in our population; Myokit runs one after the other


def myokit_beats(name: str, celltype: str, cycle_length: float, beats: int) -> tuple[float, float]:
    """Return Myokit's CPU time per beat [ms] at its default tolerance, and the last APD90 [ms] at 1e-8."""
    model = myokit.parse_model((cells.model.MODELS / f"{name}.mmt").read_text())
    model.label("celltype").set_rhs(cells.describe(name)["celltypes"].index(celltype))
    duration = model.label("stimulus_duration").eval()
    simulation = myokit.Simulation(model, myokit.pacing.blocktrain(cycle_length, duration))
    simulation.run(cycle_length, log=myokit.LOG_NONE)
    start = time.process_time()
    simulation.run(beats * cycle_length, log=myokit.LOG_NONE)
    elapsed = time.process_time() - start
    simulation.reset()
    simulation.set_tolerance(1e-8, 1e-8)
    simulation.run((beats - 1) * cycle_length, log=myokit.LOG_NONE)
    log = simulation.run(cycle_length, log=["engine.time", "membrane.v", "dot(membrane.v)"])
    t, v, dvdt = (np.array(log[key]) for key in ("engine.time", "membrane.v", "dot(membrane.v)"))
    threshold = v.max() - 0.9 * (v.max() - v[0])
    k = np.flatnonzero((v[:-1] > threshold) & (v[1:] <= threshold))[-1]
    crossing = np.interp(-threshold, -v[k : k + 2], t[k : k + 2])
    return elapsed / beats * 1e3, crossing - t[np.argmax(dvdt)]


def our_beats(name: str, celltype: str, cycle_length: float, beats: int) -> tuple[float, float]:
    """Return our CPU time per beat and cell [ms], and the last APD90 [ms]."""
    model = cells.load(name, celltype)
    blocks = {"IKr": np.linspace(0, 0.3, CELLS)}
    start = time.process_time()
    result = cells.pace(model, blocks, cycle_length=cycle_length, beats=beats)
    return (time.process_time() - start) / beats / CELLS * 1e3, result["apd90_ms"][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beats", type=int, default=100)
    beats = parser.parse_args().beats
    print("| model | cycle length [ms] | Myokit CVODES [ms/beat] | pointes [ms/beat] | ratio | APD90 difference [ms] |")
    print("| --- | --- | --- | --- | --- | --- |")
    for celltype in ("endo", "epi", "mid"):
        for cycle_length in (1000.0, 2000.0):
            theirs, reference = myokit_beats("ohara-2011", celltype, cycle_length, beats)
            ours, apd90 = our_beats("ohara-2011", celltype, cycle_length, beats)
            print(
                f"| O'Hara–Rudy 2011 {celltype} | {cycle_length:.0f} | {theirs:.2f} | {ours:.3f} | {theirs / ours:.0f} "
                f"| {apd90 - reference:+.3f} |"
            )


if __name__ == "__main__":
    main()
