"""Batches against numbers by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from pointes.learning.acquisition import batch
from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior, choose_batch, explained_by_label, u_score

COPIES = np.array([[1.0, 0.999, 0.0], [0.999, 1.0, 0.0], [0.0, 0.0, 1.0]])  # 0 and 1 are all but one value


def normal(mean, covariance):
    return SimpleNamespace(
        mean=np.array(mean), variance=np.diag(covariance), covariance=lambda index: covariance[index]
    )


def by_u(mean, covariance, n, pending=()):
    """Choose a batch by the smallest U."""
    values = BatchPosterior(normal(mean, covariance), pending)

    def best(free):
        return free[np.argmin(u_score(values.mean[free], np.sqrt(values.variance[free])))]

    free = np.setdiff1d(np.arange(len(mean)), np.array(pending, dtype=int))
    return choose_batch(values, free, n, best).tolist()


def test_u_is_the_distance_from_the_boundary_in_standard_deviations():
    score = u_score(np.array([0.0, -1.0, 3.0, 1.0]), np.array([1.0, 2.0, 1.5, 0.0]))
    assert score.tolist() == [0.0, 0.5, 2.0, np.inf]


def test_first_pick_has_the_smallest_u():
    assert by_u([0.5, -0.1, 1.0], np.eye(3), 1) == [1]


def test_copy_of_a_pick_is_passed_over():
    """2 is independent of 0 and less certain than its copy only once 0 is known."""
    assert by_u([0.10, 0.11, 0.15], COPIES, 2) == [0, 2]


def test_the_rest_of_a_very_large_batch_is_least_certain_given_the_first(monkeypatch):
    """Given 0, its copy 1 is more certain than 3, but not as certain as 2."""
    monkeypatch.setattr(batch, "CONDITIONED", 1)
    covariance = np.eye(4)
    covariance[:2, :2] = COPIES[:2, :2]
    assert by_u([0.10, 0.11, 0.40, 0.15], covariance, 3) == [0, 3, 1]
    assert by_u([0.10, 0.19, 0.40, 0.15], covariance, 4) == [0, 3, 1, 2]


def test_what_is_pending_is_conditioned_on():
    """Candidate 0 has the smallest U but is pending, and 1 is its copy: 2 is left."""
    assert by_u([0.0, 0.11, 0.15], COPIES, 1) == [0]
    assert by_u([0.0, 0.11, 0.15], COPIES, 1, pending=[0]) == [2]


def test_conditioned_variance_by_hand():
    """On the boundary a label tells 2/π of the variance: after pick 0, 1 keeps 1 - 2/π 0.6² = 0.771, and 2 keeps 1."""
    covariance = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]])
    values = BatchPosterior(normal([0.0, 0.5, 0.6], covariance), [0])
    np.testing.assert_allclose(values.variance, [1 - 2 / np.pi, 1 - 0.72 / np.pi, 1.0])
    np.testing.assert_allclose(values.share, [2 / np.pi, 0.72 / np.pi, 0.0])
    assert by_u([0.0, 0.5, 0.56], covariance, 2) == [0, 2]
    assert by_u([0.0, 0.5, 0.58], covariance, 2) == [0, 1]


def test_conditioning_on_values_is_that_of_a_normal():
    a = np.random.default_rng(0).standard_normal((6, 6))
    covariance, known = a @ a.T, [1, 4]
    values = BatchPosterior(normal(np.zeros(6), covariance), known, Acquisition.explained)
    explained = covariance[:, known] @ np.linalg.solve(covariance[np.ix_(known, known)], covariance[known])
    np.testing.assert_allclose(values.variance, np.diag(covariance - explained), atol=0.02)


def test_a_label_tells_the_variance_that_draws_of_one_sign_lack():
    h = 0.8
    draws = h + np.random.default_rng(0).standard_normal(400_000)
    left = np.mean(draws > 0) * draws[draws > 0].var() + np.mean(draws <= 0) * draws[draws <= 0].var()
    assert explained_by_label(h) == pytest.approx(1 - left, abs=0.005)


@pytest.mark.parametrize("n", [1, 5, 20])
def test_batch_is_distinct(n):
    points = np.random.default_rng(0).random(20)
    covariance = np.exp(-0.5 * ((points[:, None] - points) / 0.2) ** 2)
    assert len(set(by_u(points - 0.5, covariance, n))) == n
