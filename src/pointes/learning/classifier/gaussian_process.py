"""Gaussian-process classifier of the labels of one simulator.

The latent function of inputs scaled to the unit cube has the prior covariance of `pointes.learning.classifier.kernel`.
Deterministic labels tell signs only, so it has no amplitude to learn. Hyperparameters maximise the evidence, the
probability that it has the observed signs (`pointes.learning.classifier.evidence`).

A simulator that also reports how far it is from arrhythmia measures f itself, up to an amplitude a and a nugget σ² that
are then learned as well: margin = a f + a σ ε (`pointes.learning.classifier.margins` decides which margins are used).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr

from pointes.learning.classifier.base import REPAIR_FACTOR, LatentClassifier
from pointes.learning.classifier.evidence import (
    ACCEPTED_RESIDUAL,
    LENGTH_BOUNDS,
    NUGGET_MEDIAN,
    Evidence,
    Hyperparameters,
    as_measurements,
    prior_medians,
)
from pointes.learning.classifier.expectation_propagation import Measurements, left_out
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.threads import one_thread
from pointes.learning.types import Array
from pointes.learning.unit_cube import to_unit


@dataclass(frozen=True, eq=False)
class GaussianProcessClassifier(LatentClassifier):
    """Gaussian-process classifier with given hyperparameters; use :meth:`fit` to find them.

    Parameters
    ----------
    points : (n, d) array
        Training points in the user's units.
    labels : (n,) array
        0 (safe) or 1 (arrhythmic), without noise.
    bounds : (d, 2) array
        Range of each parameter; points are scaled by it to the unit cube.
    length_scales : (d,) array
        Length scales in units of the parameter ranges.
    trend : float
        Size of the smooth trend beside local bends, as in `Kernel`.
    margins : (n,) array, optional
        Signed distances from arrhythmia in any unit, positive where arrhythmic; NaN where only the label is known.
    beyond : (n,) array, optional
        Distances, not negative, that the margin of a point is known to exceed on the side of its label.
    amplitude : float
        Prior standard deviation of margins, in their unit.
    nugget : float
        Variance of margins that no smooth function explains, in units of the amplitude squared.
    repaired : bool
        True when the length scales of best evidence left training labels wrong and were shortened to reproduce them.
    """

    length_scales: Array
    trend: float = 0.0
    margins: Array | None = None
    beyond: Array | None = None
    amplitude: float = 1.0
    nugget: float = NUGGET_MEDIAN
    repaired: bool = False

    @classmethod
    def fit(
        cls,
        points: ArrayLike,
        labels: ArrayLike,
        bounds: ArrayLike,
        margins: ArrayLike | None = None,
        beyond: ArrayLike | None = None,
        near: "GaussianProcessClassifier | None" = None,
    ) -> Self:
        """Find the hyperparameters and return the classifier.

        The result depends on the data alone (fixed starts, no random numbers). Labels of one class without margins
        carry no information about length scales, which are then left at their prior median; without points the risk
        is ½.

        Parameters
        ----------
        points, labels, bounds, margins, beyond
            Arguments of the class.
        near
            Fit to similar data, whose hyperparameters are tried as well.
        """
        points = np.asarray(points, dtype=float)
        labels = np.asarray(labels, dtype=np.int8)
        bounds = np.asarray(bounds, dtype=float)
        margins = np.full(len(labels), np.nan) if margins is None else np.asarray(margins, dtype=float)
        beyond = np.zeros(len(labels)) if beyond is None else np.asarray(beyond, dtype=float)
        if len(np.unique(labels)) < 2 and not np.isfinite(margins).any():
            return cls(points, labels, bounds, prior_medians(len(bounds)).length_scales)
        evidence = Evidence(to_unit(points, bounds), np.where(labels > 0, 1.0, -1.0), margins, beyond)
        with one_thread():
            found = evidence.maximise(None if near is None else near.hyperparameters)
        return cls(points, labels, bounds, margins=margins, beyond=beyond, **found._asdict()).repair()

    @property
    def kernel(self) -> Kernel:
        """Prior covariance of the latent function, for points in the unit cube."""
        return Kernel(self.length_scales, self.trend)

    @property
    def prior(self) -> Kernel:
        """Prior covariance of the latent function."""
        return self.kernel

    @property
    def hyperparameters(self) -> Hyperparameters:
        """Hyperparameters with which a fit to similar data may begin."""
        return Hyperparameters(self.length_scales, self.trend, self.amplitude, self.nugget)

    @property
    def with_margins(self) -> bool:
        """Whether margins are used beside labels."""
        return self.margins is not None and bool(np.isfinite(self.margins).any())

    @property
    def healthy(self) -> bool:
        """Whether all training labels are reproduced and expectation propagation found its fixed point."""
        return self.training_accuracy == 1.0 and self.training.residual < ACCEPTED_RESIDUAL

    @property
    def surprise(self) -> Array:
        """-log p(label), (n,), of each training label as predicted from all other points."""
        mean, variance = left_out(self.training)
        return -log_ndtr(self._signs * mean / np.sqrt(variance))

    def posterior(self, points: ArrayLike) -> LatentPosterior:
        """Return the latent posterior at ``points``, (m, d) in the user's units."""
        return self._posterior(self._at(points))

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the latent function, (m,) each, at ``points`` (m, d)."""
        return self._moments(self._at(points))

    def predict_proba(self, points: ArrayLike) -> Array:
        """Return the risk, (m,), at ``points`` (m, d): the probability that the latent function is positive.

        The labels that count most are taken for what they are, signs: risks are not Φ(mean / sd) of the latent Gaussian
        (`pointes.learning.classifier.step_correction`).
        """
        return self._risk(self._at(points))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything needed to rebuild the classifier, as plain arrays."""
        arrays = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        arrays["repaired"] = arrays["repaired"].astype(np.int8)
        if self.margins is None:
            arrays["margins"] = np.full(len(self.labels), np.nan)
        if self.beyond is None:
            arrays["beyond"] = np.zeros(len(self.labels))
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """Rebuild a classifier from :meth:`to_arrays`; it predicts the same to the last bit."""
        return cls(
            np.asarray(arrays["points"], dtype=float),
            np.asarray(arrays["labels"], dtype=np.int8),
            np.asarray(arrays["bounds"], dtype=float),
            np.asarray(arrays["length_scales"], dtype=float),
            float(np.asarray(arrays["trend"])),
            np.asarray(arrays["margins"], dtype=float),
            np.asarray(arrays["beyond"], dtype=float),
            float(np.asarray(arrays["amplitude"])),
            float(np.asarray(arrays["nugget"])),
            bool(np.asarray(arrays["repaired"])),
        )

    @cached_property
    def _inputs(self) -> Array:
        return to_unit(self.points, self.bounds)

    @property
    def _measured(self) -> Measurements:
        if self.margins is None or self.beyond is None:
            return super()._measured
        return as_measurements(self.margins, self.beyond, self.amplitude, self.nugget)

    def _shortened(self) -> Self | None:
        if self.length_scales.max() <= LENGTH_BOUNDS[0]:
            return None
        shorter = np.maximum(REPAIR_FACTOR * self.length_scales, LENGTH_BOUNDS[0])
        return replace(self, length_scales=shorter, trend=0.0, repaired=True)

    def _at(self, points: ArrayLike) -> Array:
        return to_unit(np.asarray(points, dtype=float), self.bounds)
