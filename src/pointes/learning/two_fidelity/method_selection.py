"""Ways to use a cheap level, and the contest between them on points that none of them has chosen.

A cheap simulator may be excellent, misleading, or merely shifted; nobody knows beforehand. Four classifiers of the
high level are therefore fitted to the same labels, and judged by what they predicted at the points of the unbiased
stream before those were labelled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.assessment import Assessed
from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.classifier.incremental import Scaled
from pointes.learning.two_fidelity.classifier import TwoLevelClassifier
from pointes.learning.types import Array
from pointes.vocabulary import Fidelity

FAVOURITE = "autoregressive"
ODDS = 1000.0  # by which another must have predicted better to replace the favourite
WINDOW = 24  # last stream points that count: what a classifier knew long ago says little of it now
LATENT_RANGE = (-2.0, 2.0)  # of the low level's latent mean, whose prior variance is 1


class HighClassifier(Assessed, Protocol):
    """A classifier of the high level."""

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the high level's latent function, (m,) each, at points (m, d)."""

    def predict_proba(self, points: ArrayLike) -> Array:
        """Return the risk, (m,), at points (m, d)."""


@dataclass(frozen=True, eq=False)
class StackedClassifier:
    """A classifier of the high labels with the latent mean of the low level as a further input.

    Parameters
    ----------
    low : GaussianProcessClassifier
        Of the low labels.
    top : GaussianProcessClassifier
        Of the high labels, in d + 1 dimensions.
    """

    low: GaussianProcessClassifier
    top: GaussianProcessClassifier

    @property
    def bounds(self) -> Array:
        """(d, 2) range of each parameter."""
        return self.low.bounds

    @classmethod
    def fit(cls, low: GaussianProcessClassifier, points: Array, labels: NDArray[np.int8]) -> "StackedClassifier":
        """Return the classifier of high ``labels`` (n,) at ``points`` (n, d), given that of the low ones."""
        bounds = np.vstack([low.bounds, LATENT_RANGE])
        return cls(low, _fit(with_latent(low, points), labels, bounds))

    @property
    def training_accuracy(self) -> float:
        """Share of the high labels that are reproduced."""
        return self.top.training_accuracy

    @property
    def length_scales(self) -> Array:
        """Length scales of the classifier of the high labels, (d + 1,)."""
        return self.top.length_scales

    @property
    def with_margins(self) -> bool:
        """Whether anything but labels is known of any point: no."""
        return False

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the high level's latent function, (m,) each, at points (m, d)."""
        return self.top.latent(with_latent(self.low, points))

    def predict_proba(self, points: ArrayLike) -> Array:
        """Return the risk, (m,), at points (m, d)."""
        return self.top.predict_proba(with_latent(self.low, points))

    def to_arrays(self) -> dict[str, NDArray]:
        """Return the arrays of both classifiers, their names with ``low_`` or ``top_`` before them."""
        parts = {"low": self.low, "top": self.top}
        return {f"{part}_{name}": array for part, one in parts.items() for name, array in one.to_arrays().items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> "StackedClassifier":
        """Rebuild a classifier from :meth:`to_arrays`; it predicts the same to the last bit."""
        parts = (
            {name.removeprefix(part): array for name, array in arrays.items() if name.startswith(part)}
            for part in ("low_", "top_")
        )
        return cls(*map(GaussianProcessClassifier.from_arrays, parts))


def with_latent(low: GaussianProcessClassifier, points: ArrayLike) -> Array:
    """Return points (n, d) with the low level's latent mean as a further input, (n, d + 1)."""
    return np.column_stack([points, low.latent(points)[0]])


def _fit(points: Array, labels: NDArray[np.int8], bounds: Array) -> GaussianProcessClassifier:
    return Scaled(bounds).fit(points, labels, np.full(len(labels), np.nan))


class Labelled:
    """Labels of both levels, and the classifiers fitted to them; each fit is made once, when it is asked for.

    Parameters
    ----------
    points : (n, d) array
    labels : (n,) array
        0 or 1.
    fidelity : (n,) array
        Values of `Fidelity`.
    bounds : (d, 2) array
    head : Labelled, optional
        The first of many labels: the two-level classifier keeps the hyperparameters that they gave, as those of one
        level do (`pointes.learning.classifier.incremental`).
    """

    def __init__(
        self,
        points: Array,
        labels: NDArray[np.int8],
        fidelity: NDArray[np.int8],
        bounds: Array,
        head: "Labelled | None" = None,
    ) -> None:
        self.points, self.labels, self.fidelity, self.bounds, self.head = points, labels, fidelity, bounds, head
        self._fits: dict[str, HighClassifier] = {}

    @cached_property
    def low(self) -> GaussianProcessClassifier:
        """The classifier of the low level."""
        cheap = self.fidelity == Fidelity.LOW
        return _fit(self.points[cheap], self.labels[cheap], self.bounds)

    def fit(self, method: str) -> HighClassifier:
        """Return the classifier of the high level by one of `METHODS`."""
        if method not in self._fits:
            self._fits[method] = self._new(method)
        return self._fits[method]

    def _new(self, method: str) -> HighClassifier:
        high = self.fidelity == Fidelity.HIGH
        if method == "autoregressive":
            return self.joint
        if method == "stacked":
            return StackedClassifier.fit(self.low, self.points[high], self.labels[high])
        used = high
        if method == "pooled":  # where both levels were run, the high label counts
            again = (self.points[:, None] == self.points[high]).all(axis=2).any(axis=1)
            used = high | ~again
        return _fit(self.points[used], self.labels[used], self.bounds)

    @cached_property
    def joint(self) -> TwoLevelClassifier:
        """The classifier of both levels at once."""
        if self.head is None:
            return TwoLevelClassifier.fit(self.points, self.labels, self.fidelity, self.bounds, self.low)
        like = self.head.joint
        return replace(like, points=self.points, labels=self.labels, fidelity=self.fidelity, repaired=False).repair()


def log_scores(predicted: Mapping[str, Array], labels: NDArray[np.int8]) -> dict[str, float]:
    """Return the log probability that each method gave to the last labels of the stream.

    Parameters
    ----------
    predicted
        Risk by each method before labelling, (n,).
    labels : (n,) array
        0 or 1.
    """
    last = slice(-WINDOW, None)
    chance = {name: np.where(labels == 1, risk, 1.0 - risk)[last] for name, risk in predicted.items()}
    return {name: float(np.log(np.maximum(p, np.finfo(float).eps)).sum()) for name, p in chance.items()}


def leader(scores: Mapping[str, float]) -> str:
    """Return the method to believe: the favourite, unless another predicted the stream far better.

    Examples
    --------
    >>> leader({"autoregressive": -4.0, "stacked": -5.0, "pooled": -9.0, "single": -2.0})  # exp(2) to 1
    'autoregressive'
    >>> leader({"autoregressive": -9.0, "stacked": -5.0, "pooled": -9.0, "single": -2.0})
    'single'
    """
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] - scores[FAVOURITE] > np.log(ODDS) else FAVOURITE
