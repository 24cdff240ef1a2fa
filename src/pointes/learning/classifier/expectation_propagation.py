r"""Expectation propagation for noise-free binary labels: posterior and evidence of a Gaussian-process classifier.

Labels are y = ±1, the latent function has prior f ~ N(0, K), and p(y | f) = Φ(y f / √ε) with ε so small that the
likelihood is a step: the simulator is deterministic. Each step is replaced by a Gaussian site with precision τ and
shift ν such that marginal means and variances are those under the true step. Formulas and symbols follow Rasmussen and
Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, section 3.6 (doi:10.7551/mitpress/3206.001.0001),
with all sites updated at once and damped.

Where the simulator also measured f, the value is a second, exactly Gaussian factor of that point; where it only says
that f lies beyond some value, the step moves there from zero (a censored observation). See
`pointes.learning.classifier.margins`.

Why not Laplace's method: with noise-free labels the likelihood has no curvature at a confidently labelled point, so
Laplace learns nothing from it, and the risk stays blurred far from a boundary that is known well.
"""

from typing import NamedTuple, Self

import numpy as np
from scipy.linalg.lapack import dpotri, dtrtri
from scipy.special import erfcx, log_ndtr

from pointes.learning.classifier.triangular import cholesky, solve_lower
from pointes.learning.types import Array

NOISE = 1e-12  # ε in units of the prior variance; keeps contradictory labels at one point from dividing by zero
_MAX_SWEEPS = 200  # largest number of sweeps of one attempt
# Steps of two attempts: undamped parallel updates may oscillate for ever, and some do even with the first step.
_DAMPINGS = (0.7, 0.2)
_PATIENCE = 6  # sweeps without progress before the step is halved
_PROGRESS = 0.8  # factor by which the residual must fall to count as progress
_SMALLEST_STEP = 0.05  # step that is not halved further
_DIVERGED = 1e6  # residual from which no iteration has come back
_RESOLUTION = 1e-6  # variances below this are not asked to converge: rounding in K limits them
_TINY = 1e-12  # stands for 0 in divisors
_SUBNORMAL = 1e-20  # smaller numbers change nothing beside 1, but their products slow the arithmetic a hundredfold
_FAINT = 1e-4  # sites that reduce the variance by less than this share are computed without cancellation


class Measurements(NamedTuple):
    """Measurements of f at the training points besides its signs, (n,) each."""

    value: Array  # measured values of f; any number where the precision is 0
    precision: Array  # inverse variances of the measurements; 0 where there is none
    threshold: Array  # thresholds, not negative: the label says y f > threshold

    @classmethod
    def none(cls, n: int) -> Self:
        """Return the measurements of ``n`` points of which only the labels are known."""
        return cls(np.zeros(n), np.zeros(n), np.zeros(n))


class Sites(NamedTuple):
    """Gaussian stand-ins for the likelihood of each label, (n,) each."""

    precision: Array  # precisions τ
    shift: Array  # shifts ν, precision times mean


class Posterior(NamedTuple):
    """The approximate posterior at one covariance matrix; arrays have one entry per training point."""

    mean: Array  # posterior mean of f
    variance: Array  # posterior variance of f
    weights: Array  # K⁻¹ mean, so that the latent mean elsewhere is k(x, X) · weights
    sqrt_precision: Array  # square roots of the precisions of site and measurement together
    cholesky: Array  # lower Cholesky factor of B = I + √τ K √τ, (n, n)
    evidence: float  # approximate log of the probability of the signs times the density of the measurements
    threshold_sensitivity: float  # derivative of the evidence by the logarithm of a factor common to all thresholds
    sites: Sites  # sites of the labels
    residual: float  # largest mismatch of marginal and tilted moments, in standard deviations; 0 at the fixed point
    damping: float  # step with which the iteration converged, or the smallest one tried


def propagate(
    K: Array, y: Array, sites: Sites | None = None, tolerance: float = 1e-6, measured: Measurements | None = None
) -> Posterior:
    """Iterate to the fixed point of expectation propagation.

    At the fixed point every training label is reproduced: the mean of a Gaussian cut off at zero lies on the side that
    is kept.

    K is the prior covariance of the training points, (n, n), with unit diagonal; y are their labels, -1 or +1. The
    first guess of the sites may come from a similar K. The iteration stops at a residual below the tolerance.

    Examples
    --------
    The probability that two standard normals with correlation ½ are both positive is exactly 1/3:

    >>> posterior = propagate(np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([1.0, 1.0]))
    >>> round(float(np.exp(posterior.evidence)), 3)
    0.333
    """
    measured = Measurements.none(len(y)) if measured is None else measured
    cold = Sites(np.zeros_like(y), np.zeros_like(y))
    attempts = [(damping, cold) for damping in _DAMPINGS]
    if sites is not None:
        attempts.insert(0, (_DAMPINGS[0], sites))
    for damping, (tau, nu) in attempts:
        step, best, idle = damping, np.inf, 0
        for _ in range(_MAX_SWEEPS):
            posterior, fresh = _sweep(K, y, measured, tau, nu, step)
            if posterior.residual < tolerance:
                return posterior
            if not posterior.residual < _DIVERGED:
                break
            if posterior.residual < _PROGRESS * best:
                best, idle = posterior.residual, 0
            else:
                idle += 1
            if idle == _PATIENCE:
                step, best, idle = max(0.5 * step, _SMALLEST_STEP), posterior.residual, 0
            tau, nu = tau + step * (fresh.precision - tau), nu + step * (fresh.shift - nu)
    return posterior


def evidence_sensitivity(posterior: Posterior) -> Array:
    """Return the symmetric (n, n) matrix S with d(evidence) = Σᵢⱼ Sᵢⱼ dKᵢⱼ.

    At the fixed point the evidence is stationary in the sites, so only its explicit dependence on K counts.
    """
    lower, _ = dpotri(posterior.cholesky, lower=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    s = posterior.sqrt_precision
    sensitivity: Array = np.outer(posterior.weights, posterior.weights) - s[:, None] * inverse * s
    return 0.5 * sensitivity


def cavities(posterior: Posterior) -> tuple[Array, Array]:
    """Return mean and variance of f at each training point, (n,) each, without the site of its label."""
    tau, nu = posterior.sites
    left = np.maximum(1.0 - tau * posterior.variance, _TINY)
    return (posterior.mean - nu * posterior.variance) / left, posterior.variance / left


def hazard(z: Array) -> Array:
    """Return N(z) / Φ(z), exact in both tails."""
    return np.asarray(np.sqrt(2.0 / np.pi) / erfcx(-z / np.sqrt(2.0)))


def left_out(posterior: Posterior) -> tuple[Array, Array]:
    """Return mean and variance of f at each training point, (n,) each, as predicted from all the others."""
    tau = posterior.sqrt_precision**2
    # weights = K⁻¹ mean = ν - τ mean, with ν and τ of site and measurement together
    left = np.maximum(1.0 - tau * posterior.variance, _TINY)
    return posterior.mean - posterior.weights * posterior.variance / left, posterior.variance / left


def _sweep(
    K: Array, y: Array, measured: Measurements, tau: Array, nu: Array, damping: float
) -> tuple[Posterior, Sites]:
    """Return the posterior under the given sites, and the sites that match the tilted moments."""
    total = tau + measured.precision
    shift = nu + measured.precision * measured.value
    s = np.sqrt(total)
    B = s[:, None] * K * s
    B[np.abs(B) < _SUBNORMAL] = 0.0
    B[np.diag_indices_from(B)] += 1.0
    L = cholesky(B)
    weights = shift - s * solve_factored(L, s * (K @ shift))
    mean = K @ weights
    variance = _marginal_variance(K, s, total, L)

    # Cavity: the marginal without its own site.
    left = np.maximum(1.0 - tau * variance, _TINY)
    cavity_variance = variance / left
    cavity_mean = (mean - nu * variance) / left

    # Tilted: the cavity times the true likelihood.
    spread = np.sqrt(NOISE + cavity_variance)
    z = (y * cavity_mean - measured.threshold) / spread
    ratio = hazard(z)
    curvature = ratio * (ratio + z) / spread**2
    shrinkage = np.maximum(1.0 - cavity_variance * curvature, _TINY)
    tilted_mean = cavity_mean + y * cavity_variance * ratio / spread
    tilted_variance = cavity_variance * shrinkage
    new_tau = np.where(curvature > _SUBNORMAL, curvature, 0.0) / shrinkage
    new_nu = y * ratio / (spread * shrinkage) + cavity_mean * new_tau

    scale = variance + _RESOLUTION
    mismatch = np.abs(tilted_mean - mean) / np.sqrt(scale) + np.abs(tilted_variance - variance) / scale
    known = measured.precision > 0
    precision, value = measured.precision[known], measured.value[known]
    evidence = (
        log_ndtr(z).sum()
        - np.log(np.diag(L)).sum()
        + 0.5 * np.log1p(tau * cavity_variance).sum()
        + 0.5 * shift @ mean
        - 0.5 * (nu * nu * variance).sum()
        + 0.5 * (left * cavity_mean * (tau * cavity_mean - 2.0 * nu)).sum()
        + 0.5 * (np.log(precision / (2.0 * np.pi)) - precision * value**2).sum()
    )
    by_threshold = float(-(measured.threshold * ratio / spread).sum())
    sites, residual = Sites(tau, nu), float(mismatch.max(initial=0.0))
    posterior = Posterior(mean, variance, weights, s, L, float(evidence), by_threshold, sites, residual, damping)
    return posterior, Sites(new_tau, new_nu)


def solve_factored(L: Array, b: Array) -> Array:
    """Return B⁻¹ b for B = L Lᵀ."""
    return solve_lower(L, solve_lower(L, b), transposed=True)


def _marginal_variance(K: Array, s: Array, total: Array, L: Array) -> Array:
    """Return the diagonal of (K⁻¹ + T)⁻¹ = T⁻¹ᐟ² (I - B⁻¹) T⁻¹ᐟ², with T the diagonal precisions ``total``."""
    if len(K) == 0:
        return np.empty(0)
    inverse, _ = dtrtri(L, lower=1)
    removed = 1.0 - np.einsum("ij,ij->j", inverse, inverse)  # share of the variance: precision times variance
    variance = removed / np.maximum(total, _TINY)
    faint = removed < _FAINT  # the difference has lost its digits: subtract from the prior instead
    if faint.any():
        half = solve_lower(L, s[:, None] * K[:, faint])
        variance[faint] = np.diag(K)[faint] - np.einsum("ij,ij->j", half, half)
    return np.asarray(np.maximum(variance, _TINY * NOISE))
