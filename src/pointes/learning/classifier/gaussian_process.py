"""Gaussian-process classifier for deterministic labels: step likelihood, expectation propagation.

A latent function f ~ N(0, K) of inputs scaled to the unit cube is positive where the cell is arrhythmic, with the
covariance K of `pointes.learning.classifier.kernel`. A deterministic label tells the sign of f and nothing else, so f
has no amplitude to learn. Hyperparameters maximise the evidence, the probability that f has the observed signs
(`pointes.learning.classifier.evidence`).

A simulator that tells how far it is from arrhythmia, too, measures f itself, up to an amplitude a and a nugget σ² that
are then learned as well: margin = a f + a σ ε (`pointes.learning.classifier.margins` decides which margins are
believed).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.special import log_ndtr

from pointes.learning.classifier.evidence import (
    ACCEPTED_RESIDUAL,
    LENGTH_BOUNDS,
    NUGGET_MEDIAN,
    Evidence,
    Hyperparameters,
    prior_medians,
    scaled,
)
from pointes.learning.classifier.expectation_propagation import NOISE, Array, Posterior, left_out, propagate
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.classifier.steps import Predicted, Steps
from pointes.learning.threads import one_thread
from pointes.learning.unit_cube import to_unit

Part = TypeVar("Part")

BLOCK = 1024  # points predicted at once: bounds the memory
REPAIR_FACTOR = 0.5


class Moments(Protocol):
    """Posterior of a latent function at given points."""

    mean: Array
    """(m,) posterior mean."""
    variance: Array
    """(m,) posterior variance, positive."""


@dataclass(frozen=True, eq=False)
class Latent:
    """Posterior of the latent function at given points: independent moments, and covariances on demand."""

    unit_points: Array
    """(m, d) points in the unit cube."""
    mean: Array
    """(m,) posterior mean."""
    variance: Array
    """(m,) posterior variance, positive."""
    cross: Array
    """(n, m) prior covariance with the n training points."""
    explained: Array
    """(n, m) the same, whitened: its column products are what the training points explain."""
    kernel: Kernel

    def covariance(self, index: int) -> Array:
        """Return the (m,) posterior covariances of all points with the point at ``index``."""
        prior = self.kernel(self.unit_points, self.unit_points[index : index + 1])[:, 0]
        return prior - self.explained[:, index] @ self.explained


@dataclass(frozen=True, eq=False)
class GaussianProcessClassifier:
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
        In units of the parameter ranges.
    trend : float
        Size of the smooth trend beside local bends, as for `Kernel`.
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

    points: Array
    labels: NDArray[np.int8]
    bounds: Array
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
    ) -> "GaussianProcessClassifier":
        """Find the hyperparameters and return the classifier.

        The result depends on the data alone (fixed starts, no random numbers). Labels of one class without margins
        carry no information about length scales, which are then left at their prior median; without points the risk
        is ½.

        Parameters
        ----------
        points, labels, bounds, margins, beyond
            As for the class.
        near
            A fit to much the same, whose hyperparameters are tried as well.
        """
        points = np.asarray(points, dtype=float)
        labels = np.asarray(labels, dtype=np.int8)
        bounds = np.asarray(bounds, dtype=float)
        margins = np.full(len(labels), np.nan) if margins is None else np.asarray(margins, dtype=float)
        beyond = np.zeros(len(labels)) if beyond is None else np.asarray(beyond, dtype=float)
        if len(np.unique(labels)) < 2 and not np.isfinite(margins).any():
            return cls(points, labels, bounds, prior_medians(len(bounds)).length_scales)
        evidence = Evidence(to_unit(points, bounds), _signs(labels), margins, beyond)
        with one_thread():
            found = evidence.maximise(None if near is None else near.hyperparameters)
        return cls(points, labels, bounds, margins=margins, beyond=beyond, **found._asdict()).repair()

    def repair(self) -> "GaussianProcessClassifier":
        """Return the classifier, with length scales shortened until all training labels are reproduced."""
        model = self
        while model.training_accuracy < 1.0 and model.length_scales.max() > LENGTH_BOUNDS[0]:
            # Labels too wiggly for any smooth f: the evidence then prefers to call them noise. They are not.
            shorter = np.maximum(REPAIR_FACTOR * model.length_scales, LENGTH_BOUNDS[0])
            model = replace(model, length_scales=shorter, trend=0.0, repaired=True)
        return model

    @property
    def kernel(self) -> Kernel:
        """Prior covariance of the latent function, for points in the unit cube."""
        return Kernel(self.length_scales, self.trend)

    @property
    def hyperparameters(self) -> Hyperparameters:
        """What a fit to much the same data may begin with."""
        return Hyperparameters(self.length_scales, self.trend, self.amplitude, self.nugget)

    @cached_property
    def training(self) -> Posterior:
        """Posterior at the training points."""
        unit = to_unit(self.points, self.bounds)
        measured = None
        if self.margins is not None and self.beyond is not None:
            measured = scaled(self.margins, self.beyond, self.amplitude, self.nugget)
        with one_thread():
            return propagate(self.kernel(unit, unit), _signs(self.labels), measured=measured)

    @property
    def training_accuracy(self) -> float:
        """Share of the training labels that the classifier reproduces; 1 for a healthy fit."""
        return reproduced(self.labels, self.training)

    @property
    def with_margins(self) -> bool:
        """Whether anything but labels is known of any point."""
        return self.margins is not None and bool(np.isfinite(self.margins).any())

    @property
    def healthy(self) -> bool:
        """Whether all training labels are reproduced and expectation propagation found its fixed point."""
        return self.training_accuracy == 1.0 and self.training.residual < ACCEPTED_RESIDUAL

    @property
    def surprise(self) -> Array:
        """-log p(label), (n,), of each training label as predicted from all other points."""
        mean, variance = left_out(self.training)
        return -log_ndtr(_signs(self.labels) * mean / np.sqrt(variance))

    def posterior(self, points: ArrayLike) -> Latent:
        """Return the latent posterior at ``points``, (m, d) in the user's units."""
        new = to_unit(np.asarray(points, dtype=float), self.bounds)
        cross = self.kernel(to_unit(self.points, self.bounds), new)
        fit = self.training
        explained = solve_triangular(fit.cholesky, fit.sqrt_precision[:, None] * cross, lower=True, check_finite=False)
        # Rounding may leave a tiny negative number where the prior is all explained.
        variance = np.maximum(self.kernel.variance(new) - np.einsum("ij,ij->j", explained, explained), NOISE)
        return Latent(new, fit.weights @ cross, variance, cross, explained, self.kernel)

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the latent function, (m,) each, at ``points`` (m, d)."""
        return moments(self.posterior, points)

    def predict_proba(self, points: ArrayLike) -> Array:
        """Return the risk, (m,), at ``points`` (m, d): the probability that the latent function is positive.

        The labels that matter most count as what they are, signs: risks are not Φ(mean / sd) of the latent Gaussian
        (`pointes.learning.classifier.steps`).
        """
        return risks(self._steps, self.posterior, points)

    @cached_property
    def _steps(self) -> Steps:
        unit = to_unit(self.points, self.bounds)
        threshold = np.zeros(len(unit)) if self.beyond is None else self.beyond / self.amplitude
        with one_thread():
            return Steps.of(self.training, _signs(self.labels), threshold, lambda rows: self.kernel(unit, unit[rows]))

    def to_arrays(self) -> dict[str, NDArray]:
        """Return everything needed to rebuild the classifier, as plain arrays."""
        return {
            "points": self.points,
            "labels": self.labels,
            "bounds": self.bounds,
            "length_scales": self.length_scales,
            "trend": np.asarray(self.trend),
            "margins": np.full(len(self.labels), np.nan) if self.margins is None else self.margins,
            "beyond": np.zeros(len(self.labels)) if self.beyond is None else self.beyond,
            "amplitude": np.asarray(self.amplitude),
            "nugget": np.asarray(self.nugget),
            "repaired": np.asarray(self.repaired, dtype=np.int8),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> "GaussianProcessClassifier":
        """Rebuild a classifier from :meth:`to_arrays`; it predicts the same to the last bit."""
        return cls(
            np.asarray(arrays["points"], dtype=float),
            np.asarray(arrays["labels"], dtype=np.int8),
            np.asarray(arrays["bounds"], dtype=float),
            np.asarray(arrays["length_scales"], dtype=float),
            float(np.asarray(arrays["trend"])),
            *(np.asarray(arrays[name], dtype=float) for name in ("margins", "beyond")),
            *(float(np.asarray(arrays[name])) for name in ("amplitude", "nugget")),
            bool(np.asarray(arrays["repaired"])),
        )


def reproduced(labels: NDArray[np.int8], training: Posterior) -> float:
    """Return the share of labels (n,), 0 or 1, that the posterior at the training points reproduces; 1 without any."""
    wrong = int(np.count_nonzero((training.mean > 0) != (labels > 0)))
    return 1.0 - wrong / max(len(labels), 1)


def moments(posterior: Callable[[Array], Moments], points: ArrayLike) -> tuple[Array, Array]:
    """Return mean and standard deviation, (m,) each, at points (m, d), computed block by block."""

    def both(part: Array) -> tuple[Array, Array]:
        at = posterior(part)
        return at.mean, at.variance

    mean, variance = map(np.concatenate, zip(*_in_blocks(both, points), strict=True))
    return mean, np.sqrt(variance)


def risks(steps: Steps, posterior: Callable[[Array], Predicted], points: ArrayLike) -> Array:
    """Return the probability, (m,), that a latent function is positive at points (m, d), computed block by block."""
    return np.concatenate(_in_blocks(lambda part: steps.risk(posterior(part)), points))


def _in_blocks(function: Callable[[Array], Part], points: ArrayLike) -> list[Part]:
    points = np.asarray(points, dtype=float)
    with one_thread():
        return [function(points[at : at + BLOCK]) for at in range(0, max(len(points), 1), BLOCK)]


def _signs(labels: NDArray) -> Array:
    return np.where(labels > 0, 1.0, -1.0)
