"""Draws from a learned surrogate beside its exact posterior, and the whole way from learning to the check."""

import numpy as np
import pytest

from pointes.learning import GaussianProcessRegressor, RegressionLearner, RegressionSurrogate
from pointes.uncertainty import (
    Normal,
    Uniform,
    compare_quantiles,
    drawn_points,
    predictor,
    propagate,
    quantity_indices,
    sampler,
)
from pointes.uncertainty.surrogate import LEFT, pivoted_cholesky

BOUNDS = np.array([[0.0, 1.0], [-1.0, 1.0]])
PARAMETERS = [Normal(0.5, 0.12).inside(0, 1), Uniform(-0.8, 0.6)]


def simulate(points):
    x, y = points.T
    return np.column_stack([np.sin(5 * x) + y**2, x * np.exp(y)])


@pytest.fixture(scope="module")
def surrogate():
    points = np.random.default_rng(2).uniform(*BOUNDS.T, (16, 2))
    regressors = tuple(GaussianProcessRegressor.fit(points, values, BOUNDS) for values in simulate(points).T)
    return RegressionSurrogate(BOUNDS, regressors, np.array([1.0, 1.3]))


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(3).uniform(*BOUNDS.T, (300, 2))


def test_factor_reproduces_the_posterior_covariance(surrogate, points):
    posterior = surrogate.regressors[0].posterior(points)
    exact = np.column_stack([posterior.covariance(k) for k in range(len(points))])
    factor, left = pivoted_cholesky(posterior)
    largest = posterior.variance.max()
    np.testing.assert_allclose(factor.T @ factor + np.diag(left), exact, atol=2 * LEFT * largest)
    assert left.max() <= LEFT * largest
    assert len(factor) < 60


def test_draws_have_the_moments_of_the_surrogate(surrogate, points):
    drawn = sampler(surrogate)(points, 4000, 1)
    assert drawn.shape == (300, 2, 4000)
    mean, sd = surrogate.predict(points)
    assert np.abs(drawn.mean(axis=-1) - mean).max() < 0.1 * sd.max()
    first, second = (drawn - mean[..., None])[0]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05
    pairs = zip(surrogate.factors, surrogate.regressors, strict=True)
    nugget = [factor * np.sqrt(each.inflation * each.nugget) for factor, each in pairs]
    function_sd = np.sqrt(np.maximum(sd**2 - np.square(nugget), 0))
    uncertain = function_sd > 0.2 * function_sd.max(axis=0)
    assert drawn.std(axis=-1)[uncertain] == pytest.approx(function_sd[uncertain], rel=0.1)


def test_draws_are_joint(surrogate):
    """At a point next to another one, the same function has nearly the same value."""
    pair = np.array([[0.05, -0.95], [0.0501, -0.95]])
    error = sampler(surrogate)(pair, 500, 1)[:, 0] - surrogate.predict(pair)[0][:, :1]
    assert np.corrcoef(error)[0, 1] > 0.99


def test_same_seed_same_draws(surrogate, points):
    first, again, other = (sampler(surrogate)(points, 3, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_intervals_hold_the_quantiles_and_indices_of_the_simulator(surrogate):
    predict, sample = predictor(surrogate), sampler(surrogate)

    def exact(points):
        return simulate(points), np.zeros((len(points), 2))

    found, true = propagate(predict, PARAMETERS, n=1024, sample_surrogate=sample), propagate(exact, PARAMETERS, n=1024)
    width = found.high - found.low
    slack = 0.1 * width.max(axis=1, keepdims=True)
    assert np.mean((found.low - slack < true.values) & (true.values < found.high + slack)) > 0.9
    assert (width > 0).all()
    assert (width < 0.2 * np.ptp(true.values, axis=1)[:, None]).all()
    assert compare_quantiles(found, simulate(drawn_points(PARAMETERS, 512, seed=5))).overlap.all()

    indices = quantity_indices(predict, PARAMETERS, samples=256, sample_surrogate=sample, draws=32)
    expected = quantity_indices(exact, PARAMETERS, samples=256)
    assert indices.first[..., 0] == pytest.approx(expected.first[..., 0], abs=0.05)
    assert (np.ptp(indices.surrogate_total, axis=-1) > 0).all()
    assert (indices.surrogate_total[..., 0] - 0.02 < expected.total[..., 0]).all()
    assert (expected.total[..., 0] < indices.surrogate_total[..., 1] + 0.02).all()


def test_quantity_has_no_value_where_it_is_irregular():
    """To the right of 0.6 nothing is regular."""
    learner = RegressionLearner(BOUNDS, start=32)
    points = learner.ask(32).points
    regular = points[:, 0] < 0.6
    learner.tell(points, np.where(regular[:, None], simulate(points)[:, :1], np.nan), regular=regular)
    mean, _ = predictor(learner.surrogate)(np.array([[0.2, 0.0], [0.9, 0.0]]))
    assert np.isfinite(mean[0])
    assert np.isnan(mean[1])
    found = propagate(predictor(learner.surrogate), [Uniform(0.0, 1.0), Uniform(-1.0, 1.0)], n=512)
    assert found.defined[0] == pytest.approx(0.6, abs=0.05)
