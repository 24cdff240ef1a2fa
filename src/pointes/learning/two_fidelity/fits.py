"""Four classifiers of the high fidelity, which use low-fidelity labels differently.

A cheap simulator may be excellent, misleading, or merely shifted; nobody knows beforehand. So all four are fitted to
the same labels, and `pointes.learning.two_fidelity.method_selection` judges them.
"""

from dataclasses import replace
from functools import cached_property
from typing import Self

from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.classifier.incremental import fit_labels
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.learning.two_fidelity.stacked import StackedClassifier
from pointes.learning.types import Array, Flags
from pointes.vocabulary import Fidelity

BoundaryClassifier = GaussianProcessClassifier | StackedClassifier | TwoFidelityClassifier
"""Classifier of the simulator whose boundary is learned."""


class TwoFidelityFits:
    """Labels of both fidelities, and the classifiers fitted to them; each fit is made when it is first needed.

    The ``head`` are fits to the first of many labels. The two-fidelity classifier keeps their hyperparameters, as
    classifiers of one fidelity do (`pointes.learning.classifier.incremental`).
    """

    def __init__(self, points: Array, labels: Flags, fidelity: Flags, bounds: Array, head: Self | None = None) -> None:
        self.points, self.labels, self.fidelity, self.bounds, self.head = points, labels, fidelity, bounds, head
        self._fits: dict[str, BoundaryClassifier] = {}

    @cached_property
    def low(self) -> GaussianProcessClassifier:
        """Classifier of the low fidelity."""
        cheap = self.fidelity == Fidelity.LOW
        return fit_labels(self.points[cheap], self.labels[cheap], self.bounds)

    def fit(self, method: str) -> BoundaryClassifier:
        """Return the classifier of the high fidelity by one of `METHODS`."""
        if method not in self._fits:
            self._fits[method] = self._new(method)
        return self._fits[method]

    def _new(self, method: str) -> BoundaryClassifier:
        high = self.fidelity == Fidelity.HIGH
        if method == "autoregressive":
            return self.joint
        if method == "stacked":
            return StackedClassifier.fit(self.low, self.points[high], self.labels[high])
        if method == "single":
            return self.single
        # Pooled: where both simulators were run, the high-fidelity label counts.
        repeated = (self.points[:, None] == self.points[high]).all(axis=2).any(axis=1)
        used = high | ~repeated
        return fit_labels(self.points[used], self.labels[used], self.bounds)

    @cached_property
    def single(self) -> GaussianProcessClassifier:
        """Classifier of the high-fidelity labels alone."""
        high = self.fidelity == Fidelity.HIGH
        return fit_labels(self.points[high], self.labels[high], self.bounds)

    @cached_property
    def joint(self) -> TwoFidelityClassifier:
        """Classifier of both fidelities at once."""
        if self.head is None:
            return TwoFidelityClassifier.fit(self.points, self.labels, self.fidelity, self.bounds, self.low)
        like = self.head.joint
        return replace(like, points=self.points, labels=self.labels, fidelity=self.fidelity, repaired=False).repair()
