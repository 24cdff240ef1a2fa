"""U and greedy conditioning against numbers by hand."""

import numpy as np
import pytest

from pointes.learning.acquisition import choose_batch, u_score


def test_u_is_the_distance_from_the_boundary_in_standard_deviations():
    score = u_score(np.array([0.0, -1.0, 3.0, 1.0]), np.array([1.0, 2.0, 1.5, 0.0]))
    assert score.tolist() == [0.0, 0.5, 2.0, np.inf]


def test_first_pick_has_the_smallest_u():
    mean, covariance = np.array([0.5, -0.1, 1.0]), np.eye(3)
    assert choose_batch(mean, np.ones(3), lambda k: covariance[k], 1).tolist() == [1]


def test_copy_of_a_pick_is_passed_over():
    """Candidates 0 and 1 are all but one; 2 is independent and less certain only once 0 is known."""
    covariance = np.array([[1.0, 0.999, 0.0], [0.999, 1.0, 0.0], [0.0, 0.0, 1.0]])
    picks = choose_batch(np.array([0.10, 0.11, 0.9]), np.ones(3), lambda k: covariance[k], 2)
    assert picks.tolist() == [0, 2]


def test_conditioned_variance_by_hand():
    """After pick 0, candidate 1 keeps variance 1 - 0.6² = 0.64 (U = 0.5/0.8) and 2 keeps 1 (U = 0.6)."""
    covariance = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert choose_batch(np.array([0.0, 0.5, 0.6]), np.ones(3), lambda k: covariance[k], 2).tolist() == [0, 2]
    assert choose_batch(np.array([0.0, 0.5, 0.64]), np.ones(3), lambda k: covariance[k], 2).tolist() == [0, 1]


@pytest.mark.parametrize("n", [1, 5, 20])
def test_batch_is_distinct(n):
    points = np.random.default_rng(0).random(20)
    covariance = np.exp(-0.5 * ((points[:, None] - points) / 0.2) ** 2)
    assert len(set(choose_batch(points - 0.5, np.ones(20), lambda k: covariance[k], n).tolist())) == n
