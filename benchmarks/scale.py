"""Cost of simulating 1e4, 1e5 and 1e6 samples beyond their computation, beside a sweep that is written by hand.

    python benchmarks/scale.py [--samples 10000 100000] [--beats 2] [--workers 2] [--peer 2000]

`pointes simulate` paces random points of the cheapest cell model. The sweep by hand is a ProcessPoolExecutor each of
whose tasks paces one cell by CVODES through Myokit and returns its APD90; it stands for all samples by its time per
sample. Myokit compiles its simulation: a C compiler and the SUNDIALS headers (Debian: libsundials-dev) must be there.

CPU time and memory (resident, with what processes share) are those of the process tree, looked at ten times a second.
The client holds the scheduler, too. Overhead is the CPU time of all processes, without their start, beyond that of the
same simulations in one process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import myokit
import numpy as np
import psutil
from machine import described, timed

from pointes import cells
from pointes.cells.model import MODELS

MODEL = "mitchell-schaeffer-2003"
CURRENTS = ("J_in", "J_out")
HIGHEST = 0.5  # block of either current
CYCLE_LENGTH = 1000.0
LOOK_S = 0.1
CONFIG = f"""
model: {{name: {MODEL}}}
protocol: {{cycle_length: {CYCLE_LENGTH}, beats: %d, label_beats: 1}}
parameters: {{blocks: {{{", ".join(f"{current}: [0, {HIGHEST}]" for current in CURRENTS)}}}}}
execution: {{workers: %d}}
drugs: null
"""


def drawn(count: int) -> np.ndarray:
    """Return random points (count, 2)."""
    return np.random.default_rng(1).uniform(0.0, HIGHEST, size=(count, len(CURRENTS)))


def run(folder: Path, count: int, beats: int, workers: int) -> tuple[float, float, float, float]:
    """Simulate points by the command; return wall and CPU time [s], peak memory of client and largest worker [MB]."""
    (folder / "campaign.yaml").write_text(CONFIG % (beats, workers))
    np.savetxt(folder / "points.csv", drawn(count), delimiter=",", header=",".join(CURRENTS), comments="")
    command = [sys.executable, "-c", "from pointes.cli import main; main()", "simulate", "campaign.yaml", "points.csv"]
    began = time.perf_counter()
    with subprocess.Popen([*command, "-o", "out.nc"], cwd=folder, stdout=subprocess.DEVNULL) as process:
        client = psutil.Process(process.pid)
        used: dict[int, float] = {}
        memory: dict[int, float] = {}
        while process.poll() is None:
            for each in [client, *children(client)]:
                try:
                    times = each.cpu_times()
                    used[each.pid] = times.user + times.system
                    memory[each.pid] = max(memory.get(each.pid, 0.0), each.memory_info().rss / 1e6)
                except psutil.NoSuchProcess:
                    continue
            time.sleep(LOOK_S)
    wall = time.perf_counter() - began
    if process.returncode:
        sys.exit(f"exit code {process.returncode}")
    return wall, sum(used.values()), memory.pop(client.pid), max(memory.values())


def children(process: psutil.Process) -> list[psutil.Process]:
    """Return the descendants of a process that is perhaps ending."""
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def computation(beats: int) -> float:
    """Return the CPU time of the simulation of a sample [s], in batches as large as those of the command."""
    model, points = cells.load(MODEL), drawn(1024)
    blocks = dict(zip(CURRENTS, points.T, strict=True))
    task = lambda: cells.pace(model, blocks, cycle_length=CYCLE_LENGTH, beats=beats)  # noqa: E731
    task()
    return timed(task, repeats=5)[0] / len(points)


def apd90_by_myokit(point: np.ndarray, beats: int) -> float:
    """Pace a cell by Myokit as a user would, with a simulation per process, and return its APD90 [ms]."""
    simulation, model = compiled()
    simulation.reset()
    for current, block in zip(CURRENTS, point, strict=True):
        variable = cells.load(MODEL).conductances[current]
        simulation.set_constant(variable, model.get(variable).eval() * (1 - block))
    potential = model.label("membrane_potential").qname()
    simulation.run((beats - 1) * CYCLE_LENGTH, log=myokit.LOG_NONE)
    log = simulation.run(CYCLE_LENGTH, log=["engine.time", potential])
    v = np.array(log[potential])
    above = v > v.max() - 0.9 * (v.max() - v.min())
    return float(np.array(log["engine.time"])[above].max()) - (beats - 1) * CYCLE_LENGTH


COMPILED: list[tuple[myokit.Simulation, myokit.Model]] = []


def compiled() -> tuple[myokit.Simulation, myokit.Model]:
    """Return this process's simulation, compiled at the first call, and its model."""
    if not COMPILED:
        model = myokit.load_model(MODELS / f"{MODEL}.mmt")
        pacing = myokit.pacing.blocktrain(CYCLE_LENGTH, model.label("stimulus_duration").eval())
        COMPILED.append((myokit.Simulation(model, pacing), model))
    return COMPILED[0]


def by_hand(count: int, beats: int, workers: int) -> float:
    """Return the wall time of a sample [s] in a sweep by hand, without the start of its processes."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(apd90_by_myokit, drawn(2 * workers), [beats] * 2 * workers))
        began = time.perf_counter()
        list(pool.map(apd90_by_myokit, drawn(count), [beats] * count))
        return (time.perf_counter() - began) / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--beats", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--peer", type=int, default=2000, help="number of samples of the sweep by hand; 0: none")
    options = parser.parse_args()
    beats, workers = options.beats, options.workers
    alone = computation(beats)
    print(f"{described()}; {workers} workers, load {os.getloadavg()[0]:.1f}\n")
    print(f"A sample of {MODEL}, {beats} beats: {alone * 1e3:.3f} ms of CPU time in one process\n")
    hand = by_hand(options.peer, beats, workers) if options.peer else float("nan")
    print("| samples | wall [s] | CPU [s] | overhead per sample [ms] | client [MB] | largest worker [MB] "
          "| sweep by hand [s] | ratio |")  # fmt: skip
    print("| --- " * 8 + "|")
    with tempfile.TemporaryDirectory() as folder:
        _, start, *_ = run(Path(folder), 8, beats, workers)
        for count in options.samples:
            wall, cpu, client, worker = run(Path(folder), count, beats, workers)
            overhead = (cpu - start) / count - alone
            print(
                f"| {count:,} | {wall:.0f} | {cpu:.0f} | {overhead * 1e3:.3f} | {client:.0f} | {worker:.0f} "
                f"| {hand * count:.0f} | {hand * count / wall:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
