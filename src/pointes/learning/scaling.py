"""Fits to many points: hyperparameters stay frozen, and points that teach nothing are left out.

Expectation propagation costs n³ operations a sweep, and hundreds of sweeps while hyperparameters are sought. By a few
hundred points those have settled: later fits keep the ones of the first `SEARCHED` points. Of still more points, most
lie far from the boundary and are predicted by the others with confidence: they are thinned out, and each is checked to
be predicted right by what is kept.
"""

import logging
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pointes.learning import margins as margin
from pointes.learning.gaussian_process import GaussianProcessClassifier

Array = NDArray[np.float64]

log = logging.getLogger(__name__)

SEARCHED, SEARCHED_WITH_MARGINS = 400, 200  # points whose evidence sets the hyperparameters at most
KEPT = 500  # points at most that are not thinned; bounds the time of a prediction, too
_ROUNDS = 6


class Scaled:
    """Fits to growing data; remembers the hyperparameters that are frozen. Data may only be appended."""

    def __init__(self, bounds: Array) -> None:
        self.bounds = bounds
        self._frozen: tuple[GaussianProcessClassifier, float | None] | None = None

    def fit(self, points: Array, labels: Array, margins: Array) -> GaussianProcessClassifier:
        """Return the classifier of points (n, d) with labels and margins, (n,) each."""
        enough = SEARCHED_WITH_MARGINS if np.isfinite(margins[:SEARCHED]).any() else SEARCHED
        if len(points) <= enough:
            return margin.fit(points, labels, margins, self.bounds)[0]
        if self._frozen is None:
            head = slice(enough)
            self._frozen = margin.fit(points[head], labels[head], margins[head], self.bounds)
        like, quantile = self._frozen
        measured, beyond = np.full(len(labels), np.nan), np.zeros(len(labels))
        if quantile is not None:
            measured, beyond = margin.believed(margins, labels, quantile)
        log.info("%d points: hyperparameters are those of the first %d", len(points), enough)
        return _thinned(replace(like, points=points, labels=labels, margins=measured, beyond=beyond, repaired=False))


def _thinned(whole: GaussianProcessClassifier) -> GaussianProcessClassifier:
    """Return a classifier of about `KEPT` of the points that predicts the labels of all."""
    n = len(whole.labels)
    if n <= KEPT:
        return whole.repair()
    kept = np.arange(n) % -(-n // KEPT) == 0  # spread over the history
    for _ in range(_ROUNDS):
        model = _subset(whole, kept)
        mean, sd = model.latent(whole.points)
        right = ndtr(np.where(whole.labels > 0, mean, -mean) / sd)
        if not np.any(right[~kept] < 0.5):
            break
        right[kept] = np.exp(-model.surprise)
        doubtful = np.argsort(right, kind="stable")[:KEPT]
        kept = np.zeros(n, dtype=bool)
        kept[doubtful] = True
    wrong = ~kept & (right < 0.5)
    if wrong.any():  # seldom, and few
        model = _subset(whole, kept | wrong).repair()
    log.info("%d points: %d of them kept", n, len(model.labels))
    return model


def _subset(model: GaussianProcessClassifier, kept: NDArray[np.bool_]) -> GaussianProcessClassifier:
    return replace(
        model,
        points=model.points[kept],
        labels=model.labels[kept],
        margins=model.margins[kept],
        beyond=model.beyond[kept],
    )
