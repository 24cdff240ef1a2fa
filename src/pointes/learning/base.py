"""Base of all learners: the space, its Sobol sequences, and where simulations succeed."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from pointes.learning.acquisition.design import Design
from pointes.learning.assessment import REFERENCE
from pointes.learning.classifier.validity import Validity
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.types import Array
from pointes.learning.validation import checked_bounds, checked_integer, checked_points, checked_share


class Learner:
    """Learner of what a simulator gives, from points of its own choice.

    A learner knows neither files nor simulators. Proposals depend only on its arguments and on what it was told, in
    order: a new learner that is told the same proposes the same.

    Parameters
    ----------
    bounds : (d, 2) array
        Range of each parameter.
    stream_share : float
        Share of the points after the start that continue its Sobol sequence.
    seed : int
        Seed of all random numbers.
    """

    def __init__(self, bounds: ArrayLike, stream_share: float, seed: int) -> None:
        self.bounds = checked_bounds(bounds)
        self.stream_share = checked_share(stream_share)
        self.seed = checked_integer("seed", seed, 0, "a whole number, not negative")
        self._no_points = np.empty((0, len(self.bounds)))
        self._design = Design(self.bounds, self.seed)
        self._validity = Validity(self.bounds)

    def predict_validity(self, points: ArrayLike) -> Array:
        """Return the probability, (n,), that simulations at points (n, d) succeed."""
        return self._validity.probability(checked_points(points, self.bounds))

    @cached_property
    def _reference(self) -> Array:
        """Fixed points spread over the space, (m, d), on which successive fits are compared."""
        return sobol(self.bounds, 0, REFERENCE, self.seed, RandomStream.REFERENCE)
