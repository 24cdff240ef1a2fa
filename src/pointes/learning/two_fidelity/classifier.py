"""Two-fidelity Gaussian-process classifier: labels of a cheap simulator inform the boundary of an expensive one.

The latent functions of both have the joint covariance of `pointes.learning.two_fidelity.kernel`, so one expectation
propagation takes in the labels of both. Hyperparameters maximise `pointes.learning.two_fidelity.evidence`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.classifier.base import REPAIR_FACTOR, LatentClassifier
from pointes.learning.classifier.evidence import LENGTH_BOUNDS
from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.threads import one_thread
from pointes.learning.two_fidelity.evidence import TwoFidelityEvidence
from pointes.learning.two_fidelity.kernel import JointKernel, with_fidelity
from pointes.learning.types import Array, Flags
from pointes.learning.unit_cube import to_unit
from pointes.vocabulary import Fidelity


@dataclass(frozen=True, eq=False)
class TwoFidelityClassifier(LatentClassifier):
    """Two-fidelity classifier with a given prior; use :meth:`fit` to find it.

    Parameters
    ----------
    points : (n, d) array
        Training points of both fidelities, in the user's units.
    labels : (n,) array
        0 (safe) or 1 (arrhythmic), without noise.
    bounds : (d, 2) array
        Range of each parameter; points are scaled by it to the unit cube.
    fidelity : (n,) array
        Values of `Fidelity`.
    kernel : JointKernel
        Prior covariance of the latent functions in the unit cube.
    repaired : bool
        True when length scales were shortened to reproduce the training labels.
    """

    fidelity: Flags
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
    ) -> Self:
        """Find the hyperparameters that maximise evidence times prior, and return the classifier.

        The search starts from the kernel of a classifier of the low-fidelity labels alone.

        Parameters
        ----------
        points, labels, fidelity, bounds
            Arguments of the class.
        low
            Classifier of the low-fidelity labels alone; fitted here by default.
        """
        points, bounds = np.asarray(points, dtype=float), np.asarray(bounds, dtype=float)
        labels, fidelity = np.asarray(labels, dtype=np.int8), np.asarray(fidelity, dtype=np.int8)
        if low is None:
            cheap = fidelity == Fidelity.LOW
            low = GaussianProcessClassifier.fit(points[cheap], labels[cheap], bounds)
        inputs = with_fidelity(to_unit(points, bounds), fidelity)
        with one_thread():
            kernel = TwoFidelityEvidence(inputs, np.where(labels > 0, 1.0, -1.0)).maximise(low.kernel)
        return cls(points, labels, bounds, fidelity, kernel).repair()

    @property
    def prior(self) -> JointKernel:
        """Prior covariance of the latent functions."""
        return self.kernel

    @property
    def disagreement(self) -> float:
        """Prior share of the space where the labels of the fidelities differ."""
        return self.kernel.disagreement

    @property
    def length_scales(self) -> Array:
        """Length scales of the low fidelity and of δ, (2 d,), in units of the parameter ranges."""
        return np.concatenate([self.kernel.low.length_scales, self.kernel.gap.length_scales])

    def posterior(self, points: ArrayLike, fidelity: ArrayLike) -> LatentPosterior:
        """Return the joint posterior at ``points``, (m, d) in the user's units, each of a fidelity, (m,)."""
        return self._posterior(self._at(points, fidelity))

    def latent(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> tuple[Array, Array]:
        """Return mean and standard deviation of a fidelity's latent function, (m,) each, at ``points`` (m, d)."""
        return self._moments(self._at(points, fidelity))

    def predict_proba(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> Array:
        """Return the risk at a fidelity, (m,), at ``points`` (m, d), given all labels."""
        return self._risk(self._at(points, fidelity))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
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
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """Rebuild a classifier from :meth:`to_arrays`; it predicts the same to the last bit."""
        low, gap = (
            Kernel(np.asarray(arrays[f"{part}_lengths"], dtype=float), float(np.asarray(arrays[f"{part}_trend"])))
            for part in ("low", "gap")
        )
        return cls(
            np.asarray(arrays["points"], dtype=float),
            np.asarray(arrays["labels"], dtype=np.int8),
            np.asarray(arrays["bounds"], dtype=float),
            np.asarray(arrays["fidelity"], dtype=np.int8),
            JointKernel(low, gap, float(np.asarray(arrays["disagreement"]))),
            bool(np.asarray(arrays["repaired"])),
        )

    @cached_property
    def _inputs(self) -> Array:
        return self._at(self.points, self.fidelity)

    def _shortened(self) -> Self | None:
        if self.kernel.low.length_scales.max() <= LENGTH_BOUNDS[0]:
            return None
        low, gap = (
            Kernel(np.maximum(REPAIR_FACTOR * kernel.length_scales, LENGTH_BOUNDS[0]))
            for kernel in (self.kernel.low, self.kernel.gap)
        )
        return replace(self, kernel=replace(self.kernel, low=low, gap=gap), repaired=True)

    def _at(self, points: ArrayLike, fidelity: ArrayLike) -> Array:
        """Return the inputs of the kernel at points, (m, d), of one fidelity or of m."""
        points = np.asarray(points, dtype=float)
        return with_fidelity(to_unit(points, self.bounds), np.broadcast_to(fidelity, len(points)))
