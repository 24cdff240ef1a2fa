"""What was predicted of points before they were labelled, and what came true."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointes.learning.types import Array


class Outcomes(NamedTuple):
    """Predictions and labels of points, in the order told."""

    risk: Array
    """(n,) probability of label 1, predicted before labelling."""
    labels: NDArray[np.int8]
    """(n,) 0 or 1."""

    def last(self, n: int) -> "Outcomes":
        """Return those of the last ``n`` points, or of all if there are fewer."""
        first = max(len(self.labels) - n, 0)
        return Outcomes(self.risk[first:], self.labels[first:])

    @property
    def wrong(self) -> int:
        """How many labels were predicted wrong."""
        return int(np.count_nonzero((self.risk > 0.5) != (self.labels == 1)))

    @property
    def expected_wrong(self) -> float:
        """How many the predictions themselves expected to be wrong."""
        return float(doubt(self.risk).sum())


NO_OUTCOMES = Outcomes(np.empty(0), np.empty(0, dtype=np.int8))


def doubt(risk: Array) -> Array:
    """Return the probability that the predicted label is wrong, by the risk itself."""
    return np.minimum(risk, 1.0 - risk)
