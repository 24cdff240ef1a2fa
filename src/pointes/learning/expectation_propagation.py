r"""Expectation propagation for noise-free binary labels: posterior and evidence of a Gaussian-process classifier.

Labels are y = ±1, the latent function has prior f ~ N(0, K), and p(y | f) = Φ(y f / √ε) with ε so small that the
likelihood is a step: the simulator is deterministic. Each step is replaced by a Gaussian site with precision τ and
shift ν such that marginal means and variances are those under the true step. Formulas and symbols follow Rasmussen and
Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, section 3.6 (doi:10.7551/mitpress/3206.001.0001),
with all sites updated at once and damped.

Why not Laplace's method: with noise-free labels the likelihood has no curvature at a confidently labelled point, so
Laplace learns nothing from it, and the risk stays blurred far from a boundary that is known well.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.special import erfcx, log_ndtr

Array = NDArray[np.float64]

NOISE = 1e-12  # ε in units of the prior variance; keeps contradictory labels at one point from dividing by zero
_MAX_SWEEPS = 150
# Undamped parallel updates may oscillate for ever; the first value serves nearly always.
_DAMPINGS = (0.7, 0.4, 0.15)
_DIVERGED = 1e6  # residual from which no iteration has come back
_RESOLUTION = 1e-6  # variances below this are not asked to converge: rounding in K limits them
_TINY = 1e-12


class Sites(NamedTuple):
    """Gaussian stand-ins for the likelihood of each label, (n,) each."""

    precision: Array
    shift: Array


class Posterior(NamedTuple):
    """The approximate posterior at one covariance matrix; arrays have one entry per training point."""

    mean: Array
    """Posterior mean of f."""
    weights: Array
    """K⁻¹ mean, so that the latent mean elsewhere is k(x, X) · weights."""
    sqrt_precision: Array
    """√τ."""
    cholesky: Array
    """Lower Cholesky factor of B = I + √τ K √τ, (n, n)."""
    evidence: float
    """Approximate log marginal likelihood: the log probability that a random f has these signs."""
    sites: Sites
    residual: float
    """Largest mismatch between marginal and tilted moments, in standard deviations; 0 at the fixed point."""
    damping: float
    """Step with which the iteration converged, or the smallest one tried."""


def propagate(K: Array, y: Array, sites: Sites | None = None, tolerance: float = 1e-6) -> Posterior:
    """Iterate to the fixed point of expectation propagation.

    At the fixed point every training label is reproduced: the mean of a Gaussian cut off at zero lies on the side that
    is kept.

    Parameters
    ----------
    K : (n, n) array
        Prior covariance of the training points, with unit diagonal.
    y : (n,) array
        Labels, -1 or +1.
    sites : Sites, optional
        First guess, for instance from a nearby K.
    tolerance : float
        Residual at which to stop.

    Examples
    --------
    The probability that two standard normals with correlation ½ are both positive is exactly 1/3:

    >>> posterior = propagate(np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([1.0, 1.0]))
    >>> round(float(np.exp(posterior.evidence)), 3)
    0.333
    """
    cold = Sites(np.zeros_like(y), np.zeros_like(y))
    attempts = [(damping, cold) for damping in _DAMPINGS]
    if sites is not None:
        attempts.insert(0, (_DAMPINGS[0], sites))
    for damping, (tau, nu) in attempts:
        for _ in range(_MAX_SWEEPS):
            posterior, fresh = _sweep(K, y, tau, nu, damping)
            if posterior.residual < tolerance:
                return posterior
            if not posterior.residual < _DIVERGED:
                break
            tau, nu = tau + damping * (fresh.precision - tau), nu + damping * (fresh.shift - nu)
    return posterior


def evidence_sensitivity(posterior: Posterior) -> Array:
    """Return the symmetric (n, n) matrix S with d(evidence) = Σᵢⱼ Sᵢⱼ dKᵢⱼ.

    At the fixed point the evidence is stationary in the sites, so only its explicit dependence on K counts.
    """
    half = solve_triangular(posterior.cholesky, np.diag(posterior.sqrt_precision), lower=True, check_finite=False)
    return 0.5 * (np.outer(posterior.weights, posterior.weights) - half.T @ half)


def _sweep(K: Array, y: Array, tau: Array, nu: Array, damping: float) -> tuple[Posterior, Sites]:
    """Return the posterior under the given sites, and the sites that match the tilted moments."""
    s = np.sqrt(tau)
    B = s[:, None] * K * s
    B[np.diag_indices_from(B)] += 1.0
    L = cholesky(B, lower=True, check_finite=False)
    V = solve_triangular(L, s[:, None] * K, lower=True, check_finite=False)
    variance = np.maximum(np.diag(K) - np.einsum("ij,ij->j", V, V), _TINY * NOISE)
    weights = nu - s * solve_triangular(L, V @ nu, lower=True, trans=1, check_finite=False)
    mean = K @ weights

    # Cavity: the marginal without its own site.
    left = np.maximum(1.0 - tau * variance, _TINY)
    cavity_variance = variance / left
    cavity_mean = (mean - nu * variance) / left

    # Tilted: the cavity times the true likelihood.
    spread = np.sqrt(NOISE + cavity_variance)
    z = y * cavity_mean / spread
    ratio = np.sqrt(2.0 / np.pi) / erfcx(-z / np.sqrt(2.0))  # N(z) / Φ(z), exact in both tails
    curvature = ratio * (ratio + z) / spread**2
    shrinkage = np.maximum(1.0 - cavity_variance * curvature, _TINY)
    tilted_mean = cavity_mean + y * cavity_variance * ratio / spread
    tilted_variance = cavity_variance * shrinkage
    new_tau = np.maximum(curvature, 0.0) / shrinkage
    new_nu = y * ratio / (spread * shrinkage) + cavity_mean * new_tau

    scale = variance + _RESOLUTION
    mismatch = np.abs(tilted_mean - mean) / np.sqrt(scale) + np.abs(tilted_variance - variance) / scale
    evidence = (
        log_ndtr(z).sum()
        - np.log(np.diag(L)).sum()
        + 0.5 * np.log1p(tau * cavity_variance).sum()
        + 0.5 * nu @ mean
        - 0.5 * (nu * nu * variance).sum()
        + 0.5 * (left * cavity_mean * (tau * cavity_mean - 2.0 * nu)).sum()
    )
    residual = float(mismatch.max(initial=0.0))
    posterior = Posterior(mean, weights, s, L, float(evidence), Sites(tau, nu), residual, damping)
    return posterior, Sites(new_tau, new_nu)
