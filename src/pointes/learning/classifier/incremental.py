"""Fits to many points: hyperparameters stay frozen, and points that teach nothing are left out.

Expectation propagation costs n³ operations a sweep, and hundreds of sweeps while hyperparameters are sought. By a few
hundred points those have settled: later fits keep the ones of the first `SEARCHED` points. When there are still more
points, most lie far from the boundary, and a part of them determines the labels of the others. That part is kept, with
all points whose labels it does not determine.
"""

import logging
from dataclasses import replace

import numpy as np

from pointes.learning.classifier import margins as margin
from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.types import Array, Flags, Mask

log = logging.getLogger(__name__)

SEARCHED, SEARCHED_WITH_MARGINS = 400, 200  # largest number of points whose evidence sets the hyperparameters
KEPT = 500  # points that are not thinned, and that thinning begins with; bounds the time of a prediction, too


class IncrementalFitter:
    """Fits to growing data with remembered hyperparameters. Data may only be appended."""

    def __init__(self, bounds: Array) -> None:
        self.bounds = bounds
        self._frozen: tuple[GaussianProcessClassifier, float | None] | None = None

    def fit(self, points: Array, labels: Flags, margins: Array) -> GaussianProcessClassifier:
        """Return the classifier of points (n, d) with labels and margins, (n,) each."""
        enough = SEARCHED_WITH_MARGINS if np.isfinite(margins[:SEARCHED]).any() else SEARCHED
        if len(points) <= enough:
            return margin.fit(points, labels, margins, self.bounds)[0]
        like, quantile = self._frozen or self._fit_head(points, labels, margins, enough)
        measured, beyond = np.full(len(labels), np.nan), np.zeros(len(labels))
        if quantile is not None:
            measured, beyond = margin.select_margins(margins, labels, quantile)
        log.info("%d points: hyperparameters are those of %d early ones", len(points), enough)
        return _thinned(replace(like, points=points, labels=labels, margins=measured, beyond=beyond, repaired=False))

    def _fit_head(
        self, points: Array, labels: Flags, margins: Array, n: int
    ) -> tuple[GaussianProcessClassifier, float | None]:
        """Fit ``n`` early points, shifted so that both classes are among them; remember the fit if they are."""
        other = np.flatnonzero(labels != labels[0])  # one label alone tells nothing of hyperparameters
        end = max(n, other[0] + 1) if len(other) else n
        head = slice(end - n, end)
        found = margin.fit(points[head], labels[head], margins[head], self.bounds)
        if len(other):
            self._frozen = found
        return found


def fit_labels(points: Array, labels: Flags, bounds: Array) -> GaussianProcessClassifier:
    """Return the classifier of points (n, d) with labels (n,) and without margins."""
    return IncrementalFitter(bounds).fit(points, labels, np.full(len(labels), np.nan))


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


def _subset(model: GaussianProcessClassifier, kept: Mask) -> GaussianProcessClassifier:
    margins = None if model.margins is None else model.margins[kept]
    beyond = None if model.beyond is None else model.beyond[kept]
    return replace(model, points=model.points[kept], labels=model.labels[kept], margins=margins, beyond=beyond)
