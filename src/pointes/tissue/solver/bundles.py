"""Functions that all reaction kernels call, on bundles of cells and on single numbers."""

import numpy as np

from pointes.cells.multistep import LANES
from pointes.cells.simd import expm1, inline, where

LARGEST = 1e4  # mV; a potential beyond it has left all bounds


@inline
def moved(u: np.ndarray, at: np.ndarray, bundle: np.ndarray, last: int, change: float) -> int:
    """Return how many potentials are further than `change` from those of the last update, the row at `last`."""
    count = 0
    for i in range(LANES):
        count += abs(u[at[i]] - bundle[last + i]) > change
    return count


@inline
def advance(u: np.ndarray, at: np.ndarray, bundle: np.ndarray, slope: int, dt: float) -> int:
    """Advance the potentials by the slopes in the row at `slope`; return how many stayed within bounds."""
    finite = 0
    for i in range(LANES):
        v = u[at[i]] + dt * bundle[slope + i]
        u[at[i]] = v
        finite += abs(v) < LARGEST
    return finite


@inline
def relaxation(z: float) -> float:
    """Return (exp(z) - 1) / z, 1 at z = 0: the share of its rate that an exponential step keeps on average."""
    return where(abs(z) < 1e-8, 1.0 + 0.5 * z, expm1(z) / z)
