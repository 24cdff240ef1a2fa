"""Choice of the points of a batch: for the quantities, and for where they are regular."""

import numpy as np

from pointes.learning.acquisition.batch import BatchPosterior, choose_batch
from pointes.learning.acquisition.sur import StepwiseUncertaintyReduction
from pointes.learning.active import SHORTLIST
from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.outcomes import doubt
from pointes.learning.regression.acquisition import RegressionAcquisition
from pointes.learning.regression.batch import QuantityBatch, RegressionBatch
from pointes.learning.regression.gaussian_process import GaussianProcessRegressor
from pointes.learning.regression.surrogate import RegressionSurrogate
from pointes.learning.types import Array, Indices

INTEGRATION = 512  # points over which variances are integrated
UNSURE = 0.01  # share of the space expected to be wrong about regularity, above which some points are for the region
REGION_SHARE = 0.25  # share of a batch that is then for the region

Surrogate = RegressionSurrogate[GaussianProcessRegressor, GaussianProcessClassifier]
"""Surrogate of the quantities of one simulator."""


def choose(
    surrogate: Surrogate,
    acquisition: RegressionAcquisition,
    candidates: Array,
    reference: Array,
    n: int,
    apart_from: Array,
) -> Array:
    """Return ``n`` of the candidates, (m, d), to simulate next.

    Values will be known at ``apart_from`` anyway, (k, d). The ``reference`` points are spread over the space.
    """
    region, part = surrogate.region, for_the_region(surrogate.probability_regular(reference), n)
    if region is None or part == 0:
        return for_quantities(surrogate, acquisition, candidates, reference, n, apart_from)
    at_rim = for_region(region, candidates, part, apart_from)
    known, rest = np.concatenate([apart_from, candidates[at_rim]]), np.delete(candidates, at_rim, axis=0)
    chosen = for_quantities(surrogate, acquisition, rest, reference, n - part, known)
    return np.concatenate([candidates[at_rim], chosen])


def for_the_region(probability_regular: Array, n: int) -> int:
    """Return how many of ``n`` points are for the region, given the probability of points all over to be regular, (k,).

    Examples
    --------
    >>> for_the_region(np.array([0.99, 0.6]), 8), for_the_region(np.array([0.999, 1.0]), 8)
    (2, 0)
    """
    return 0 if np.mean(doubt(probability_regular)) < UNSURE else int(np.ceil(REGION_SHARE * n))


def for_region(region: GaussianProcessClassifier, candidates: Array, n: int, apart_from: Array) -> Indices:
    """Return the ``n`` candidates, by index, that tell most of where quantities are regular."""
    m, rule = len(candidates), StepwiseUncertaintyReduction()
    posterior = region.posterior(np.concatenate([candidates, apart_from]))
    batch = BatchPosterior(posterior, range(m, m + len(apart_from)), rule.explained, slice(m))
    return choose_batch(batch, np.arange(m), n, lambda free: rule.best(batch, free, SHORTLIST)[1])


def for_quantities(
    surrogate: Surrogate,
    acquisition: RegressionAcquisition,
    candidates: Array,
    reference: Array,
    n: int,
    apart_from: Array,
) -> Array:
    """Return the ``n`` candidates that are best by the acquisition."""
    m, integration = len(candidates), reference[:INTEGRATION]
    inputs = np.concatenate([candidates, integration, apart_from])
    p = m + len(integration)
    quantities = [
        QuantityBatch(each.posterior(inputs), slice(m), slice(m, p), np.full(len(inputs), each.nugget))
        for each in surrogate.regressors
    ]
    scales = [each.kernel.amplitude for each in surrogate.regressors]
    batch = RegressionBatch(quantities, scales, surrogate.weight(integration), surrogate.weight(candidates))
    for index in range(p, len(inputs)):
        batch.condition(index)
    return np.asarray(candidates[acquisition.choose(batch, m, n)])
