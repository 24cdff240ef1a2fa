r"""Gaussian-process classifier for deterministic labels: ARD RBF kernel, step likelihood, expectation propagation.

A latent function f ~ N(0, exp(-½ Σⱼ (xⱼ - x'ⱼ)²/ℓⱼ²)) of inputs scaled to the unit cube is positive where the cell is
arrhythmic. A deterministic label tells the sign of f and nothing else, so f has no amplitude to learn: the length
scales ℓ are the only hyperparameters. They maximise the evidence, the probability that f has the observed signs, times
a wide log-normal prior, which keeps fits to fewer than about 20 points from running to a bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.special import ndtr

from pointes.learning.expectation_propagation import (
    NOISE,
    Array,
    Posterior,
    Sites,
    evidence_sensitivity,
    propagate,
)

LENGTH_BOUNDS = (0.05, 10.0)
# ASSUME: in two dimensions boundaries bend on the scale of half the parameter range, give or take a factor of 3 (one
# standard deviation); the scale grows with √d as distances between points do.
LENGTH_PRIOR_MEDIAN, LENGTH_PRIOR_SD = 0.35, 1.0  # the median in units of √d
# Cold starts in units of the prior median: wiggly and nearly flat boundaries. The evidence has several maxima.
STARTS = (0.4, 1.4)
REPAIR_FACTOR = 0.5
SEARCH_TOLERANCE = 1e-4  # of expectation propagation while length scales are sought; the evidence is then good to 1e-8


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
    """Gaussian-process classifier with given length scales; use :meth:`fit` to find them.

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
    repaired : bool
        True when the length scales of best evidence left training labels wrong and were shortened to reproduce them.
    """

    points: Array
    labels: NDArray[np.int8]
    bounds: Array
    length_scales: Array
    repaired: bool = False

    @classmethod
    def fit(cls, points: ArrayLike, labels: ArrayLike, bounds: ArrayLike) -> "GaussianProcessClassifier":
        """Find the length scales and return the classifier.

        The result depends on the data alone (fixed starts, no random numbers). Labels of one class only carry no
        information about length scales, which are then left at their prior median; without points the risk is ½.

        Parameters
        ----------
        points, labels, bounds
            As for the class.
        """
        points = np.asarray(points, dtype=float)
        labels = np.asarray(labels, dtype=np.int8)
        bounds = np.asarray(bounds, dtype=float)
        if len(np.unique(labels)) < 2:
            return cls(points, labels, bounds, np.full(len(bounds), _prior_median(len(bounds))))
        model = cls(points, labels, bounds, _best_length_scales(to_unit(points, bounds), _signs(labels)))
        while model.training_accuracy < 1.0 and model.length_scales.max() > LENGTH_BOUNDS[0]:
            # Labels too wiggly for any smooth f: the evidence then prefers to call them noise. They are not.
            shorter = np.maximum(REPAIR_FACTOR * model.length_scales, LENGTH_BOUNDS[0])
            model = cls(points, labels, bounds, shorter, repaired=True)
        return model

    @cached_property
    def training(self) -> Posterior:
        """Posterior at the training points."""
        unit = to_unit(self.points, self.bounds)
        return propagate(rbf(unit, unit, self.length_scales), _signs(self.labels))

    @property
    def training_accuracy(self) -> float:
        """Share of the training labels that the classifier reproduces; 1 for a healthy fit."""
        wrong = int(np.count_nonzero((self.training.mean > 0) != (self.labels > 0)))
        return 1.0 - wrong / max(len(self.labels), 1)

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
        posterior = self.posterior(points)
        return posterior.mean, np.sqrt(posterior.variance)

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
            bool(np.asarray(arrays["repaired"])),
        )


def to_unit(points: Array, bounds: Array) -> Array:
    """Scale points from ``bounds`` (d, 2) to the unit cube."""
    return (points - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0])


def rbf(a: Array, b: Array, length_scales: Array) -> Array:
    """Return exp(-½ |(a - b)/ℓ|²) for all pairs, (len(a), len(b))."""
    a, b = a / length_scales, b / length_scales
    squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2.0 * (a @ b.T)
    return np.exp(-0.5 * np.maximum(squares, 0.0))


def log_posterior(
    log_lengths: Array, unit: Array, y: Array, sites: Sites | None = None, tolerance: float = SEARCH_TOLERANCE
) -> tuple[float, Array, Sites]:
    """Return log evidence plus log prior of the length scales, its gradient, and the sites reached.

    Parameters
    ----------
    log_lengths : (d,) array
    unit : (n, d) array
        Points in the unit cube.
    y : (n,) array
        Labels, -1 or +1.
    sites, tolerance
        As for :func:`~pointes.learning.expectation_propagation.propagate`.
    """
    lengths = np.exp(log_lengths)
    K = rbf(unit, unit, lengths)
    posterior = propagate(K, y, sites, tolerance)
    S = evidence_sensitivity(posterior) * K  # dK/dlog ℓⱼ = K · (difference / ℓⱼ)²
    scaled = unit / lengths
    gradient = 2.0 * (S.sum(axis=1) @ scaled**2 - np.einsum("ij,ij->j", scaled, S @ scaled))
    offset = (log_lengths - np.log(_prior_median(len(lengths)))) / LENGTH_PRIOR_SD
    value = posterior.evidence - 0.5 * float(offset @ offset)
    return value, gradient - offset / LENGTH_PRIOR_SD, posterior.sites


def _best_length_scales(unit: Array, y: Array) -> Array:
    """Return the best of the local maxima reached from the fixed starts."""
    from scipy.optimize import minimize

    d = unit.shape[1]
    found = []
    for start in STARTS:
        sites = None  # each evaluation begins at the fixed point of the one before, a step away

        def loss(log_lengths: Array) -> tuple[float, Array]:
            nonlocal sites
            value, gradient, sites = log_posterior(log_lengths, unit, y, sites)
            return -value, -gradient

        result = minimize(
            loss,
            np.full(d, np.log(start * _prior_median(d))),
            jac=True,
            method="L-BFGS-B",
            bounds=[tuple(np.log(LENGTH_BOUNDS))] * d,
            options={"maxiter": 50, "ftol": 1e-6},
        )
        found.append((result.fun, result.x))
    return np.exp(min(found, key=lambda pair: pair[0])[1])


def _prior_median(d: int) -> float:
    return LENGTH_PRIOR_MEDIAN * float(np.sqrt(d))


def _signs(labels: NDArray) -> Array:
    return np.where(labels > 0, 1.0, -1.0)
