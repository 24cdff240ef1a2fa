"""Fits to many points: hyperparameters stay frozen, and points that teach nothing are left out.

Expectation propagation costs n³ operations a sweep, and hundreds of sweeps while hyperparameters are sought. By a few
hundred points those have settled: later fits keep the ones of the first `SEARCHED` points. Of still more points most
lie far from the boundary, and a part of them tells their labels: that part is kept, and whatever it does not tell.
"""

import logging
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pointes.learning.classifier import margins as margin
from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.types import Array

log = logging.getLogger(__name__)

SEARCHED, SEARCHED_WITH_MARGINS = 400, 200  # points whose evidence sets the hyperparameters at most
KEPT = 500  # points that are not thinned, and that thinning begins with; bounds the time of a prediction, too


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
            other = np.flatnonzero(labels != labels[0])  # one label alone tells nothing of hyperparameters
            end = max(enough, other[0] + 1) if len(other) else enough
            head = slice(end - enough, end)
            found = margin.fit(points[head], labels[head], margins[head], self.bounds)
            if len(other):
                self._frozen = found
        like, quantile = self._frozen or found
        measured, beyond = np.full(len(labels), np.nan), np.zeros(len(labels))
        if quantile is not None:
            measured, beyond = margin.believed(margins, labels, quantile)
        log.info("%d points: hyperparameters are those of %d early ones", len(points), enough)
        return _thinned(replace(like, points=points, labels=labels, margins=measured, beyond=beyond, repaired=False))


def _thinned(whole: GaussianProcessClassifier) -> GaussianProcessClassifier:
    """Return a classifier of `KEPT` of the points, and of those that it takes to predict the labels of all."""
    n = len(whole.labels)
    if n <= KEPT:
        return whole.repair()
    kept = np.zeros(n, dtype=bool)
    kept[np.linspace(0, n - 1, KEPT // 2).round().astype(int)] = True  # spread over the history
    mean, sd = _subset(whole, kept).latent(whole.points)
    doubt = np.where(whole.labels > 0, -mean, mean) / sd
    doubt[kept] = -np.inf
    kept[np.argsort(-doubt, kind="stable")[: KEPT - KEPT // 2]] = True  # and those that are hardest to tell from these
    wrong = ~kept
    while wrong.any():
        model = _subset(whole, kept).repair()
        wrong = ~kept & ((model.latent(whole.points)[0] > 0) != (whole.labels > 0))
        kept |= wrong
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
