"""Two-level Gaussian-process classifier: a cheap (low) fidelity informs an expensive (high) one.

The latent functions of the levels have the joint covariance of `pointes.learning.two_fidelity.kernel`; labels of both
are taken in at once by expectation propagation on it. Hyperparameters are sought by
`pointes.learning.two_fidelity.evidence`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from pointes.learning.classifier.evidence import LENGTH_BOUNDS
from pointes.learning.classifier.expectation_propagation import NOISE, Array, Posterior, propagate
from pointes.learning.classifier.gaussian_process import (
    REPAIR_FACTOR,
    GaussianProcessClassifier,
    moments,
    reproduced,
    risks,
)
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.classifier.steps import Steps
from pointes.learning.threads import one_thread
from pointes.learning.two_fidelity.evidence import Evidence
from pointes.learning.two_fidelity.kernel import JointKernel, Levels
from pointes.learning.unit_cube import to_unit
from pointes.vocabulary import Fidelity


@dataclass(frozen=True, eq=False)
class JointLatent:
    """Posterior of the latent functions at given points and levels."""

    mean: Array
    """(m,) posterior mean."""
    variance: Array
    """(m,) posterior variance, positive."""
    cross: Array
    """(n, m) prior covariance with the n training points."""
    explained: Array
    """(n, m) the same, whitened."""
    covariance: Callable[[int], Array]
    """Gives the (m,) posterior covariances with the value at an index."""


@dataclass(frozen=True, eq=False)
class TwoLevelClassifier:
    """Two-level classifier with a given prior; use :meth:`fit` to find it.

    Parameters
    ----------
    points : (n, d) array
        Training points of both levels, in the user's units.
    labels : (n,) array
        0 (safe) or 1 (arrhythmic), without noise.
    fidelity : (n,) array
        Values of `Fidelity`.
    bounds : (d, 2) array
        Range of each parameter; points are scaled by it to the unit cube.
    kernel : JointKernel
        Prior covariance of the latent functions in the unit cube.
    repaired : bool
        True when length scales were shortened to reproduce the training labels.
    """

    points: Array
    labels: Levels
    fidelity: Levels
    bounds: Array
    kernel: JointKernel
    repaired: bool = False

    @classmethod
    def fit(
        cls,
        points: ArrayLike,
        labels: ArrayLike,
        fidelity: ArrayLike,
        bounds: ArrayLike,
        low: GaussianProcessClassifier | None = None,
    ) -> "TwoLevelClassifier":
        """Find the hyperparameters that maximise evidence times prior, and return the classifier.

        The search starts from the kernel of a classifier of the low labels alone.

        Parameters
        ----------
        points, labels, fidelity, bounds
            As for the class.
        low
            The classifier of the low labels alone, if it is at hand.
        """
        points, bounds = np.asarray(points, dtype=float), np.asarray(bounds, dtype=float)
        labels, fidelity = np.asarray(labels, dtype=np.int8), np.asarray(fidelity, dtype=np.int8)
        if low is None:
            cheap = fidelity == Fidelity.LOW
            low = GaussianProcessClassifier.fit(points[cheap], labels[cheap], bounds)
        evidence = Evidence(to_unit(points, bounds), np.where(labels > 0, 1.0, -1.0), fidelity)
        with one_thread():
            kernel = evidence.maximise(low.kernel)
        return cls(points, labels, fidelity, bounds, kernel).repair()

    def repair(self) -> "TwoLevelClassifier":
        """Return the classifier, with length scales shortened until all training labels are reproduced."""
        model = self
        while model.training_accuracy < 1.0 and model.kernel.low.length_scales.max() > LENGTH_BOUNDS[0]:
            low, gap = (
                Kernel(np.maximum(REPAIR_FACTOR * kernel.length_scales, LENGTH_BOUNDS[0]))
                for kernel in (model.kernel.low, model.kernel.gap)
            )
            model = replace(model, kernel=replace(model.kernel, low=low, gap=gap), repaired=True)
        return model

    @property
    def disagreement(self) -> float:
        """Prior share of the space where the labels of the levels differ."""
        return self.kernel.disagreement

    @property
    def length_scales(self) -> Array:
        """Length scales of the low level and of δ, (2 d,), in units of the parameter ranges."""
        return np.concatenate([self.kernel.low.length_scales, self.kernel.gap.length_scales])

    @cached_property
    def training(self) -> Posterior:
        """Posterior at the training points."""
        with one_thread():
            K = self.kernel(self._unit, self.fidelity, self._unit, self.fidelity)
            return propagate(K, np.where(self.labels > 0, 1.0, -1.0))

    @property
    def training_accuracy(self) -> float:
        """Share of the training labels, of both levels, that the classifier reproduces; 1 for a healthy fit."""
        return reproduced(self.labels, self.training)

    @property
    def with_margins(self) -> bool:
        """Whether anything but labels is known of any point: no."""
        return False

    def posterior(self, points: ArrayLike, fidelity: ArrayLike) -> JointLatent:
        """Return the joint posterior at ``points``, (m, d) in the user's units, of the levels ``fidelity``, (m,)."""
        new, level = to_unit(np.asarray(points, dtype=float), self.bounds), np.asarray(fidelity)
        cross = self.kernel(self._unit, self.fidelity, new, level)
        fit = self.training
        explained = solve_triangular(fit.cholesky, fit.sqrt_precision[:, None] * cross, lower=True, check_finite=False)

        def covariance(index: int) -> Array:
            prior = self.kernel(new, level, new[index : index + 1], level[index : index + 1])[:, 0]
            return prior - explained[:, index] @ explained

        variance = np.maximum(self.kernel.variance(new, level) - np.einsum("ij,ij->j", explained, explained), NOISE)
        return JointLatent(fit.weights @ cross, variance, cross, explained, covariance)

    def latent(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> tuple[Array, Array]:
        """Return mean and standard deviation of a level's latent function, (m,) each, at ``points`` (m, d)."""
        return moments(lambda part: self.posterior(part, np.full(len(part), fidelity)), points)

    def predict_proba(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> Array:
        """Return the risk of a level, (m,), at ``points`` (m, d), given all labels."""
        return risks(self._steps, lambda part: self.posterior(part, np.full(len(part), fidelity)), points)

    def to_arrays(self) -> dict[str, NDArray]:
        """Return everything needed to rebuild the classifier, as plain arrays."""
        return {
            "points": self.points,
            "labels": self.labels,
            "fidelity": self.fidelity,
            "bounds": self.bounds,
            "low_lengths": self.kernel.low.length_scales,
            "low_trend": np.asarray(self.kernel.low.trend),
            "gap_lengths": self.kernel.gap.length_scales,
            "gap_trend": np.asarray(self.kernel.gap.trend),
            "disagreement": np.asarray(self.kernel.disagreement),
            "repaired": np.asarray(self.repaired, dtype=np.int8),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> "TwoLevelClassifier":
        """Rebuild a classifier from :meth:`to_arrays`; it predicts the same to the last bit."""
        low, gap = (
            Kernel(np.asarray(arrays[f"{part}_lengths"], dtype=float), float(np.asarray(arrays[f"{part}_trend"])))
            for part in ("low", "gap")
        )
        return cls(
            np.asarray(arrays["points"], dtype=float),
            *(np.asarray(arrays[name], dtype=np.int8) for name in ("labels", "fidelity")),
            np.asarray(arrays["bounds"], dtype=float),
            JointKernel(low, gap, float(np.asarray(arrays["disagreement"]))),
            bool(np.asarray(arrays["repaired"])),
        )

    @cached_property
    def _steps(self) -> Steps:
        def prior(rows: NDArray[np.intp]) -> Array:
            return self.kernel(self._unit, self.fidelity, self._unit[rows], self.fidelity[rows])

        with one_thread():
            return Steps.of(self.training, np.where(self.labels > 0, 1.0, -1.0), np.zeros(len(self.labels)), prior)

    @cached_property
    def _unit(self) -> Array:
        return to_unit(self.points, self.bounds)
