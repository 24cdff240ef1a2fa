r"""What a label is worth: how much it is expected to tell of all the labels of the high level.

The uncertainty of a label that is 1 with probability p is its variance p (1 - p), the expected Brier score. Learning
the sign of a latent value g is expected to lower that of the sign of another, f, by

.. math:: \frac{\operatorname{Cov}([f > 0], [g > 0])^2}{P(g > 0)\,P(g < 0)}

(stepwise uncertainty reduction: Bect et al., Stat. Comput. 22, 773 (2012), doi:10.1007/s11222-011-9241-4, here for
labels, of either level). Averaged over the domain of the high level this is the gain; divided by the cost of a run it
compares the levels.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, owens_t

from pointes.learning.acquisition import u_score
from pointes.learning.fidelity_classifier import JointLatent

Array = NDArray[np.float64]

SHORTLIST = 16  # candidates per level, the least certain ones, whose gain is computed
_LARGEST_CORRELATION = 1.0 - 1e-9
_SMALLEST_SCORE = 1e-9  # Owen's T takes h ≠ 0
_JITTER = 1e-3  # of a pick's variance: a label still leaves the latent value uncertain


def both_positive(h: Array, k: Array, correlation: Array) -> Array:
    """Return the probability that two normals of unit variance, with means h and k, are both positive.

    Owen, Ann. Math. Stat. 27, 1075 (1956), doi:10.1214/aoms/1177728074; the arguments broadcast.

    Examples
    --------
    >>> round(float(both_positive(np.array(0.0), np.array(0.0), np.array(0.5))), 6)  # 1/4 + arcsin(1/2) / 2π
    0.333333
    """
    h = np.where(np.abs(h) < _SMALLEST_SCORE, _SMALLEST_SCORE, h)
    k = np.where(np.abs(k) < _SMALLEST_SCORE, _SMALLEST_SCORE, k)
    r = np.clip(correlation, -_LARGEST_CORRELATION, _LARGEST_CORRELATION)
    root = np.sqrt(1.0 - r * r)
    tails = owens_t(h, (k - r * h) / (h * root)) + owens_t(k, (h - r * k) / (k * root))
    return 0.5 * (ndtr(h) + ndtr(k)) - tails - 0.5 * (h * k < 0)


class Gains:
    """Expected gains of labels under a joint posterior, in the course of choosing a batch.

    The label of a pick is not known yet, so means stay; but its latent value will be better known, so the variances of
    all values fall by what it explains of them.

    Parameters
    ----------
    posterior
        Of all values: those of the high level that matter, and the candidates.
    matters : (m,) array of bool
        Values whose labels are to become certain.
    """

    def __init__(self, posterior: JointLatent, matters: NDArray[np.bool_]) -> None:
        self.posterior, self.matters = posterior, matters
        self.variance = posterior.variance.copy()
        self._explained = np.empty((0, len(matters)))

    def covariance(self, index: int) -> Array:
        """Return the (m,) covariances with the value at ``index``, given the picks so far."""
        return self.posterior.covariance(index) - self._explained[:, index] @ self._explained

    def gain(self, index: int) -> float:
        """Return how much the label of the value at ``index`` is expected to lower the mean label variance."""
        score = self.posterior.mean / np.sqrt(self.variance)
        p, of = ndtr(score), self.matters
        r = self.covariance(index)[of] / np.sqrt(self.variance[of] * self.variance[index])
        shared = both_positive(score[of], score[index], r) - p[of] * p[index]
        return float(np.mean(shared**2) / max(p[index] * (1.0 - p[index]), np.finfo(float).tiny))

    def best(self, candidates: NDArray[np.intp]) -> tuple[float, int]:
        """Return the largest gain among the least certain of some candidates, and whose it is."""
        score = u_score(self.posterior.mean[candidates], np.sqrt(self.variance[candidates]))
        shortlist = candidates[np.argsort(score, kind="stable")[:SHORTLIST]]
        gains = [self.gain(index) for index in shortlist]
        return max(gains), int(shortlist[np.argmax(gains)])

    def pick(self, index: int) -> None:
        """Condition on the value at ``index``."""
        shared = self.covariance(index)
        e = shared / np.sqrt(max(shared[index], 0.0) + _JITTER * self.posterior.variance[index])
        self._explained = np.vstack([self._explained, e])
        self.variance = np.maximum(self.variance - e * e, np.finfo(float).tiny)
