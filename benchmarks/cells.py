"""Time of a paced beat beside Myokit's CVODES, on one core, and where the time goes.

    python benchmarks/cells.py [--beats 50]

Myokit compiles its simulation: a C compiler and the SUNDIALS headers (Debian: libsundials-dev) must be installed.
Both start from the published state and are timed after 100 beats; both run one thread; each figure is CPU time, the
better of two runs. Kernels are compiled anew, in a temporary folder.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["POINTES_CACHE"] = os.environ.setdefault("POINTES_BENCHMARK_CACHE", tempfile.mkdtemp(prefix="pointes-"))

import myokit
import numpy as np
from numba import njit

from pointes import cells
from pointes.cells.simd import FAST
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
LENGTH = 24  # multiply-adds in a chain, when the peak is measured

LOAD = """
import sys, time
from pointes import cells
start = time.perf_counter()
cells.load(*sys.argv[1:])
print(time.perf_counter() - start)
"""


def cpu_time(task: Callable[[], Any], repeats: int = 2) -> tuple[float, Any]:
    """Return the smallest CPU time [s] of some runs of a task, and what it returned."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = task()
        times.append(time.process_time() - start)
    return min(times), result


def myokit_beat(name: str, celltype: str, beats: int) -> tuple[float, float]:
    """Return Myokit's time per beat [ms] at its default tolerance, and the APD90 of the last beat [ms] at 1e-8."""
    model = myokit.load_model(cells.model.MODELS / f"{name}.mmt")
    if model.label("celltype") is not None:
        model.label("celltype").set_rhs(cells.describe(name)["celltypes"].index(celltype))
    duration = model.label("stimulus_duration").eval()
    simulation = myokit.Simulation(model, myokit.pacing.blocktrain(CYCLE_LENGTH, duration))
    simulation.pre(BEFORE * CYCLE_LENGTH)
    elapsed, _ = cpu_time(lambda: simulation.run(beats * CYCLE_LENGTH, log=myokit.LOG_NONE))
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
    blocks = [model.block({model.conductances["IKr"]: model.parameters[model.conductances["IKr"]] * (1 - part)})
              for part in BLOCK.reshape(-1, cells.LANES)]  # fmt: skip

    def pace(number: int) -> None:
        for block in blocks:
            for _ in range(number):
                model.kernel.beat(block, CYCLE_LENGTH, model.stimulus_duration)

    pace(BEFORE)
    elapsed, _ = cpu_time(lambda: pace(beats))
    control = blocks[0][model.layout.row("control") :]
    apd90 = cells.pace(model, {}, cycle_length=CYCLE_LENGTH, beats=BEFORE + beats)["apd90_ms"][0]
    return elapsed / beats / CELLS * 1e3, apd90, control[Row.STEPS]


def operations(model: cells.CellModel) -> int:
    """Return the floating-point operations of one step of one cell, counted in the machine code."""
    kernel = model.kernel
    parts = (kernel.rates, kernel.advance, kernel.record)
    assembly = "".join(text for part in parts for text in part.inspect_asm().values())
    fused = len(re.findall(r"\tvfn?m\w+pd\t", assembly))
    plain = len(re.findall(r"\tv(?:add|sub|mul|div|min|max|sqrt)pd\t", assembly))
    lanes = 8 if "zmm" in assembly else 4
    return (2 * fused + plain) * lanes // cells.LANES


def peak() -> float:
    """Return the machine's measured peak of packed arithmetic [operations per ns]: polynomials."""

    @njit(error_model="numpy", fastmath=FAST)
    def polynomials(x: np.ndarray, out: np.ndarray, n: int) -> None:
        for _ in range(n):
            for i in range(64):
                p = x[i]
                for _ in range(LENGTH):
                    p = p * x[i] + 0.5
                out[i] = p

    x, out, n = np.linspace(0, 0.1, 64), np.empty(64), 200_000
    polynomials(x, out, 1)
    elapsed, _ = cpu_time(lambda: polynomials(x, out, n), repeats=5)
    return 2 * 64 * LENGTH * n / elapsed * 1e-9


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
    machine = peak()
    print(f"Peak of packed arithmetic: {machine:.1f} operations/ns\n")
    print("| model | CVODES [ms/beat] | pointes [ms/beat] | ratio | APD90 difference [ms] | steps per beat "
          "| ns per cell-step | operations per cell-step | share of peak | compile [s] | from cache [s] |")  # fmt: skip
    print("| --- " * 11 + "|")
    for name, celltype in MODELS:
        compiled, model = cpu_time(lambda name=name, celltype=celltype: cells.load(name, celltype), repeats=1)
        cached = float(subprocess.run(
            [sys.executable, "-c", LOAD, name, celltype], capture_output=True, text=True, check=True
        ).stdout)  # fmt: skip
        theirs, reference = myokit_beat(name, celltype, beats)
        ours, apd90, steps = our_beat(model, beats)
        per_step = ours / steps * 1e6
        print(
            f"| {name} {celltype} | {theirs:.2f} | {ours:.4f} | {theirs / ours:.0f} | {apd90 - reference:+.3f} "
            f"| {steps:.0f} | {per_step:.0f} | {operations(model)} | {operations(model) / per_step / machine:.0%} "
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
