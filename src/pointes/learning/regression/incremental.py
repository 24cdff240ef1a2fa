"""Fits to growing data: hyperparameters are sought now and then, not after every point.

A search takes about a hundred Cholesky factors. It is repeated whenever a seventh more points are there, with those
points alone, so that a fit follows from its data and not from the fits before it.
"""

from dataclasses import replace

from pointes.learning.regression.gaussian_process import GaussianProcessRegressor
from pointes.learning.types import Array

ALWAYS, GROWTH, SEARCHED = 40, 1.15, 400  # points up to which every fit is a search; growth between searches; the last


class IncrementalRegressor:
    """Fits to growing data with remembered hyperparameters. Data may only be appended."""

    def __init__(self, bounds: Array, noisy: bool) -> None:
        self._bounds, self._noisy = bounds, noisy
        self._searched: tuple[int, GaussianProcessRegressor] | None = None  # last search, and its number of points

    def fit(self, points: Array, values: Array) -> GaussianProcessRegressor:
        """Return the regressor of points (n, d) with values (n,)."""
        n = searched(len(points))
        if self._searched is None or self._searched[0] != n:
            self._searched = n, GaussianProcessRegressor.fit(points[:n], values[:n], self._bounds, self._noisy)
        return replace(self._searched[1], points=points, values=values)


def searched(n: int) -> int:
    """Return the number of first points whose evidence sets the hyperparameters of a fit to ``n`` points.

    Examples
    --------
    >>> [searched(n) for n in (30, 44, 48, 61, 5000)]
    [30, 40, 46, 60, 374]
    """
    if n <= ALWAYS:
        return n
    enough = float(ALWAYS)
    while enough * GROWTH <= min(n, SEARCHED):
        enough *= GROWTH
    return int(enough)
