"""Distances between points in units of the parameter ranges."""

import numpy as np
import scipy

from pointes.learning.types import Array, Indices

ROUNDING = 1e-9  # distance within which points are the same, and slack of the bounds


def to_unit(points: Array, bounds: Array) -> Array:
    """Scale points from ``bounds`` (d, 2) to the unit cube."""
    return (points - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0])


def nearest(points: Array, others: Array, bounds: Array) -> tuple[Array, Indices]:
    """Return the distance to the nearest of other points, and its index, (n,) each; infinite if there are none.

    Parameters
    ----------
    points, others : (n, d) and (m, d) array
        Points in the user's units.
    bounds : (d, 2) array
        Range of each parameter, the unit of distance.
    """
    if len(others) == 0:
        return np.full(len(points), np.inf), np.zeros(len(points), dtype=np.intp)
    distance, index = scipy.spatial.KDTree(to_unit(others, bounds)).query(to_unit(points, bounds))
    return np.asarray(distance), np.asarray(index)
