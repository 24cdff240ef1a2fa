"""Latent Gaussian-process classifiers of noise-free labels, whatever their inputs and their prior covariance are.

A latent function f ~ N(0, K) is positive where the label is 1. A deterministic label tells the sign of f and nothing
else. The posterior is that of expectation propagation (`pointes.learning.classifier.expectation_propagation`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar

import numpy as np

from pointes.learning.classifier.expectation_propagation import NOISE, Measurements, Posterior, propagate
from pointes.learning.classifier.latent import LatentPosterior, PriorCovariance
from pointes.learning.classifier.step_correction import StepCorrection
from pointes.learning.classifier.triangular import solve_lower
from pointes.learning.threads import one_thread
from pointes.learning.types import Array, Flags

Part = TypeVar("Part")

CHUNK = 1024  # points predicted at once: bounds the memory
REPAIR_FACTOR = 0.5  # factor by which length scales are shortened until all training labels are reproduced


@dataclass(frozen=True, eq=False)
class LatentClassifier(ABC):
    """Training data of a latent Gaussian-process classifier, and what follows from data and prior."""

    points: Array
    labels: Flags
    bounds: Array

    @property
    @abstractmethod
    def prior(self) -> PriorCovariance:
        """Prior covariance of the latent function."""

    @property
    @abstractmethod
    def _inputs(self) -> Array:
        """Inputs of the training points."""

    @abstractmethod
    def _shortened(self) -> Self | None:
        """Return the classifier with shorter length scales; None if they are at their lower bound."""

    @property
    def _measured(self) -> Measurements:
        """Measurements of the latent function besides the labels; none by default."""
        return Measurements.none(len(self.labels))

    @property
    def inputs(self) -> Array:
        """Inputs of the training points, (n, ...)."""
        return self._inputs

    def repair(self) -> Self:
        """Return the classifier, with length scales shortened until all training labels are reproduced."""
        model = self
        # Labels too wiggly for any smooth f: the evidence then prefers to call them noise. They are not.
        while model.training_accuracy < 1.0:
            shorter = model._shortened()
            if shorter is None:
                break
            model = shorter
        return model

    @cached_property
    def training(self) -> Posterior:
        """Posterior at the training points."""
        with one_thread():
            return propagate(self.prior(self._inputs, self._inputs), self._signs, measured=self._measured)

    @property
    def training_accuracy(self) -> float:
        """Share of the training labels that the classifier reproduces; 1 for a healthy fit."""
        wrong = int(np.count_nonzero((self.training.mean > 0) != (self.labels > 0)))
        return 1.0 - wrong / max(len(self.labels), 1)

    @property
    def with_margins(self) -> bool:
        """Whether margins are used beside labels."""
        return False

    @property
    def _signs(self) -> Array:
        return np.where(self.labels > 0, 1.0, -1.0)

    def _posterior(self, inputs: Array) -> LatentPosterior:
        cross = self.prior(self._inputs, inputs)
        fit = self.training
        explained = solve_lower(fit.cholesky, fit.sqrt_precision[:, None] * cross)
        # Rounding may leave a tiny negative number where the prior is all explained.
        variance = np.maximum(self.prior.variance(inputs) - np.einsum("ij,ij->j", explained, explained), NOISE)
        return LatentPosterior(inputs, fit.weights @ cross, variance, cross, explained, self.prior)

    def _moments(self, inputs: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the latent function, (m,) each."""
        parts = self._by_chunks(lambda at: (at.mean, at.variance), inputs)
        mean, variance = map(np.concatenate, zip(*parts, strict=True))
        return mean, np.sqrt(variance)

    def _risk(self, inputs: Array) -> Array:
        """Return the probability that the latent function is positive, (m,), with labels taken as signs."""
        return np.concatenate(self._by_chunks(self.correction.risk, inputs))

    def _by_chunks(self, function: Callable[[LatentPosterior], Part], inputs: Array) -> list[Part]:
        """Return what a function makes of the posterior at each chunk of the inputs."""
        chunks = [inputs[first : first + CHUNK] for first in range(0, max(len(inputs), 1), CHUNK)]
        with one_thread():
            return [function(self._posterior(chunk)) for chunk in chunks]

    @cached_property
    def correction(self) -> StepCorrection:
        """Labels that are taken as signs when risks are predicted."""
        inputs = self._inputs
        with one_thread():
            return StepCorrection.of_posterior(
                self.training, self._signs, self._measured.threshold, lambda rows: self.prior(inputs, inputs[rows])
            )
