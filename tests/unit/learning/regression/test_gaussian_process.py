"""The regressor: exact posterior, few points, honest intervals, bit-exact storage."""

from dataclasses import replace

import numpy as np
import pytest

from pointes.learning import GaussianProcessRegressor
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.regression.kernel import AnovaKernel

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
POINTS, NEW = np.random.default_rng(3).random((20, 2)), np.random.default_rng(4).random((40, 2))
KERNEL = AnovaKernel(*np.array([[0.5, 0.9], [1.0, 0.0], [1.0, 0.3], [0.5, 0.5]]), np.ones(1), np.empty(0), True, 2.0)


def hill(points):
    return np.sin(3 * points[:, 0]) + points[:, 0] * points[:, 1] ** 2


def friedman(points):
    """Friedman, Ann. Stat. 19, 1 (1991), doi:10.1214/aos/1176347963."""
    x = points.T
    return 10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]


def given(nugget=1e-3, inflation=1.0):
    return GaussianProcessRegressor(POINTS, hill(POINTS), UNIT, KERNEL, 0.7, nugget, inflation)


def test_posterior_is_that_of_the_normal_distribution():
    mean, sd = given().predict(NEW)
    K = KERNEL(POINTS, POINTS) + 1e-3 * np.eye(20)
    cross = KERNEL(POINTS, NEW)
    assert mean == pytest.approx(0.7 + cross.T @ np.linalg.solve(K, hill(POINTS) - 0.7), rel=1e-6)
    variance = KERNEL.variance(NEW) - np.einsum("ij,ij->j", cross, np.linalg.solve(K, cross)) + 1e-3
    assert sd == pytest.approx(np.sqrt(variance), rel=1e-6)
    assert given(inflation=4.0).predict(NEW)[1] == pytest.approx(2 * sd)


def test_covariance_of_the_posterior():
    posterior = given().posterior(NEW)
    whole = np.array([posterior.covariance(k) for k in range(len(NEW))])
    assert whole == pytest.approx(whole.T, abs=1e-10)
    assert np.diag(whole) == pytest.approx(posterior.variance, abs=1e-10)


def test_each_value_is_predicted_from_all_others():
    error, sd = given().left_out()
    for k in (0, 7):
        others = np.arange(20) != k
        without = replace(given(), points=POINTS[others], values=hill(POINTS)[others])
        mean, expected = without.predict(POINTS[k : k + 1])
        assert error[k] == pytest.approx(hill(POINTS)[k] - mean[0], rel=1e-6)
        assert sd[k] == pytest.approx(expected[0], rel=1e-6)


def test_known_values_are_reproduced():
    fit = GaussianProcessRegressor.fit(POINTS, hill(POINTS), UNIT)
    mean, sd = fit.predict(POINTS)
    assert mean == pytest.approx(hill(POINTS), abs=1e-3)
    assert sd.max() < 1e-2 * fit.kernel.amplitude


def test_five_inputs_from_few_points():
    """scikit-learn's regressor of anisotropic RBF kernel errs by 1.9 % of the standard deviation on such points."""
    bounds = np.array([[0.0, 1.0]] * 5)
    points, new = sobol(bounds, 0, 64, 1, RandomStream.DESIGN), np.random.default_rng(5).random((2000, 5))
    mean, sd = GaussianProcessRegressor.fit(points, friedman(points), bounds).predict(new)
    error = mean - friedman(new)
    assert error.std() < 0.005 * friedman(new).std()
    assert 0.6 < np.mean(np.abs(error) < 1.645 * sd) <= 1


def test_units_do_not_matter():
    scale, shift = np.array([100.0, 0.01]), np.array([-5.0, 3.0])
    bounds = np.column_stack([shift, shift + scale])
    mean, sd = GaussianProcessRegressor.fit(POINTS, hill(POINTS), UNIT).predict(NEW)
    moved = GaussianProcessRegressor.fit(POINTS * scale + shift, 1e3 * hill(POINTS) - 50, bounds)
    moved_mean, moved_sd = moved.predict(NEW * scale + shift)
    assert (moved_mean + 50) / 1e3 == pytest.approx(mean, abs=1e-3)
    assert moved_sd / 1e3 == pytest.approx(sd, rel=0.2)


def test_noise_is_averaged_out():
    rng = np.random.default_rng(7)
    points = rng.random((150, 2))
    values = hill(points) + 0.2 * rng.standard_normal(150)
    fit = GaussianProcessRegressor.fit(points, values, UNIT, noisy=True)
    mean, sd = fit.predict(NEW)
    assert np.sqrt(np.mean((mean - hill(NEW)) ** 2)) < 0.08
    assert sd == pytest.approx(0.2, rel=0.3)  # of a new value, noise included


@pytest.mark.parametrize("n", [1, 2])
def test_hardly_any_values(n):
    mean, sd = GaussianProcessRegressor.fit(POINTS[:n], hill(POINTS[:n]), UNIT).predict(NEW)
    assert np.isfinite(mean).all()
    assert (sd > 0).all()


def test_no_values():
    mean, sd = GaussianProcessRegressor.fit(POINTS[:0], [], UNIT).predict(NEW)
    assert np.isnan(mean).all()
    assert np.isnan(sd).all()


def test_a_value_known_twice_and_values_all_alike():
    twice = np.concatenate([POINTS, POINTS[:3]])
    fit = GaussianProcessRegressor.fit(twice, hill(twice), UNIT)
    assert fit.predict(POINTS)[0] == pytest.approx(hill(POINTS), abs=1e-2)
    assert GaussianProcessRegressor.fit(POINTS, np.full(20, 5.0), UNIT).predict(NEW)[0] == pytest.approx(5.0)


def test_arrays_rebuild_the_regressor_bit_for_bit():
    fit = GaussianProcessRegressor.fit(POINTS, hill(POINTS), UNIT)
    again = GaussianProcessRegressor.from_arrays(fit.to_arrays())
    for one, other in zip(fit.predict(NEW), again.predict(NEW), strict=True):
        np.testing.assert_array_equal(one, other)
