r"""Propagation of distributions of parameters through a surrogate.

The parameters x are independent and follow their distributions. A surrogate knows the quantity f(x) up to a Gaussian of
mean :math:`\mu(x)` and standard deviation :math:`\sigma(x)`. Two uncertainties are kept apart (Oakley and O'Hagan,
Biometrika 89, 769 (2002), doi:10.1093/biomet/89.4.769):

- that of the parameters, by the quantiles of :math:`\mu(x)` over points x of a scrambled Sobol sequence;
- that of the surrogate, by an interval of each of these quantiles. With functions :math:`f_1 … f_k` drawn from the
  surrogate, it holds 95 % of the quantiles of :math:`f_i(x)`. Without them, its ends are the quantiles of
  :math:`\mu(x) - 1.96\,\sigma(x)` and :math:`\mu(x) + 1.96\,\sigma(x)`: as if the errors at all points had the same
  sign and the same size in units of σ. That makes the interval too wide rather than too narrow, because errors at
  distant points partly cancel.

A risk is treated in the same way: its mean over the points is the expected share of arrhythmic points, and the interval
of the share comes from labellings drawn from the classifier, or else from the points of which label is known with a
probability of 97.5 %.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

from pointes.learning.explanation.draws import Surface
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.types import Array
from pointes.uncertainty.distributions import Distribution, points_at

Predict = Callable[[Array], tuple[Array, Array]]
"""Function that returns mean and standard deviation of q quantities, (m, q) each, at points (m, d).

The mean is NaN where a quantity has no value, such as the APD90 of a cell that does not repolarise.
"""
SampleSurrogate = Callable[[Array, int, int], Array]
"""Function of points (m, d), a number k and a seed that returns the values (m, q, k) of k functions drawn jointly."""
PredictRisk = Callable[[Array], Array]
"""Function that returns the risk, (m,), at points (m, d)."""
Source = Literal["draws", "bounds"]
"""Origin of an interval: functions drawn from the surrogate, or its mean and standard deviation at each point."""

POINTS = 4096
DRAWS = 64
LEVELS = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
"""Probabilities of the quantiles that are reported."""
INTERVAL = (0.025, 0.975)
"""Probabilities of the ends of a 95 % interval."""


@dataclass(frozen=True, eq=False)
class PropagatedQuantiles:
    """Quantiles of q quantities at `LEVELS`, (q, levels) each; NaN for a quantity that has a value nowhere.

    Attributes
    ----------
    values
        Quantiles of the surrogate's mean: what the uncertainty of the parameters alone makes of the quantities.
    low, high
        Ends of the 95 % interval of each quantile that the surrogate's own uncertainty leaves.
    defined : (q,) array
        Share of the distribution in which a quantity has a value. Quantiles are over this part of it.
    source
        Origin of the intervals.
    """

    values: Array
    low: Array
    high: Array
    defined: Array
    source: Source


@dataclass(frozen=True)
class PropagatedShare:
    """Expected share of the distribution that is arrhythmic, with the 95 % interval that the classifier leaves."""

    value: float
    low: float
    high: float
    source: Source


def drawn_points(distributions: Sequence[Distribution], n: int, seed: int) -> Array:
    """Return n points, (n, d), of a scrambled Sobol sequence that follow the distributions of d parameters."""
    cube = np.tile([0.0, 1.0], (len(distributions), 1))
    return points_at(distributions, sobol(cube, 0, n, seed, RandomStream.UNCERTAINTY))


def propagate(
    predict: Predict,
    distributions: Sequence[Distribution],
    *,
    n: int = POINTS,
    sample_surrogate: SampleSurrogate | None = None,
    draws: int = DRAWS,
    seed: int = 1,
) -> PropagatedQuantiles:
    """Return the quantiles of the quantities that a surrogate predicts.

    Parameters
    ----------
    predict
        Mean and standard deviation of the surrogate.
    distributions
        Distribution of each parameter.
    n : int
        Number of Sobol points, best a power of two.
    sample_surrogate
        Draws of the surrogate, for its own uncertainty; without it, bounds from the standard deviation.
    draws : int
        Number of these draws.
    seed : int
        Seed of points and draws.
    """
    points = drawn_points(distributions, n, seed)
    mean, sd = predict(points)
    source: Source
    if sample_surrogate is None:
        source, error = "bounds", ndtri(INTERVAL[1]) * sd
        low, high = _quantiles(mean - error), _quantiles(mean + error)
    else:
        source = "draws"
        drawn = np.where(np.isnan(mean)[..., None], np.nan, sample_surrogate(points, draws, seed))
        low, high = np.quantile(_quantiles(drawn), INTERVAL, axis=-1)
    return PropagatedQuantiles(_quantiles(mean), low, high, np.mean(~np.isnan(mean), axis=0), source)


def _quantiles(values: Array) -> Array:
    """Return quantiles at `LEVELS` over the first axis, of points, for each index of the second axis, of quantities.

    Points at which a quantity is NaN are left out. The result is (q, levels, …) for values (n, q, …).
    """
    return np.stack([_quantiles_of_one(quantity) for quantity in np.moveaxis(values, 1, 0)])


def _quantiles_of_one(values: Array) -> Array:
    """Return quantiles over the first axis, (levels, …), of values (n, …)."""
    defined = values[~np.isnan(values).reshape(len(values), -1).any(axis=1)]
    if not len(defined):
        return np.full((len(LEVELS), *values.shape[1:]), np.nan)
    return np.asarray(np.quantile(defined, LEVELS, axis=0))


def propagate_risk(
    predict_risk: PredictRisk,
    distributions: Sequence[Distribution],
    *,
    n: int = POINTS,
    labels: Surface | None = None,
    seed: int = 1,
) -> PropagatedShare:
    """Return the share of the distribution that is arrhythmic.

    ``labels`` are draws from the classifier that predicts the risk (`pointes.learning.explanation.draws.label_draws`).
    The other parameters are those of `propagate`.
    """
    points = drawn_points(distributions, n, seed)
    risk = predict_risk(points)
    if labels is None:
        surely, possibly = (float(np.mean(risk > level)) for level in reversed(INTERVAL))
        return PropagatedShare(float(risk.mean()), surely, possibly, "bounds")
    low, high = np.quantile(labels(points).mean(axis=1), INTERVAL)
    return PropagatedShare(float(risk.mean()), float(low), float(high), "draws")
