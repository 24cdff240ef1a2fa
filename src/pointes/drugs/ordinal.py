r"""Proportional-odds regression of the risk category of drugs on one or more metrics.

For metrics q the model of McCullagh [1]_ has one slope s for both questions:

.. math:: \mathrm{logit}\, P(\text{intermediate or high}) = i_1 + s \cdot q, \qquad
          \mathrm{logit}\, P(\text{high}) = i_2 + s \cdot q, \qquad i_1 \ge i_2.

The classification of the CiPA initiative fits it to all samples of all drugs, with the mean qNet over 1 to 4 Cmax as
the only metric [2]_.

Where thresholds separate the categories without a mistake, the likelihood has no maximum: it rises with the slope for
ever. `fit_ordinal` therefore subtracts a small ridge penalty [3]_. Thresholds then lie midway between the categories.

References
----------
.. [1] McCullagh, J. R. Stat. Soc. B 42, 109 (1980). doi:10.1111/j.2517-6161.1980.tb01109.x
.. [2] Li et al., Clin. Pharmacol. Ther. 105, 466 (2019). doi:10.1002/cpt.1184
.. [3] Le Cessie and van Houwelingen, Appl. Stat. 41, 191 (1992). doi:10.2307/2347628
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from pointes.errors import UserError
from pointes.statistics import bootstrap_weights

CATEGORIES = ("low", "intermediate", "high")
"""Risk categories by their code 0, 1, 2."""
UNKNOWN = -1
"""Code of a drug or sample without a category."""
PENALTY = 1e-6
"""Weight of half the squared slope of a metric of unit variance, beside the mean log likelihood of a drug."""


class Thresholds(NamedTuple):
    """Values of a metric between neighbouring categories, where both are equally likely.

    Both are the same if intermediate risk is nowhere the most likely category.
    """

    low_intermediate: float
    intermediate_high: float


@dataclass(frozen=True, eq=False)
class ProportionalOdds:
    """A fitted model: log odds of (at least intermediate, high) at metrics of zero, and slopes, (n_metrics,)."""

    intercepts: tuple[float, float]
    slopes: np.ndarray

    def probability(self, metric: np.ndarray) -> np.ndarray:
        """Return the probabilities of low, intermediate and high risk, (..., 3); NaN where a metric is.

        Parameters
        ----------
        metric : (..., n_metrics) array
            Metrics, in the units that the model was fitted in.

        Examples
        --------
        >>> ProportionalOdds((1.0, -1.0), np.array([2.0])).probability(np.array([[0.0]])).round(3)
        array([[0.269, 0.462, 0.269]])
        """
        at_least_intermediate, high = (intercept + metric @ self.slopes for intercept in self.intercepts)
        low, top = expit(-at_least_intermediate), expit(high)
        gap = self.intercepts[0] - self.intercepts[1]
        # The difference of the two probabilities, without cancellation
        middle = expit(at_least_intermediate) * expit(-high) * -np.expm1(-gap)
        return np.stack([low, middle, top], axis=-1)

    def thresholds(self) -> Thresholds:
        """Return the values of the only metric at which the most likely category changes.

        Examples
        --------
        The fit of the FDA to the data of Charles River, in µC/µF:

        >>> [round(value, 4) for value in ProportionalOdds((20.012, 15.665), np.array([-292.54])).thresholds()]
        [0.0683, 0.0536]
        """
        (slope,) = self.slopes
        first, second = self.intercepts
        if slope == 0:
            return Thresholds(np.nan, np.nan)
        odds = np.exp(first - second) - 2
        if odds <= 1:  # high is as likely as low before intermediate is more likely than either
            return Thresholds(*[float(-(first + second) / (2 * slope))] * 2)
        return Thresholds(float(-(second + np.log(odds)) / slope), float((np.log(odds) - first) / slope))


def codes(risk: Sequence[str]) -> np.ndarray:
    """Return 0 for low, 1 for intermediate, 2 for high and -1 for a drug without a category, (n_drugs,).

    Examples
    --------
    >>> codes(["high", "", "low"]).tolist()
    [2, -1, 0]
    """
    return np.array([CATEGORIES.index(one) if one else UNKNOWN for one in risk])


def fit_ordinal(
    metric: np.ndarray, category: np.ndarray, *, weight: np.ndarray | None = None, penalty: float = PENALTY
) -> ProportionalOdds:
    """Fit the model to samples of drugs.

    Each drug counts as one, however many of its samples have a metric: samples of a drug are not independent. Without a
    drug of intermediate risk the model is a logistic regression of high risk.

    Parameters
    ----------
    metric : (n_drugs, n_samples) or (n_drugs, n_samples, n_metrics) array
        Metrics of each sample; a sample with a NaN is left out.
    category : (n_drugs,) array
        Code of each drug's category (`codes`); drugs of unknown category are left out.
    weight : (n_drugs,) array, optional
        Number of times that each drug counts; 1 by default.
    penalty
        Ridge penalty. With the default, the slope of the 28 CiPA drugs changes by 0.005 %. That of the 12 training
        drugs, whose categories hardly overlap, changes by 1 to 5 %, and their thresholds by 0.02 %.

    Raises
    ------
    UserError
        No drug of low, or none of high risk, has a metric.
    """
    metric = metric[..., None] if metric.ndim == 2 else metric
    known = np.isfinite(metric).all(axis=2) & (category != UNKNOWN)[:, None]
    counts = np.maximum(known.sum(axis=1), 1)
    share = np.broadcast_to(((1.0 if weight is None else weight) / counts)[:, None], known.shape)
    kept = known & (share > 0)
    rows, weights, code = metric[kept], share[kept], np.broadcast_to(category[:, None], known.shape)[kept]
    for needed in (0, 2):
        if not (code == needed).any():
            raise UserError("ordinal regression", expected=f"a drug of {CATEGORIES[needed]} risk with a metric")
    mean = np.average(rows, axis=0, weights=weights)
    spread = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights))
    spread = np.where(spread > 0, spread, 1.0)
    first, gap, slopes = _maximise((rows - mean) / spread, code, weights, penalty)
    slopes = slopes / spread
    shift = float(mean @ slopes)
    return ProportionalOdds((first - shift, first - gap - shift), slopes)


def threshold_interval(
    metric: np.ndarray, category: np.ndarray, *, n_resamples: int = 200, seed: int = 1, penalty: float = PENALTY
) -> tuple[Thresholds, Thresholds]:
    """Return the lower and the upper ends of the 95 % intervals of both thresholds, by fits to resampled drugs.

    Parameters
    ----------
    metric : (n_drugs, n_samples) array
        Metric of each sample.
    category : (n_drugs,) array
        Code of each drug's category; drugs are drawn with replacement within each.
    n_resamples, seed
        Number of resamples of the drugs, and its seed.
    penalty
        Ridge penalty of the fits.
    """
    weights = bootstrap_weights(category, np.arange(len(category)), n_resamples, seed)[1:]
    found = [fit_ordinal(metric, category, weight=weight, penalty=penalty).thresholds() for weight in weights]
    low, high = np.quantile(found, [0.025, 0.975], axis=0).tolist()
    return Thresholds(*low), Thresholds(*high)


def _maximise(
    rows: np.ndarray, code: np.ndarray, weights: np.ndarray, penalty: float
) -> tuple[float, float, np.ndarray]:
    """Return the first intercept, its distance from the second, and the slopes of standardised metrics."""
    total = weights.sum()
    some, high = code >= 1, code == 2
    middle = weights[code == 1].sum()

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        # log P(intermediate) = log expit(a) + log expit(-b) + log(1 - exp(b - a)), where a - b is the gap
        first, gap, slopes = parameters[0], parameters[1], parameters[2:]
        a = first + rows @ slopes
        b = a - gap
        likelihood = np.where(high, 0.0, log_expit(np.where(some, a, -a))) + np.where(
            some, log_expit(np.where(high, b, -b)), 0.0
        )
        by_a = np.where(high, 0.0, some - expit(a)) * weights
        by_b = np.where(some, high - expit(b), 0.0) * weights
        between = middle * np.log(-np.expm1(-gap)) if middle else 0.0
        by_gap = middle / np.expm1(gap) if middle else 0.0
        value = weights @ likelihood + between - total * penalty / 2 * slopes @ slopes
        gradient = [by_a.sum() + by_b.sum(), by_gap - by_b.sum(), *((by_a + by_b) @ rows - total * penalty * slopes)]
        return -value / total, -np.array(gradient) / total

    start = [0.0, 1.0 if middle else 0.0, *[0.0] * rows.shape[1]]
    gaps = (1e-9, None) if middle else (0.0, 0.0)
    bounds = [(None, None), gaps, *[(None, None)] * rows.shape[1]]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 0, "gtol": 1e-9}).x
    return float(found[0]), float(found[1]), found[2:]
