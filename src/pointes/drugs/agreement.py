"""Agreement of simulated effects of drugs with measured ones, with intervals by bootstrap over drugs.

Points of one drug share its block data and its preparations, so drugs are redrawn and not points. With nine drugs an
interval is wide, and its ends are rough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointes.drugs.measures import Estimate
from pointes.statistics import bootstrap_weights

QUANTILES = (0.025, 0.975)


@dataclass(frozen=True)
class Agreement:
    """Agreement of simulated with measured effects.

    Attributes
    ----------
    points, failed
        Number of points, and of those without a simulated effect.
    rmse
        Root of the mean squared error over the points that have an effect: it does not see failures.
    median_error
        Median absolute error, in which failures count as infinite errors.
    within_sd
        Share of all points whose error is at most one standard deviation of the measurement.
    better_than_no_change
        Share of the resamples in which the RMSE is below that of the guess that no drug has an effect, both over the
        points that have a simulated effect.
    """

    points: int
    failed: int
    rmse: Estimate
    median_error: Estimate
    within_sd: Estimate
    better_than_no_change: float


def agreement(
    simulated: np.ndarray,
    measured: np.ndarray,
    sd: np.ndarray,
    drugs: Sequence[str],
    *,
    n_resamples: int = 10_000,
    seed: int = 1,
) -> Agreement:
    """Compare simulated with measured effects, in one unit.

    Parameters
    ----------
    simulated, measured, sd : (n,) array
        Simulated effect, NaN where the simulation failed; measured effect and its standard deviation.
    drugs
        Drug of each point.
    n_resamples, seed
        Number of resamples and seed of the bootstrap.

    Examples
    --------
    >>> found = agreement(np.array([3.0, np.nan]), np.array([0.0, 1.0]), np.array([4.0, 1.0]), ["a", "b"])
    >>> found.failed, found.rmse.value, found.within_sd.value
    (1, 3.0, 0.5)
    """
    error = np.where(np.isnan(simulated), np.inf, np.abs(simulated - measured))
    known = np.isfinite(error)
    weights = bootstrap_weights(np.zeros(len(error), np.intp), np.asarray(drugs), n_resamples, seed)
    rmse = _rms(np.where(known, error, 0.0), weights * known)
    guess = _rms(measured, weights * known)
    return Agreement(
        points=len(error),
        failed=int(np.sum(~known)),
        rmse=_estimate(rmse),
        median_error=_estimate(_median(error, weights)),
        within_sd=_estimate(weights @ (error <= sd) / weights.sum(axis=1)),
        better_than_no_change=float(np.mean(rmse[1:] < guess[1:])),
    )


def _rms(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted root mean square of values (n,) for each row of weights, NaN where all weights are 0."""
    total = weights.sum(axis=1)
    mean: np.ndarray = np.divide(weights @ values**2, total, out=np.full(len(total), np.nan), where=total > 0)
    root: np.ndarray = np.sqrt(mean)
    return root


def _median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return for each row of weights the smallest value that at least half of the weight does not exceed."""
    order = np.argsort(values)
    share = np.cumsum(weights[:, order], axis=1)
    median: np.ndarray = values[order][np.argmax(share >= share[:, -1:] / 2, axis=1)]
    return median


def _estimate(statistic: np.ndarray) -> Estimate:
    """Return a statistic of the sample, which is the first value, with its interval over the resamples."""
    resampled = np.sort(statistic[1:][~np.isnan(statistic[1:])])
    if not len(resampled):
        return Estimate(float(statistic[0]), np.nan, np.nan)
    low, high = np.quantile(resampled, QUANTILES, method="inverted_cdf")  # no interpolation towards infinity
    return Estimate(float(statistic[0]), float(low), float(high))
