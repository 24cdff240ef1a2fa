"""The loop over the steps of a run in one thread, compiled, as calls from Python take longer than small tissues.

It calls the functions that `pointes.tissue.solver.monodomain` calls step by step, by their addresses. They are not
compiled anew for the loop, so that both ways give the same bits.
"""

from typing import NamedTuple

import numpy as np

from pointes.cells.cache import compiled
from pointes.cells.multistep import LANES
from pointes.tissue.solver.diffusion import Step, mirror
from pointes.tissue.solver.reaction import Reaction
from pointes.tissue.solver.stimuli import Sites, stimulate
from pointes.tissue.solver.watch import Frames, keep


class Failure(NamedTuple):
    """Where a potential left all bounds: the numbers of region and bundle, -1 if it did not, and its potentials."""

    region: int
    bundle: int
    potentials: np.ndarray  # of the cells of the bundle before they diffused [mV]


@compiled(nogil=True)
def advance(
    u: np.ndarray,
    out: np.ndarray,
    reactions: tuple[Reaction, ...],
    sites: Sites,
    on: np.ndarray,
    diffusion: Step,
    substeps: int,
    frames: Frames,
    first: int,
    step_ms: float,
) -> tuple[int, tuple[int, int, np.ndarray]]:
    """Advance a run from the step `first` on, until all frames are filled, a potential leaves all bounds, or the end.

    The stimuli that act in each step until the end are given by `on`, (n_steps, n_stimuli). Return the number of steps
    and the fields of a `Failure`. After an odd number of substeps of diffusion the potentials are in `out`.
    """
    steps = filled = 0
    region = bundle = -1
    broken = np.empty(LANES)
    while steps < len(on) and filled < len(frames.potentials) and region < 0:
        for k in range(len(reactions)):
            failed = _react(u, reactions[k], (first + steps) * step_ms, step_ms)
            if failed >= 0:
                region, bundle, broken = k, failed, u[reactions[k].places[failed]]
        stimulate(u, sites, on[steps])
        for _ in range(substeps):
            mirror(u, diffusion.beyond, diffusion.images)
            diffusion.function(u, out, diffusion.operands, 0, diffusion.lines)
            out[diffusion.size : diffusion.size + LANES] = u[diffusion.size : diffusion.size + LANES]
            u, out = out, u
        steps += 1
        filled = keep(u, first + steps, frames, filled)
    return steps, (region, bundle, broken)


@compiled(nogil=True)
def _react(u: np.ndarray, cells: Reaction, time_ms: float, step_ms: float) -> int:
    """Advance the cells of a region by a step; return the number of the first bundle that fails, or -1."""
    bundle: int = cells.function(
        cells.rows, u, cells.places, cells.reached, cells.parameters,
        0, len(cells.places), time_ms, step_ms, cells.longest_ms, cells.change_mV,
    )  # fmt: skip
    return bundle
