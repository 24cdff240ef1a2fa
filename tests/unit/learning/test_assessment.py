"""What may be claimed, and the stopping rule's truth table."""

from types import SimpleNamespace

import numpy as np
import pytest

from pointes.learning.assessment import LEARNED, StoppingRule, assess, cohen_kappa

RULE = StoppingRule(largest_drift=0.02, checks=2, window=4, errors=1)
AT_REST = [np.arange(100) < 50] * 3


def assessed(predicted=AT_REST, right=(1, 1, 1, 1), training_accuracy=1.0, rule=RULE):
    labels = np.ones(len(right), dtype=int)
    risk = np.where(np.array(right, dtype=bool), 0.9, 0.2)
    classifier = SimpleNamespace(training_accuracy=training_accuracy, length_scales=np.array([0.5, 1.0]))
    return assess(rule, predicted=predicted, risk=risk, labels=labels, classifier=classifier, n_failed=3)


def moved(*shares):
    """Labels on 100 points of successive fits, of which a share changes each time."""
    labels = [np.arange(100) < 50]
    for share in shares:
        labels.append(labels[-1] ^ (np.arange(100) < round(share * 100)))
    return labels


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, LEARNED),
        ({"right": (0, 1, 1, 1, 1)}, LEARNED),
        ({"right": (1, 1, 0, 1)}, LEARNED),
        ({"predicted": moved(0.3, 0.02, 0.02)}, LEARNED),
        ({"right": (1, 0, 0, 1)}, "2 of the last 4 stream points were predicted wrong"),
        ({"right": (1, 1, 1)}, "the stream has 3 of 4 points"),
        ({"predicted": moved(0.03, 0.0)}, "the boundary moved by more than 2.0 % of the space in the last 2 fits"),
        ({"predicted": moved(0.0, 0.03)}, "the boundary moved by more than 2.0 % of the space in the last 2 fits"),
        ({"predicted": AT_REST[:2]}, "1 of 2 fits to compare"),
        ({"predicted": [np.ones(100, dtype=bool)] * 3}, "no boundary was found: one class is predicted everywhere"),
        ({"training_accuracy": 0.99}, "1.0 % of the training labels are not reproduced"),
    ],
)
def test_stopping_needs_all_conditions(changes, reason):
    assessment = assessed(**changes)
    assert assessment.reason == reason
    assert assessment.converged == (reason == LEARNED)


def test_what_is_reported():
    assessment = assessed(predicted=moved(0.0, 0.1), right=(1, 1, 0, 1))
    assert (assessment.stream_n, assessment.stream_correct, assessment.n_failed) == (4, 3, 3)
    assert assessment.stream_accuracy == 0.75
    assert assessment.drift == pytest.approx(0.1)
    assert assessment.kappa == pytest.approx(0.8)
    assert assessment.stream_brier == pytest.approx((3 * 0.1**2 + 0.8**2) / 4)
    assert assessment.stream_ece == pytest.approx((3 * 0.1 + 0.8) / 4)


def test_nothing_is_claimed_without_a_stream():
    assessment = assessed(right=())
    assert (assessment.stream_accuracy, assessment.stream_low, assessment.stream_high) == (None, 0.0, 1.0)
    assert (assessment.stream_brier, assessment.stream_ece) == (None, None)


def test_kappa_by_hand():
    a = np.array([1, 1, 0, 0], dtype=bool)
    assert cohen_kappa(a, a) == 1
    assert cohen_kappa(a, ~a) == -1
    assert cohen_kappa(a, np.array([1, 0, 1, 0], dtype=bool)) == 0
    assert cohen_kappa(np.ones(4, bool), np.ones(4, bool)) == 1
