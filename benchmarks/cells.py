"""Time of a paced beat beside Myokit's CVODES, on one core, and where the time goes.

    python benchmarks/cells.py [--beats 50]

Myokit compiles its simulation: a C compiler and the SUNDIALS headers (Debian: libsundials-dev) must be installed.
Both start from the published state and are timed after 100 beats; both run one thread; each figure is CPU time, the
better of two runs. Kernels are compiled anew, in a temporary folder.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["POINTES_CACHE"] = os.environ.setdefault("POINTES_BENCHMARK_CACHE", tempfile.mkdtemp(prefix="pointes-"))

import myokit
import numpy as np
from machine import described, operations, peak, timed

from pointes import cells
from pointes.cells.stepper import Row

MODELS = (
    ("ohara-2011", "endo"),
    ("ohara-2011", "epi"),
    ("ohara-2011", "mid"),
    ("ohara-cipa-2017", "endo"),
    ("torord-fkatp", "endo"),
    ("torord-dyncl", "endo"),
    ("tentusscher-2006", "epi"),
    ("trovato-2020", "purkinje"),
    ("stewart-2009", "purkinje"),
)
CELLS = 64  # variants in our population; Myokit runs one after the other
BLOCK = np.linspace(0.0, 0.3, CELLS)  # of IKr
BEFORE = 100  # beats to steady state
CYCLE_LENGTH = 1000.0

LOAD = """
import sys, time
from pointes import cells
start = time.perf_counter()
cells.load(*sys.argv[1:])
print(time.perf_counter() - start)
"""


def myokit_beat(name: str, celltype: str, beats: int) -> tuple[float, float]:
    """Return Myokit's time per beat [ms] at its default tolerance, and the APD90 of the last beat [ms] at 1e-8."""
    model = myokit.load_model(cells.model.MODELS / f"{name}.mmt")
    if model.label("celltype") is not None:
        model.label("celltype").set_rhs(cells.describe(name)["celltypes"].index(celltype))
    duration = model.label("stimulus_duration").eval()
    simulation = myokit.Simulation(model, myokit.pacing.blocktrain(CYCLE_LENGTH, duration))
    simulation.pre(BEFORE * CYCLE_LENGTH)
    elapsed, _ = timed(lambda: simulation.run(beats * CYCLE_LENGTH, log=myokit.LOG_NONE), repeats=2)
    simulation = myokit.Simulation(model, myokit.pacing.blocktrain(CYCLE_LENGTH, duration))
    simulation.set_tolerance(1e-8, 1e-8)
    simulation.run((BEFORE + beats - 1) * CYCLE_LENGTH, log=myokit.LOG_NONE)
    potential = model.label("membrane_potential").qname()
    log = simulation.run(CYCLE_LENGTH, log=["engine.time", potential, f"dot({potential})"])
    t, v, dvdt = (np.array(column) for column in log.values())
    t = t - (BEFORE + beats - 1) * CYCLE_LENGTH
    upstroke = t <= 20
    threshold = v.max() - 0.9 * (v.max() - v[0])
    k = np.flatnonzero((v[:-1] > threshold) & (v[1:] <= threshold))[-1]
    crossing = np.interp(-threshold, -v[k : k + 2], t[k : k + 2])
    return elapsed / beats * 1e3, crossing - t[upstroke][np.argmax(dvdt[upstroke])]


def our_beat(model: cells.CellModel, beats: int) -> tuple[float, float, float]:
    """Return our time per beat and cell [ms], the APD90 of the last beat [ms], and steps per beat."""
    bundles = [model.bundle({model.conductances["IKr"]: model.parameters[model.conductances["IKr"]] * (1 - part)})
               for part in BLOCK.reshape(-1, cells.LANES)]  # fmt: skip

    def pace(number: int) -> None:
        for bundle in bundles:
            for _ in range(number):
                model.kernel.beat(bundle, CYCLE_LENGTH, model.stimulus_duration)

    pace(BEFORE)
    elapsed, _ = timed(lambda: pace(beats), repeats=2)
    control = bundles[0][model.layout.row("control") :]
    apd90 = cells.pace(model, {}, cycle_length=CYCLE_LENGTH, beats=BEFORE + beats)["apd90_ms"][0]
    return elapsed / beats / CELLS * 1e3, apd90, control[Row.STEPS]


def pace_half(half: int) -> float:
    """Pace half of a population; return the wall time it took."""
    model = cells.load("ohara-2011", "endo")
    start = time.perf_counter()
    cells.pace(model, {"IKr": BLOCK[half::2]}, cycle_length=CYCLE_LENGTH, beats=200)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beats", type=int, default=50)
    beats = parser.parse_args().beats
    highest = peak()
    print(f"{described()}\n")
    print(f"Peak of packed arithmetic: {highest:.1f} operations/ns\n")
    print("| model | CVODES [ms/beat] | pointes [ms/beat] | ratio | APD90 difference [ms] | steps per beat "
          "| ns per cell-step | operations per cell-step | share of peak | compile [s] | from cache [s] |")  # fmt: skip
    print("| --- " * 11 + "|")
    for name, celltype in MODELS:
        compiled, model = timed(lambda name=name, celltype=celltype: cells.load(name, celltype))
        cached = float(subprocess.run(
            [sys.executable, "-c", LOAD, name, celltype], capture_output=True, text=True, check=True
        ).stdout)  # fmt: skip
        theirs, reference = myokit_beat(name, celltype, beats)
        ours, apd90, steps = our_beat(model, beats)
        per_step = ours / steps * 1e6
        count = operations(model.kernel.rates, model.kernel.advance, model.kernel.record)
        print(
            f"| {name} {celltype} | {theirs:.2f} | {ours:.4f} | {theirs / ours:.0f} | {apd90 - reference:+.3f} "
            f"| {steps:.0f} | {per_step:.0f} | {count} | {count / per_step / highest:.0%} "
            f"| {compiled:.1f} | {cached:.2f} |",
            flush=True,
        )
    with get_context("spawn").Pool(2) as pool:
        pool.map(pace_half, [0, 1])  # loads the kernel
        (alone,) = pool.map(pace_half, [0])
        together = max(pool.map(pace_half, [0, 1]))
    print(f"\nTwo processes pace {2 * alone / together:.2f} times as many cells as one")


if __name__ == "__main__":
    main()
