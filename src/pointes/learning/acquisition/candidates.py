"""Candidates for the points of a batch: some all over the space, and some near the boundary.

Few of the points that are spread evenly lie near a boundary, and the points worth most may lie between them. So many
more are screened, and those whose label is least certain join the candidates.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pointes.learning.acquisition.batch import u_score
from pointes.learning.classifier.validity import Validity
from pointes.learning.random_streams import RandomStream, generator, sobol
from pointes.learning.types import Array
from pointes.learning.unit_cube import nearest

SPREAD = 2048  # candidates all over the space
SCREENED, NEAREST = 6144, 512  # points screened for the boundary, and how many of them become candidates
SAME_POINT = 1e-6  # distance in units of the parameter ranges within which a candidate brings nothing new


@dataclass(frozen=True, eq=False)
class Candidates:
    """New points where simulations will probably succeed."""

    bounds: Array  # range of each parameter, (d, 2)
    seed: int  # seed of the random numbers
    counter: int  # number that selects the random numbers: every value gives other points
    taken: Array  # points that are or will be labelled, (m, d)
    validity: Validity  # probability that simulations succeed

    def random(self, n: int) -> Array:
        """Return at least ``n`` random points of uniform density, (m, d)."""
        unit = generator(self.seed, RandomStream.CANDIDATES, self.counter).random((_enough(n), len(self.bounds)))
        return self._probable(self.bounds[:, 0] + unit * np.ptp(self.bounds, axis=1), n)

    def spread(self, n: int) -> Array:
        """Return at least ``n`` points of a Sobol sequence, (m, d)."""
        return self._probable(self._sequence(0, _enough(n)), n)

    def near_boundary(self, n: int, latent: Callable[[Array], tuple[Array, Array]]) -> Array:
        """Return points, (m, d), other than those of ``spread(n)``, whose labels are less certain than those of most.

        The function ``latent`` returns mean and standard deviation of the latent function, (m,) each, at points (m, d).
        """
        first = _enough(n)
        points = self._new(self._sequence(first, first + SCREENED))
        points = points[self.validity.likely(points)]
        return points[np.argsort(u_score(*latent(points)), kind="stable")[:NEAREST]]

    def _sequence(self, first: int, stop: int) -> Array:
        return sobol(self.bounds, first, stop, self.seed, RandomStream.CANDIDATES, self.counter)

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
    """Return the number of points from which ``n`` are chosen."""
    return max(SPREAD, 8 * n)
