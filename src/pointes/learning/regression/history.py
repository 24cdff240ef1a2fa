"""Simulated points in the order in which a regression learner was told them."""

from dataclasses import dataclass

import numpy as np

from pointes.learning.history import Rows
from pointes.learning.types import Array, Flags, Mask
from pointes.vocabulary import Purpose


@dataclass(frozen=True, eq=False)
class RegressionHistory(Rows):
    """Simulated points and q quantities; every field has one row for each point."""

    points: Array  # points in the user's units, (n, d)
    values: Array  # quantities, NaN where they are not regular, (n, q)
    valid: Mask  # where the simulation succeeded, (n,)
    regular: Mask  # where it succeeded and all quantities are defined and of the regular kind, (n,)
    purpose: Flags  # values of `Purpose`, (n,)
    mean: Array  # predictions before the simulation, NaN where nothing was predicted, (n, q)
    sd: Array  # standard deviations of these predictions, not calibrated, (n, q)

    @classmethod
    def empty(cls, d: int, q: int) -> "RegressionHistory":
        """Return a history without points, of d parameters and q quantities."""
        points, values, flags = np.empty((0, d)), np.empty((0, q)), np.empty(0, dtype=bool)
        return cls(points, values, flags, flags, np.empty(0, dtype=np.int8), values, values)

    def counted(self) -> int:
        """Return how many of the points count for start and stream: all but controls."""
        return int((self.purpose != Purpose.CONTROL).sum())

    def streamed(self) -> "RegressionHistory":
        """Return the regular stream points that were predicted, in the order of simulation."""
        predicted = np.isfinite(self.mean).all(axis=1)
        return self.where((self.purpose == Purpose.STREAM) & self.regular & predicted)
