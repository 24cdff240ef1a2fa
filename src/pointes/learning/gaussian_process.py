r"""Gaussian-process classifier for deterministic labels: ARD RBF kernel, step likelihood, expectation propagation.

A latent function f ~ N(0, exp(-½ Σⱼ (xⱼ - x'ⱼ)²/ℓⱼ²)) of inputs scaled to the unit cube is positive where the cell is
arrhythmic. A deterministic label tells the sign of f and nothing else, so f has no amplitude to learn: the length
scales ℓ are the only hyperparameters. They maximise the evidence, the probability that f has the observed signs, times
a wide log-normal prior, which keeps fits to fewer than about 20 points from running to a bound.

A simulator that tells how far it is from arrhythmia, too, measures f itself, up to an amplitude a and a nugget σ² that
are then learned beside ℓ: margin = a f + a σ ε (`pointes.learning.margins` decides which margins are believed).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.special import log_ndtr, ndtr

from pointes.learning.expectation_propagation import (
    NOISE,
    Array,
    Measurements,
    Posterior,
    Sites,
    evidence_sensitivity,
    left_out,
    propagate,
)
from pointes.learning.threads import one_thread

LENGTH_BOUNDS = (0.05, 10.0)
# ASSUME: in two dimensions boundaries bend on the scale of half the parameter range, give or take a factor of 3 (one
# standard deviation); the scale grows with √d as distances between points do.
LENGTH_PRIOR_MEDIAN, LENGTH_PRIOR_SD = 0.35, 1.0  # the median in units of √d
# Cold starts in units of the prior median: wiggly and nearly flat boundaries. The evidence has several maxima.
STARTS = (0.4, 1.4)
# Of measured margins: amplitude in units of their root mean square, nugget in units of the amplitude squared; bounds,
# median and standard deviation of the logarithm of log-normal priors. A nugget takes up kinks.
AMPLITUDE_BOUNDS, AMPLITUDE_MEDIAN, AMPLITUDE_SD = (0.2, 100.0), 2.0, 1.0
NUGGET_BOUNDS, NUGGET_MEDIAN, NUGGET_SD = (1e-8, 1e-1), 1e-6, 3.0
NUGGET_START = 1e-3  # while length scales are far off, so that margins do not contradict each other beyond all measure
BLOCK = 1024  # points predicted at once: bounds the memory
REPAIR_FACTOR = 0.5
SEARCH_TOLERANCE = 1e-4  # of expectation propagation while length scales are sought; the evidence is then good to 1e-8
ACCEPTED_RESIDUAL = 1e-2
UNLIKELY = 1e10  # minus log evidence where expectation propagation finds no fixed point


@dataclass(frozen=True, eq=False)
class Latent:
    """Posterior of the latent function at given points: independent moments, and covariances on demand."""

    unit_points: Array
    """(m, d) points in the unit cube."""
    mean: Array
    """(m,) posterior mean; its sign is the predicted label."""
    variance: Array
    """(m,) posterior variance, positive; the prior's is 1."""
    explained: Array
    """(n, m) whitened covariance with the n training points; its column products are what they explain."""
    length_scales: Array

    def covariance(self, index: int) -> Array:
        """Return the (m,) posterior covariances of all points with the point at ``index``."""
        prior = rbf(self.unit_points, self.unit_points[index : index + 1], self.length_scales)[:, 0]
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
            return cls(points, labels, bounds, np.full(len(bounds), _prior_median(len(bounds))))
        evidence = Evidence(to_unit(points, bounds), _signs(labels), margins, beyond)
        with one_thread():
            lengths, amplitude, nugget = _best_hyperparameters(evidence, near)
        return cls(points, labels, bounds, lengths, margins, beyond, amplitude, nugget).repair()

    def repair(self) -> "GaussianProcessClassifier":
        """Return the classifier, with length scales shortened until all training labels are reproduced."""
        model = self
        while model.training_accuracy < 1.0 and model.length_scales.max() > LENGTH_BOUNDS[0]:
            # Labels too wiggly for any smooth f: the evidence then prefers to call them noise. They are not.
            shorter = np.maximum(REPAIR_FACTOR * model.length_scales, LENGTH_BOUNDS[0])
            model = replace(model, length_scales=shorter, repaired=True)
        return model

    @cached_property
    def training(self) -> Posterior:
        """Posterior at the training points."""
        unit = to_unit(self.points, self.bounds)
        measured = None
        if self.margins is not None and self.beyond is not None:
            measured = scaled(self.margins, self.beyond, self.amplitude, self.nugget)
        with one_thread():
            return propagate(rbf(unit, unit, self.length_scales), _signs(self.labels), measured=measured)

    @property
    def training_accuracy(self) -> float:
        """Share of the training labels that the classifier reproduces; 1 for a healthy fit."""
        wrong = int(np.count_nonzero((self.training.mean > 0) != (self.labels > 0)))
        return 1.0 - wrong / max(len(self.labels), 1)

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
        cross = rbf(to_unit(self.points, self.bounds), new, self.length_scales)
        fit = self.training
        explained = solve_triangular(fit.cholesky, fit.sqrt_precision[:, None] * cross, lower=True, check_finite=False)
        # Rounding may leave a tiny negative number where the prior is all explained.
        variance = np.maximum(1.0 - np.einsum("ij,ij->j", explained, explained), NOISE)
        return Latent(new, fit.weights @ cross, variance, explained, self.length_scales)

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the latent function, (m,) each, at ``points`` (m, d)."""
        points = np.asarray(points, dtype=float)
        with one_thread():
            blocks = [self.posterior(points[at : at + BLOCK]) for at in range(0, max(len(points), 1), BLOCK)]
        mean, variance = ([getattr(block, name) for block in blocks] for name in ("mean", "variance"))
        return np.concatenate(mean), np.sqrt(np.concatenate(variance))

    def predict_proba(self, points: ArrayLike) -> Array:
        """Return the risk, (m,), at ``points`` (m, d): the probability that the latent function is positive."""
        mean, sd = self.latent(points)
        return ndtr(mean / sd)

    def to_arrays(self) -> dict[str, NDArray]:
        """Return everything needed to rebuild the classifier, as plain arrays."""
        return {
            "points": self.points,
            "labels": self.labels,
            "bounds": self.bounds,
            "length_scales": self.length_scales,
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
            *(np.asarray(arrays[name], dtype=float) for name in ("length_scales", "margins", "beyond")),
            *(float(np.asarray(arrays[name])) for name in ("amplitude", "nugget")),
            bool(np.asarray(arrays["repaired"])),
        )


def to_unit(points: Array, bounds: Array) -> Array:
    """Scale points from ``bounds`` (d, 2) to the unit cube."""
    return (points - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0])


def rbf(a: Array, b: Array, length_scales: Array) -> Array:
    """Return exp(-½ |(a - b)/ℓ|²) for all pairs, (len(a), len(b))."""
    a, b = a / length_scales, b / length_scales
    exponent = a @ b.T
    exponent -= 0.5 * (a * a).sum(axis=1)[:, None]
    exponent -= 0.5 * (b * b).sum(axis=1)
    return np.exp(np.minimum(exponent, 0.0, out=exponent), out=exponent)


def scaled(margins: Array, beyond: Array, amplitude: float, nugget: float) -> Measurements:
    """Return margins as measurements of a latent function of unit variance."""
    known = np.isfinite(margins)
    return Measurements(
        np.where(known, margins, 0.0) / amplitude, np.where(known, 1.0 / nugget, 0.0), beyond / amplitude
    )


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a fit is to explain."""

    unit: Array
    """(n, d) points in the unit cube."""
    y: Array
    """(n,) labels, -1 or +1."""
    margins: Array
    beyond: Array

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """(n,) where a margin is known."""
        return np.isfinite(self.margins)

    @cached_property
    def size(self) -> float:
        """Root mean square of the known margins, or 1."""
        return float(np.sqrt(np.mean(self.margins[self.known] ** 2))) if self.known.any() else 1.0

    def log_posterior(
        self, logs: Array, sites: Sites | None = None, tolerance: float = SEARCH_TOLERANCE
    ) -> tuple[float, Array, Sites | None]:
        """Return log evidence plus log prior of the hyperparameters, its gradient, and the sites reached.

        Parameters
        ----------
        logs : (d,) or (d + 2,) array
            Logarithms of the length scales and, if margins are known, of the amplitude in units of `size` and of the
            nugget.
        sites, tolerance
            As for :func:`~pointes.learning.expectation_propagation.propagate`.
        """
        d = self.unit.shape[1]
        lengths, others = np.exp(logs[:d]), np.exp(logs[d:])
        measured = scaled(self.margins, self.beyond, self.size * others[0], others[1]) if len(others) else None
        K = rbf(self.unit, self.unit, lengths)
        posterior = propagate(K, self.y, sites, tolerance, measured)
        if posterior.residual > max(tolerance, ACCEPTED_RESIDUAL):
            return -np.inf, np.zeros_like(logs), None  # numbers without meaning: far from any plausible f
        S = evidence_sensitivity(posterior) * K  # dK/dlog ℓⱼ = K · (difference / ℓⱼ)²
        by_length = self.unit / lengths
        gradient = 2.0 * (S.sum(axis=1) @ by_length**2 - np.einsum("ij,ij->j", by_length, S @ by_length))
        value = posterior.evidence
        if measured is not None:
            # Margins have the density of f times 1 / amplitude each.
            precision, f, mean = (part[self.known] for part in (measured.precision, measured.value, posterior.mean))
            n = len(f)
            value -= n * logs[d]
            by_amplitude = np.sum(precision * f * (f - mean)) - n - posterior.threshold_sensitivity
            spread = (mean - f) ** 2 + posterior.variance[self.known]
            by_nugget = 0.5 * np.sum(precision * spread) - 0.5 * n
            gradient = np.concatenate([gradient, [by_amplitude, by_nugget]])
        offset = (logs - self._prior_means()[: len(logs)]) / self._prior_sds()[: len(logs)]
        return value - 0.5 * float(offset @ offset), gradient - offset / self._prior_sds()[: len(logs)], posterior.sites

    def _prior_means(self) -> Array:
        d = self.unit.shape[1]
        return np.log([*[_prior_median(d)] * d, AMPLITUDE_MEDIAN, NUGGET_MEDIAN])

    def _prior_sds(self) -> Array:
        return np.array([*[LENGTH_PRIOR_SD] * self.unit.shape[1], AMPLITUDE_SD, NUGGET_SD])


def _best_hyperparameters(evidence: Evidence, near: GaussianProcessClassifier | None) -> tuple[Array, float, float]:
    """Return length scales, amplitude and nugget at the best of the local maxima that are reached."""
    from scipy.optimize import minimize

    d = evidence.unit.shape[1]
    measured = bool(evidence.known.any())
    bounds = [LENGTH_BOUNDS] * d + [AMPLITUDE_BOUNDS, NUGGET_BOUNDS] * measured
    starts = [[*[start * _prior_median(d)] * d, AMPLITUDE_MEDIAN, NUGGET_START] for start in STARTS]
    if near is not None:
        starts.append([*near.length_scales, near.amplitude / evidence.size, near.nugget])
    found = []
    for start in starts:
        sites = None  # each evaluation begins at the fixed point of the one before, a step away

        def loss(logs: Array) -> tuple[float, Array]:
            nonlocal sites
            value, gradient, sites = evidence.log_posterior(logs, sites)
            return (-value, -gradient) if np.isfinite(value) else (UNLIKELY, np.zeros_like(gradient))

        result = minimize(
            loss,
            np.clip(np.log(start[: len(bounds)]), *np.log(bounds).T),
            jac=True,
            method="L-BFGS-B",
            bounds=np.log(bounds),
            options={"maxiter": 50, "ftol": 1e-6},
        )
        found.append((result.fun, result.x))
    best = np.exp(min(found, key=lambda pair: pair[0])[1])
    return (best[:d], evidence.size * best[d], best[d + 1]) if measured else (best, 1.0, NUGGET_MEDIAN)


def _prior_median(d: int) -> float:
    return LENGTH_PRIOR_MEDIAN * float(np.sqrt(d))


def _signs(labels: NDArray) -> Array:
    return np.where(labels > 0, 1.0, -1.0)
