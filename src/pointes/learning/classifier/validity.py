"""Probability that simulations succeed: a second classifier, so that few of them are wasted where they fail.

A simulation that fails (no capture, not finite) has no label and never counts as safe. The same Gaussian-process
classifier, fitted to success and failure, predicts where others would fail. For constrained design in this manner see
Bachoc, Helbert and Picheny, J. Glob. Optim. 78, 483 (2020), doi:10.1007/s10898-020-00920-0.
"""

import numpy as np

from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.classifier.incremental import IncrementalFitter
from pointes.learning.types import Array, Mask

LIKELY = 0.6  # probability of success from which a point is worth asking for


class Validity:
    """Classifier of success and failure of simulations within bounds (d, 2)."""

    def __init__(self, bounds: Array) -> None:
        self._fitter = IncrementalFitter(bounds)
        self._points, self._valid = np.empty((0, len(bounds))), np.empty(0, dtype=bool)
        self._classifier: GaussianProcessClassifier | None = None  # fitted when needed: data often come in pieces

    def tell(self, points: Array, valid: Mask) -> None:
        """Replace the data by all labelled points, (n, d), and whether each simulation succeeded, (n,)."""
        self._points, self._valid, self._classifier = points, valid, None

    def probability(self, points: Array) -> Array:
        """Return the probability of success, (m,), at points (m, d); 1 while nothing has failed."""
        if self._valid.all():
            return np.ones(len(points))
        if self._classifier is None:
            unknown = np.full(len(self._points), np.nan)
            self._classifier = self._fitter.fit(self._points, self._valid.astype(np.int8), unknown)
        return self._classifier.predict_proba(points)

    def likely(self, points: Array) -> Mask:
        """Return which points, (m, d), are worth asking for, (m,)."""
        return self.probability(points) >= LIKELY
