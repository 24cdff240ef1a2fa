r"""What a label is worth: how much it is expected to tell of the labels of the whole space.

The uncertainty of a label that is 1 with probability Φ(h), h = μ/σ, is its variance, the expected Brier score. When
points that are simulated already explain the share ρ of the latent variance σ² there, it is expected to become

.. math:: E[p (1 - p)] = \Phi(h) - \Phi_2(h, h; \rho) = 2\,T\!\left(h, \sqrt{(1 - \rho) / (1 + \rho)}\right),

half the probability that two latent functions which agree with all that will be known differ in sign (T is Owen's
function: Owen, Ann. Math. Stat. 27, 1075 (1956), doi:10.1214/aoms/1177728074). The gain of a further point is how much
that falls on average over the space: stepwise uncertainty reduction, Bect et al., Stat. Comput. 22, 773 (2012),
doi:10.1007/s11222-011-9241-4; for batches Chevalier et al., Technometrics 56, 455 (2014),
doi:10.1080/00401706.2013.860918. A point near the boundary of which much else depends is worth more than one that is as
near, but at the rim of the space, or between labels that all but decide it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import owens_t

from pointes.learning.acquisition.batch import Conditioned

Array = NDArray[np.float64]


def label_variance(score: Array, share: Array) -> Array:
    """Return the label variances that are expected to be left.

    Parameters
    ----------
    score : (m,) array
        Latent means in standard deviations.
    share : (m,) array
        Of the latent variance that will be explained, from 0 to 1.

    Examples
    --------
    On the boundary nothing, half, and all of the latent value will be known:

    >>> label_variance(np.zeros(3), np.array([0.0, 0.5, 1.0])).round(4)
    array([0.25  , 0.1667, 0.    ])
    """
    return 2.0 * owens_t(score, np.sqrt((1.0 - share) / (1.0 + share)))


def gains(batch: Conditioned, candidates: NDArray[np.intp], matters: slice) -> Array:
    """Return how much the label of each candidate is expected to lower the mean label variance.

    Parameters
    ----------
    batch
        Posterior of all values, given the picks so far.
    candidates : (k,) array of int
        Values whose labels may be asked for.
    matters : slice
        Values over which the mean is taken: those of points all over the space.
    """
    score, share = batch.score[matters], batch.share[matters]
    now = label_variance(score, share).mean()
    left = np.empty(len(candidates))
    for k, index in enumerate(candidates):
        more = batch.explained_by(index)[matters] / batch.variance_before[matters]
        left[k] = label_variance(score, np.minimum(share + more, 1.0)).mean()
    return now - left


def best_gain(batch: Conditioned, candidates: NDArray[np.intp], matters: slice, shortlist: int) -> tuple[float, int]:
    """Return the largest gain among those of the candidates whose own label is least certain, and whose it is.

    Parameters
    ----------
    batch, candidates, matters
        As for :func:`gains`.
    shortlist : int
        How many gains are computed.
    """
    own = label_variance(batch.score[candidates], batch.share[candidates])
    doubtful = candidates[np.argsort(-own, kind="stable")[:shortlist]]
    found = gains(batch, doubtful, matters)
    return float(found.max()), int(doubtful[np.argmax(found)])
