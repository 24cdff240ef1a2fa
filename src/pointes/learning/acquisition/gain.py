r"""Gain of a label: how much it is expected to lower the uncertainty of all labels of the space.

The uncertainty of a label that is 1 with probability Φ(h), h = μ/σ, is its variance, the expected Brier score. When
simulated points already explain the share ρ of the latent variance σ² there, it is expected to become

.. math:: E[p (1 - p)] = \Phi(h) - \Phi_2(h, h; \rho) = 2\,T\!\left(h, \sqrt{(1 - \rho) / (1 + \rho)}\right),

half the probability that two latent functions which agree with all future data differ in sign (T is Owen's function:
Owen, Ann. Math. Stat. 27, 1075 (1956), doi:10.1214/aoms/1177728074). The gain of a further point is the decrease of
this variance on average over the space: stepwise uncertainty reduction, Bect et al., Stat. Comput. 22, 773 (2012),
doi:10.1007/s11222-011-9241-4; for batches Chevalier et al., Technometrics 56, 455 (2014),
doi:10.1080/00401706.2013.860918. A point near the boundary with which many others are correlated has a larger gain than
one that is as near, but at the rim of the space, or between labels that all but decide it.
"""

import numpy as np
from scipy.special import owens_t

from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.types import Array, Indices


def label_variance(score: Array, share: Array) -> Array:
    """Return the label variances that are expected to be left, (m,).

    The score is the latent mean in standard deviations. The share is the part of the latent variance, from 0 to 1, that
    will be explained.

    Examples
    --------
    On the boundary nothing, half, and all of the latent value will be known:

    >>> label_variance(np.zeros(3), np.array([0.0, 0.5, 1.0])).round(4)
    array([0.25  , 0.1667, 0.    ])
    """
    variance: Array = 2.0 * owens_t(score, np.sqrt((1.0 - share) / (1.0 + share)))
    return variance


def gains(batch: BatchPosterior, candidates: Indices) -> Array:
    """Return the expected decrease of the mean label variance by the label of each candidate, (k,).

    The mean is taken over the integration points of the batch.
    """
    integration = batch.integration
    score, share = batch.score[integration], batch.share[integration]
    now = float(label_variance(score, share).mean())
    left = np.empty(len(candidates))
    for k, index in enumerate(candidates):
        more = batch.explained_by(index)[integration] / batch.variance_before[integration]
        left[k] = label_variance(score, np.minimum(share + more, 1.0)).mean()
    return now - left
