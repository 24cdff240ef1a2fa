"""The tissue solver beside finitewave and torchcor, and its time per node against what the machine can do.

    python -m venv peers && peers/bin/pip install finitewave torchcor
    python benchmarks/tissue.py --peers peers/bin/python [--fine]

Prints Markdown: activation times and whole times of the Niederer slab, throughput by model and number of nodes, the
share of the machine's arithmetic and memory bandwidth, the gain and the error of adaptive updates in a paced beat, and
what a second thread gains. CPU time of one thread unless said otherwise, without compilation on either side. With
--fine the slab is also solved at 0.1 mm (ten minutes more, nearly all of it the peers').
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from machine import described, operations, peak, timed

from pointes.tissue import niederer
from pointes.tissue.description import TissueDescription
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.conductivity import ACROSS, ALONG
from pointes.tissue.geometry.sites import Box
from pointes.tissue.observers.activation import Activations
from pointes.tissue.simulation import simulate
from pointes.tissue.solver import reaction
from pointes.tissue.solver.box import BoxDiffusion
from pointes.tissue.solver.monodomain import Monodomain, Region, substeps_needed
from pointes.tissue.solver.stimuli import periodic

PEERS = Path(__file__).with_name("tissue_peers.py")
MODELS = {"tentusscher-2006": "epi", "ohara-2011": "endo", "ohara-cipa-2017": "endo", "torord-fkatp": "endo"}
SIZES = (1_000, 10_000, 58_176, 300_000, 3_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="Python interpreter of an environment with the peers")
    parser.add_argument("--fine", action="store_true", help="solve the slab at 0.1 mm, too")
    options = parser.parse_args()
    print(described())
    niederer_slab(options.peers, [(0.2, 0.05), (0.2, 0.01)] + [(0.1, 0.05)] * options.fine)
    throughput(options.peers)
    scaling()
    paced_beat()
    threads()
    cable()


def niederer_slab(peers: Path | None, settings: list[tuple[float, float]]) -> None:
    """Print activation times of the slab and the time of the whole simulation, ours and the peers'."""
    lines = []
    for dx, dt in settings:
        for adaptive in (True, False):
            niederer.activation_times(0.5, dt, adaptive=adaptive)  # compiles
            elapsed, times = timed(partial(niederer.activation_times, dx, dt, adaptive=adaptive))
            lines.append([f"pointes{', adaptive' * adaptive}", dx, dt, times["P8"], times["C"], f"{elapsed:.1f}"])
        for name, arguments in (
            ("finitewave", ["finitewave"]),
            ("torchcor, mirrored cubes", ["torchcor"]),
            ("torchcor, cubes cut alike", ["torchcor", "--diagonals", "parallel"]),
        ):
            if peers:
                found = peer(peers, [*arguments, "niederer", "--dx", str(dx), "--dt", str(dt), "--duration", "60"])
                steps = f"{found['cpu_s'] * activated(found) / 60:.1f}"
                lines.append([name, dx, found["dt_ms"], found["P8_ms"], found["C_ms"], steps])
    print("\nThe limits are 42.4 ms at P8 and 19.45 ms in C; time until the whole slab is activated.\n")
    table(["code", "dx [mm]", "dt [ms]", "P8 [ms]", "C [ms]", "time [s]"], lines)


def activated(found: dict) -> float:
    """Return when a peer's slab is activated [ms]; our runs end there, too."""
    return max(found[f"P{k}_ms"] or 60.0 for k in range(1, 9))


def throughput(peers: Path | None) -> None:
    """Print millions of cell-steps per second in a slab of 58,176 nodes at 0.2 mm and 0.05 ms."""
    bound, lines = peak(), []
    for model, celltype in MODELS.items():
        rate = cell_steps(model, celltype, 58_176)
        update = reaction.load(model, celltype).kernel.update
        update.recompile()  # of what comes from the cache the machine code cannot be seen
        share = operations(update) * rate / 1e3 / bound
        lines.append([f"pointes, {model}", f"{rate:.1f}", f"{1e3 / rate:.1f}", f"{share:.0%}"])
    for name in ("finitewave", "torchcor") if peers else ():
        rate = peer(peers, [name, "throughput", "--nodes", "58176"])["cell_steps_per_s"] / 1e6
        lines.append([f"{name}, ten Tusscher-Panfilov 2006", f"{rate:.1f}", f"{1e3 / rate:.1f}", ""])
    print(f"\nAll cells in all steps. Peak of packed arithmetic: {bound:.0f} operations per ns.\n")
    table(["code, model", "million cell-steps per s", "ns per node and step", "share of peak"], lines)


def scaling() -> None:
    """Print the time per node and step by the number of nodes, and the memory that a node takes."""
    lines = []
    print(f"\nMemory is read and written at {bandwidth():.1f} GB/s by one thread.\n")
    for nodes in SIZES:
        run = made("tentusscher-2006", "epi", nodes)
        n = len(run.grid.nodes)
        kept = [vars(part).values() for part in (run, run.grid, run.diffusion, *run.cells)]
        size = sum(array.nbytes for array in [*run._nodes, *chain(*kept)] if isinstance(array, np.ndarray))
        states = 8 * (len(run.cells[0].model.states) + 1)
        elapsed = stepped(run, max(3, 3_000_000 // n))
        moved = 2 * run.cells[0].rows.nbytes / n + 32
        lines.append(
            [f"{n:,}", f"{elapsed / n * 1e9:.1f}", f"{moved / (elapsed / n * 1e9):.1f}", f"{size / n / states:.2f}"]
        )
    table(["nodes", "ns per node and step", "GB/s", "memory over that of the states"], lines)


def paced_beat() -> None:
    """Print what adaptive updates gain, and cost in accuracy, in a beat of 500 ms."""
    lines = []
    for model, celltype in MODELS.items():
        results = []
        for adaptive in (False, True):
            run = made(model, celltype, 20_000, adaptive)
            activations = Activations(len(run.grid.nodes), 0.1)
            elapsed, _ = timed(lambda run=run, activations=activations: run.run(500.0, [activations]))
            results.append((elapsed, activations.beat()))
        (slow, exact), (fast, beat) = results
        error = np.nanmax(np.abs(beat.time_ms - exact.time_ms))
        apd = np.nanmax(np.abs(beat.apd90_ms - exact.apd90_ms))
        lines.append([model, f"{slow:.1f}", f"{fast:.1f}", f"{slow / fast:.1f}", f"{error:.3f}", f"{apd:.3f}"])
    print()
    header = [
        "model",
        "all steps [s]",
        "adaptive [s]",
        "ratio",
        "largest activation error [ms]",
        "largest APD90 error [ms]",
    ]
    table(header, lines)


def threads() -> None:
    """Print how much faster two threads are."""
    one, two = (stepped(made("tentusscher-2006", "epi", 300_000, threads=k), 30, time.perf_counter) for k in (1, 2))
    print(f"\nTwo threads are {one / two:.2f} times as fast as one, by the clock on the wall, with 300,000 nodes")


def cable() -> None:
    """Print the time of a cable of the campaign `cable-plane`, without the pacing of its cells."""
    layers = {"endo": 60, "mid": 45, "epi": 60}
    described = TissueDescription(
        "cable", "ohara-2011", size_mm=(16.5,), spacing_mm=0.1, layers=layers, cell_beats=0, beats=2,
        cycle_length_ms=2000.0,
    )  # fmt: skip
    simulate(replace(described, beats=1, rest_ms=10.0))  # compiles
    elapsed, _ = timed(lambda: simulate(described), repeats=3)
    print(f"\nA cable of 166 nodes and {described.end_ms / described.time_step_ms:,.0f} steps takes {elapsed:.2f} s")


def made(model: str, celltype: str, nodes: int, adaptive: bool = False, threads: int = 1) -> Monodomain:
    """Return a run of a slab with the proportions of Niederer's at 0.2 mm and 0.05 ms, stimulated at one end."""
    scale = (nodes / 58_176) ** (1 / 3)
    grid = box([0.2 * round(scale * side / 0.2) for side in niederer.SIZE], 0.2)
    diffusion = BoxDiffusion(grid, np.array([ALONG, ACROSS, ACROSS]))
    s1 = periodic(grid, Box((0, 0, 0), (1.5, 1e3, 1e3)), 80.0, 2.0, 500.0, 1)
    regions = {"tissue": Region(reaction.load(model, celltype), {}, {})}
    substeps = substeps_needed(diffusion, 0.05)
    return Monodomain(
        grid, regions, diffusion, [s1], time_step_ms=0.05, substeps=substeps, adaptive=adaptive, threads=threads
    )


def cell_steps(model: str, celltype: str, nodes: int) -> float:
    """Return millions of cell-steps per second."""
    run = made(model, celltype, nodes)
    return len(run.grid.nodes) / stepped(run, 60) / 1e6


def stepped(run: Monodomain, steps: int, clock: Callable[[], float] = time.process_time) -> float:
    """Return the time of a step [s], the best of three."""
    run.run(2 * run.time_step_ms)
    elapsed, _ = timed(lambda: run.run(run.time_ms + steps * run.time_step_ms), repeats=3, clock=clock)
    return elapsed / steps


def bandwidth() -> float:
    """Return how fast one thread reads and writes memory [GB/s]: an array much larger than caches, scaled in place."""
    x = np.ones(50_000_000)
    elapsed, _ = timed(lambda: np.multiply(x, 1.0000001, out=x))
    return 2 * x.nbytes / elapsed / 1e9


def peer(python: Path, arguments: list[str]) -> dict:
    """Return what a peer prints."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    result = subprocess.run(
        [str(python), str(PEERS), *arguments], capture_output=True, text=True, check=True, env=environment
    )
    return json.loads(result.stdout.splitlines()[-1])


def table(header: list[str], rows: list[list[object]]) -> None:
    """Print a Markdown table."""
    text = [[f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    for row in (header, ["---"] * len(header), *text):
        print(f"| {' | '.join(row)} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
