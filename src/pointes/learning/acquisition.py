r"""Which points to simulate next: criteria, and batches that do not ask the same thing twice.

The default criterion is U, the distance of the latent mean from the boundary in standard deviations: Echard, Gayton and
Lemaire, Struct. Saf. 33, 145 (2011), doi:10.1016/j.strusafe.2011.01.002 (AK-MCS); for classifiers of cardiac
simulations Sahli Costabal et al., Comput. Methods Appl. Mech. Eng. 357, 112602 (2019), doi:10.1016/j.cma.2019.112602.
Since the risk is Φ(μ/σ), the risk nearest to ½ (smallest margin, largest entropy) is the same choice.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]
Criterion = Callable[[Array, Array], Array]

_JITTER = 1e-3  # of the candidate's own variance: a labelled point still leaves the latent value uncertain
CONDITIONED = 16
"""Largest batch in which the whole of a batch is chosen by conditioning."""
SHORTLIST = 5
"""Candidates per further point among which the most distant are taken."""
DOUBT = 1.96  # standard deviations: a label is in doubt where the 95 % interval of the latent function spans zero


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


def margin_score(mean: Array, sd: Array) -> Array:
    r"""Return :math:`|\mu|`, the distance from the boundary whatever the uncertainty."""
    del sd
    return np.abs(mean)


def feasibility_score(mean: Array, sd: Array) -> Array:
    r"""Return minus the expected feasibility, :math:`-E[\max(2\sigma - |f|, 0)]`.

    Bichon et al., AIAA J. 46, 2459 (2008), doi:10.2514/1.34321, equation 17, with the boundary at zero (EGRA).
    """
    width = 2.0 * sd
    centre, low, high = (
        np.divide(at, sd, out=np.zeros_like(mean), where=sd > 0) for at in (-mean, -width - mean, width - mean)
    )

    def density(z: Array) -> Array:
        return np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)

    return -(
        mean * (2.0 * ndtr(centre) - ndtr(low) - ndtr(high))
        - sd * (2.0 * density(centre) - density(low) - density(high))
        + width * (ndtr(high) - ndtr(low))
    )


def straddle_score(mean: Array, sd: Array) -> Array:
    r"""Return minus the straddle, :math:`|\mu| - 1.96 \sigma`, where the label is in doubt, else U.

    Bryan et al., Adv. Neural Inf. Process. Syst. 18 (2005). The guard keeps it from asking for points that are merely
    far from all others: where the straddle is negative nobody doubts the label.
    """
    straddle = np.abs(mean) - DOUBT * sd
    return np.where(straddle < 0, straddle, u_score(mean, sd))


CRITERIA: dict[str, Criterion] = {
    "u": u_score,
    "margin": margin_score,
    "feasibility": feasibility_score,
    "straddle": straddle_score,
}
"""Smaller is better."""


def choose_batch(
    mean: Array,
    variance: Array,
    covariance: Callable[[int], Array],
    n: int,
    criterion: Criterion = u_score,
    pending: NDArray[np.intp] | None = None,
) -> NDArray[np.intp]:
    """Choose ``n`` distinct candidates greedily, conditioning on each pick before the next.

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
        At most ``m`` less the pending ones.
    criterion : callable
        Of mean and standard deviation; smaller is better.
    pending : array of int, optional
        Indices of candidates that are being simulated already: conditioned on, never chosen.

    Returns
    -------
    (n,) array of int
        Indices in the order chosen.
    """
    remaining = variance.copy()
    explained: list[Array] = []
    picks: list[int] = []
    waiting = [] if pending is None else list(pending)
    while len(picks) < n:
        if waiting:
            pick = waiting.pop(0)
        else:
            score = criterion(mean, np.sqrt(remaining))
            score[picks] = np.nan  # never twice, even when every other score is infinite
            score[[] if pending is None else pending] = np.nan
            pick = int(np.nanargmin(score))
            picks.append(pick)
        shared = covariance(pick) - sum((e * e[pick] for e in explained), np.zeros_like(mean))
        e = shared / np.sqrt(max(shared[pick], 0.0) + _JITTER * variance[pick])
        explained.append(e)
        remaining = np.maximum(remaining - e * e, 0.0)
    return np.array(picks, dtype=np.intp)


def choose_spread(score: Array, positions: Array, chosen: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """Choose ``n`` further candidates, each the farthest from all chosen ones among those of best score.

    Parameters
    ----------
    score : (m,) array
        Smaller is better.
    positions : (m, d) array
        Of the candidates, in units in which distances matter (length scales).
    chosen : array of int
        Indices of those chosen before.
    n : int
        At most ``m`` less the chosen ones.
    """
    score = score.copy()
    score[chosen] = np.inf
    shortlist = np.argsort(score, kind="stable")[: max(SHORTLIST * n, n)]
    shortlist = shortlist[~np.isin(shortlist, chosen)]
    distance = np.full(len(shortlist), np.inf)
    for index in chosen:
        distance = np.minimum(distance, np.linalg.norm(positions[shortlist] - positions[index], axis=1))
    picks = []
    for _ in range(n):
        at = int(np.argmax(distance))
        picks.append(shortlist[at])
        distance = np.minimum(distance, np.linalg.norm(positions[shortlist] - positions[shortlist[at]], axis=1))
        distance[at] = -1.0
    return np.array(picks, dtype=np.intp)
