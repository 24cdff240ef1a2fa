"""Distances between points in units of the parameter ranges."""

import numpy as np
import scipy

from pointes.learning.types import Array, Indices

ROUNDING = 1e-9  # distance within which points are the same, and slack of the bounds


def to_unit(points: Array, bounds: Array) -> Array:
    """Scale points from ``bounds`` (d, 2) to the unit cube."""
    return (points - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0])


def nearest(points: Array, others: Array, bounds: Array) -> tuple[Array, Indices]:
    """Return the distances to the nearest of other points, infinite if there are none, and their indices, (n,) each.

    The unit of distance is the range of each parameter.
    """
    if len(others) == 0:
        return np.full(len(points), np.inf), np.zeros(len(points), dtype=np.intp)
    distance, index = scipy.spatial.KDTree(to_unit(others, bounds)).query(to_unit(points, bounds))
    return np.asarray(distance), np.asarray(index)
