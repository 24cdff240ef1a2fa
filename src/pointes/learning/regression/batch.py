r"""Variances of quantities while a batch of points is chosen.

A value that will be known lowers the posterior variances of all others, by an amount that does not depend on what it
turns out to be: with the covariance c of two values, the variance v of the simulated one, and the nugget σ², by

.. math:: c^2 / (v + \sigma^2).

So the integrated variance that is left after a batch is known exactly before the batch is simulated.
"""

from collections.abc import Sequence

import numpy as np

from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.types import Array


class QuantityBatch:
    """Posterior of one quantity at m candidates, integration points and any other values."""

    def __init__(self, posterior: LatentPosterior, candidates: slice, integration: slice, nuggets: Array) -> None:
        self._posterior, self._nuggets = posterior, nuggets
        self._candidates, self._integration = candidates, integration
        prior = posterior.prior(posterior.inputs[candidates], posterior.inputs[integration])
        self._cross = prior - posterior.explained[:, candidates].T @ posterior.explained[:, integration]
        self._variance = posterior.variance.copy()
        self._known = np.empty((0, len(posterior.variance)))  # a row of each pick; the sum of squares is explained

    @property
    def variance(self) -> Array:
        """Variances at the candidates given the picks so far, (m,)."""
        return self._variance[self._candidates]

    def gain(self, weights: Array) -> Array:
        """Return by how much each candidate lowers the mean variance, (m,), under the integration points' weights."""
        lowered: Array = (self._cross**2 @ weights) / (self.variance + self._nuggets[self._candidates])
        return lowered

    def condition(self, index: int) -> None:
        """Lower all variances as if the value at ``index`` were known."""
        covariance = self._posterior.covariance(index) - self._known[:, index] @ self._known
        e = covariance / np.sqrt(self._variance[index] + self._nuggets[index])
        self._known = np.vstack([self._known, e])
        self._variance = np.maximum(self._variance - e * e, np.finfo(float).tiny)
        self._cross -= np.outer(e[self._candidates], e[self._integration])


class RegressionBatch:
    """Posteriors of all quantities, each in units of the standard deviation of its known values.

    ``weights`` (p,) are those of the integration points, ``worth`` (m,) factors of the candidates' scores, such as the
    probability that the quantities are regular there: an irregular point tells nothing of them.
    """

    def __init__(
        self, quantities: Sequence[QuantityBatch], scales: Sequence[float], weights: Array, worth: Array
    ) -> None:
        self._quantities, self._scales = quantities, scales
        self._weights, self._worth = weights / weights.sum(), worth

    def variances(self) -> Array:
        """Return the sums over quantities of the variances at the candidates, (m,)."""
        return self._sum([each.variance for each in self._quantities])

    def gains(self) -> Array:
        """Return the sums over quantities of the decreases of the mean variance, (m,)."""
        return self._sum([each.gain(self._weights) for each in self._quantities])

    def condition(self, index: int) -> None:
        """Lower the variances of all quantities as if the values at ``index`` were known."""
        for each in self._quantities:
            each.condition(index)

    def _sum(self, parts: Sequence[Array]) -> Array:
        scaled = [part / scale**2 for part, scale in zip(parts, self._scales, strict=True)]
        total: Array = self._worth * np.sum(scaled, axis=0)
        return total
