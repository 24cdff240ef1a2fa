r"""Sobol indices of quantities and labels whose parameters follow distributions of any kind.

The indices of `pointes.learning.explanation.sensitivity` are those of uniform parameters. A parameter x of another
distribution is the quantile function Q of a uniform u: the indices of f(x) are those of f(Q(u)).

Two uncertainties of an index are kept apart, as in Le Gratiet, Cannamela and Iooss, SIAM/ASA J. Uncertain. Quantif. 2,
336 (2014), doi:10.1137/130926869: that of the sampling, by bootstrap, for the surrogate's mean; and that of the
surrogate, by the indices of functions drawn from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointes.learning.explanation.draws import Surface
from pointes.learning.explanation.sensitivity import (
    INTERVAL,
    SAMPLES,
    SobolIndices,
    indices_of,
    saltelli_points,
    sobol_indices,
)
from pointes.learning.types import Array, Mask
from pointes.uncertainty.distributions import Distribution, points_at
from pointes.uncertainty.propagation import DRAWS, Predict, SampleSurrogate

RESAMPLES = 200
"""Bootstrap samples of the surrogate's mean."""


@dataclass(frozen=True, eq=False)
class QuantityIndices:
    """Sobol indices of q quantities with respect to d parameters.

    They are NaN for a quantity that is constant, or has no value somewhere: its variance has no such shares.

    Attributes
    ----------
    first, total : (q, d, 3) array
        First-order and total indices of the surrogate's mean: estimate, and ends of the 95 % interval of sampling.
    surrogate_first, surrogate_total : (q, d, 2) array
        Ends of the 95 % interval of either index over draws of the surrogate; NaN without draws.
    """

    first: Array
    total: Array
    surrogate_first: Array
    surrogate_total: Array


def quantity_indices(
    predict: Predict,
    distributions: Sequence[Distribution],
    *,
    samples: int = SAMPLES,
    sample_surrogate: SampleSurrogate | None = None,
    draws: int = DRAWS,
    seed: int = 1,
) -> QuantityIndices:
    """Estimate first-order and total indices of the quantities that a surrogate predicts.

    Parameters
    ----------
    predict
        Mean and standard deviation of the surrogate, of which the mean is used.
    distributions
        Distribution of each of the d parameters.
    samples : int
        Base points, a power of two. The surrogate is evaluated at (d + 2) times as many.
    sample_surrogate, draws
        Draws of the surrogate, for its own uncertainty, and their number.
    seed : int
        Seed of sampling, bootstrap and draws.
    """
    points = points_at(distributions, saltelli_points(len(distributions), samples, seed))
    mean, _ = predict(points)
    of_mean = np.stack([_of_mean(values, len(distributions), seed) for values in mean.T])
    if sample_surrogate is None:
        of_draws = np.full((*of_mean.shape[:-1], len(INTERVAL)), np.nan)
    else:
        drawn = np.where(np.isnan(mean)[..., None], np.nan, sample_surrogate(points, draws, seed))
        of_draws = np.stack([_of_draws(values.T, len(distributions), seed) for values in np.moveaxis(drawn, 1, 0)])
    return QuantityIndices(of_mean[:, 0], of_mean[:, 1], of_draws[:, 0], of_draws[:, 1])


def label_indices(
    labels: Surface, distributions: Sequence[Distribution], *, samples: int = SAMPLES, seed: int = 1
) -> SobolIndices:
    """Estimate Sobol indices of the label under distributions of the parameters, as `sobol_indices` does.

    ``labels`` are draws from a classifier (`pointes.learning.explanation.draws.label_draws`). The intervals hold both
    uncertainties.
    """
    cube = np.tile([0.0, 1.0], (len(distributions), 1))
    return sobol_indices(lambda unit: labels(points_at(distributions, unit)), cube, samples=samples, seed=seed)


def _of_mean(values: Array, d: int, seed: int) -> Array:
    """Return the indices of one function from its values at the Saltelli points, (2, d, 3), with their intervals."""
    if not _varies(values[None]).all():
        return np.full((2, d, 3), np.nan)
    estimates, resampled = indices_of(values[None], d, RESAMPLES, seed)
    ends = np.percentile(resampled[0], INTERVAL, axis=1)  # (2, 2, d)
    return np.stack([estimates[0], *ends], axis=-1)


def _of_draws(values: Array, d: int, seed: int) -> Array:
    """Return the ends of the interval of the indices of k functions, (2, d, 2), from their values (k, m)."""
    varying = values[_varies(values)]
    if not len(varying):
        return np.full((2, d, 2), np.nan)
    estimates, _ = indices_of(varying, d, 2, seed)  # SALib takes no fewer than two resamples
    return np.moveaxis(np.percentile(estimates, INTERVAL, axis=0), 0, -1)


def _varies(values: Array) -> Mask:
    """Return which of k functions, (k, m), has values everywhere, and more than one."""
    return np.asarray(np.ptp(values, axis=1) > 0)  # False with NaN
