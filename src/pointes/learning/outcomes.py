"""Predictions made before labelling, and the labels that were found."""

from typing import NamedTuple

import numpy as np

from pointes.learning.types import Array, Flags


class Outcomes(NamedTuple):
    """Predictions and labels of n points, in the order of labelling."""

    risk: Array  # probability of label 1, predicted before labelling, (n,)
    labels: Flags  # labels, 0 or 1, (n,)

    def last(self, n: int) -> "Outcomes":
        """Return the outcomes of the last ``n`` points, or of all if there are fewer."""
        first = max(len(self.labels) - n, 0)
        return Outcomes(self.risk[first:], self.labels[first:])

    @property
    def wrong(self) -> int:
        """Number of labels that were predicted wrong."""
        return int(np.count_nonzero((self.risk > 0.5) != (self.labels == 1)))

    @property
    def expected_wrong(self) -> float:
        """Number of labels that the predictions themselves expected to be wrong."""
        return float(doubt(self.risk).sum())


NO_OUTCOMES = Outcomes(np.empty(0), np.empty(0, dtype=np.int8))


def doubt(risk: Array) -> Array:
    """Return the probabilities that predicted labels are wrong, (n,), given the predicted risks, (n,)."""
    return np.minimum(risk, 1.0 - risk)
