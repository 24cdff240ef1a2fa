"""The prior: unit variance, a trend, and derivatives against differences."""

import numpy as np
import pytest

from pointes.learning.classifier.kernel import Kernel, rbf

LENGTHS = np.array([0.4, 1.5, 3.0])
POINTS = np.random.default_rng(0).random((12, 3))


def test_mean_variance_over_the_cube_is_one():
    points = np.random.default_rng(1).random((100_000, 3))
    assert Kernel(LENGTHS, 2.0).variance(points).mean() == pytest.approx(1.0, abs=0.01)


def test_variance_is_the_diagonal():
    kernel = Kernel(LENGTHS, 2.0)
    assert kernel.variance(POINTS) == pytest.approx(np.diag(kernel(POINTS, POINTS)), rel=1e-12)


def test_without_a_trend_it_is_the_rbf_kernel():
    np.testing.assert_array_equal(Kernel(LENGTHS)(POINTS, POINTS), rbf(POINTS, POINTS, LENGTHS))


def test_trend_is_a_sum_of_parabolas():
    """What is left of the covariance without bends has one dimension for the constant and two for each input."""
    kernel = Kernel(LENGTHS, 2.0)
    trend = kernel.scale * kernel(POINTS, POINTS) - rbf(POINTS, POINTS, LENGTHS)
    assert np.linalg.matrix_rank(trend, tol=1e-9) == 7


def test_sensitivity():
    S = np.random.default_rng(2).standard_normal((12, 12))
    S += S.T
    at, step = np.log([*LENGTHS, 2.0]), 1e-5

    def weighted(logs):
        return np.sum(S * Kernel(np.exp(logs[:3]), np.exp(logs[3]))(POINTS, POINTS))

    differences = [(weighted(at + step * axis) - weighted(at - step * axis)) / (2 * step) for axis in np.eye(4)]
    assert Kernel(LENGTHS, 2.0).sensitivity(POINTS, S) == pytest.approx(differences, rel=1e-6)
