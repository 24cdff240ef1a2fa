"""Batches whose points do not ask the same thing twice: each pick is conditioned on before the next."""

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
from scipy.special import log_ndtr

from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.types import Array, Indices

CONDITIONED = 256  # largest number of picks that are conditioned on: the cost of each grows with all before it


def u_score(mean: Array, sd: Array) -> Array:
    r"""Return :math:`U = |\mu| / \sigma`, (m,), infinite where σ is 0; smaller is more uncertain.

    Examples
    --------
    >>> u_score(np.array([0.0, -1.0, 1.0]), np.array([1.0, 2.0, 0.0]))
    array([0. , 0.5, inf])
    """
    return np.divide(np.abs(mean), sd, out=np.full_like(mean, np.inf), where=sd > 0)


def explained_by_label(score: float) -> float:
    r"""Return the share of the variance of a normal value that its sign is expected to explain.

    :math:`\varphi(h)^2 / (\Phi(h)\,\Phi(-h))` for a mean of h standard deviations: 2/π on the boundary, and ever less
    away from it, where the label is known beforehand.

    Examples
    --------
    >>> round(explained_by_label(0.0), 4), round(explained_by_label(3.0), 4)
    (0.6366, 0.0146)
    """
    return float(np.exp(-score * score - np.log(2.0 * np.pi) - log_ndtr(score) - log_ndtr(-score)))


class BatchPosterior:
    """Posterior of latent values while a batch of them is chosen.

    The label of a chosen value is not known yet, so the means stay; but the variances of all values fall by what the
    label will explain of them. Neighbours of a pick thereby become poor choices.

    The labels of ``pending`` values will be known anyway. The values of ``integration`` are at points all over the
    space, over which gains are averaged. Acquisitions that draw random numbers take them from ``rng``.
    """

    def __init__(
        self,
        posterior: LatentPosterior,
        pending: Iterable[int] = (),
        explained: Callable[[float], float] = explained_by_label,
        integration: slice = slice(None),
        rng: np.random.Generator | None = None,
    ) -> None:
        self._covariance = cache(posterior.covariance)  # the same candidates are weighed before every pick
        self._share_explained = explained
        self._explained = np.empty((0, len(posterior.mean)))  # a row of each pick; the sum of squares is explained
        self.mean, self.variance_before = posterior.mean, posterior.variance
        self.variance = posterior.variance.copy()
        self.score = self.mean / np.sqrt(self.variance_before)
        self.integration = integration
        self.rng = rng or np.random.default_rng(0)
        for index in pending:
            self.condition(index)

    @property
    def sd(self) -> Array:
        """Standard deviations given the picks so far, (m,)."""
        return np.sqrt(self.variance)

    @property
    def share(self) -> Array:
        """Shares of the variances that the picks so far explain, (m,)."""
        return 1.0 - self.variance / self.variance_before

    def explained_by(self, index: int) -> Array:
        """Return the (m,) variances that the label of the value at ``index`` would explain, given the picks so far."""
        return self._direction(index) ** 2

    def condition(self, index: int) -> None:
        """Reduce all variances as if the label of the value at ``index`` were known."""
        e = self._direction(index)
        self._explained = np.vstack([self._explained, e])
        self.variance = np.maximum(self.variance - e * e, np.finfo(float).tiny)

    def _direction(self, index: int) -> Array:
        covariance = self._covariance(index) - self._explained[:, index] @ self._explained
        direction: Array = covariance * np.sqrt(self._share_explained(self.score[index]) / self.variance[index])
        return direction


def choose_batch(batch: BatchPosterior, candidates: Indices, n: int, best: Callable[[Indices], int]) -> Indices:
    """Return ``n`` distinct candidates, (n,), chosen greedily with conditioning on each pick before the next.

    After `CONDITIONED` picks the rest of a very large batch are those whose label is least certain, given these picks.
    """
    picks: list[int] = []
    for _ in range(min(n, CONDITIONED)):
        pick = best(candidates)
        batch.condition(pick)
        picks.append(pick)
        candidates = candidates[candidates != pick]
    score = u_score(batch.mean[candidates], batch.sd[candidates])
    rest = candidates[np.argsort(score, kind="stable")[: n - len(picks)]]
    return np.concatenate([np.array(picks, dtype=np.intp), rest])
