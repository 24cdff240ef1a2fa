"""Simulated points in the order in which a regression learner was told them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from pointes.learning.history import Rows
from pointes.learning.types import Array, Flags, Mask
from pointes.vocabulary import Fidelity, Purpose


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


@dataclass(frozen=True, eq=False)
class FidelityRegressionHistory(RegressionHistory):
    """Points simulated at two fidelities, with costs."""

    fidelity: Flags  # values of `Fidelity`, (n,)
    costs: Array  # cost of each simulation, (n,)

    @classmethod
    def without_points(cls, d: int, q: int) -> "FidelityRegressionHistory":
        """Return a history without points, of d parameters and q quantities."""
        plain = RegressionHistory.empty(d, q)
        return cls(**vars(plain), fidelity=plain.purpose, costs=np.empty(0))

    def of(self, fidelity: Fidelity) -> Self:
        """Return the points of one fidelity."""
        return self.where(self.fidelity == fidelity)
