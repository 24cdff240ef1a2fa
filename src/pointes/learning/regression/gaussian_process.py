"""Gaussian-process regressor of one quantity of a simulator.

Rasmussen and Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, chapter 2
(doi:10.7551/mitpress/3206.001.0001), with the prior covariance of `pointes.learning.regression.kernel` for inputs
scaled to the unit cube, a constant mean, and a nugget: variance that no such function explains, as of kinks and noise.
Hyperparameters maximise the evidence (`pointes.learning.regression.evidence`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.classifier.triangular import cholesky, solve_lower
from pointes.learning.regression.evidence import Evidence, Hyperparameters, prior_medians
from pointes.learning.regression.kernel import AnovaKernel
from pointes.learning.threads import one_thread
from pointes.learning.types import Array
from pointes.learning.unit_cube import to_unit

CHUNK = 1024  # points predicted at once: bounds the memory
ROUNDING = 1e-15  # smallest variance left at a known point, in units of the amplitude squared


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
        near: "GaussianProcessRegressor | None" = None,
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
        points = np.ascontiguousarray(points, dtype=float)
        values = np.ascontiguousarray(values, dtype=float)
        bounds = np.ascontiguousarray(bounds, dtype=float)
        if len(values) == 0:
            kernel, nugget = prior_medians(len(bounds))
            return cls(points, values, bounds, replace(kernel, amplitude=np.nan), np.nan, nugget)
        mean, amplitude = float(values.mean()), float(values.std()) or 1.0
        evidence = Evidence(to_unit(points, bounds), (values - mean) / amplitude, noisy)
        with one_thread():
            found = evidence.maximise(None if near is None else near._standardised)
            inflation = evidence.inflation(found)
        kernel = replace(found.kernel, amplitude=amplitude)
        return cls(points, values, bounds, kernel, mean, found.nugget * amplitude**2, inflation)

    def predict(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation, (m,) each, of new values at ``points`` (m, d), nugget included."""
        inputs = self._at(points)
        chunks = [inputs[first : first + CHUNK] for first in range(0, max(len(inputs), 1), CHUNK)]
        with one_thread():
            posteriors = [self._posterior(chunk) for chunk in chunks]
        mean = np.concatenate([each.mean for each in posteriors])
        variance = np.concatenate([each.variance for each in posteriors])
        return mean, np.sqrt(self.inflation * (variance + self.nugget))

    def posterior(self, points: ArrayLike) -> LatentPosterior:
        """Return the posterior of the function without nugget at ``points``, (m, d) in the user's units."""
        return self._posterior(self._at(points))

    def left_out(self) -> tuple[Array, Array]:
        """Return what each training value is off its prediction from all others, and the standard deviations, (n,).

        Dubrule, Math. Geol. 15, 687 (1983), doi:10.1007/BF01033232.
        """
        inverse = solve_lower(self.factor, np.eye(len(self.values)))
        precision = np.einsum("ij,ij->j", inverse, inverse)
        return self.weights / precision, np.sqrt(self.inflation / precision)

    @property
    def inputs(self) -> Array:
        """Training points in the unit cube, (n, d)."""
        return self._inputs

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
    def _inputs(self) -> Array:
        return to_unit(self.points, self.bounds)

    @cached_property
    def factor(self) -> Array:
        """Cholesky factor of the covariance of the training values; the nugget grows until there is one."""
        covariance = self.kernel(self._inputs, self._inputs)
        nugget = self.nugget
        while True:
            try:
                return cholesky(covariance + nugget * np.eye(len(covariance)))
            except np.linalg.LinAlgError:
                nugget *= 10.0

    @cached_property
    def weights(self) -> Array:
        """Weights of the covariances with the training points in the mean, (n,)."""
        white = solve_lower(self.factor, self.values - self.mean)
        return solve_lower(self.factor, white, transposed=True)

    def _posterior(self, inputs: Array) -> LatentPosterior:
        cross = self.kernel(self._inputs, inputs)
        explained = solve_lower(self.factor, cross)
        variance = self.kernel.variance(inputs) - np.einsum("ij,ij->j", explained, explained)
        variance = np.maximum(variance, ROUNDING * self.kernel.amplitude**2)
        return LatentPosterior(inputs, self.mean + self.weights @ cross, variance, cross, explained, self.kernel)

    def _at(self, points: ArrayLike) -> Array:
        return to_unit(np.asarray(points, dtype=float), self.bounds)
