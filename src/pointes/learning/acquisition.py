"""Which points to simulate next: the U score, and batches by greedy conditioning.

U is the distance of the latent mean from the boundary in standard deviations, smallest where the label is least
certain: Echard, Gayton and Lemaire, Struct. Saf. 33, 145 (2011), doi:10.1016/j.strusafe.2011.01.002 (AK-MCS); for
classifiers of cardiac simulations Sahli Costabal et al., Comput. Methods Appl. Mech. Eng. 357, 112602 (2019),
doi:10.1016/j.cma.2019.112602.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_JITTER = 1e-3  # of the candidate's own variance: a labelled point still leaves the latent value uncertain


def u_score(mean: Array, sd: Array) -> Array:
    r"""Return :math:`U = |\mu| / \sigma`; smaller is more uncertain.

    Parameters
    ----------
    mean, sd : (m,) array
        Latent posterior mean and standard deviation.

    Returns
    -------
    (m,) array
        Infinite where ``sd`` is 0: a known point is not asked again.

    Examples
    --------
    >>> u_score(np.array([0.0, -1.0, 1.0]), np.array([1.0, 2.0, 0.0]))
    array([0. , 0.5, inf])
    """
    return np.divide(np.abs(mean), sd, out=np.full_like(mean, np.inf), where=sd > 0)


def choose_batch(mean: Array, variance: Array, covariance: Callable[[int], Array], n: int) -> NDArray[np.intp]:
    """Choose ``n`` distinct candidates greedily by U, conditioning on each pick before the next.

    The label of a pick is unknown, so the means stay; but its latent value will be known, so the variance of every
    candidate falls by what the pick explains of it. Neighbours of a pick thereby become poor choices, and the batch
    spreads along the boundary.

    Parameters
    ----------
    mean, variance : (m,) array
        Latent posterior of the candidates.
    covariance : callable
        Gives the posterior covariances, (m,), of all candidates with the candidate at an index.
    n : int
        At most ``m``.

    Returns
    -------
    (n,) array of int
        Indices in the order chosen.
    """
    remaining = variance.copy()
    explained: list[Array] = []
    picks: list[int] = []
    for _ in range(n):
        score = u_score(mean, np.sqrt(remaining))
        score[picks] = np.nan  # never twice, even when every other score is infinite
        pick = int(np.nanargmin(score))
        picks.append(pick)
        shared = covariance(pick) - sum((e * e[pick] for e in explained), np.zeros_like(mean))
        e = shared / np.sqrt(max(shared[pick], 0.0) + _JITTER * variance[pick])
        explained.append(e)
        remaining = np.maximum(remaining - e * e, 0.0)
    return np.array(picks, dtype=np.intp)
