r"""Two-level Gaussian-process classifier: a cheap (low) fidelity informs an expensive (high) one.

The latent functions of the two levels are tied by the autoregression of Kennedy and O'Hagan, Biometrika 87, 1 (2000),
doi:10.1093/biomet/87.1.1, used for labels by Sahli Costabal et al., Comput. Methods Appl. Mech. Eng. 357, 112602
(2019), doi:10.1016/j.cma.2019.112602:

.. math:: f_H(x) = \rho f_L(x) + \sqrt{1 - \rho^2}\, \delta(x)

with independent :math:`f_L` and :math:`\delta`, each of unit variance with an ARD RBF kernel. Noise-free labels tell
signs only, so neither level needs an amplitude, and one number ties them: two zero-mean normals with correlation
:math:`\rho` differ in sign with probability :math:`q = \arccos(\rho)/\pi`. The prior is put on that disagreement, which
can be judged, and not on :math:`\rho`. At q = ½ the low level tells nothing, and the high level is learned by itself.

Labels of both levels are taken in at once by expectation propagation on the joint covariance.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.special import expit, logit, ndtr

from pointes.learning.evidence import SEARCH_TOLERANCE
from pointes.learning.expectation_propagation import (
    NOISE,
    Array,
    Posterior,
    Sites,
    evidence_sensitivity,
    propagate,
)
from pointes.learning.gaussian_process import (
    BLOCK,
    LENGTH_BOUNDS,
    REPAIR_FACTOR,
    GaussianProcessClassifier,
    to_unit,
)
from pointes.learning.kernel import rbf
from pointes.learning.threads import one_thread

# ASSUME: in two dimensions boundaries bend on the scale of a third of the parameter range, give or take a factor of 3.
LENGTH_PRIOR_MEDIAN, LENGTH_PRIOR_SD = 0.35, 1.0  # the median in units of √d

# ASSUME: levels worth combining disagree on about 15 % of the space; the wide standard deviation, of the logit of 2q,
# holds from 4 % to 33 %, so that few high labels suffice to show a low level as useless.
DISAGREEMENT_PRIOR_MEDIAN, DISAGREEMENT_PRIOR_SD = 0.15, 1.5
DISAGREEMENT_BOUNDS = (5e-4, 0.4995)
# ASSUME: what is between the levels bends on the scales of the low boundary, give or take a factor of 1.6 (one standard
# deviation), in every direction: few high labels could not tell more.
GAP_PRIOR_SD = 0.5
STARTS = (0.4, 1.4)  # length scales of δ in units of those of the low level; the evidence has several maxima


class Fidelity(IntEnum):
    """Which simulator."""

    LOW = 0
    """Cheap."""
    HIGH = 1
    """Expensive; its boundary is the one that is sought."""


@dataclass(frozen=True, eq=False)
class JointLatent:
    """Posterior of the latent functions at given points and levels."""

    mean: Array
    """(m,) posterior mean; its sign is the predicted label."""
    variance: Array
    """(m,) posterior variance, positive; the prior's is 1."""
    covariance: Callable[[int], Array]
    """Gives the (m,) posterior covariances with the value at an index."""


@dataclass(frozen=True, eq=False)
class TwoLevelClassifier:
    """Two-level classifier with given hyperparameters; use :meth:`fit` to find them.

    Parameters
    ----------
    points : (n, d) array
        Training points of both levels, in the user's units.
    labels : (n,) array
        0 (safe) or 1 (arrhythmic), without noise.
    fidelity : (n,) array
        Values of `Fidelity`.
    bounds : (d, 2) array
        Range of each parameter; points are scaled by it to the unit cube.
    low_lengths, gap_lengths : (d,) array
        Length scales of the low level and of δ, in units of the parameter ranges.
    disagreement : float
        Prior share q of the space, in (0, ½], where the labels of the levels differ.
    repaired : bool
        True when length scales were shortened to reproduce the training labels.
    """

    points: Array
    labels: NDArray[np.int8]
    fidelity: NDArray[np.int8]
    bounds: Array
    low_lengths: Array
    gap_lengths: Array
    disagreement: float
    repaired: bool = False

    @classmethod
    def fit(
        cls,
        points: ArrayLike,
        labels: ArrayLike,
        fidelity: ArrayLike,
        bounds: ArrayLike,
        low: GaussianProcessClassifier | None = None,
    ) -> "TwoLevelClassifier":
        """Find the hyperparameters that maximise evidence times prior, and return the classifier.

        The search starts from the length scales of a classifier of the low labels alone.

        Parameters
        ----------
        points, labels, fidelity, bounds
            As for the class.
        low
            The classifier of the low labels alone, if it is at hand.
        """
        points, bounds = np.asarray(points, dtype=float), np.asarray(bounds, dtype=float)
        labels, fidelity = np.asarray(labels, dtype=np.int8), np.asarray(fidelity, dtype=np.int8)
        if low is None:
            cheap = fidelity == Fidelity.LOW
            low = GaussianProcessClassifier.fit(points[cheap], labels[cheap], bounds)
        evidence = Evidence(to_unit(points, bounds), np.where(labels > 0, 1.0, -1.0), fidelity)
        with one_thread():
            found = evidence.maximise(low.length_scales)
        return cls(points, labels, fidelity, bounds, *found).repair()

    def repair(self) -> "TwoLevelClassifier":
        """Return the classifier, with length scales shortened until all training labels are reproduced."""
        model = self
        while model.training_accuracy < 1.0 and model.low_lengths.max() > LENGTH_BOUNDS[0]:
            low, gap = (
                np.maximum(REPAIR_FACTOR * lengths, LENGTH_BOUNDS[0])
                for lengths in (model.low_lengths, model.gap_lengths)
            )
            model = replace(model, low_lengths=low, gap_lengths=gap, repaired=True)
        return model

    @cached_property
    def training(self) -> Posterior:
        """Posterior at the training points."""
        with one_thread():
            K = self._covariance(self._unit, self.fidelity, self._unit, self.fidelity)
            return propagate(K, np.where(self.labels > 0, 1.0, -1.0))

    @property
    def training_accuracy(self) -> float:
        """Share of the training labels, of both levels, that the classifier reproduces; 1 for a healthy fit."""
        wrong = int(np.count_nonzero((self.training.mean > 0) != (self.labels > 0)))
        return 1.0 - wrong / max(len(self.labels), 1)

    @property
    def length_scales(self) -> Array:
        """Length scales of the low level and of δ, (2 d,), in units of the parameter ranges."""
        return np.concatenate([self.low_lengths, self.gap_lengths])

    @property
    def with_margins(self) -> bool:
        """Whether anything but labels is known of any point: no."""
        return False

    def posterior(self, points: ArrayLike, fidelity: ArrayLike) -> JointLatent:
        """Return the joint posterior at ``points``, (m, d) in the user's units, of the levels ``fidelity``, (m,)."""
        new, level = to_unit(np.asarray(points, dtype=float), self.bounds), np.asarray(fidelity)
        cross = self._covariance(self._unit, self.fidelity, new, level)
        fit = self.training
        explained = solve_triangular(fit.cholesky, fit.sqrt_precision[:, None] * cross, lower=True, check_finite=False)

        def covariance(index: int) -> Array:
            prior = self._covariance(new, level, new[index : index + 1], level[index : index + 1])[:, 0]
            return prior - explained[:, index] @ explained

        variance = np.maximum(1.0 - np.einsum("ij,ij->j", explained, explained), NOISE)
        return JointLatent(fit.weights @ cross, variance, covariance)

    def latent(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> tuple[Array, Array]:
        """Return mean and standard deviation of a level's latent function, (m,) each, at ``points`` (m, d)."""
        points = np.asarray(points, dtype=float)
        with one_thread():
            parts = (points[at : at + BLOCK] for at in range(0, max(len(points), 1), BLOCK))
            blocks = [self.posterior(part, np.full(len(part), fidelity)) for part in parts]
        mean, variance = ([getattr(block, name) for block in blocks] for name in ("mean", "variance"))
        return np.concatenate(mean), np.sqrt(np.concatenate(variance))

    def predict_proba(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> Array:
        """Return the risk of a level, (m,), at ``points`` (m, d)."""
        mean, sd = self.latent(points, fidelity)
        return ndtr(mean / sd)

    def to_arrays(self) -> dict[str, NDArray]:
        """Return everything needed to rebuild the classifier, as plain arrays."""
        return {
            "points": self.points,
            "labels": self.labels,
            "fidelity": self.fidelity,
            "bounds": self.bounds,
            "low_lengths": self.low_lengths,
            "gap_lengths": self.gap_lengths,
            "disagreement": np.asarray(self.disagreement),
            "repaired": np.asarray(self.repaired, dtype=np.int8),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> "TwoLevelClassifier":
        """Rebuild a classifier from :meth:`to_arrays`; it predicts the same to the last bit."""
        return cls(
            np.asarray(arrays["points"], dtype=float),
            *(np.asarray(arrays[name], dtype=np.int8) for name in ("labels", "fidelity")),
            *(np.asarray(arrays[name], dtype=float) for name in ("bounds", "low_lengths", "gap_lengths")),
            float(np.asarray(arrays["disagreement"])),
            bool(np.asarray(arrays["repaired"])),
        )

    @cached_property
    def _unit(self) -> Array:
        return to_unit(self.points, self.bounds)

    def _covariance(self, a: Array, a_level: NDArray, b: Array, b_level: NDArray) -> Array:
        """Return the prior covariance of all pairs, (len(a), len(b)), of points in the unit cube and their levels."""
        rho = correlation(self.disagreement)
        both_high = np.outer(a_level == Fidelity.HIGH, b_level == Fidelity.HIGH)
        scale = np.outer(np.where(a_level, rho, 1.0), np.where(b_level, rho, 1.0))
        return scale * rbf(a, b, self.low_lengths) + (1.0 - rho**2) * both_high * rbf(a, b, self.gap_lengths)


def correlation(disagreement: float) -> float:
    """Return the correlation ρ of two zero-mean normals whose signs differ with a given probability.

    Examples
    --------
    >>> round(correlation(1 / 3), 6)
    0.5
    """
    return float(np.cos(np.pi * disagreement))


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a fit is to explain."""

    unit: Array
    """(n, d) points in the unit cube."""
    y: Array
    """(n,) labels, -1 or +1."""
    fidelity: NDArray[np.int8]

    def log_posterior(
        self, x: Array, sites: Sites | None = None, tolerance: float = SEARCH_TOLERANCE
    ) -> tuple[float, Array, Sites]:
        """Return log evidence plus log prior of the hyperparameters, its gradient, and the sites reached.

        Parameters
        ----------
        x : (2 d + 1,) array
            Logarithms of the length scales of the low level and of δ, and logit of twice the disagreement.
        sites, tolerance
            As for :func:`~pointes.learning.expectation_propagation.propagate`.
        """
        d = self.unit.shape[1]
        low_lengths, gap_lengths, q = np.exp(x[:d]), np.exp(x[d:-1]), 0.5 * expit(x[-1])
        rho, high = correlation(q), self.fidelity == Fidelity.HIGH
        scale = np.where(high, rho, 1.0)
        low = rbf(self.unit, self.unit, low_lengths)
        gap = np.outer(high, high) * rbf(self.unit, self.unit, gap_lengths)
        posterior = propagate(np.outer(scale, scale) * low + (1.0 - rho**2) * gap, self.y, sites, tolerance)
        S = evidence_sensitivity(posterior)

        by_rho = 2.0 * float(((S * low) @ scale) @ high) - 2.0 * rho * float((S * gap).sum())
        gradient = np.concatenate(
            [
                self._by_length(S * np.outer(scale, scale) * low, low_lengths),
                self._by_length((1.0 - rho**2) * S * gap, gap_lengths),
                # dρ/dq = -π sin(πq) and dq/dlogit(2q) = q (1 - 2q)
                [by_rho * -np.pi * np.sin(np.pi * q) * q * (1.0 - 2.0 * q)],
            ]
        )
        low_offset = (x[:d] - np.log(LENGTH_PRIOR_MEDIAN * np.sqrt(d))) / LENGTH_PRIOR_SD
        gap_offset = (x[d:-1] - x[:d]) / GAP_PRIOR_SD
        q_offset = (x[-1] - logit(2.0 * DISAGREEMENT_PRIOR_MEDIAN)) / DISAGREEMENT_PRIOR_SD
        gradient[:d] -= low_offset / LENGTH_PRIOR_SD - gap_offset / GAP_PRIOR_SD
        gradient[d:-1] -= gap_offset / GAP_PRIOR_SD
        gradient[-1] -= q_offset / DISAGREEMENT_PRIOR_SD
        value = posterior.evidence - 0.5 * float(low_offset @ low_offset + gap_offset @ gap_offset + q_offset**2)
        return value, gradient, posterior.sites

    def maximise(self, low_lengths: Array) -> tuple[Array, Array, float]:
        """Return length scales of both terms and disagreement at the best of the maxima reached from fixed starts.

        Without both classes there is nothing to learn, and they are returned as the prior expects them.
        """
        from scipy.optimize import minimize

        d = len(low_lengths)
        if len(np.unique(self.y)) < 2:
            return low_lengths, low_lengths, DISAGREEMENT_PRIOR_MEDIAN
        found = []
        for start in STARTS:
            sites = None  # each evaluation begins at the fixed point of the one before, a step away

            def loss(x: Array) -> tuple[float, Array]:
                nonlocal sites
                value, gradient, sites = self.log_posterior(x, sites)
                return -value, -gradient

            gap_lengths = np.clip(start * low_lengths, *LENGTH_BOUNDS)
            first = [*np.log(low_lengths), *np.log(gap_lengths), logit(2.0 * DISAGREEMENT_PRIOR_MEDIAN)]
            result = minimize(
                loss,
                np.array(first),
                jac=True,
                method="L-BFGS-B",
                bounds=[tuple(np.log(LENGTH_BOUNDS))] * (2 * d) + [tuple(logit(2.0 * np.array(DISAGREEMENT_BOUNDS)))],
                options={"maxiter": 50, "ftol": 1e-6},
            )
            found.append((result.fun, result.x))
        best = min(found, key=lambda pair: pair[0])[1]
        return np.exp(best[:d]), np.exp(best[d:-1]), 0.5 * float(expit(best[-1]))

    def _by_length(self, weighted: Array, lengths: Array) -> Array:
        """Return the gradient by log length scales, given dE/dK times the kernel, (n, n)."""
        scaled = self.unit / lengths  # dK/dlog ℓⱼ = K · (difference / ℓⱼ)²
        return 2.0 * (weighted.sum(axis=1) @ scaled**2 - np.einsum("ij,ij->j", scaled, weighted @ scaled))
