"""Criteria against numbers by hand."""

import numpy as np
import pytest

from pointes.learning.acquisition.criteria import feasibility_score, margin_score, straddle_score, u_score


def test_u_is_the_distance_from_the_boundary_in_standard_deviations():
    score = u_score(np.array([0.0, -1.0, 3.0, 1.0]), np.array([1.0, 2.0, 1.5, 0.0]))
    assert score.tolist() == [0.0, 0.5, 2.0, np.inf]


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
