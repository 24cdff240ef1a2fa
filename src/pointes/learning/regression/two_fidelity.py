r"""Two-fidelity regressor: values of a cheap simulator inform the quantity of an expensive one.

Both are tied by the autoregression of Kennedy and O'Hagan, Biometrika 87, 1 (2000), doi:10.1093/biomet/87.1.1:

.. math:: f_H(x) = \rho f_L(x) + \delta(x)

with independent Gaussian processes :math:`f_L` and δ. Hyperparameters are found in turn, as in the recursive form of Le
Gratiet and Garnier, Int. J. Uncertain. Quantif. 4, 365 (2014), doi:10.1615/Int.J.UncertaintyQuantification.2014006914:
those of :math:`f_L` from the low-fidelity values, those of δ from the high-fidelity values beside an unknown multiple
of the low fidelity's predictions, and ρ, this multiple, by generalised least squares. Given these, all values are
conditioned on together, so that high-fidelity points need not be among the low-fidelity ones. A low fidelity that tells
nothing gets ρ = 0, as the density of the high-fidelity values decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.regression.conditioning import Conditioned
from pointes.learning.regression.gaussian_process import GaussianProcessRegressor
from pointes.learning.regression.kernel import AnovaKernel
from pointes.learning.types import Array, Flags, Mask
from pointes.learning.unit_cube import to_unit
from pointes.vocabulary import Fidelity

LEAST = 3  # high-fidelity values from which ρ is estimated
FOR_RHO = 1.0  # log density by which the high-fidelity values must be more probable for a number that is fitted


@dataclass(frozen=True, eq=False)
class AutoregressiveKernel:
    """Covariance of the values of both fidelities, at points in the unit cube with the fidelity as last column."""

    low: AnovaKernel  # covariance of the low fidelity's values
    gap: AnovaKernel  # covariance of δ
    rho: float  # factor of the low fidelity's value in that of the high one

    def __call__(self, a: Array, b: Array) -> Array:
        """Return the covariances of all pairs, (len(a), len(b))."""
        covariance = np.outer(self.share(a), self.share(b)) * self.low(a[:, :-1], b[:, :-1])
        rows, columns = np.flatnonzero(is_high(a)), np.flatnonzero(is_high(b))
        covariance[np.ix_(rows, columns)] += self.gap(a[rows, :-1], b[columns, :-1])
        return covariance

    def variance(self, a: Array) -> Array:
        """Return the variances, (len(a),)."""
        variance: Array = self.share(a) ** 2 * self.low.variance(a[:, :-1])
        return variance + is_high(a) * self.gap.variance(a[:, :-1])

    def share(self, a: Array) -> Array:
        """Return the factor of the low fidelity's value in that of each input's fidelity, (len(a),)."""
        return np.where(is_high(a), self.rho, 1.0)


def is_high(inputs: Array) -> Mask:
    """Return which inputs of the kernel are of the high fidelity."""
    return np.equal(inputs[:, -1], Fidelity.HIGH)


@dataclass(frozen=True, eq=False)
class TwoFidelityRegressor:
    """Two-fidelity regressor with given hyperparameters; use :meth:`fit` to find them.

    Parameters
    ----------
    low : GaussianProcessRegressor
        Regressor of the low-fidelity values alone.
    gap : GaussianProcessRegressor
        Regressor of δ, from high-fidelity values minus ρ times the low fidelity's predictions.
    rho : float
        Factor of the low fidelity's value in that of the high one.
    values : (n,) array
        Values of the high fidelity at the points of ``gap``.
    """

    low: GaussianProcessRegressor
    gap: GaussianProcessRegressor
    rho: float
    values: Array

    @classmethod
    def fit(cls, low: GaussianProcessRegressor, points: ArrayLike, values: ArrayLike) -> Self:
        """Find ρ and the hyperparameters of δ from high-fidelity values (n,) at points (n, d)."""
        points, values = np.ascontiguousarray(points, dtype=float), np.ascontiguousarray(values, dtype=float)
        alone = GaussianProcessRegressor.fit(points, values, low.bounds)
        if len(low.values) == 0:  # any prior will do for a low fidelity of which nothing is known
            low = replace(low, kernel=replace(low.kernel, amplitude=1.0), mean=0.0)
        if len(low.values) == 0 or len(values) < LEAST:
            return cls(low, alone, 0.0, values)
        predicted = low.predict(points)[0]
        beside = GaussianProcessRegressor.fit_beside(predicted, points, values, low.bounds)
        rho = _least_squares(beside, predicted, values)
        left = values - rho * predicted
        gap = replace(beside, values=left, mean=float(left.mean()))
        if gap.log_density < alone.log_density + FOR_RHO:
            return cls(low, alone, 0.0, values)
        return cls(low, gap, rho, values)

    @property
    def bounds(self) -> Array:
        """Range of each parameter, (d, 2)."""
        return self.low.bounds

    @cached_property
    def kernel(self) -> AutoregressiveKernel:
        """Prior covariance of the values of both fidelities."""
        return AutoregressiveKernel(self.low.kernel, self.gap.kernel, self.rho)

    @property
    def scale(self) -> float:
        """Standard deviation of the high-fidelity values, or 1."""
        return float(self.values.std()) or 1.0

    @property
    def inflation(self) -> float:
        """Factor of the predicted variances of the high fidelity."""
        return self.gap.inflation

    def predict(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> tuple[Array, Array]:
        """Return mean and standard deviation, (m,) each, of new values of a fidelity at ``points`` (m, d)."""
        inputs = self._at(points, fidelity)
        mean, variance = self.conditioned.moments(inputs)
        inflation = self.inflation if fidelity == Fidelity.HIGH else self.low.inflation
        return self._mean(inputs) + mean, np.sqrt(inflation * (variance + self.nuggets(inputs[:, -1])))

    def posterior(self, points: ArrayLike, fidelity: ArrayLike = Fidelity.HIGH) -> LatentPosterior:
        """Return the joint posterior without nuggets at ``points`` (m, d), each of a fidelity, (m,), or all of one."""
        inputs = self._at(points, fidelity)
        posterior = self.conditioned.posterior(inputs)
        return replace(posterior, mean=self._mean(inputs) + posterior.mean)

    def nuggets(self, fidelity: Array | Flags) -> Array:
        """Return the nuggets of values of some fidelities, (m,)."""
        return np.where(np.equal(fidelity, Fidelity.HIGH), self.gap.nugget, self.low.nugget)

    def left_out(self) -> tuple[Array, Array]:
        """Return what each high-fidelity value is off its prediction from all others, and the sd of that, (n,) each."""
        error, variance = (each[len(self.low.values) :] for each in self.conditioned.left_out())
        return error, np.sqrt(self.inflation * variance)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything needed to rebuild the regressor, as plain arrays."""
        parts = {"low": self.low, "gap": self.gap}
        arrays = {f"{part}_{name}": array for part, one in parts.items() for name, array in one.to_arrays().items()}
        return arrays | {"rho": np.asarray(self.rho), "values": self.values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """Rebuild a regressor from :meth:`to_arrays`; it predicts the same to the last bit."""
        low, gap = (
            GaussianProcessRegressor.from_arrays(
                {name.removeprefix(part): array for name, array in arrays.items() if name.startswith(part)}
            )
            for part in ("low_", "gap_")
        )
        return cls(low, gap, float(np.asarray(arrays["rho"])), np.array(arrays["values"], dtype=float))

    @cached_property
    def conditioned(self) -> Conditioned:
        """The process of mean 0 of both fidelities, given their values without means."""
        low, high = self._at(self.low.points, Fidelity.LOW), self._at(self.gap.points, Fidelity.HIGH)
        inputs = np.concatenate([low, high])
        values = np.concatenate([self.low.values, self.values]) - self._mean(inputs)
        return Conditioned(self.kernel, inputs, values, self.nuggets(inputs[:, -1]))

    def _mean(self, inputs: Array) -> Array:
        """Return the prior means at inputs of the kernel."""
        return self.kernel.share(inputs) * self.low.mean + is_high(inputs) * self.gap.mean

    def _at(self, points: ArrayLike, fidelity: ArrayLike) -> Array:
        points = np.asarray(points, dtype=float)
        return np.column_stack([to_unit(points, self.bounds), np.broadcast_to(fidelity, len(points))])


def _least_squares(beside: GaussianProcessRegressor, predicted: Array, values: Array) -> float:
    """Return ρ by generalised least squares of the values on the low fidelity's predictions and a constant."""
    white = beside.whitened(np.column_stack([predicted, np.ones(len(values)), values]))
    return float(np.linalg.lstsq(white[:, :2], white[:, 2])[0][0])
