"""Agreement of what was propagated through a surrogate with direct simulations of the same distributions.

The direct simulations have no surrogate, but few points: their own sampling error is given by the percentile bootstrap
(Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13), that of a share by the exact binomial
interval. Both take the points for independent. Points of a Sobol sequence are more even than independent ones, so their
intervals are too wide rather than too narrow.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from pointes.learning.types import Array, Flags, Mask
from pointes.statistics import clopper_pearson
from pointes.uncertainty.propagation import LEVELS, PropagatedQuantiles, PropagatedShare

RESAMPLES = 1000
"""Bootstrap samples of the direct simulations."""
CHUNK = 100
"""Bootstrap samples that are computed at a time: bounds the memory."""


@dataclass(frozen=True, eq=False)
class QuantileAgreement:
    """Propagated quantiles of q quantities beside those of direct simulations, at `LEVELS`.

    Attributes
    ----------
    direct : (q, levels, 3) array
        Quantiles of the direct simulations: value, and ends of the 95 % interval by bootstrap.
    difference : (q, levels, 3) array
        Propagated minus direct quantile: value, and ends of the 95 % interval.
    defined : (q,) array
        Share of the direct simulations in which a quantity has a value.
    overlap : (q, levels) array
        Whether the interval of the direct quantile and that of the surrogate overlap.
    """

    direct: Array
    difference: Array
    defined: Array
    overlap: Mask


@dataclass(frozen=True)
class ShareAgreement:
    """Propagated share of arrhythmic points beside that of direct simulations.

    Attributes
    ----------
    direct
        Share of the direct simulations with a label that are arrhythmic: value, and ends of the exact 95 % interval.
    difference
        Propagated minus direct share: value, and ends of the 95 % interval.
    labelled
        Number of direct simulations that have a label.
    overlap
        Whether the interval of the direct share and that of the classifier overlap.
    """

    direct: tuple[float, float, float]
    difference: tuple[float, float, float]
    labelled: int
    overlap: bool


def compare_quantiles(propagated: PropagatedQuantiles, simulated: Array, *, seed: int = 1) -> QuantileAgreement:
    """Compare propagated quantiles with those of direct simulations.

    Parameters
    ----------
    propagated
        Quantiles that `propagate` returned.
    simulated : (n, q) array
        Quantities of n points of the same distributions, as `drawn_points` returns them; NaN without a value.
    seed : int
        Seed of the bootstrap.
    """
    direct = np.stack([_with_interval(values[~np.isnan(values)], seed) for values in simulated.T])
    value, low, high = np.moveaxis(direct, -1, 0)
    difference = propagated.values[..., None] - np.stack([value, high, low], axis=-1)
    overlap = (propagated.low <= high) & (low <= propagated.high)
    return QuantileAgreement(direct, difference, np.mean(~np.isnan(simulated), axis=0), overlap)


def _with_interval(values: Array, seed: int) -> Array:
    """Return the quantiles of values (n,) with the ends of their intervals, (levels, 3); NaN for fewer than two."""
    if len(values) < 2:
        return np.full((len(LEVELS), 3), np.nan)
    found = scipy.stats.bootstrap(
        (values,),
        _at_levels,
        n_resamples=RESAMPLES,
        batch=CHUNK,
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return np.column_stack([_at_levels(values, axis=0), found.low, found.high])


def _at_levels(values: Array, axis: int) -> Array:
    return np.asarray(np.quantile(values, LEVELS, axis=axis))


def compare_share(propagated: PropagatedShare, labels: Flags) -> ShareAgreement:
    """Compare the propagated share of arrhythmic points with direct simulations.

    ``labels``, (n,), are those of n points of the same distributions, as `drawn_points` returns them: 1, 0, or −1 for a
    simulation without a label.

    Examples
    --------
    >>> compare_share(PropagatedShare(0.5, 0.4, 0.6, "draws"), np.array([1, 0, -1, 1, 0], np.int8)).labelled
    4
    """
    hits, labelled = int(np.sum(labels == 1)), int(np.sum(labels >= 0))
    low, high = clopper_pearson(hits, labelled)
    share = hits / labelled if labelled else float("nan")
    return ShareAgreement(
        direct=(share, low, high),
        difference=(propagated.value - share, propagated.value - high, propagated.value - low),
        labelled=labelled,
        overlap=propagated.low <= high and low <= propagated.high,
    )
