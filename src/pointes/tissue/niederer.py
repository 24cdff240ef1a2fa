"""The slab of Niederer et al. 2011 (doi:10.1098/rsta.2011.0139), on which codes for tissue are compared.

A slab of 20 x 7 x 3 mm of ten Tusscher-Panfilov 2006 epicardial cells with fibres along x is stimulated in a cube of
1.5 mm at the origin. The results are the times at which its corners P1 ... P8 and its centre C rise through 0 mV.
"""

import csv
from collections.abc import Callable
from importlib.resources import files

import numpy as np

from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.conductivity import ACROSS, ALONG
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.geometry.sites import Box
from pointes.tissue.observers.activation import Activations
from pointes.tissue.solver import reaction
from pointes.tissue.solver.box import FRONT_RATE, BoxDiffusion
from pointes.tissue.solver.monodomain import Monodomain, Region, substeps_needed
from pointes.tissue.solver.stimuli import at_times

SIZE = (20.0, 7.0, 3.0)  # mm
STIMULATED = Box((0.0, 0.0, 0.0), (1.5, 1.5, 1.5))
AMPLITUDE = 50_000 / 1400  # A/F: 50,000 µA/cm³ over 140 /mm and 0.01 µF/mm²
DURATION = 2.0  # ms
POINTS = {
    "P1": (0.0, 0.0, 0.0),
    "P2": (0.0, 7.0, 0.0),
    "P3": (20.0, 0.0, 0.0),
    "P4": (20.0, 7.0, 0.0),
    "P5": (0.0, 0.0, 3.0),
    "P6": (0.0, 7.0, 3.0),
    "P7": (20.0, 0.0, 3.0),
    "P8": (20.0, 7.0, 3.0),
    "C": (10.0, 3.5, 1.5),
}
END = 200.0  # ms
INTERVAL = 0.05  # ms, between two observations, unless the time step is longer


def activation_times(
    dx_mm: float = 0.2,
    dt_ms: float = 0.05,
    *,
    order: int = 6,
    front_rate: float = FRONT_RATE,
    threads: int = 1,
    adaptive: bool = True,
    progress: Callable[[float, float], None] = lambda done, total: None,
) -> dict[str, float]:
    """Return the activation time of each point [ms]; NaN if the wave does not reach it within 200 ms.

    Parameters
    ----------
    dx_mm, dt_ms
        Distance of neighbouring nodes, and time step. The potential diffuses in as many parts of a step as stability
        needs.
    order, front_rate
        Order of the differences and rate of the fourth ones, as in `pointes.tissue.solver.box.BoxDiffusion`.
    threads, adaptive
        Number of threads, and whether resting cells are updated less often.
    progress
        Function that is called with the number of activated nodes and of all nodes.

    Raises
    ------
    UserError
        When the sides are not multiples of the spacing, or the slab does not fit into memory.
    """
    grid = box(SIZE, dx_mm)
    diffusion = BoxDiffusion(grid, np.array([ALONG, ACROSS, ACROSS]), order, front_rate)
    run = Monodomain(
        grid,
        {"tissue": Region(reaction.load("tentusscher-2006", "epi"), {}, {})},
        diffusion,
        [at_times(grid, STIMULATED, AMPLITUDE, DURATION, [0.0])],
        time_step_ms=dt_ms,
        substeps=substeps_needed(diffusion, dt_ms),
        adaptive=adaptive,
        threads=threads,
    )
    n = len(grid.nodes)
    activations = Activations(n, max(INTERVAL, dt_ms))
    activated = 0
    while activated < n and run.time_ms < END and run.failure is None:
        progress(activated, n)
        run.run(run.time_ms + 2.0, [activations])
        activated = int(np.isfinite(activations.beat().time_ms).sum())
    progress(n, n)
    times = activations.beat().time_ms
    return {name: _at(grid, times, np.array(point)) for name, point in POINTS.items()}


def references() -> list[dict[str, str]]:
    """Return the table of results of other codes as rows of text by column, blank where a code gives no result."""
    text = files("pointes.tissue").joinpath("niederer.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _at(grid: Grid, values: np.ndarray, point: np.ndarray) -> float:
    """Return the value at a point: that of the nearest node, or the mean over nodes that are equally near."""
    distance = np.linalg.norm(grid.positions - point, axis=1)
    return float(values[distance <= distance.min() + 1e-6].mean())
