"""Hyperparameters of the classifier: the evidence, its prior, and the search for the maximum.

The evidence is the probability that the latent function has the observed signs (and the density of its measured
margins). It is multiplied by wide log-normal priors, which keep fits to few points from running to a bound, and
maximised with analytic gradients by L-BFGS-B from fixed starts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy

from pointes.learning.classifier.expectation_propagation import Measurements, Sites, evidence_sensitivity, propagate
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.types import Array, Mask

# ASSUME: in two dimensions boundaries bend on the scale of 0.4 of the parameter range, give or take a factor of 2 (one
# standard deviation); the more parameters there are, the less each bends the boundary, and the more of its course is
# trend.
LENGTH_BOUNDS, LENGTH_MEDIAN, LENGTH_SD = (0.05, 10.0), 0.2, 0.7  # the median is multiplied by the dimension
TREND_BOUNDS, TREND_MEDIAN, TREND_SD = (1e-2, 30.0), 0.15, 1.5  # the median is multiplied by the dimension
# Cold starts in units of the prior median: wiggly and nearly flat boundaries. The evidence has several maxima.
STARTS = (0.4, 1.4)
# Log-normal priors of amplitude and nugget: bounds, medians, and standard deviations of the logarithm. The amplitude is
# in units of the root mean square of the margins, the nugget, which takes up kinks, in units of the amplitude squared.
AMPLITUDE_BOUNDS, AMPLITUDE_MEDIAN, AMPLITUDE_SD = (0.2, 100.0), 2.0, 1.0
NUGGET_BOUNDS, NUGGET_MEDIAN, NUGGET_SD = (1e-8, 1e-1), 1e-6, 3.0
NUGGET_START = 1e-3  # large, as margins contradict each other beyond all measure while length scales are far off
SEARCH_TOLERANCE = 1e-4  # residual of expectation propagation in the search; the evidence is then good to 1e-8
ACCEPTED_RESIDUAL = 1e-2  # residual up to which the evidence has a meaning
UNLIKELY = 1e10  # minus log evidence where expectation propagation finds no fixed point


class Hyperparameters(NamedTuple):
    """Hyperparameters of a `GaussianProcessClassifier`, whose fields of the same names describe them."""

    length_scales: Array
    trend: float
    amplitude: float = 1.0
    nugget: float = NUGGET_MEDIAN


def prior_medians(d: int) -> Hyperparameters:
    """Return the medians of the priors in ``d`` dimensions."""
    return Hyperparameters(np.full(d, LENGTH_MEDIAN * d), TREND_MEDIAN * d, AMPLITUDE_MEDIAN, NUGGET_MEDIAN)


def as_measurements(margins: Array, beyond: Array, amplitude: float, nugget: float) -> Measurements:
    """Return margins as measurements of a latent function of unit variance."""
    known = np.isfinite(margins)
    value, precision = np.where(known, margins, 0.0) / amplitude, np.where(known, 1.0 / nugget, 0.0)
    return Measurements(value, precision, beyond / amplitude)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Training data, and the log posterior of the hyperparameters given them."""

    unit: Array  # points in the unit cube, (n, d)
    y: Array  # labels, -1 or +1, (n,)
    margins: Array  # measured margins, NaN where unknown, (n,)
    beyond: Array  # lower bounds of the absolute margins, (n,)

    @cached_property
    def known(self) -> Mask:
        """Where a margin is known, (n,)."""
        return np.isfinite(self.margins)

    @cached_property
    def size(self) -> float:
        """Root mean square of the known margins, or 1."""
        return float(np.sqrt(np.mean(self.margins[self.known] ** 2))) if self.known.any() else 1.0

    def log_posterior(
        self, logs: Array, sites: Sites | None = None, tolerance: float = SEARCH_TOLERANCE
    ) -> tuple[float, Array, Sites | None]:
        """Return log evidence plus log prior of the hyperparameters, its gradient, and the sites reached.

        The logarithms, (d + 1,) or (d + 3,), are those of the length scales, of the trend and, if margins are known, of
        the amplitude in units of `size` and of the nugget.
        """
        d = self.unit.shape[1]
        kernel, others = Kernel(np.exp(logs[:d]), float(np.exp(logs[d]))), np.exp(logs[d + 1 :])
        measured = as_measurements(self.margins, self.beyond, self.size * others[0], others[1]) if len(others) else None
        posterior = propagate(kernel(self.unit, self.unit), self.y, sites, tolerance, measured)
        if posterior.residual > max(tolerance, ACCEPTED_RESIDUAL):
            return -np.inf, np.zeros_like(logs), None  # the numbers mean nothing: these are far from any plausible f
        gradient = kernel.sensitivity(self.unit, evidence_sensitivity(posterior))
        value = posterior.evidence
        if measured is not None:
            # The density of each margin is that of f times 1 / amplitude.
            precision, f, mean = (part[self.known] for part in (measured.precision, measured.value, posterior.mean))
            n = len(f)
            value -= n * logs[d + 1]
            by_amplitude = np.sum(precision * f * (f - mean)) - n - posterior.threshold_sensitivity
            spread = (mean - f) ** 2 + posterior.variance[self.known]
            by_nugget = 0.5 * np.sum(precision * spread) - 0.5 * n
            gradient = np.concatenate([gradient, [by_amplitude, by_nugget]])
        means, sds = self._prior()
        offset = (logs - means) / sds
        return value - 0.5 * float(offset @ offset), gradient - offset / sds, posterior.sites

    def maximise(self, near: Hyperparameters | None = None) -> Hyperparameters:
        """Return the highest of the local maxima that are reached from the cold starts and from ``near``."""
        d, measured = self.unit.shape[1], bool(self.known.any())
        of_margins = [AMPLITUDE_BOUNDS, NUGGET_BOUNDS] if measured else []
        bounds = np.log([*[LENGTH_BOUNDS] * d, TREND_BOUNDS, *of_margins])
        medians = prior_medians(d)
        cold = [medians._replace(length_scales=start * medians.length_scales, nugget=NUGGET_START) for start in STARTS]
        warm = [] if near is None else [near._replace(amplitude=near.amplitude / self.size)]
        starts = np.array([[*start.length_scales, *start[1:]][: len(bounds)] for start in cold + warm])
        starts = np.log(np.clip(starts, *np.exp(bounds).T))  # a repaired fit has no trend
        best = np.exp(highest(self.log_posterior, starts, bounds))
        others = (self.size * best[d + 1], best[d + 2]) if measured else ()
        return Hyperparameters(best[:d], *map(float, (best[d], *others)))

    def _prior(self) -> tuple[Array, Array]:
        """Return means and standard deviations of the logarithms of the hyperparameters."""
        d, n = self.unit.shape[1], 3 if self.known.any() else 1
        medians = prior_medians(d)
        sds = [*[LENGTH_SD] * d, *(TREND_SD, AMPLITUDE_SD, NUGGET_SD)[:n]]
        return np.log([*medians.length_scales, *medians[1 : n + 1]]), np.array(sds)


def highest(
    log_posterior: Callable[[Array, Sites | None], tuple[float, Array, Sites | None]], starts: Array, bounds: Array
) -> Array:
    """Return the hyperparameters, (k,), at the highest of the local maxima that are reached from some starts, (n, k).

    Given hyperparameters and sites to begin with, ``log_posterior`` returns value, gradient and the sites reached.
    """
    found: list[tuple[float, Array]] = []
    for start in starts:
        sites = None  # each evaluation begins at the fixed point of the one before, a step away

        def loss(x: Array) -> tuple[float, Array]:
            nonlocal sites
            value, gradient, sites = log_posterior(x, sites)
            return (-value, -gradient) if np.isfinite(value) else (UNLIKELY, np.zeros_like(gradient))

        result = scipy.optimize.minimize(
            loss, start, method="L-BFGS-B", jac=True, bounds=bounds.tolist(), options={"maxiter": 50, "ftol": 1e-6}
        )
        found.append((result.fun, result.x))
    return min(found, key=lambda pair: pair[0])[1]
