r"""A surrogate of `pointes.learning` as `propagate` and `quantity_indices` take one.

Functions are drawn jointly at many points by a pivoted Cholesky factorisation of their posterior covariance
(Harbrecht, Peters and Schneider, Applied Numerical Mathematics 62, 428 (2012), doi:10.1016/j.apnum.2011.10.001).
Its rows are added until next to nothing of the variance is left. Functions of few parameters take some dozens of rows
whatever the number of points m, and an example of seven parameters 170, so the cost is proportional to m and not to m³.
What is left is drawn independently at each point.
"""

import numpy as np

from pointes.learning.classifier.latent import LatentPosterior
from pointes.learning.regression.surrogate import AnySurrogate, Regressor
from pointes.learning.threads import one_thread
from pointes.learning.types import Array
from pointes.uncertainty.propagation import Predict, SampleSurrogate

LEFT = 1e-4
"""Share of the largest variance that may be left at every point: 1 % of the standard deviation."""
MOST_ROWS = 400
"""Largest number of rows of the factor."""


def predictor(surrogate: AnySurrogate) -> Predict:
    """Return the means and standard deviations of a surrogate; NaN where quantities are not expected to be regular."""

    def predict(points: Array) -> tuple[Array, Array]:
        mean, sd = surrogate.predict(points)
        irregular = surrogate.probability_regular(points) < 0.5
        mean[irregular] = np.nan
        return mean, sd

    return predict


def sampler(surrogate: AnySurrogate) -> SampleSurrogate:
    """Return a function that draws the quantities of a surrogate, independently of each other and without nuggets."""

    def sample(points: Array, k: int, seed: int) -> Array:
        rng = np.random.default_rng(seed)
        parts = zip(surrogate.regressors, surrogate.factors, strict=True)
        return np.stack([_draws(each, factor, points, k, rng) for each, factor in parts], axis=1)

    return sample


def _draws(regressor: Regressor, factor: float, points: Array, k: int, rng: np.random.Generator) -> Array:
    """Return k functions drawn from a regressor's posterior at points (m, d), (m, k), their spread times a factor."""
    with one_thread():
        posterior = regressor.posterior(points)
        rows, left = pivoted_cholesky(posterior)
    errors = rows.T @ rng.standard_normal((len(rows), k))
    errors += np.sqrt(left)[:, None] * rng.standard_normal((len(left), k))
    return np.asarray(posterior.mean[:, None] + factor * np.sqrt(regressor.inflation) * errors)


def pivoted_cholesky(posterior: LatentPosterior) -> tuple[Array, Array]:
    """Return a factor L, (r, m), and variances v, (m,), with L'L + diag(v) close to the posterior covariance."""
    factor = np.empty((0, len(posterior.variance)))
    left = posterior.variance.copy()
    while left.max() > LEFT * posterior.variance.max() and len(factor) < MOST_ROWS:
        pivot = int(np.argmax(left))
        row = (posterior.covariance(pivot) - factor[:, pivot] @ factor) / np.sqrt(left[pivot])
        factor = np.vstack([factor, row])
        left = np.maximum(left - row**2, 0.0)
    return factor, left
