"""A Gaussian prior, given values at some inputs.

Rasmussen and Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, chapter 2
(doi:10.7551/mitpress/3206.001.0001).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pointes.learning.classifier.latent import LatentPosterior, PriorCovariance
from pointes.learning.classifier.triangular import cholesky, solve_lower
from pointes.learning.threads import one_thread
from pointes.learning.types import Array

CHUNK = 1024  # inputs predicted at once: bounds the memory
ROUNDING = 1e-15  # smallest variance left at a known point, in units of that before


@dataclass(frozen=True, eq=False)
class Conditioned:
    """Gaussian process of mean 0 whose values at n inputs are known."""

    prior: PriorCovariance
    inputs: Array  # inputs, n rows
    values: Array  # values there, (n,)
    nuggets: Array  # variances of these values that the prior does not explain, (n,)

    def posterior(self, inputs: Array) -> LatentPosterior:
        """Return the posterior of the function without nuggets at inputs, m rows."""
        cross = self.prior(self.inputs, inputs)
        explained = solve_lower(self.factor, cross)
        before = self.prior.variance(inputs)
        variance = np.maximum(before - np.einsum("ij,ij->j", explained, explained), ROUNDING * before)
        return LatentPosterior(inputs, self.weights @ cross, variance, cross, explained, self.prior)

    def moments(self, inputs: Array) -> tuple[Array, Array]:
        """Return means and variances, (m,) each, of the function without nuggets at inputs, m rows."""
        chunks = [inputs[first : first + CHUNK] for first in range(0, max(len(inputs), 1), CHUNK)]
        with one_thread():
            posteriors = [self.posterior(chunk) for chunk in chunks]
        means, variances = ([getattr(each, name) for each in posteriors] for name in ("mean", "variance"))
        return np.concatenate(means), np.concatenate(variances)

    def left_out(self) -> tuple[Array, Array]:
        """Return what each value is off its prediction from all others, and the variance of that, (n,) each.

        Dubrule, Math. Geol. 15, 687 (1983), doi:10.1007/BF01033232.
        """
        inverse = solve_lower(self.factor, np.eye(len(self.values)))
        precision = np.einsum("ij,ij->j", inverse, inverse)
        return self.weights / precision, 1.0 / precision

    @property
    def log_density(self) -> float:
        """Logarithm of the density of the values."""
        white = self.whitened(self.values)
        logs = np.log(2.0 * np.pi) + 2.0 * np.log(np.diag(self.factor))
        return -0.5 * float(white @ white + logs.sum())

    def whitened(self, columns: Array) -> Array:
        """Return values at the inputs, (n,) or (n, k), in units in which their covariance is the identity."""
        return solve_lower(self.factor, columns)

    @cached_property
    def factor(self) -> Array:
        """Cholesky factor of the covariance of the values; the nuggets grow until there is one."""
        with one_thread():
            covariance, nuggets = self.prior(self.inputs, self.inputs), self.nuggets
            while True:
                try:
                    return cholesky(covariance + np.diag(nuggets))
                except np.linalg.LinAlgError:
                    nuggets = 10.0 * nuggets

    @cached_property
    def weights(self) -> Array:
        """Weights of the covariances with the n inputs in the mean, (n,)."""
        return solve_lower(self.factor, self.whitened(self.values), transposed=True)
