"""A beat of ventricles: time per node and step by phase of the beat and by part, and the effect of the time step.

    python benchmarks/ventricles.py [--spacing 1.0] [--threads 1]

Prints Markdown: CPU time per node and step of a beat of 600 ms in steps of 0.05 ms, with adaptive updates and all
observers of a campaign (activation, EAD margins and an ECG), by phase of the beat; the part of diffusion; and how far
activation times and APD90 of steps of 0.05 ms are from those of 0.01 ms, in ventricles of half the size. The
ventricles are those of `config/campaigns/ventricles.yaml` with cells of ten Tusscher and Panfilov 2006 from their
published states. About 190,000 nodes have a spacing of 1 mm, and 650,000 a spacing of 0.66 mm.
"""

import argparse
import sys
import time

import numpy as np
from machine import described, timed

from pointes.tissue.assembly import Tissue
from pointes.tissue.description import Site, TissueDescription
from pointes.tissue.observers.activation import Activations, Beat
from pointes.tissue.observers.ead_margin import EadMargins
from pointes.tissue.observers.ecg import PseudoECG
from pointes.tissue.solver.monodomain import Monodomain, Region

PHASES = {"activation": 100.0, "plateau": 250.0, "repolarisation": 400.0, "rest": 600.0}
"""End of each phase of a beat [ms]."""
SITES = (
    Site("lv_endocardium", centre_mm=(59, 41, 65), radius_mm=12),
    Site("lv_endocardium", centre_mm=(49, 21, 75), radius_mm=12),
    Site("lv_endocardium", centre_mm=(49, 61, 55), radius_mm=12),
    Site("rv_endocardium", centre_mm=(99, 41, 60), radius_mm=12, delay_ms=10),
)
COARSE = {"spacing_mm": 2.0, "along": 0.616, "across": 0.154}
"""Spacing and four times the diffusivities of the campaign: a heart half as large at a spacing of 1 mm."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spacing", type=float, default=1.0, help="distance of neighbouring nodes [mm]")
    parser.add_argument("--threads", type=int, default=1, help="number of threads of the beat")
    options = parser.parse_args()
    print(described())
    phases(options.spacing, options.threads)
    time_steps()


def phases(spacing_mm: float, threads: int) -> None:
    """Print CPU and wall time of a beat, and the CPU time per node and step of each phase and of diffusion."""
    run, observers = made(0.05, threads, spacing_mm=spacing_mm)
    nodes = len(run.grid.nodes)
    step, u = run.diffusion.step(0.05), run.u.copy()
    diffusion, _ = timed(lambda: step.advance(u, u.copy(), 0, step.lines), repeats=9)
    lines, started = [], time.perf_counter()
    for phase, until in PHASES.items():
        before = run.step
        elapsed, _ = timed(lambda until=until: run.run(until, observers))
        lines.append([phase, f"until {until:g} ms", f"{elapsed / (run.step - before) / nodes * 1e9:.1f}", elapsed])
    total, wall = sum(line[-1] for line in lines), time.perf_counter() - started
    print(f"\n{nodes:,} nodes, {threads} thread(s): {total:.0f} s of CPU time, {wall:.0f} s by the clock on the wall;")
    print(
        f"{total / run.step / nodes * 1e9:.1f} ns per node and step, of which diffusion {diffusion / nodes * 1e9:.1f}\n"
    )
    table(["phase", "", "ns per node and step", "CPU time [s]"], [[*line[:-1], f"{line[-1]:.1f}"] for line in lines])


def time_steps() -> None:
    """Print how far activation times and APD90 in steps of 0.05 ms are from those in steps of 0.01 ms."""
    exact, lines = None, []
    for step_ms in (0.01, 0.05):
        run, observers = made(step_ms, 1, **COARSE)
        elapsed, _ = timed(lambda run=run, observers=observers: run.run(PHASES["repolarisation"], observers))
        beat = observers[0].beat()
        exact = exact or beat
        lines.append([step_ms, f"{elapsed:.0f}", f"{np.nanmax(beat.time_ms):.2f}", *differences(beat, exact)])
    print(f"\n{len(run.grid.nodes):,} nodes, one thread, adaptive. Differences from 0.01 ms: mean; largest.\n")
    table(["dt [ms]", "CPU time [s]", "all activated after [ms]", "activation [ms]", "APD90 [ms]"], lines)


def differences(beat: Beat, exact: Beat) -> list[str]:
    """Return the mean and the largest difference of activation times and of APD90 [ms] as text."""
    pairs = ((beat.time_ms, exact.time_ms), (beat.apd90_ms, exact.apd90_ms))
    return [f"{np.nanmean(one - other):+.3f}; {np.nanmax(np.abs(one - other)):.3f}" for one, other in pairs]


def made(step_ms: float, threads: int, **options: float) -> tuple[Monodomain, list]:
    """Return a run of the ventricles, and the observers of a campaign."""
    description = TissueDescription(
        "ventricles", "tentusscher-2006", layers={"endo": 45, "M": 25, "epi": 30}, sites=SITES, time_step_ms=step_ms,
        **{"along": 0.154, "across": 0.0385} | options,
    )  # fmt: skip
    tissue = Tissue(description)
    regions = {name: Region(model, {}, {}) for name, model in description.models.items()}
    run = Monodomain(
        tissue.grid, regions, tissue.diffusion, tissue.stimuli, time_step_ms=step_ms, substeps=tissue.substeps,
        adaptive=True, threads=threads,
    )  # fmt: skip
    leads = PseudoECG(tissue.grid, tissue.diffusion, tissue.electrodes)
    observers = [Activations(len(tissue.grid.nodes)), EadMargins(tissue.diffusion, tissue.stimuli), leads]
    return run, observers


def table(header: list[str], rows: list[list[object]]) -> None:
    """Print a Markdown table."""
    for row in (header, ["---"] * len(header), *rows):
        print(f"| {' | '.join(map(str, row))} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
