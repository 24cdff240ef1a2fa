"""Distributions of one parameter, by their quantile functions.

The quantile function maps an even spread of probabilities in (0, 1) to a spread of values that follows the
distribution (Devroye, Non-Uniform Random Variate Generation, 1986, chapter 2). Sobol points of the unit cube thus
become points of independent parameters.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, log

import numpy as np
from scipy.special import ndtr, ndtri

from pointes.errors import UserError, check_positive
from pointes.learning.types import Array

LARGEST_SHARE_OUTSIDE = 0.001
"""Largest share of a distribution that may lie outside the explored range, where nothing was learned."""
SMALLEST_PROBABILITY = 2.0**-31
"""Half the step of Sobol points, which are multiples of 2⁻³⁰."""


class Distribution(ABC):
    """A distribution of one parameter, in the unit of the parameter."""

    @abstractmethod
    def quantile(self, u: Array) -> Array:
        """Return the values at probabilities in [0, 1], in the shape of ``u``."""

    @abstractmethod
    def share_outside(self, low: float, high: float) -> float:
        """Return the probability of a value below ``low`` or above ``high``."""

    @abstractmethod
    def inside(self, low: float, high: float) -> "Distribution":
        """Return the distribution of the values from ``low`` to ``high``: truncated, and renormalised to 1.

        Raises
        ------
        UserError
            No part of the distribution is there.
        """

    def __str__(self) -> str:
        values = ", ".join(f"{name} {value}" for name, value in vars(self).items())
        return f"{type(self).__name__.lower()} ({values})"


class ContinuousDistribution(Distribution):
    """A distribution that has a continuous cumulative distribution function."""

    @abstractmethod
    def cumulative(self, value: float) -> float:
        """Return the probability of at most this value."""

    def share_outside(self, low: float, high: float) -> float:
        """Return the probability of a value below ``low`` or above ``high``."""
        return self.cumulative(low) + 1.0 - self.cumulative(high)

    def inside(self, low: float, high: float) -> "Truncated":
        """Return the distribution of the values from ``low`` to ``high``, as `Distribution.inside`."""
        return Truncated(self, low, high)


@dataclass(frozen=True)
class Normal(ContinuousDistribution):
    """The normal distribution of a mean and a standard deviation.

    Examples
    --------
    >>> Normal(0.3, 0.05).quantile(np.array([0.5, 0.975])).round(3)
    array([0.3  , 0.398])
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _check_finite("mean", self.mean)
        check_positive("sd", self.sd)

    def quantile(self, u: Array) -> Array:
        """Return the values at probabilities."""
        return np.asarray(self.mean + self.sd * ndtri(u))

    def cumulative(self, value: float) -> float:
        """Return the probability of at most this value."""
        return float(ndtr((value - self.mean) / self.sd))


@dataclass(frozen=True)
class Lognormal(ContinuousDistribution):
    """The distribution whose logarithm is normal.

    ``factor`` is exp(standard deviation of the natural logarithm), also called the geometric standard deviation: 68 %
    of the values lie between median / factor and median × factor, and 95 % between median / factor^1.96 and
    median × factor^1.96.

    Examples
    --------
    >>> Lognormal(1.0, 1.2).quantile(ndtr(np.array([-1, 0, 1]))).round(3)
    array([0.833, 1.   , 1.2  ])
    """

    median: float
    factor: float

    def __post_init__(self) -> None:
        check_positive("median", self.median)
        if not 1 < self.factor < inf:
            raise UserError("factor", self.factor, "a number above 1: exp(standard deviation of the logarithm)")

    def quantile(self, u: Array) -> Array:
        """Return the values at probabilities."""
        return np.asarray(self.median * np.exp(log(self.factor) * ndtri(u)))

    def cumulative(self, value: float) -> float:
        """Return the probability of at most this value."""
        return float(ndtr(log(value / self.median) / log(self.factor))) if value > 0 else 0.0


@dataclass(frozen=True)
class Uniform(ContinuousDistribution):
    """The distribution in which all values from ``low`` to ``high`` are equally likely."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_finite("low", self.low)
        _check_finite("high", self.high)
        if self.high <= self.low:
            raise UserError("high", self.high, f"a number above low, which is {self.low:g}")

    def quantile(self, u: Array) -> Array:
        """Return the values at probabilities."""
        return np.asarray(self.low + u * (self.high - self.low))

    def cumulative(self, value: float) -> float:
        """Return the probability of at most this value."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


@dataclass(frozen=True)
class Truncated(ContinuousDistribution):
    """The part of a distribution from ``low`` to ``high``, with the probability 1."""

    whole: ContinuousDistribution
    low: float
    high: float

    def __post_init__(self) -> None:
        if self._ends[0] >= self._ends[1]:
            raise _nothing_inside(self.whole, self.low, self.high)

    @property
    def _ends(self) -> tuple[float, float]:
        return self.whole.cumulative(self.low), self.whole.cumulative(self.high)

    def quantile(self, u: Array) -> Array:
        """Return the values at probabilities."""
        first, last = self._ends
        values = self.whole.quantile(first + u * (last - first))
        return np.clip(values, self.low, self.high)  # against rounding

    def cumulative(self, value: float) -> float:
        """Return the probability of at most this value."""
        first, last = self._ends
        return min(max((self.whole.cumulative(value) - first) / (last - first), 0.0), 1.0)


@dataclass(frozen=True, eq=False)
class Empirical(Distribution):
    """The distribution in which each sample, (m,), is equally likely. A single sample is a value that is known.

    Examples
    --------
    >>> Empirical(np.array([1.0, 2.0, 4.0])).quantile(np.array([0.2, 0.5, 0.9]))
    array([1., 2., 4.])
    """

    samples: Array

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or not len(self.samples):
            raise UserError("shape of samples", self.samples.shape, "a row of one or more numbers")
        for number, sample in enumerate(self.samples.tolist(), 1):
            _check_finite(f"sample {number}", sample)

    def quantile(self, u: Array) -> Array:
        """Return the smallest samples that at least a share ``u`` of the samples does not exceed."""
        return np.asarray(np.quantile(self.samples, u, method="inverted_cdf"))

    def share_outside(self, low: float, high: float) -> float:
        """Return the share of the samples below ``low`` or above ``high``."""
        return float(np.mean((self.samples < low) | (self.samples > high)))

    def inside(self, low: float, high: float) -> "Empirical":
        """Return the distribution of the samples from ``low`` to ``high``, as `Distribution.inside`."""
        kept = self.samples[(self.samples >= low) & (self.samples <= high)]
        if not len(kept):
            raise _nothing_inside(self, low, high)
        return Empirical(kept)

    def __str__(self) -> str:
        return f"{len(self.samples)} samples from {self.samples.min():g} to {self.samples.max():g}"


def check(distribution: Distribution, low: float, high: float, name: str) -> None:
    """Raise a UserError if more than 0.1 % of the distribution of a parameter is outside its explored range."""
    share = distribution.share_outside(low, high)
    if share > LARGEST_SHARE_OUTSIDE:
        most = f"at most {100 * LARGEST_SHARE_OUTSIDE:g} % of it outside the explored range from {low:g} to {high:g}"
        raise UserError(name, distribution, f"{most}, not {100 * share:.3g} %")


def points_at(distributions: Sequence[Distribution], unit: Array) -> Array:
    """Return the points (m, d) of d independent parameters at probabilities ``unit``, (m, d)."""
    # A Sobol point may be 0, where the quantile of a normal distribution is infinite
    probabilities = np.maximum(unit, SMALLEST_PROBABILITY)
    return np.column_stack([one.quantile(u) for one, u in zip(distributions, probabilities.T, strict=True)])


def _check_finite(name: str, value: float) -> None:
    if not isfinite(value):
        raise UserError(name, value, "a finite number")


def _nothing_inside(distribution: Distribution, low: float, high: float) -> UserError:
    return UserError("distribution", distribution, f"some of it between {low:g} and {high:g}")
