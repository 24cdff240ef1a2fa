"""Candidates for the points of a batch: some all over the space, and some near the boundary.

Of points that are spread evenly few lie near a boundary, and where simulations are worth most may be between them. So
many more are looked at, and those whose label is least certain join the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pointes.learning.acquisition.criteria import u_score
from pointes.learning.acquisition.sobol import Stream, sobol
from pointes.learning.classifier.validity import Validity
from pointes.learning.validation import nearest

Array = NDArray[np.float64]

SPREAD = 2048  # all over the space
SCREENED, NEAREST = 6144, 512  # further ones that are looked at, and how many of them are taken
SAME_POINT = 1e-6  # in units of the parameter ranges; closer candidates bring nothing new


@dataclass(frozen=True, eq=False)
class Candidates:
    """New points where simulations will probably succeed."""

    bounds: Array
    """(d, 2) range of each parameter."""
    seed: int
    counter: int
    """Every value gives other points."""
    taken: Array
    """(m, d) points that were told or will be."""
    validity: Validity

    def random(self, n: int) -> Array:
        """Return at least ``n`` random points of uniform density."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(Stream.CANDIDATES, self.counter)))
        unit = rng.random((_enough(n), len(self.bounds)))
        return self._probable(self.bounds[:, 0] + unit * np.ptp(self.bounds, axis=1), n)

    def spread(self, n: int) -> Array:
        """Return at least ``n`` points of a Sobol sequence."""
        return self._probable(sobol(self.bounds, 0, _enough(n), self.seed, Stream.CANDIDATES, self.counter), n)

    def near_boundary(self, n: int, latent: Callable[[Array], tuple[Array, Array]]) -> Array:
        """Return other points than those spread for ``n``, whose labels are less certain than those of most.

        Parameters
        ----------
        n : int
        latent : callable
            Mean and standard deviation of the latent function, (m,) each, at points (m, d).
        """
        first = _enough(n)
        points = self._new(sobol(self.bounds, first, first + SCREENED, self.seed, Stream.CANDIDATES, self.counter))
        points = points[self.validity.likely(points)]
        return points[np.argsort(u_score(*latent(points)), kind="stable")[:NEAREST]]

    def _new(self, points: Array) -> Array:
        return points[nearest(points, self.taken, self.bounds)[0] > SAME_POINT]

    def _probable(self, points: Array, n: int) -> Array:
        """Leave out points that will probably fail; if fewer than ``n`` are left, return the most probable ones."""
        points = self._new(points)
        likely = self.validity.likely(points)
        if likely.sum() >= n:
            return points[likely]
        success = self.validity.probability(points)
        return points[np.argsort(-success, kind="stable")[: max(n, SPREAD // 8)]]


def _enough(n: int) -> int:
    """Return how many points to choose ``n`` from."""
    return max(SPREAD, 8 * n)
