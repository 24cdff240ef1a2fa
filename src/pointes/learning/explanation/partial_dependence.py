"""Partial dependence: the risk by one or two parameters, averaged over all others.

Friedman, Ann. Stat. 29, 1189 (2001), doi:10.1214/aos/1013203451. The others are uniform and independent of those shown,
so the average is the marginal risk itself.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pointes.learning.explanation.draws import Surface
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.types import Array

BACKGROUND = 256  # number of points, in the other parameters, over which the risk is averaged
STEPS = {1: 33, 2: 17}  # grid points per axis, by number of axes
INTERVAL = (2.5, 97.5)  # percentiles at the ends of the 95 % interval


class PartialDependence(NamedTuple):
    """Mean risk over the parameters not shown."""

    axes: tuple[int, ...]  # indices of the parameters shown
    grids: tuple[Array, ...]  # values of these parameters in the user's units
    risk: Array  # mean of the draws; one dimension per parameter shown
    low: Array  # lower end of the 95 % interval over the draws; the risk itself when there is one draw
    high: Array  # upper end of that interval


def partial_dependence(
    surface: Surface, bounds: ArrayLike, axes: Sequence[int], *, background: int = BACKGROUND, seed: int = 1
) -> PartialDependence:
    """Average surfaces over all parameters but one or two.

    Parameters
    ----------
    surface
        Draws of labels (:func:`~pointes.learning.explanation.draws.label_draws`), or one surface of risk.
    bounds : (d, 2) array
        Range of each parameter.
    axes
        Indices of the one or two parameters to keep.
    background : int
        Number of points of the Sobol sequence over which the surfaces are averaged.
    seed : int
        Seed of that sequence.
    """
    bounds = np.asarray(bounds, dtype=float)
    grids = tuple(np.linspace(bounds[axis, 0], bounds[axis, 1], STEPS[len(axes)]) for axis in axes)
    nodes = np.stack(np.meshgrid(*grids, indexing="ij"), axis=-1).reshape(-1, len(axes))
    others = sobol(bounds, 0, background, seed, RandomStream.REFERENCE)
    points = np.tile(others, (len(nodes), 1))
    points[:, list(axes)] = np.repeat(nodes, background, axis=0)
    shape = [len(grid) for grid in grids]
    mean = surface(points).reshape(-1, *shape, background).mean(axis=-1)
    low, high = np.percentile(mean, INTERVAL, axis=0)
    return PartialDependence(tuple(axes), grids, mean.mean(axis=0), low, high)
