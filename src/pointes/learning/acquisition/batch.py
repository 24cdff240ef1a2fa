"""Batches that do not ask the same thing twice: each pick is conditioned on before the next."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from pointes.learning.acquisition.criteria import u_score
from pointes.learning.classifier.gaussian_process import Moments

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


CONDITIONED = 256  # picks of a batch at most: what each costs grows with all before it


class JointPosterior(Moments, Protocol):
    """Posterior of latent values that are known to depend on each other."""

    def covariance(self, index: int) -> Array:
        """Return the (m,) posterior covariances of all values with the one at ``index``."""
        ...


def told_by_label(score: float) -> float:
    r"""Return the share of the variance of a normal value that its sign is expected to explain.

    :math:`\varphi(h)^2 / (\Phi(h)\,\Phi(-h))` for a mean of h standard deviations: 2/π on the boundary, and ever less
    away from it, where the label is known beforehand.

    Examples
    --------
    >>> round(told_by_label(0.0), 4), round(told_by_label(3.0), 4)
    (0.6366, 0.0146)
    """
    return float(np.exp(-score * score - np.log(2.0 * np.pi) - log_ndtr(score) - log_ndtr(-score)))


def told_by_value(score: float) -> float:
    """Return what a label would explain that told the value itself, all but a thousandth: batches then spread more."""
    del score
    return 0.999


class Conditioned:
    """Posterior of latent values, in the course of choosing a batch of them.

    The label of a chosen value is not known yet, so the means stay; but the variances of all values fall by what the
    label will explain of them. Neighbours of a pick thereby become poor choices.

    Parameters
    ----------
    posterior
        Of candidates and all other values that play a part.
    pending : iterable of int
        Indices of values whose labels will be known anyway.
    told : callable
        Share of a value's variance that its label explains, by its mean in standard deviations.
    """

    def __init__(
        self, posterior: JointPosterior, pending: Iterable[int] = (), told: Callable[[float], float] = told_by_label
    ) -> None:
        self._covariance = cache(posterior.covariance)  # the same candidates are weighed before every pick
        self._told = told
        self._explained = np.empty((0, len(posterior.mean)))  # a row of each pick; the sum of squares is explained
        self.mean, self.variance_before = posterior.mean, posterior.variance
        self.variance = posterior.variance.copy()
        self.score = self.mean / np.sqrt(self.variance_before)
        for index in pending:
            self.condition(index)

    @property
    def share(self) -> Array:
        """(m,) share of the variances that the picks so far explain."""
        return 1.0 - self.variance / self.variance_before

    def explained_by(self, index: int) -> Array:
        """Return the (m,) variances that the label of the value at ``index`` would explain, given the picks so far."""
        return self._direction(index) ** 2

    def condition(self, index: int) -> None:
        """Take the label of the value at ``index`` for known."""
        e = self._direction(index)
        self._explained = np.vstack([self._explained, e])
        self.variance = np.maximum(self.variance - e * e, np.finfo(float).tiny)

    def _direction(self, index: int) -> Array:
        covariance = self._covariance(index) - self._explained[:, index] @ self._explained
        return covariance * np.sqrt(self._told(self.score[index]) / self.variance[index])


def choose_batch(batch: Conditioned, candidates: Indices, n: int, best: Callable[[Indices], int]) -> Indices:
    """Choose ``n`` distinct candidates greedily, conditioning on each pick before the next.

    Of a very large batch the rest are those whose label is least certain, given the first `CONDITIONED` picks.

    Parameters
    ----------
    batch
        Posterior; the picks are conditioned on.
    candidates : array of int
        At least ``n``.
    best : callable
        Returns the best of some candidates, given the picks so far.

    Returns
    -------
    (n,) array of int
        In the order chosen.
    """
    picks: list[int] = []
    for _ in range(min(n, CONDITIONED)):
        pick = best(candidates)
        batch.condition(pick)
        picks.append(pick)
        candidates = candidates[candidates != pick]
    score = u_score(batch.mean[candidates], np.sqrt(batch.variance[candidates]))
    rest = candidates[np.argsort(score, kind="stable")[: n - len(picks)]]
    return np.concatenate([np.array(picks, dtype=np.intp), rest])
