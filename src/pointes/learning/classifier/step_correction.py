r"""Correction of the risk by exact labels: steps that Gaussian factors stand in for are put back, one at a time.

Expectation propagation leaves a Gaussian, whose tail crosses zero even at a labelled point. Take the Gaussian factor of
one label :math:`y_i` away (what is left is the cavity), and f at some other point and :math:`f_i` are jointly normal.
With the step in its place,

.. math:: P(f > 0 \mid y_i f_i > t_i) = \Phi_2(h, z_i; y_i \rho_i) \,/\, \Phi(z_i)

with the cavity's mean h of f in standard deviations, its :math:`z_i = (y_i \mu_i - t_i)/\sigma_i` of the label, its
correlation :math:`\rho_i` of the two, and the threshold :math:`t_i`, 0 but for censored margins. The bivariate normal
:math:`\Phi_2` follows from Owen's function: Owen, Ann. Math. Stat. 27, 1075 (1956), doi:10.1214/aoms/1177728074.

So each label shifts the log odds of the risk. Adding up all shifts is the factorised correction of Cseke and Heskes, J.
Mach. Learn. Res. 12, 417 (2011); see also Opper, Paquet and Winther, J. Mach. Learn. Res. 14, 2857 (2013). But
neighbours repeat each other, and the sum claims more than the exact posterior, which can be sampled: Pakman and
Paninski, J. Comput. Graph. Stat. 23, 518 (2014), doi:10.1080/10618600.2013.788448. Therefore the largest shift up and
the largest shift down are taken, which also does not jump from point to point. Each shift is multiplied by the share of
the variance of f that :math:`f_i` explains: 1 at the labelled point, and less where it is the prior rather than the
label that shifts. There the exact posterior is too sure of itself if the boundary has steps or ripples that the prior
does not expect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import expit, log_ndtr, logit, ndtr, owens_t

from pointes.learning.classifier.expectation_propagation import NOISE, Posterior, cavities, hazard
from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.classifier.triangular import solve_lower
from pointes.learning.types import Array, Indices

KNOWN = 4.0  # score, in standard deviations, from which a label shifts no risk by more than 4e-5
SURPRISING = -5.0  # a label that all others contradict: the probability of either is lost in rounding
TRIED = 4  # labels on either side whose shift is computed: those that skew f most
SMALLEST = 1e-9  # smallest risk, and smallest distance of a risk from 1, of which log odds are computed
LARGEST_CORRELATION = 1.0 - 1e-12
NEARLY_ZERO = 1e-100  # stands for 0 in divisors


@dataclass(frozen=True, eq=False)
class StepCorrection:
    """The k labels that say more than their Gaussian factors do; arrays have shape (k,) unless said otherwise."""

    rows: Indices  # indices of the training points
    sign: Array  # labels, -1 or +1
    explained: Array  # whitened prior covariances of all training points with these, (n, k)
    mean: Array  # posterior means of f
    variance: Array  # posterior variances of f
    precision: Array  # precisions of the Gaussian factors
    cavity_mean: Array  # means of f without the Gaussian factors
    cavity_variance: Array  # variances of f without the Gaussian factors
    score: Array  # cavity means beyond the thresholds, on the side of the labels, in standard deviations
    skewness: Array  # third moments of f that the steps leave, over the cubes of the variances; Gaussians leave none

    @classmethod
    def of_posterior(cls, fit: Posterior, sign: Array, threshold: Array, prior: Callable[[Indices], Array]) -> Self:
        """Return the labels that are worth putting back in the fit to n training points.

        The sign of a label is -1 or +1; on this side of zero f lies beyond the threshold. Given the indices of k
        training points, ``prior`` returns the prior covariances of all of them with these, (n, k).
        """
        mean, variance = cavities(fit)
        score = (sign * mean - threshold) / np.sqrt(variance + NOISE)
        rows = np.flatnonzero((score < KNOWN) & (score > SURPRISING))
        explained = solve_lower(fit.cholesky, fit.sqrt_precision[:, None] * prior(rows))
        z = score[rows]
        ratio = hazard(z)
        third = sign[rows] * variance[rows] ** 1.5 * ratio * ((z + ratio) * (z + 2.0 * ratio) - 1.0)
        of_posterior = fit.mean[rows], fit.variance[rows], fit.sites.precision[rows]
        of_cavity = mean[rows], variance[rows], z
        return cls(rows, sign[rows], explained, *of_posterior, *of_cavity, third / fit.variance[rows] ** 3)

    def risk(self, at: LatentPosterior) -> Array:
        """Return the probability that f is positive, (m,)."""
        score = at.mean / np.sqrt(at.variance)
        odds = log_ndtr(score) - log_ndtr(-score)
        doubtful = np.flatnonzero(np.abs(score) < KNOWN)
        if len(doubtful) and len(self.rows):
            odds[doubtful] += self._shift(at, doubtful)
        return expit(odds)

    def _shift(self, at: LatentPosterior, points: Indices) -> Array:
        """Return the shifts by labels of the log odds that f is positive at some of the points, (p,)."""
        covariance = at.cross[np.ix_(self.rows, points)].T - at.explained[:, points].T @ self.explained
        which = self._foremost(covariance)
        covariance = np.take_along_axis(covariance, which, axis=1)
        mean, variance = at.mean[points, None], at.variance[points, None]
        before = ndtr(mean / np.sqrt(variance))
        shift = _log_odds(self._risk_given_label(which, covariance, mean, variance)) - _log_odds(before)
        shift *= covariance * covariance / (self.variance[which] * variance)
        return np.asarray(np.maximum(shift.max(axis=1), 0.0) + np.minimum(shift.min(axis=1), 0.0))

    def _foremost(self, covariance: Array) -> Indices:
        """Return the labels, (p, 2 `TRIED` + 1), on which f depends most and that skew f most to either side."""
        nearest = np.argmax(covariance * covariance / self.variance, axis=1)
        skew = self.skewness * covariance * covariance * covariance
        found, points = [nearest], np.arange(len(covariance))
        for most in [np.argmax, np.argmin] * TRIED:
            found.append(most(skew, axis=1))
            skew[points, found[-1]] = 0.0
        return np.stack(found, axis=1)

    def _risk_given_label(self, which: Indices, covariance: Array, mean: Array, variance: Array) -> Array:
        """Return the probabilities that f is positive, given one label each instead of its Gaussian factor."""
        shared = covariance * (self.cavity_variance / self.variance)[which]
        variance = variance + self.precision[which] * covariance * shared
        mean = mean + covariance * ((self.cavity_mean - self.mean) / self.variance)[which]
        rho = shared / np.sqrt(variance * self.cavity_variance[which])
        rho = self.sign[which] * np.clip(rho, -LARGEST_CORRELATION, LARGEST_CORRELATION)
        return both_positive(mean / np.sqrt(variance), self.score[which], rho) / ndtr(self.score)[which]


def both_positive(h: Array, k: Array, rho: Array) -> Array:
    """Return the probability that two normals of unit variance, means h and k, and correlation rho are both positive.

    Examples
    --------
    >>> both_positive(np.zeros(2), np.zeros(2), np.array([0.0, 0.5])).round(4)
    array([0.25  , 0.3333])
    """
    h, k = (np.where(x == 0, NEARLY_ZERO, x) for x in (h, k))
    width = np.sqrt(1.0 - rho * rho)
    owen = owens_t(h, (k / h - rho) / width) + owens_t(k, (h / k - rho) / width)
    both = 0.5 * (ndtr(h) + ndtr(k)) - owen - 0.5 * ((h < 0) != (k < 0))
    return np.asarray(np.clip(both, 0.0, 1.0))


def _log_odds(probability: Array) -> Array:
    return np.asarray(logit(np.clip(probability, SMALLEST, 1.0 - SMALLEST)))
