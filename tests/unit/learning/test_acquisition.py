"""Criteria and batches against numbers by hand."""

import numpy as np
import pytest

from pointes.learning.acquisition import (
    choose_batch,
    choose_spread,
    feasibility_score,
    margin_score,
    straddle_score,
    u_score,
)


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


def test_expected_feasibility_is_the_expectation_that_it_is_named_after():
    mean, sd = np.array([0.0, 0.7, -1.5]), np.array([1.0, 0.5, 2.0])
    f = mean + sd * np.random.default_rng(0).standard_normal((400_000, 1))
    sampled = np.maximum(2 * sd - np.abs(f), 0).mean(axis=0)
    assert -feasibility_score(mean, sd) == pytest.approx(sampled, rel=0.01)


def test_straddle_wants_what_is_uncertain_among_what_is_in_doubt():
    mean, sd = np.array([0.0, 0.0, 1.0, 3.0]), np.array([0.5, 1.0, 1.0, 1.0])
    assert straddle_score(mean, sd) == pytest.approx([-0.98, -1.96, -0.96, 3.0])


def test_margin_ignores_the_standard_deviation():
    assert margin_score(np.array([-0.3, 0.2]), np.array([9.0, 0.1])).tolist() == [0.3, 0.2]


def test_what_is_pending_is_conditioned_on_and_never_chosen():
    """Candidate 0 has the smallest U but is pending, and 1 is its copy: 2 is left."""
    covariance = np.array([[1.0, 0.999, 0.0], [0.999, 1.0, 0.0], [0.0, 0.0, 1.0]])
    mean = np.array([0.0, 0.11, 0.9])
    assert choose_batch(mean, np.ones(3), lambda k: covariance[k], 1).tolist() == [0]
    assert choose_batch(mean, np.ones(3), lambda k: covariance[k], 1, pending=np.array([0])).tolist() == [2]


def test_spread_takes_the_farthest_of_the_uncertain():
    """Of eleven uncertain candidates on a line, with the left end taken: the right end, then the middle."""
    positions = np.concatenate([np.linspace(0, 10, 11), [100.0]])[:, None]
    score = np.concatenate([np.linspace(0, 0.1, 11), [5.0]])
    assert choose_spread(score, positions, np.array([0]), 2).tolist() == [10, 5]
