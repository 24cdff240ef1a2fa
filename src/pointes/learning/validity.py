"""Where simulations fail: a second classifier, so that few of them are wasted there.

A simulation that fails (no capture, not finite) has no label and never counts as safe. The same Gaussian-process
classifier, fitted to success and failure, says where others would fail. For constrained design in this manner see
Bachoc, Helbert and Picheny, J. Glob. Optim. 78, 483 (2020), doi:10.1007/s10898-020-00920-0.
"""

import numpy as np
from numpy.typing import NDArray

from pointes.learning.gaussian_process import GaussianProcessClassifier
from pointes.learning.scaling import Scaled

Array = NDArray[np.float64]

LIKELY = 0.6
"""Probability of success from which a point is worth asking."""


class Validity:
    """Probability that a simulation succeeds."""

    def __init__(self, bounds: Array) -> None:
        self._scaled = Scaled(bounds)
        self._classifier: GaussianProcessClassifier | None = None

    def fit(self, points: Array, valid: NDArray[np.bool_]) -> None:
        """Learn from all points told, (n, d), and whether each succeeded, (n,)."""
        failed_before = self._classifier is not None
        if failed_before or not valid.all():
            self._classifier = self._scaled.fit(points, valid.astype(np.int8), np.full(len(points), np.nan))

    def probability(self, points: Array) -> Array:
        """Return the probability of success, (m,), at points (m, d); 1 while nothing has failed."""
        if self._classifier is None:
            return np.ones(len(points))
        return self._classifier.predict_proba(points)
