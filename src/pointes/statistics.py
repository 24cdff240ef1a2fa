"""Statistics that more than one part of pointes reports."""

import numpy as np
from numpy.typing import NDArray

BINS = 10
"""Equally wide bins of risk over which calibration is judged."""


def clopper_pearson(hits: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact confidence interval of a share of which ``hits`` of ``total`` were seen; (0, 1) for none seen.

    References
    ----------
    .. [1] Clopper and Pearson, Biometrika 26, 404 (1934). doi:10.1093/biomet/26.4.404

    Examples
    --------
    >>> [round(bound, 3) for bound in clopper_pearson(20, 20)]  # 0.025 ** (1 / 20)
    [0.832, 1.0]
    """
    # Not scipy.stats.binomtest, whose import takes a second
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(hits, total - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, total - hits, 1 - tail)) if hits < total else 1.0
    return low, high


def risk_bins(risk: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the index of the bin, from 0 to `BINS` - 1, in which each risk lies, (n,)."""
    bins: NDArray[np.intp] = np.minimum((risk * BINS).astype(np.intp), BINS - 1)
    return bins


def expected_calibration_error(risk: NDArray[np.float64], labels: NDArray[np.int8]) -> float:
    r"""Return the mean distance between predicted risk and observed share over bins of risk.

    :math:`\sum_b (n_b / n) |\bar y_b - \bar p_b|`, smaller is better. Both arrays are (n,), and labels are 0 or 1.

    Examples
    --------
    >>> round(expected_calibration_error(np.array([0.25, 0.25, 0.95]), np.array([0, 1, 1])), 4)
    0.1833
    """
    which = risk_bins(risk)
    gaps = [abs(np.sum(risk[which == k] - labels[which == k])) for k in np.unique(which)]
    return float(np.sum(gaps) / len(risk))


def bootstrap_weights(
    stratum: NDArray[np.intp], member: NDArray[np.generic], n_resamples: int, seed: int
) -> NDArray[np.float64]:
    """Return how often each row is drawn, (1 + n_resamples, n_rows); once in the first row of weights.

    Parameters
    ----------
    stratum : (n_rows,) array
        Stratum of each row. Members are drawn with replacement within their stratum.
    member : (n_rows,) array
        Member that each row belongs to; all rows of a member are drawn together.
    n_resamples, seed
        Number of resamples and seed.

    Examples
    --------
    >>> weights = bootstrap_weights(np.array([0, 0, 0, 1]), np.array(["a", "a", "b", "c"]), 100, seed=1)
    >>> bool((weights[:, 0] == weights[:, 1]).all()), bool((weights[:, 3] == 1).all())
    (True, True)
    """
    rng = np.random.default_rng(seed)
    weights = np.ones((1 + n_resamples, len(stratum)))
    for one in np.unique(stratum):
        rows = np.flatnonzero(stratum == one)
        members, which = np.unique(member[rows], return_inverse=True)
        drawn = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=n_resamples)
        weights[1:, rows] = drawn[:, which]
    return weights
