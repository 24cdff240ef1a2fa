"""The approximation against exact orthant probabilities and moments."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from pointes.learning.classifier.expectation_propagation import (
    Measurements,
    Sites,
    evidence_sensitivity,
    left_out,
    propagate,
)


def covariance(n, seed):
    """Correlation matrix of n points on a line."""
    x = np.sort(np.random.default_rng(seed).random(n))
    return np.exp(-0.5 * ((x[:, None] - x) / 0.3) ** 2) * 0.95 + 0.05 * np.eye(n)


def test_one_label_is_a_half_normal():
    posterior = propagate(np.eye(1), np.array([-1.0]))
    variance = 1 - posterior.sqrt_precision[0] ** 2 / posterior.cholesky[0, 0] ** 2
    assert posterior.mean[0] == pytest.approx(-np.sqrt(2 / np.pi), rel=1e-4)
    assert variance == pytest.approx(1 - 2 / np.pi, rel=1e-3)
    assert np.exp(posterior.evidence) == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_evidence_of_three_points_is_the_orthant_probability(seed):
    """1/8 + (the sum of the arc sines of the three correlations) / 4 pi (Sheppard 1899)."""
    rng = np.random.default_rng(seed)
    K, y = covariance(3, seed), rng.choice([-1.0, 1.0], 3)
    correlations = (K * np.outer(y, y))[np.triu_indices(3, 1)]
    exact = 1 / 8 + np.arcsin(correlations).sum() / (4 * np.pi)
    assert propagate(K, y).evidence == pytest.approx(np.log(exact), abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_evidence_of_six_points_with_a_common_cause(seed):
    """Given the common cause the signs are independent, so their probability is a single integral."""
    rng = np.random.default_rng(seed)
    loading, y = rng.uniform(-0.95, 0.95, 6), rng.choice([-1.0, 1.0], 6)
    rest = np.sqrt(1 - loading**2)
    K = np.outer(loading, loading)
    np.fill_diagonal(K, 1.0)
    exact = quad(lambda u: norm.pdf(u) * norm.cdf(y * loading * u / rest).prod(), -10, 10, epsabs=1e-12)[0]
    assert propagate(K, y).evidence == pytest.approx(np.log(exact), abs=0.05)


def test_mean_and_labels_agree_with_sampling():
    K, y = covariance(5, 1), np.array([1.0, 1.0, -1.0, -1.0, 1.0])
    draws = np.random.default_rng(0).multivariate_normal(np.zeros(5), K, size=400_000)
    kept = draws[(draws * y > 0).all(axis=1)]
    assert len(kept) > 500
    assert propagate(K, y).mean == pytest.approx(kept.mean(axis=0), abs=0.1)


def test_converges_and_reproduces_every_label():
    rng = np.random.default_rng(5)
    points = rng.random((60, 2))
    y = np.where(points[:, 0] > 0.4 + 0.3 * points[:, 1], 1.0, -1.0)
    K = np.exp(-0.5 * ((points[:, None] - points) ** 2).sum(axis=2) / 0.3**2)
    posterior = propagate(K, y)
    assert posterior.residual < 1e-5
    assert (posterior.mean * y > 0).all()
    assert posterior.mean == pytest.approx(K @ posterior.weights, abs=1e-9)


def test_start_from_nearby_sites_ends_at_the_same_point():
    K, y = covariance(12, 2), np.where(np.arange(12) % 5 > 1, 1.0, -1.0)
    near = propagate(0.98 * K + 0.02 * np.eye(12), y)
    assert propagate(K, y, near.sites).mean == pytest.approx(propagate(K, y).mean, abs=1e-6)


def test_sensitivity_is_the_derivative_of_the_evidence():
    K, y = covariance(8, 3), np.where(np.arange(8) > 3, 1.0, -1.0)
    direction = np.random.default_rng(0).standard_normal((8, 8))
    direction = direction + direction.T
    np.fill_diagonal(direction, 0.0)
    ahead, behind = propagate(K + 1e-5 * direction, y).evidence, propagate(K - 1e-5 * direction, y).evidence
    expected = np.sum(evidence_sensitivity(propagate(K, y)) * direction)
    assert (ahead - behind) / 2e-5 == pytest.approx(expected, rel=1e-4)


def test_points_a_hair_apart_on_either_side_are_told_apart():
    x = np.array([0.1, 0.4, 0.5, 0.500001, 0.7, 0.9])
    K = np.exp(-0.5 * (x[:, None] - x) ** 2)
    y = np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0])
    posterior = propagate(K, y)
    assert posterior.residual < 1e-5
    assert (posterior.mean * y > 0).all()


def test_bad_first_guess_is_recovered_from():
    K, y = covariance(12, 2), np.where(np.arange(12) % 5 > 1, 1.0, -1.0)
    absurd = Sites(np.full(12, 1e3), -1e9 * y)
    assert propagate(K, y, absurd).mean == pytest.approx(propagate(K, y).mean, abs=1e-6)


def test_measured_values_and_thresholds_against_sampling():
    """Of two correlated normals the first is measured as 0.8 ± 0.5, the second is known to exceed 0.3."""
    K = np.array([[1.0, 0.6], [0.6, 1.0]])
    measured = Measurements(np.array([0.8, 0.0]), np.array([4.0, 0.0]), np.array([0.0, 0.3]))
    posterior = propagate(K, np.array([1.0, 1.0]), measured=measured)
    draws = np.random.default_rng(0).multivariate_normal(np.zeros(2), K, size=1_000_000)
    weight = np.exp(-2 * (draws[:, 0] - 0.8) ** 2) * (draws[:, 0] > 0) * (draws[:, 1] > 0.3) / np.sqrt(2 * np.pi / 4)
    mean = (weight @ draws) / weight.sum()
    assert posterior.evidence == pytest.approx(np.log(weight.mean()), abs=0.02)
    assert posterior.mean == pytest.approx(mean, abs=0.02)
    assert posterior.variance == pytest.approx(weight @ (draws - mean) ** 2 / weight.sum(), abs=0.02)


def test_left_out_prediction_is_that_of_a_fit_without_the_point():
    K, y = covariance(10, 4), np.where(np.arange(10) > 4, 1.0, -1.0)
    mean, variance = left_out(propagate(K, y))
    for point in (0, 4, 7):
        others = np.delete(np.arange(10), point)
        rest = propagate(K[np.ix_(others, others)], y[others])
        half = np.linalg.solve(rest.cholesky, rest.sqrt_precision * K[others, point])
        assert mean[point] == pytest.approx(K[others, point] @ rest.weights, abs=0.1)
        assert variance[point] == pytest.approx(1 - half @ half, abs=0.1)


def test_updates_that_oscillate_are_damped_until_they_converge():
    """The 112 points nearest to a plane, at length scales where the first step goes round in circles."""
    points = np.random.default_rng(3).random((160, 3))
    points = points[np.argsort(np.abs(points[:, 2] - 0.85))[:112]]
    y = np.where(points[:, 2] < 0.85, 1.0, -1.0)
    scaled = points / [3.0, 3.0, 0.2]
    K = np.exp(-0.5 * ((scaled[:, None] - scaled) ** 2).sum(axis=2))
    posterior = propagate(K, y)
    assert posterior.residual < 1e-6
    assert posterior.damping == 0.35
    assert (posterior.mean * y > 0).all()
