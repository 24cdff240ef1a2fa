"""Fibrosis: patches of tissue that do not conduct, at places that do not depend on the spacing of the grid.

Patches are where a smooth random function is smallest. It is the sum of many plane waves of random directions and
phases (Rahimi and Recht, NIPS 2007), which approximates a Gaussian process with the covariance exp(-r² / 2l²). The
length l sets the size of the patches. A denser fibrosis contains a thinner one of the same seed.
"""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from pointes.tissue.geometry.grid import Grid

WAVES = 256  # number of plane waves
CHUNK = 4096  # nodes that are evaluated at once: bounds the memory


def with_fibrosis(grid: Grid, density: float, patch_mm: float, seed: int) -> Grid:
    """Return a grid a share of whose nodes does not conduct.

    Nodes that fibrosis cuts off from the largest part of the tissue do not conduct either, since no wave reaches them.

    Parameters
    ----------
    grid
        Grid without fibrosis.
    density
        Share of the conducting nodes that are in patches, in [0, 1).
    patch_mm
        Length over which the random function is correlated [mm], about half the width of a patch.
    seed
        Seed of the random function.
    """
    height = random_function(grid.positions, patch_mm, seed)
    keeps = np.zeros(grid.tags.shape, bool)
    keeps.flat[grid.nodes] = height > np.quantile(height, density)
    parts, _ = ndimage.label(keeps)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0  # what does not conduct
    keeps &= parts == sizes.argmax()
    place = np.cumsum(keeps.flat[grid.nodes]) - 1  # of each node among those that are left
    surfaces = {name: place[nodes[keeps.flat[grid.nodes[nodes]]]] for name, nodes in grid.surfaces.items()}
    return replace(grid, tags=np.where(keeps, grid.tags, 0).astype(grid.tags.dtype), surfaces=surfaces)


def random_function(positions: np.ndarray, length_mm: float, seed: int) -> np.ndarray:
    """Return a smooth random function of mean 0 and variance 1 at positions (n, 3) [mm], (n,)."""
    rng = np.random.default_rng(seed)
    waves, phases = rng.standard_normal((3, WAVES)) / length_mm, rng.uniform(0, 2 * np.pi, WAVES)
    values = np.empty(len(positions))
    for first in range(0, len(positions), CHUNK):
        part = slice(first, first + CHUNK)
        values[part] = np.cos(positions[part] @ waves + phases).sum(axis=1)
    return np.asarray(values * np.sqrt(2 / WAVES))
