"""What may be claimed, and the stopping rule's truth table."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from pointes.learning.assessment import LEARNED, Caps, QuerySpread, Spent, StoppingRule, assess, cohen_kappa
from pointes.learning.outcomes import Outcomes

RULE = StoppingRule(largest_drift=0.02, checks=2, largest_expected_error=0.02, window=4, errors=1)
UNVERIFIED = replace(RULE, verified=False)
AT_REST = [np.arange(100) < 50] * 3


def outcomes(right, sure, unsure):
    """Return outcomes of which some were predicted right; the risks of label 1 where it was and where it was not."""
    return Outcomes(np.where(np.array(right, dtype=bool), sure, unsure), np.ones(len(right), dtype=int))


def assessed(
    predicted=AT_REST,
    doubt=0.01,
    right=(1, 1, 1, 1),
    verified=(1,) * 16,
    training_accuracy=1.0,
    rule=RULE,
    **others,
):
    stream, verification = outcomes(right, 0.9, 0.2), outcomes(verified, 0.9, 0.4)
    classifier = SimpleNamespace(
        training_accuracy=training_accuracy, length_scales=np.array([0.5, 1.0]), with_margins=False
    )
    reference_risks = [np.where(one, 1 - doubt, doubt) for one in predicted]
    return assess(
        rule,
        reference_risks=reference_risks,
        stream=stream,
        verification=verification,
        classifier=classifier,
        n_failed=3,
        **others,
    )


def moved(*shares):
    """Labels on 100 points of successive fits, of which a share changes each time."""
    labels = [np.arange(100) < 50]
    for share in shares:
        labels.append(labels[-1] ^ (np.arange(100) < round(share * 100)))
    return labels


MOVED = "the boundary moved by 3.0 % of the space in one of the last 2 fits, at most 2 % allowed"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, LEARNED),
        ({"right": (0, 1, 1, 1, 1)}, LEARNED),
        ({"right": (1, 1, 0, 1)}, LEARNED),
        ({"predicted": moved(0.3, 0.02, 0.02)}, LEARNED),
        ({"right": (1, 0, 0, 1)}, "2 of the last 4 stream points were predicted wrong, at most 1 allowed"),
        ({"right": (1, 1, 1)}, "the stream has 3 of 4 points"),
        (
            {"predicted": moved(0.03, 0.0)},
            MOVED,
        ),
        (
            {"predicted": moved(0.0, 0.03)},
            MOVED,
        ),
        ({"doubt": 0.03}, "the classifier expects 3.0 % of the space to be wrong, at most 2 % allowed"),
        ({"predicted": AT_REST[:2]}, "1 of 2 fits to compare"),
        ({"predicted": [np.ones(100, dtype=bool)] * 3}, "no boundary was found: one class is predicted everywhere"),
        ({"training_accuracy": 0.99}, "1.0 % of the training labels are not reproduced"),
        ({"verified": (1,) * 12}, "the verification has 12 of 16 points"),
        ({"verified": (1,) * 13 + (0,) * 3}, LEARNED),  # where 13 x 0.1 + 3 x 0.4 = 2.5 were expected
        ({"verified": (0,) * 9 + (1,) * 16}, LEARNED),
        (
            {"verified": (0,) * 6 + (1,) * 10},
            "6 of the last 16 verification points were predicted wrong where the classifier expected 3.4, at most 2 "
            "more allowed",
        ),
        (
            {"verified": (0,) * 4},
            "the verification has 4 of 16 points; 4 of the last 4 verification points were predicted wrong where the "
            "classifier expected 1.6, at most 2 more allowed",
        ),
        ({"verified": (), "rule": UNVERIFIED}, LEARNED),
        ({"verified": (0,) * 16, "rule": UNVERIFIED}, LEARNED),
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
    assert assessment.expected_error == pytest.approx(0.01)
    assert assessment.stream_brier == pytest.approx((3 * 0.1**2 + 0.8**2) / 4)
    assert assessment.stream_ece == pytest.approx((3 * 0.1 + 0.8) / 4)
    assert (assessment.verification_n, assessment.verification_wrong) == (16, 0)
    assert assessment.verification_expected == pytest.approx(16 * 0.1)


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"verified": ()}, 16),
        ({"verified": (1,) * 12}, 4),
        ({}, 0),
        ({"verified": (0,) * 16}, 16),
        ({"verified": (), "right": (1, 1, 1)}, 0),
        ({"verified": (), "rule": UNVERIFIED}, 0),
        ({"verified": (), "nothing_to_learn": "no boundary was met"}, 0),
    ],
)
def test_verification_is_due_when_all_else_holds(changes, due):
    assert assessed(**changes).verification_due == due


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


@pytest.mark.parametrize(
    ("caps", "line"),
    [
        (Caps(runs=120), "120 of at most 120 runs are spent"),
        (Caps(core_hours=7.5), "8 of at most 7.5 core hours are spent"),
        (Caps(wall_hours=2), "2.5 of at most 2 wall hours are spent"),
    ],
)
def test_caps_stop_and_say_why(caps, line):
    spent = Spent(runs=120, core_hours=8, wall_hours=2.5)
    learned, unlearned = assessed(caps=caps, spent=spent), assessed(right=(1, 0, 0, 1), caps=caps, spent=spent)
    assert learned.capped
    assert learned.converged
    assert unlearned.reason == f"{line}; 2 of the last 4 stream points were predicted wrong, at most 1 allowed"
    assert not unlearned.converged
    assert not assessed(caps=Caps(runs=121), spent=spent).capped


def test_one_class_outranks_all_other_reasons():
    assert assessed(nothing_to_learn="no boundary was met").reason == "no boundary was met"


def test_query_spread_by_hand():
    unit = np.array([[0.5, 0.5], [0.5, 0.6], [0.995, 0.5], [0.2, 0.2]])
    spread = QuerySpread.of_points(unit, np.array([False, True, True, False]))
    assert spread.edge_share == 0.5
    assert spread.nearest_distance == pytest.approx((0.1 + 0.495) / 2)
    assert QuerySpread.of_points(unit, np.zeros(4, bool)) == QuerySpread(None, None)
