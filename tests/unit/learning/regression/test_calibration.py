"""Factors by which the stream widens intervals."""

import numpy as np
import pytest

from pointes.learning.regression.calibration import PRIOR, WINDOW, factors, successive_factors


def test_without_a_stream_nothing_is_widened():
    np.testing.assert_array_equal(factors(np.empty((0, 2))), [1, 1])


def test_intervals_are_widened_as_errors_ask():
    assert factors(np.full((16, 1), 3.0)) == pytest.approx(np.sqrt((PRIOR + 144) / (PRIOR + 16)))


def test_they_never_become_narrower():
    np.testing.assert_array_equal(factors(np.full((16, 1), 0.1)), [1])


def test_old_errors_are_forgotten():
    errors = np.concatenate([np.full((5, 1), 9.0), np.ones((WINDOW, 1))])
    np.testing.assert_array_equal(factors(errors), [1])


def test_each_point_has_the_factor_of_those_before():
    errors = np.random.default_rng(0).normal(0, 3, (20, 2))
    found = successive_factors(errors)
    np.testing.assert_array_equal(found[0], [1, 1])
    np.testing.assert_array_equal(found[12], factors(errors[:12]))
    assert successive_factors(errors[:0]).shape == (0, 2)
