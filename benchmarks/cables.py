"""Conduction velocity of cables against the reference table, and of the default scheme against the converged values.

    python benchmarks/cables.py

Prints Markdown: by model and diffusivity, the largest difference between the reference rows and the same scheme of
ours, how many rows without propagation fail to propagate here too, and how far the default scheme is from the converged
velocity at 0.25, 0.2 and 0.1 mm. About ten minutes on one core.
"""

import csv
from itertools import groupby
from pathlib import Path

import numpy as np

from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.sites import Box
from pointes.tissue.observers import velocity
from pointes.tissue.observers.activation import Activations
from pointes.tissue.solver import reaction
from pointes.tissue.solver.box import BoxDiffusion
from pointes.tissue.solver.monodomain import Monodomain, Region, substeps_needed
from pointes.tissue.solver.stimuli import at_times

DATA = Path(__file__).parents[1] / "tests" / "data" / "cable_cv.csv"
MODELS = {
    "bueno_orovio_2008_epi": ("bueno-orovio-2008", "epi"),
    "mitchell_schaeffer_2003": ("mitchell-schaeffer-2003", None),
    "ord2011_endo": ("ohara-2011", "endo"),
    "ord_cipa_v1_endo": ("ohara-cipa-2017", "endo"),
    "torord_fkatp_endo": ("torord-fkatp", "endo"),
    "tt2006_epi": ("tentusscher-2006", "epi"),
}
SPACINGS = (0.25, 0.2, 0.1)  # mm
LONGEST = 600.0  # ms
START, END = np.array([10.0, 0.0, 0.0]), np.array([20.0, 0.0, 0.0])


def measured(model: str, diffusivity: float, dx: float, dt: float, **scheme: float) -> float:
    """Return the conduction velocity [m/s] as the reference defines it; NaN without propagation."""
    grid = box([30], dx)
    cells = Region(reaction.load(*MODELS[model]), {}, {})
    diffusion = BoxDiffusion(grid, np.full(3, diffusivity), **scheme)
    s1 = at_times(grid, Box((0, 0, 0), (1.5, 0, 0)), 80.0 if cells.model.span > 1 else 0.5, 2.0, [0.0])
    substeps = substeps_needed(diffusion, dt)
    run = Monodomain(grid, {"tissue": cells}, diffusion, [s1], time_step_ms=dt, substeps=substeps)
    activations = Activations(len(grid.nodes), dt, cells.model.thresholds)
    found = np.nan
    while np.isnan(found) and run.time_ms < LONGEST and (run.time_ms < 20 or run.potential.max() > run.potential[-1]):
        run.run(run.time_ms + 20.0, [activations])
        found = velocity.between(grid, activations.beat().time_ms, START, END)
    return found


def main() -> None:
    with DATA.open() as stream:
        rows = list(csv.DictReader(stream))
    header = ["model", "D [mm²/ms]", "rows", "same scheme, largest difference", "failures that fail here, too"]
    print(f"| {' | '.join([*header, *(f'default at {dx} mm' for dx in SPACINGS)])} |")
    print("| --- " * (len(header) + len(SPACINGS)) + "|")
    for (model, diffusivity), group in groupby(rows, lambda row: (row["model"], row["D_mm2_per_ms"])):
        differences, failures, limit = [], [], np.nan
        compared = list(group)
        for row in compared:
            dx, dt, expected = float(row["dx_mm"]), float(row["dt_ms"]), float(row["cv_m_per_s"])
            ours = measured(model, float(diffusivity), dx, dt, order=int(row["scheme"][-1]), front_rate=0.0)
            if expected < 0:
                failures.append(bool(np.isnan(ours)))
            else:
                differences.append(abs(ours / expected - 1) if np.isfinite(ours) else np.inf)
            if dx == min(float(other["dx_mm"]) for other in compared):
                limit = expected
        default = [measured(model, float(diffusivity), dx, 0.01) / limit - 1 for dx in SPACINGS]
        cells = [
            model,
            diffusivity,
            str(len(compared)),
            f"{max(differences):.2%}",
            f"{sum(failures)} of {len(failures)}",
        ]
        print(f"| {' | '.join([*cells, *(f'{error:+.1%}' for error in default)])} |", flush=True)


if __name__ == "__main__":
    main()
