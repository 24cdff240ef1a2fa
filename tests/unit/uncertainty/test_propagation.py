"""Propagated quantiles and shares beside those known in closed form, and those of a real surrogate."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from pointes.learning import GaussianProcessClassifier
from pointes.learning.explanation.draws import label_draws
from pointes.uncertainty import (
    LEVELS,
    Empirical,
    Lognormal,
    Normal,
    Uniform,
    drawn_points,
    propagate,
    propagate_risk,
)

Z = norm.ppf(LEVELS)


def exact(function):
    """Return a surrogate that knows functions of points, each (m,), without any uncertainty."""

    def predict(points):
        mean = np.atleast_2d(function(points)).T
        return mean, np.zeros_like(mean)

    return predict


def test_linear_function_of_normal_parameters():
    """The sum of a_j x_j is normal, with the variance of all a_j² sd_j²."""
    slopes, means, sds = np.array([1.0, -2.0, 0.5]), np.array([3.0, 1.0, 0.0]), np.array([1.0, 0.5, 2.0])
    parameters = [Normal(*one) for one in zip(means, sds, strict=True)]
    found = propagate(exact(lambda x: x @ slopes), parameters, n=2**14)
    sd = np.sqrt(np.sum(slopes**2 * sds**2))
    assert found.values[0] == pytest.approx(slopes @ means + sd * Z, abs=0.02 * sd)
    np.testing.assert_array_equal(found.low, found.values)
    np.testing.assert_array_equal(found.high, found.values)


def test_product_of_lognormal_parameters():
    """The logarithm of the product is normal."""
    found = propagate(exact(lambda x: x.prod(axis=1)), [Lognormal(2.0, 1.2), Lognormal(0.5, 1.5)])
    sd = np.hypot(np.log(1.2), np.log(1.5))
    assert found.values[0] == pytest.approx(np.exp(sd * Z), rel=0.01)


def test_empirical_parameter():
    samples = np.random.default_rng(1).gamma(2.0, size=500)
    found = propagate(exact(lambda x: 3 * x[:, 0]), [Empirical(samples)], n=2**14)
    assert found.values[0] == pytest.approx(3 * np.quantile(samples, LEVELS), rel=0.03)


def test_single_sample_is_a_known_value():
    found = propagate(exact(lambda x: x.sum(axis=1)), [Empirical(np.array([5.0])), Normal(0.0, 1.0)])
    assert found.values[0] == pytest.approx(5 + Z, abs=0.01)


def test_sobol_points_are_better_than_random_ones():
    """The root mean squared error of a normal quantity's quantiles over 20 seeds is below two thirds of it."""

    def error(points):
        return np.mean((np.quantile(points.sum(axis=1), LEVELS) / np.sqrt(3) - Z) ** 2)

    even = np.mean([error(drawn_points([Normal(0.0, 1.0)] * 3, 1024, seed)) for seed in range(20)])
    random = np.mean([error(np.random.default_rng(seed).normal(size=(1024, 3))) for seed in range(20)])
    assert np.sqrt(even) < np.sqrt(random) * 2 / 3


def test_several_quantities_at_once():
    parameters = [Uniform(0.0, 1.0), Uniform(0.0, 10.0)]
    found = propagate(exact(lambda x: x.T), parameters)
    assert found.values == pytest.approx(np.outer([1, 10], LEVELS), rel=0.01)


def with_error(points):
    return points[:, :1], np.full((len(points), 1), 0.3)


def test_bounds_of_a_surrogate_of_constant_error():
    """An error that is the same everywhere shifts all quantiles."""
    found = propagate(with_error, [Normal(0.0, 1.0)])
    assert found.source == "bounds"
    assert found.low == pytest.approx(found.values - 1.96 * 0.3, abs=1e-4)
    assert found.high == pytest.approx(found.values + 1.96 * 0.3, abs=1e-4)


def test_draws_that_are_shifted_give_the_same_interval():
    def shifted(points, k, seed):
        shifts = norm(0.0, 0.3).ppf((np.arange(k) + 0.5) / k)
        return points[:, :1, None] + shifts

    found = propagate(with_error, [Normal(0.0, 1.0)], sample_surrogate=shifted, draws=1000)
    assert found.source == "draws"
    assert found.low == pytest.approx(found.values - 1.96 * 0.3, abs=0.005)
    assert found.high == pytest.approx(found.values + 1.96 * 0.3, abs=0.005)


def test_independent_errors_are_narrower_than_the_bounds():
    """Errors that are independent from point to point widen the distribution, whose quantiles are then well known."""

    def independent(points, k, seed):
        return points[:, :1, None] + np.random.default_rng(seed).normal(0.0, 0.3, (len(points), 1, k))

    parameters = [Normal(0.0, 1.0)]
    bounds, draws = propagate(with_error, parameters), propagate(with_error, parameters, sample_surrogate=independent)
    truth = np.hypot(1.0, 0.3) * Z
    assert (draws.low - 0.01 < truth).all()
    assert (truth < draws.high + 0.01).all()
    assert (bounds.low < draws.low).all()
    assert (draws.high < bounds.high).all()


def test_where_a_quantity_has_no_value():
    """Below the median there is no value: quantiles are those of the upper half."""

    def predict(points):
        mean = np.column_stack([np.where(points[:, 0] < 0.5, np.nan, points[:, 0]), np.full(len(points), np.nan)])
        return mean, np.full_like(mean, 0.1)

    def sample(points, k, seed):
        return np.zeros((len(points), 2, k)) + points[:, :1, None]

    bounds, draws = (propagate(predict, [Uniform(0.0, 1.0)], sample_surrogate=one) for one in (None, sample))
    assert bounds.defined == pytest.approx([0.5, 0.0], abs=0.001)
    assert bounds.values[0] == pytest.approx(0.5 + 0.5 * np.array(LEVELS), abs=0.001)
    np.testing.assert_allclose(draws.low[0], draws.values[0])
    for found in (bounds, draws):
        assert np.isnan([found.values[1], found.low[1], found.high[1]]).all()


def test_same_seed_same_points():
    parameters = [Normal(0.0, 1.0), Uniform(0.0, 1.0)]
    first, again, other = (drawn_points(parameters, 256, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def truth(points):
    return np.sin(3 * points[:, 0]) + points[:, 1] ** 2


@pytest.fixture(scope="module")
def surrogate():
    points = np.random.default_rng(3).uniform(-1, 1, (14, 2))
    return GaussianProcessRegressor(RBF(0.7, "fixed"), alpha=1e-8).fit(points, truth(points))


def test_interval_of_a_gaussian_process_holds_the_true_quantiles(surrogate):
    def predict(points):
        mean, sd = surrogate.predict(points, return_std=True)
        return mean[:, None], sd[:, None]

    def sample(points, k, seed):
        return surrogate.sample_y(points, k, random_state=seed)[:, None]

    parameters = [Normal(0.0, 0.3).inside(-1, 1), Uniform(-0.8, 0.8)]
    draws = propagate(predict, parameters, n=512, sample_surrogate=sample)
    bounds = propagate(predict, parameters, n=512)
    true = propagate(exact(truth), parameters, n=2**14).values
    for found in (draws, bounds):
        assert (found.low - 0.01 < true).all()
        assert (true < found.high + 0.01).all()
    width = draws.high - draws.low
    assert (width > 0.005).all()
    assert width.max() < 0.3
    assert (width < bounds.high - bounds.low).all()


def test_share_of_a_half_space():
    """The label is known: x is above its 90 % quantile."""
    found = propagate_risk(lambda x: 1.0 * (x[:, 0] > norm.ppf(0.9)), [Normal(0.0, 1.0), Normal(0.0, 1.0)])
    assert (found.low, found.high) == (found.value, found.value)
    assert found.value == pytest.approx(0.1, abs=0.001)


def test_share_beyond_a_boundary_of_uncertain_place():
    """The boundary is normal, around 0.6 with sd 0.1, and the parameter is uniform: the share is 1 − boundary."""

    def risk(points):
        return norm.cdf((points[:, 0] - 0.6) / 0.1)

    def labels(points):
        return points[:, 0] > norm(0.6, 0.1).ppf((np.arange(1000) + 0.5) / 1000)[:, None]

    bounds = propagate_risk(risk, [Uniform(0.0, 1.0)])
    draws = propagate_risk(risk, [Uniform(0.0, 1.0)], labels=labels)
    for found in (bounds, draws):
        assert (found.value, found.low, found.high) == pytest.approx((0.4, 0.4 - 0.196, 0.4 + 0.196), abs=0.003)
    assert (bounds.source, draws.source) == ("bounds", "draws")


def test_share_that_a_classifier_learned():
    """The label is 1 where x is above y, and x − y is normal."""
    points = np.random.default_rng(0).random((128, 2))
    labels = (points[:, 0] > points[:, 1]).astype(np.int8)
    classifier = GaussianProcessClassifier.fit(points, labels, [[0.0, 1.0], [0.0, 1.0]])
    parameters = [Normal(0.4, 0.1), Normal(0.5, 0.1)]
    true = norm.sf(0.1 / np.hypot(0.1, 0.1))
    draws = propagate_risk(classifier.predict_proba, parameters, n=1024, labels=label_draws(classifier, 64))
    bounds = propagate_risk(classifier.predict_proba, parameters, n=1024)
    for found in (draws, bounds):
        assert found.low < true < found.high
        assert found.value == pytest.approx(true, abs=0.03)
        assert found.high - found.low < 0.25
