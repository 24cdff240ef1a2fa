"""Gaussian-process regressor of one quantity of a simulator.

The prior covariance is that of `pointes.learning.regression.kernel` for inputs scaled to the unit cube, the mean is
constant, and a nugget is variance that no such function explains, as of kinks and noise. Hyperparameters maximise the
evidence (`pointes.learning.regression.evidence`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.regression.conditioning import Conditioned
from pointes.learning.regression.evidence import Evidence, Hyperparameters, prior_medians
from pointes.learning.regression.kernel import AnovaKernel
from pointes.learning.threads import one_thread
from pointes.learning.types import Array
from pointes.learning.unit_cube import to_unit


@dataclass(frozen=True, eq=False)
class GaussianProcessRegressor:
    """Gaussian-process regressor with given hyperparameters; use :meth:`fit` to find them.

    Parameters
    ----------
    points : (n, d) array
        Training points in the user's units.
    values : (n,) array
        Values of the quantity there.
    bounds : (d, 2) array
        Range of each parameter; points are scaled by it to the unit cube.
    kernel : AnovaKernel
        Prior covariance of the values in the unit cube, in the unit of the values squared.
    mean : float
        Constant mean of the values.
    nugget : float
        Variance of values that no function of the prior explains.
    inflation : float
        Factor of all predicted variances, which allows for hyperparameters being fitted.
    """

    points: Array
    values: Array
    bounds: Array
    kernel: AnovaKernel
    mean: float
    nugget: float
    inflation: float = 1.0

    @classmethod
    def fit(
        cls,
        points: ArrayLike,
        values: ArrayLike,
        bounds: ArrayLike,
        noisy: bool = False,
        near: Self | None = None,
    ) -> Self:
        """Find the hyperparameters and return the regressor.

        The result depends on the data alone (fixed starts, no random numbers). Without values all predictions are NaN.

        Parameters
        ----------
        points, values, bounds
            Arguments of the class.
        noisy
            Whether values have noise. Without noise the nugget is expected to be as small as rounding errors, but a
            larger one is found where no smooth function goes through the values.
        near
            Fit to similar data, whose hyperparameters are tried as well.
        """
        return cls._fit(points, values, bounds, noisy, near)

    @classmethod
    def fit_beside(cls, linear: Array, points: ArrayLike, values: ArrayLike, bounds: ArrayLike) -> Self:
        """Return a regressor of what is left of values beside an unknown multiple of a function, (n,) at the points.

        Its hyperparameters allow for any multiple. Its values are still those given.
        """
        return cls._fit(points, values, bounds, False, None, (linear - linear.mean()) / (linear.std() or 1.0))

    @classmethod
    def _fit(
        cls,
        points: ArrayLike,
        values: ArrayLike,
        bounds: ArrayLike,
        noisy: bool,
        near: Self | None,
        linear: Array | None = None,
    ) -> Self:
        points = np.ascontiguousarray(points, dtype=float)
        values = np.ascontiguousarray(values, dtype=float)
        bounds = np.ascontiguousarray(bounds, dtype=float)
        if len(values) == 0:
            kernel, nugget = prior_medians(len(bounds))
            return cls(points, values, bounds, replace(kernel, amplitude=np.nan), np.nan, nugget)
        mean, amplitude = float(values.mean()), float(values.std()) or 1.0
        evidence = Evidence(to_unit(points, bounds), (values - mean) / amplitude, noisy, linear)
        with one_thread():
            found = evidence.maximise(None if near is None else near._standardised)
            inflation = evidence.inflation(found)
        kernel = replace(found.kernel, amplitude=amplitude)
        return cls(points, values, bounds, kernel, mean, found.nugget * amplitude**2, inflation)

    def predict(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation, (m,) each, of new values at ``points`` (m, d), nugget included."""
        mean, variance = self.conditioned.moments(self._at(points))
        return self.mean + mean, np.sqrt(self.inflation * (variance + self.nugget))

    def posterior(self, points: ArrayLike) -> LatentPosterior:
        """Return the posterior of the function without nugget at ``points``, (m, d) in the user's units."""
        posterior = self.conditioned.posterior(self._at(points))
        return replace(posterior, mean=self.mean + posterior.mean)

    def left_out(self) -> tuple[Array, Array]:
        """Return what each training value is off its prediction from all others, and the standard deviations, (n,)."""
        error, variance = self.conditioned.left_out()
        return error, np.sqrt(self.inflation * variance)

    @property
    def log_density(self) -> float:
        """Logarithm of the density of the training values."""
        return self.conditioned.log_density

    def whitened(self, columns: Array) -> Array:
        """Return values at the training points, (n, k), in units in which their covariance is the identity."""
        return self.conditioned.whitened(columns)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything needed to rebuild the regressor, as plain arrays."""
        own = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self) if field.name != "kernel"}
        return own | self.kernel.to_arrays()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike]) -> Self:
        """Rebuild a regressor from :meth:`to_arrays`; it predicts the same to the last bit."""
        points, values, bounds = (np.array(arrays[name], dtype=float) for name in ("points", "values", "bounds"))
        mean, nugget, inflation = (float(np.asarray(arrays[name])) for name in ("mean", "nugget", "inflation"))
        return cls(points, values, bounds, AnovaKernel.from_arrays(arrays), mean, nugget, inflation)

    @property
    def _standardised(self) -> Hyperparameters:
        """Hyperparameters for values of mean 0 and variance 1."""
        return Hyperparameters(replace(self.kernel, amplitude=1.0), self.nugget / self.kernel.amplitude**2)

    @cached_property
    def conditioned(self) -> Conditioned:
        """The process of mean 0, given the training values without their mean, over the unit cube."""
        inputs, nuggets = self._at(self.points), np.full(len(self.values), self.nugget)
        return Conditioned(self.kernel, inputs, self.values - self.mean, nuggets)

    def _at(self, points: ArrayLike) -> Array:
        return to_unit(np.asarray(points, dtype=float), self.bounds)
