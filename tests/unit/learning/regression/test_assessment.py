"""What may be claimed of a surrogate, and when to stop."""

import numpy as np
import pytest

from pointes.learning import Caps, RegressionRule
from pointes.learning.assessment import Spent
from pointes.learning.regression.assessment import LEARNED, QuantityEvidence, assess, coverage, half_width

REGULAR = np.ones(100)


def evidence(errors=(0.1,) * 16, expected=0.5):
    errors = np.array(errors, dtype=float)
    return QuantityEvidence(errors, np.ones(len(errors)), np.full(5, 2.0), np.full(100, expected), REGULAR)


def test_coverage_counts_values_inside_the_intervals():
    found = coverage(np.array([0.0, 1.0, -1.6, 1.7, -3.0]), np.ones(5), 0.9)
    assert found.share == pytest.approx(0.6)  # the 90 % interval is 1.645 standard deviations on either side
    assert found.low == pytest.approx(0.147, abs=1e-3)
    assert found.high == pytest.approx(0.947, abs=1e-3)


def test_half_width_of_a_space_of_two_halves():
    """In one half errors are nearly nothing; then 90 % of the other half must be within it."""
    assert half_width(np.array([1e-9, 1.0]), np.ones(2)) == pytest.approx(1.645, abs=1e-3)
    assert half_width(np.array([1e-9, 1.0]), np.array([1e-12, 1.0])) == pytest.approx(1.96, abs=1e-3)


def test_errors_of_the_stream():
    found = assess(RegressionRule((5.0,), window=2), [evidence([3.0, -1.0, 2.0])], REGULAR).quantities[0]
    assert found.rmse == pytest.approx(np.sqrt(14 / 3))
    assert (found.largest_error, found.recent_error, found.mean_error) == (3.0, 2.0, pytest.approx(4 / 3))
    assert [each.level for each in found.coverage] == [0.5, 0.9, 0.95]
    assert (found.left_out_rmse, found.expected_rmse) == (2.0, pytest.approx(0.5))
    assert found.expected_half_width == pytest.approx(0.98, abs=1e-3)


def test_learned_when_stream_and_surrogate_agree():
    found = assess(RegressionRule((1.0,)), [evidence()], REGULAR)
    assert (found.converged, found.capped, found.reason) == (True, False, LEARNED)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"errors": (0.1,) * 15}, "the stream has 15 of 16 points"),
        ({"errors": (0.1,) * 15 + (-1.5,)}, "one of the last 16 stream points was off by 1.5, at most 1 allowed"),
        ({"expected": 0.6}, "95 % of the space is expected to be within 1.18, at most 1 allowed"),
        ({"expected": np.nan}, "no value is known yet"),
    ],
)
def test_each_condition_must_hold(changed, reason):
    found = assess(RegressionRule((1.0,)), [evidence(**changed)], REGULAR)
    assert not found.converged
    assert found.reason == reason


def test_old_errors_of_the_stream_are_forgotten():
    assert assess(RegressionRule((1.0,)), [evidence((9.0,) + (0.1,) * 16)], REGULAR).converged


def test_each_quantity_must_be_learned():
    found = assess(RegressionRule((1.0, 1.0)), [evidence(), evidence(expected=0.6)], REGULAR)
    assert found.reason == "95 % of the space is expected to be within 1.18 of quantity 2, at most 1 allowed"


def test_the_region_must_be_known():
    found = assess(RegressionRule((1.0,)), [evidence()], np.full(100, 0.9))
    assert not found.converged
    assert found.reason.startswith("whether quantities are regular in 10.0 % of the space")


def test_without_an_error_to_reach_only_caps_end_it():
    found = assess(RegressionRule(), [evidence()], REGULAR, caps=Caps(runs=10), spent=Spent(10))
    assert (found.converged, found.capped) == (False, True)
    assert found.reason.startswith("10 of at most 10 runs are spent; no error is asked for")


def test_without_a_stream():
    found = assess(RegressionRule((1.0,)), [evidence(())], REGULAR).quantities[0]
    assert (found.rmse, found.largest_error, found.recent_error, found.mean_error, found.coverage) == (
        *(None,) * 4,
        (),
    )
