"""Posterior of a latent function at given inputs."""

from dataclasses import dataclass
from typing import Protocol

from pointes.learning.types import Array


class PriorCovariance(Protocol):
    """Prior covariance of a latent function at inputs, the rows of an array."""

    def __call__(self, a: Array, b: Array) -> Array:
        """Return the covariances of all pairs, (len(a), len(b))."""

    def variance(self, a: Array) -> Array:
        """Return the variances, (len(a),)."""


@dataclass(frozen=True, eq=False)
class LatentPosterior:
    """Posterior of the latent function at given inputs: moments, and covariances on demand."""

    inputs: Array  # inputs, m rows
    mean: Array  # posterior means, (m,)
    variance: Array  # posterior variances, (m,), positive
    cross: Array  # prior covariances with the n training points, (n, m)
    explained: Array  # whitened prior covariances, (n, m); products of columns are what the training points explain
    prior: PriorCovariance  # prior covariance

    def covariance(self, index: int) -> Array:
        """Return the (m,) posterior covariances of all values with the one at ``index``."""
        prior = self.prior(self.inputs, self.inputs[index : index + 1])[:, 0]
        return prior - self.explained[:, index] @ self.explained
