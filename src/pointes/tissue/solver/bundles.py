"""What all reaction kernels do with the potentials of a block of cells, wherever these are kept."""

import numpy as np

from pointes.cells.multistep import LANES
from pointes.cells.simd import inline

LARGEST = 1e4  # mV; a potential beyond has left all bounds


@inline
def moved(u: np.ndarray, at: np.ndarray, block: np.ndarray, last: int, change: float) -> int:
    """Return how many potentials are further than `change` from those of the last update, the row at `last`."""
    count = 0
    for i in range(LANES):
        count += abs(u[at[i]] - block[last + i]) > change
    return count


@inline
def advance(u: np.ndarray, at: np.ndarray, block: np.ndarray, slope: int, dt: float) -> int:
    """Advance the potentials by the slopes in the row at `slope`; return how many stayed within bounds."""
    finite = 0
    for i in range(LANES):
        v = u[at[i]] + dt * block[slope + i]
        u[at[i]] = v
        finite += abs(v) < LARGEST
    return finite
