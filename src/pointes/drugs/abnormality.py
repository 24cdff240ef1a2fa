"""Repolarisation abnormalities in a population of cells under drugs: how many cells fail, and what tells them apart.

A cell fails where it has an early afterdepolarisation or does not repolarise (label 1). The share of failing cells is
the score of Passini et al. [1]_. Cells that fail are compared with the others factor by factor, by the area under the
ROC curve and by the standardised difference of means [2]_.

References
----------
.. [1] Passini et al., Front. Physiol. 8, 668 (2017). doi:10.3389/fphys.2017.00668
.. [2] Austin, Stat. Med. 28, 3083 (2009). doi:10.1002/sim.3697
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from pointes.statistics import clopper_pearson

FEWEST = 5
"""Smallest number of cells in either group for which the groups are compared."""


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of cells that fail, with exact 95 % intervals."""

    share: np.ndarray  # estimate, lower and upper bound, (..., 3); the estimate is NaN where no cell has a label
    n_cells: np.ndarray  # number of cells with a label, (...); the others broke down or were not excited


@dataclass(frozen=True, eq=False)
class Contrasts:
    """Differences between cells that fail and other cells: estimate, lower and upper bound, (n_factors, 3) each.

    All are NaN with fewer than `FEWEST` cells in either group. The bounds are those of a 95 % percentile bootstrap, too
    narrow where the groups hardly overlap.
    """

    auc: np.ndarray  # probability that the factor of a failing cell is larger than that of another cell
    difference: np.ndarray  # difference of the means in units of the standard deviation within the groups
    n_failing: int
    n_others: int


def abnormal_shares(label: np.ndarray) -> Shares:
    """Return the share of cells that fail at each drug and dose.

    The interval is that of a population from which these cells were drawn. It holds neither the uncertainty of the
    drugs nor that of the model, and the same cells at all doses make the shares at two doses depend on each other.

    Parameters
    ----------
    label : (..., n_cells) array
        Arrhythmia label of each cell: 1 fails, 0 does not, -1 has no label.
    """
    fails, n_cells = (label == 1).sum(axis=-1), (label >= 0).sum(axis=-1)
    pairs = zip(fails.ravel().tolist(), n_cells.ravel().tolist(), strict=True)
    shares = [(hits / total if total else np.nan, *clopper_pearson(hits, total)) for hits, total in pairs]
    return Shares(np.array(shares).reshape(*fails.shape, 3), n_cells)


def contrast(factors: np.ndarray, label: np.ndarray, *, n_resamples: int = 1000, seed: int = 1) -> Contrasts:
    """Compare the conductances of the cells that fail with those of the other cells, one factor at a time.

    In a calibrated population factors depend on each other, and a factor can differ because another one matters.

    Parameters
    ----------
    factors : (n_cells, n_factors) array
        Factors of the conductances of each cell, or anything else that is known of it.
    label : (n_cells,) array
        Label of each cell under a drug: 1 fails, 0 does not; cells without a label (-1) are left out.
    n_resamples, seed
        Number of resamples and seed of the bootstrap, in which cells are redrawn within each group.
    """
    failing, others = factors[label == 1], factors[label == 0]
    if min(len(failing), len(others)) < FEWEST:
        auc = difference = np.full((factors.shape[1], 3), np.nan)
    else:
        auc, difference = (_estimate(one, failing, others, n_resamples, seed) for one in (_auc, _difference))
    return Contrasts(auc, difference, len(failing), len(others))


def _auc(failing: np.ndarray, others: np.ndarray, axis: int) -> np.ndarray:
    ranks = scipy.stats.rankdata(np.concatenate([failing, others], axis=axis), axis=axis)
    n, m = failing.shape[axis], others.shape[axis]
    below = np.take(ranks, np.arange(n), axis=axis).sum(axis=axis) - n * (n + 1) / 2
    return np.asarray(below / (n * m))


def _difference(failing: np.ndarray, others: np.ndarray, axis: int) -> np.ndarray:
    variance = (failing.var(axis=axis, ddof=1) + others.var(axis=axis, ddof=1)) / 2
    apart = failing.mean(axis=axis) - others.mean(axis=axis)
    with np.errstate(divide="ignore"):
        return np.asarray(np.divide(apart, np.sqrt(variance), out=np.zeros_like(apart), where=apart != 0))


def _estimate(
    statistic: Callable[..., np.ndarray], failing: np.ndarray, others: np.ndarray, n_resamples: int, seed: int
) -> np.ndarray:
    """Return a statistic of two groups and the bounds of its 95 % percentile bootstrap interval, (n_factors, 3)."""
    resampled = scipy.stats.bootstrap(
        (failing, others),
        statistic,
        n_resamples=n_resamples,
        batch=50,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return np.column_stack([statistic(failing, others, axis=0), *resampled.confidence_interval])
