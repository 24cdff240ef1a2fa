r"""Hyperparameters of the regressor: the evidence, its prior, and the search for the maximum.

The evidence is the density of the observed values under the prior (Rasmussen and Williams, "Gaussian Processes for
Machine Learning", MIT Press 2006, section 5.4.1, doi:10.7551/mitpress/3206.001.0001). It is multiplied by wide
log-normal priors, which keep fits to few points from running to a bound, and maximised with analytic gradients by
L-BFGS-B from fixed starts, for smooth and for less smooth effects.

Predictions with the hyperparameters of best evidence are too sure of themselves while points are few, as is the
variance of a sample about its own mean. Of the hyperparameters, the data determine as many as

.. math:: \gamma = \sum_i \lambda_i / (\lambda_i + 1),

with λ the eigenvalues of the Hessian of minus the log evidence in units of the prior's (MacKay, Neural Comput. 4, 415
(1992), doi:10.1162/neco.1992.4.3.415). As in linear regression, n values leave n - γ degrees of freedom, and predicted
variances are multiplied by n / (n - γ).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy
from scipy.linalg.lapack import dpotri

from pointes.learning.classifier.evidence import UNLIKELY
from pointes.learning.classifier.triangular import cholesky, solve_lower
from pointes.learning.regression.kernel import AnovaKernel
from pointes.learning.regression.sensitivity import Pairs
from pointes.learning.types import Array

LENGTH_BOUNDS, LENGTH_MEDIAN, LENGTH_SD = (0.05, 6.0), 0.6, 1.0  # in units of the parameter ranges
EFFECT_BOUNDS, EFFECT_MEDIAN, EFFECT_SD = (1e-6, 1e3), 0.3, 3.0  # in units of the variance of the values
ORDERS = 4  # largest number of inputs that interact
WARP_BOUND, WARP_SD = 4.0, 1.5  # largest warp, and standard deviation of the normal prior about 0
SHARE_BOUNDS, SHARE_MEDIAN, SHARE_SD = (1e-6, 1e3), 0.1, 3.0
RATIO_BOUNDS, RATIO_MEDIAN, RATIO_SD = (1e-6, 1e6), 1.0, 2.0
INTERACTION_BOUNDS, INTERACTION_MEDIAN, INTERACTION_SD = (1e-9, 1e3), 0.3, 3.0  # of triples, its powers of more inputs
NUGGET_BOUNDS, NUGGET_MEDIAN, NUGGET_SD = (1e-12, 1e-1), 1e-8, 3.0  # in units of the variance of the values
NOISE_BOUNDS, NOISE_MEDIAN, NOISE_SD = (1e-8, 2.0), 1e-2, 3.0  # the same for noisy values
MULTIPLE_VARIANCE = 1e2  # prior variance of the multiple of a given function
FIRST, SECOND = 0.5, 2.0  # length scales of the starts in units of the prior median
FEW = 40  # values up to which the second start may reach another maximum; with more it reached none in our trials
NUGGET_START = 1e-4  # large: a search that begins with few points explained exactly ends in a poor maximum
ITERATIONS = 200  # largest number of iterations of a climb
COARSE, FINE = 1e-4, 1e-5  # relative tolerances of the climbs from all starts, and from the best of the maxima reached
STEP = 1e-3  # step of the differences of gradients for the Hessian
LEAST_FREEDOM = 0.25  # smallest share of the values that may be left as degrees of freedom


class Hyperparameters(NamedTuple):
    """Hyperparameters for values of mean 0 and variance 1."""

    kernel: AnovaKernel
    nugget: float


def prior_medians(d: int, noisy: bool = False) -> Hyperparameters:
    """Return the medians of the priors in ``d`` dimensions."""
    lengths, effects, shares = (np.full(d, median) for median in (LENGTH_MEDIAN, EFFECT_MEDIAN, SHARE_MEDIAN))
    ratios = np.full(d * (d - 1) // 2, RATIO_MEDIAN)
    interactions = INTERACTION_MEDIAN ** np.arange(1.0, max(min(d, ORDERS) - 1, 1))
    kernel = AnovaKernel(lengths, np.zeros(d), effects, shares, ratios, interactions)
    return Hyperparameters(kernel, NOISE_MEDIAN if noisy else NUGGET_MEDIAN)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Training data, and the log posterior of the hyperparameters given them."""

    unit: Array  # points in the unit cube, (n, d)
    y: Array  # values of mean 0 and variance 1, (n,)
    noisy: bool = False  # whether the values have noise
    linear: Array | None = None  # function of which an unknown multiple is added, of mean 0 and variance 1, (n,)

    @cached_property
    def pairs(self) -> Pairs:
        """All pairs of points."""
        return Pairs(self.unit)

    def log_posterior(self, at: Array, smooth: bool) -> tuple[float, Array]:
        """Return log evidence plus log prior of the hyperparameters, and its gradient.

        The coordinates, (k,), are the logarithms of length scales, the warps, and the logarithms of effects, shares,
        ratios, interactions and nugget.
        """
        kernel, nugget = self.as_hyperparameters(at, smooth)
        K, n = self.pairs.covariance(kernel), len(self.y)
        K[np.diag_indices(n)] += nugget
        if self.linear is not None:
            K += MULTIPLE_VARIANCE * np.outer(self.linear, self.linear)
        try:
            L = cholesky(K)
        except np.linalg.LinAlgError:
            return -np.inf, np.zeros_like(at)
        white = solve_lower(L, self.y)
        weights = solve_lower(L, white, transposed=True)
        inverse = np.asarray(dpotri(L, lower=1)[0])
        rows, columns = self.pairs.rows, self.pairs.columns
        S = 0.5 * self.pairs.count * (weights[rows] * weights[columns] - inverse[columns, rows])
        by_nugget = 0.5 * nugget * (float(weights @ weights) - float(np.trace(inverse)))
        value = -0.5 * float(white @ white) - float(np.log(np.diag(L)).sum()) - 0.5 * n * np.log(2.0 * np.pi)
        offset = (at - self._prior_means) / self._prior_sds
        gradient = np.append(self.pairs.sensitivity(kernel, S), by_nugget) - offset / self._prior_sds
        return value - 0.5 * float(offset @ offset), gradient

    def maximise(self, near: Hyperparameters | None = None) -> Hyperparameters:
        """Return the highest of the local maxima that are reached from the fixed starts and from ``near``."""
        kinds = [(smooth, self._climb(self._start(FIRST), smooth)) for smooth in (True, False)]
        smooth, best = max(kinds, key=lambda kind: self.log_posterior(kind[1], kind[0])[0])
        others = [self._start(SECOND)] if len(self.y) <= FEW else []
        if near is not None:
            others.append(as_coordinates(near))
        found = [best, *(self._climb(start, smooth) for start in others)]
        highest = max(found, key=lambda at: self.log_posterior(at, smooth)[0])
        return self.as_hyperparameters(self._climb(highest, smooth, FINE), smooth)

    def inflation(self, found: Hyperparameters) -> float:
        """Return the factor n / (n - γ) of predicted variances at the maximum."""
        at, n, smooth = as_coordinates(found), len(self.y), found.kernel.smooth
        here = self.log_posterior(at, smooth)[1]
        ahead = [self.log_posterior(at + step, smooth)[1] for step in STEP * np.eye(len(at))]
        hessian = (here - np.array(ahead)) / STEP * np.outer(self._prior_sds, self._prior_sds)
        of_evidence = np.maximum(np.linalg.eigvalsh(0.5 * (hessian + hessian.T)) - 1.0, 0.0)
        determined = float(np.sum(of_evidence / (of_evidence + 1.0)))
        return n / max(n - determined, LEAST_FREEDOM * n)

    def _climb(self, start: Array, smooth: bool, tolerance: float = COARSE) -> Array:
        """Return the local maximum that is reached from a start."""
        bounds = self._bounds

        def loss(at: Array) -> tuple[float, Array]:
            value, gradient = self.log_posterior(at, smooth)
            return (-value, -gradient) if np.isfinite(value) else (UNLIKELY, np.zeros_like(gradient))

        found = scipy.optimize.minimize(
            loss,
            np.clip(start, *bounds.T),
            method="L-BFGS-B",
            jac=True,
            bounds=bounds.tolist(),
            options={"maxiter": ITERATIONS, "ftol": tolerance},
        )
        return np.asarray(found.x)

    @property
    def _numbers(self) -> list[int]:
        """Numbers of length scales, warps, effects, shares, ratios, interactions, and nuggets."""
        d = self.unit.shape[1]
        return [d, d, d, d, d * (d - 1) // 2, max(min(d, ORDERS) - 2, 0), 1]

    @cached_property
    def _bounds(self) -> Array:
        of_nugget = NOISE_BOUNDS if self.noisy else NUGGET_BOUNDS
        of_warps = float(np.exp(-WARP_BOUND)), float(np.exp(WARP_BOUND))
        bounds = [LENGTH_BOUNDS, of_warps, EFFECT_BOUNDS, SHARE_BOUNDS, RATIO_BOUNDS, INTERACTION_BOUNDS, of_nugget]
        return np.asarray(np.log(np.repeat(bounds, self._numbers, axis=0)))

    @cached_property
    def _prior_means(self) -> Array:
        return as_coordinates(prior_medians(self.unit.shape[1], self.noisy))

    @cached_property
    def _prior_sds(self) -> Array:
        of_nugget = NOISE_SD if self.noisy else NUGGET_SD
        sds = [LENGTH_SD, WARP_SD, EFFECT_SD, SHARE_SD, RATIO_SD, INTERACTION_SD, of_nugget]
        return np.repeat(np.array(sds), self._numbers)

    def as_hyperparameters(self, at: Array, smooth: bool) -> Hyperparameters:
        """Return the hyperparameters whose coordinates are given, in the order of `log_posterior`."""
        logs, warps, *others = np.split(at, np.cumsum(self._numbers)[:-1])
        effects, shares, ratios, interactions, nugget = map(np.exp, others)
        kernel = AnovaKernel(np.exp(logs), warps, effects, shares, ratios, interactions, smooth)
        return Hyperparameters(kernel, float(nugget[0]))

    def _start(self, factor: float) -> Array:
        d = self.unit.shape[1]
        start = self._prior_means.copy()
        start[:d] += np.log(factor)
        start[-1] = np.log(NUGGET_START)
        return start


def as_coordinates(found: Hyperparameters) -> Array:
    """Return the coordinates of hyperparameters, in the order of `Evidence.log_posterior`."""
    kernel = found.kernel
    others = [*kernel.effects, *kernel.shares, *kernel.ratios, *kernel.interactions, found.nugget]
    return np.concatenate([np.log(kernel.length_scales), kernel.warps, np.log(others)])
