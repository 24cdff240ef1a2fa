"""Labelled points in the order in which a learner was told them."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from pointes.learning.outcomes import Outcomes
from pointes.learning.types import Array, Flags, Indices, Mask
from pointes.vocabulary import Purpose


@dataclass(frozen=True, eq=False)
class Rows:
    """Arrays of which each has one row for each of n points."""

    def append(self, other: Self) -> Self:
        """Return these rows followed by others."""
        return type(self)(
            *(np.concatenate([getattr(self, each.name), getattr(other, each.name)]) for each in fields(self))
        )

    def where(self, rows: Mask | slice) -> Self:
        """Return the rows of some of the points."""
        return type(self)(*(getattr(self, each.name)[rows] for each in fields(self)))


@dataclass(frozen=True, eq=False)
class History(Rows):
    """Labelled points; every field has one row for each."""

    points: Array  # points in the user's units, (n, d)
    labels: Flags  # 1 for arrhythmic, 0 for safe, -1 where the simulation failed, (n,)
    valid: Mask  # where the simulation succeeded, (n,)
    purpose: Flags  # values of `Purpose`, (n,)
    risk: Array  # probability of arrhythmia predicted before labelling, NaN where nothing was predicted, (n,)

    def predicted_rows(self, purpose: Purpose, end: int | None = None) -> Indices:
        """Return the rows, before ``end``, that were predicted for a purpose and have a label."""
        return np.flatnonzero(((self.purpose == purpose) & self.valid & np.isfinite(self.risk))[:end])

    def outcomes(self, purpose: Purpose) -> Outcomes:
        """Return predictions and labels of the points that were predicted for a purpose."""
        rows = self.predicted_rows(purpose)
        return Outcomes(self.risk[rows], self.labels[rows])


@dataclass(frozen=True, eq=False)
class MarginHistory(History):
    """Labelled points of one simulator, with margins."""

    margins: Array  # signed distances from the boundary, NaN where unknown, (n,)


@dataclass(frozen=True, eq=False)
class TwoFidelityHistory(History):
    """Labelled points of two simulators, with costs."""

    fidelity: Flags  # values of `Fidelity`, (n,)
    costs: Array  # cost of each simulation, (n,)
    predicted: Array  # risk predicted by each of `METHODS` before labelling, NaN where nothing was predicted, (n, 4)
