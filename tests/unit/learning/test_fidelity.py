"""The two-fidelity learner: which fidelity is asked, and that a misleading low fidelity does no harm."""

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.learning import Caps, GaussianProcessClassifier, StoppingRule, fidelity
from pointes.learning.fidelity import FidelityLearner
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.vocabulary import Fidelity, Purpose

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
TEST = np.random.default_rng(12345).random((2000, 2))
LOW, HIGH = Fidelity


def high(points):
    """The pair of Sahli Costabal et al. 2019, doi:10.1016/j.cma.2019.112602."""
    return (0.5 + np.sin(2.5 * np.pi * points[:, 0]) / 3 - points[:, 1] > 0).astype(np.int8)


def low(points):
    return (0.45 + np.sin(2.2 * np.pi * points[:, 0]) / 2.5 - points[:, 1] > 0).astype(np.int8)


def misleading(points):
    return (np.sin(7 * points[:, 0]) * np.sin(6 * points[:, 1]) > 0).astype(np.int8)


def labels(points, fidelity, cheap=low):
    return np.where(fidelity == HIGH, high(points), cheap(points))


def run(learner, rounds, batch=8, cheap=low, costs=(1.0, 10.0), valid=None):
    """Let a learner ask and be told for some rounds, the start first; returns the proposals."""
    proposals = []
    for _ in range(rounds):
        told = len(learner.history.points)
        proposal = learner.ask(batch if told else sum(learner.start))
        status = None if valid is None else np.where(valid(proposal.points), 0, 1)
        known = labels(proposal.points, proposal.fidelity, cheap)
        cost = np.array(costs)[proposal.fidelity]
        learner.tell(proposal.points, known, proposal.fidelity, cost, status, purpose=proposal.purpose)
        proposals.append(proposal)
    return proposals


def accuracy(model):
    return np.mean((model.predict_proba(TEST) > 0.5) == high(TEST))


def test_start_nests_the_high_points_in_the_low_ones():
    learner = FidelityLearner(UNIT, start=(16, 4), seed=3)
    first, second = learner.ask(10), learner.ask(40)
    np.testing.assert_array_equal(first.points, second.points[:10])
    np.testing.assert_array_equal(second.fidelity, np.repeat([LOW, HIGH], [16, 4]))
    np.testing.assert_array_equal(second.points[16:], second.points[:4])
    assert set(second.purpose) == {Purpose.START}


def test_a_quarter_of_the_later_high_points_is_of_the_stream():
    learner = FidelityLearner(UNIT, start=(32, 4), seed=3)
    run(learner, 4)
    later = (learner.history.fidelity == HIGH) & (learner.history.purpose != Purpose.START)
    streamed = learner.history.points[later & (learner.history.purpose == Purpose.STREAM)]
    assert len(streamed) == later.sum() // 4 > 1
    np.testing.assert_array_equal(streamed, sobol(UNIT, 4, 4 + len(streamed), 3, RandomStream.DESIGN))


def test_stream_is_predicted_before_it_is_labelled():
    learner = FidelityLearner(UNIT, start=(32, 8), seed=3)
    run(learner, 1)
    proposal = learner.ask(8, HIGH)
    before = learner.predict_proba(proposal.points)
    learner.tell(proposal.points, high(proposal.points), proposal.fidelity, np.full(8, 10.0), purpose=proposal.purpose)
    streamed = proposal.purpose == Purpose.STREAM
    assert streamed.sum() == 2
    assert learner.history.risk[-8:][streamed] == pytest.approx(before[streamed], abs=1e-12)
    assert np.isnan(learner.history.risk[-8:][~streamed]).all()


def test_learner_that_is_told_the_same_proposes_the_same():
    first, second = (FidelityLearner(UNIT, start=(24, 4), seed=5) for _ in range(2))
    for proposal in run(first, 3):
        cost = np.where(proposal.fidelity == HIGH, 10.0, 1.0)
        second.tell(proposal.points, labels(proposal.points, proposal.fidelity), proposal.fidelity, cost)
    np.testing.assert_array_equal(second.history.purpose, first.history.purpose)
    a, b = first.ask(8), second.ask(8)
    np.testing.assert_array_equal(a.points, b.points)
    np.testing.assert_array_equal(a.fidelity, b.fidelity)
    assert first.assess() == second.assess()


def test_points_of_a_level_are_distinct_and_inside():
    bounds = np.array([[0.2, 0.4], [-3.0, 5.0]])
    learner = FidelityLearner(bounds, start=(16, 4))
    for _ in range(4):
        proposal = learner.ask(20)
        known = (proposal.points[:, 1] > 1 + 0.5 * proposal.fidelity).astype(int)
        learner.tell(proposal.points, known, proposal.fidelity, 1 + 9 * proposal.fidelity, purpose=proposal.purpose)
    assert ((learner.history.points >= bounds[:, 0]) & (learner.history.points <= bounds[:, 1])).all()
    rows = np.column_stack([learner.history.points, learner.history.fidelity])[
        learner.history.purpose == Purpose.BOUNDARY
    ]
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_cheap_runs_are_asked_as_long_as_they_are_cheap():
    asked = {}
    for ratio in (1.0, 1000.0):
        learner = FidelityLearner(UNIT, start=(12, 6), seed=2)
        run(learner, 1, costs=(1.0, ratio))
        asked[ratio] = learner.ask(12).fidelity
    assert (asked[1.0] == HIGH).mean() > 0.9  # what is sought costs no more
    assert (asked[1000.0] == LOW).mean() > 0.9


def test_runs_that_cost_next_to_nothing_do_not_keep_the_learner_from_what_is_sought():
    learner = FidelityLearner(UNIT, start=(32, 4), seed=2)
    run(learner, 9, costs=(1e-6, 1.0))
    assert ((learner.history.fidelity == HIGH) & (learner.history.purpose == Purpose.BOUNDARY)).sum() >= 8
    assert (learner.history.fidelity == LOW).sum() > 48


def test_one_level_can_be_asked_alone():
    learner = FidelityLearner(UNIT, start=(16, 4))
    assert set(learner.ask(20, HIGH).fidelity) == {HIGH}
    run(learner, 1)
    assert set(learner.ask(8, HIGH).fidelity) == {HIGH}
    assert set(learner.ask(8, LOW).fidelity) == {LOW}


def test_learns_the_high_boundary():
    learner = FidelityLearner(UNIT, start=(48, 6), seed=1)
    run(learner, 5)
    assert accuracy(learner) > 0.96
    assert np.mean((learner.predict_proba(TEST, LOW) > 0.5) == low(TEST)) > 0.9
    found = learner.assess()
    assert found.mean_cost == {"low": 1.0, "high": 10.0}
    assert found.total_cost == found.runs["low"] + 10 * found.runs["high"]
    assert found.training_accuracy == 1


def test_misleading_low_level_does_no_harm():
    learner = FidelityLearner(UNIT, start=(32, 8), seed=1)
    run(learner, 6, cheap=misleading)
    n_high = learner.assess().runs["high"]
    assert n_high > 35  # it saw that low runs are worth little
    alone = sobol(UNIT, 0, n_high, 1, RandomStream.DESIGN)
    assert accuracy(learner) > accuracy(GaussianProcessClassifier.fit(alone, high(alone), UNIT)) - 0.01


def test_failed_points_are_neither_learned_from_nor_asked_for_again():
    def valid(points):
        return points[:, 0] < 0.8

    learner = FidelityLearner(UNIT, start=(40, 10), seed=2)
    run(learner, 4, valid=valid)
    assert learner.assess().n_failed == int((~valid(learner.history.points)).sum())
    assert valid(learner.history.points[learner.history.purpose == Purpose.BOUNDARY]).mean() > 0.85


def test_stream_avoids_failures_too():
    learner = FidelityLearner(UNIT, start=(32, 16), stream_share=0.5)
    run(learner, 4, valid=lambda points: points[:, 0] < 0.5)
    upcoming = learner.ask(12, HIGH)
    streamed = upcoming.points[upcoming.purpose == Purpose.STREAM]
    assert len(streamed) >= 4
    assert (streamed[:, 0] < 0.6).all()
    assert set(map(tuple, streamed)) <= set(map(tuple, sobol(UNIT, 16, 128, 1, RandomStream.DESIGN)))


def test_large_batches_of_one_level(monkeypatch):
    monkeypatch.setattr(fidelity, "CANDIDATES", 32)
    learner = FidelityLearner(UNIT, start=(16, 8))
    run(learner, 1, batch=24)
    points = learner.ask(40, LOW).points
    assert len(np.unique(points, axis=0)) == 40


def test_when_all_points_fail_it_goes_on_asking():
    learner = FidelityLearner(UNIT, start=(8, 2))
    run(learner, 2, valid=lambda points: np.zeros(len(points), bool))
    assert len(learner.ask(8).points) == 8
    assert learner.predict_proba(TEST[:3]) == pytest.approx(0.5)


def test_pending_points_are_taken_into_account():
    learner = FidelityLearner(UNIT, start=(32, 4), seed=3)
    first = learner.ask(33)
    rest = learner.ask(40, pending=first)
    np.testing.assert_array_equal(rest.fidelity, [HIGH] * 3)
    np.testing.assert_array_equal(rest.points, first.points[1:4])
    run(learner, 1)
    waiting = learner.ask(8, HIGH)
    more = learner.ask(8, HIGH, pending=waiting)
    together = np.concatenate([waiting.points, more.points])
    assert len(np.unique(together, axis=0)) == 16
    streamed = np.concatenate([waiting.purpose, more.purpose]) == Purpose.STREAM
    np.testing.assert_array_equal(together[streamed], sobol(UNIT, 4, 8, 3, RandomStream.DESIGN))


def test_it_stops_by_the_rule_of_one_level():
    learner = FidelityLearner(UNIT, start=(48, 6), seed=1, stream_share=0.5)
    run(learner, 1)
    assert learner.assess().reason.startswith("0 of 3 fits to compare; ")
    n = 0
    while not (found := learner.assess(StoppingRule(window=6))).converged:
        run(learner, 1)
        n += 1
        assert n < 20
    assert found.drift <= 0.01
    assert accuracy(learner) > 0.96
    verification = learner.history.purpose == Purpose.VERIFICATION
    assert found.verification_n == verification.sum() >= 16
    assert (learner.history.fidelity[verification] == HIGH).all()
    assert np.isfinite(learner.history.predicted[verification]).all()
    capped = learner.assess(caps=Caps(runs=20))
    assert capped.capped
    assert capped.reason.startswith(f"{len(learner.history.points)} of at most 20 runs are spent")


def test_low_points_alone_are_no_fit_to_compare():
    learner = FidelityLearner(UNIT, start=(24, 6), seed=1)
    run(learner, 1)
    told = [len(learner.history.points)]
    for level, status in ((HIGH, 0), (LOW, 0), (LOW, 0), (HIGH, 0), (HIGH, 1)):
        proposal = learner.ask(4, level)
        known = labels(proposal.points, proposal.fidelity)
        learner.tell(
            proposal.points, known, proposal.fidelity, np.full(4, 1.0), np.full(4, status), purpose=proposal.purpose
        )
        told.append(len(learner.history.points))
    assert learner.batches == [told[0], told[3], told[5]]


def test_told_predictions_spare_the_fits():
    first, second = (FidelityLearner(UNIT, start=(24, 6), seed=5) for _ in range(2))
    for _ in range(3):
        proposal = first.ask(8, HIGH) if len(first.history.points) else first.ask(30)
        known, cost = labels(proposal.points, proposal.fidelity), 1.0 + 9.0 * proposal.fidelity
        first.tell(proposal.points, known, proposal.fidelity, cost, purpose=proposal.purpose)
        told = {"purpose": proposal.purpose, "predicted": proposal.predicted}
        second.tell(proposal.points, known, proposal.fidelity, cost, **told)
    assert np.isfinite(first.history.predicted).any()
    np.testing.assert_array_equal(second.history.predicted, first.history.predicted)
    np.testing.assert_array_equal(second.history.risk, first.history.risk)


def test_many_labels_keep_the_hyperparameters_of_the_first(monkeypatch):
    monkeypatch.setattr("pointes.learning.fidelity.SEARCHED", 40)
    learner = FidelityLearner(UNIT, start=(48, 6), seed=1)
    run(learner, 1)
    first, model = slice(40), learner._fits_after(54).joint
    expected = TwoFidelityClassifier.fit(
        learner.history.points[first], learner.history.labels[first], learner.history.fidelity[first], UNIT
    )
    assert len(model.labels) == 54
    assert model.training_accuracy == 1
    np.testing.assert_array_equal(model.length_scales, expected.length_scales)


@pytest.mark.parametrize(
    ("points", "known", "fidelity", "costs", "message"),
    [
        ([[0.5] * 3], [1], [0], [1], "shape of points: [1, 3]; expected (n, 2), a column for each parameter"),
        ([[0.5, 1.5]], [1], [0], [1], "points: row 0, parameter 1: 1.5; expected 0 to 1"),
        ([[0.5, np.nan]], [1], [0], [1], "points: row 0, parameter 1: nan; expected a finite number"),
        ([[0.5, 0.5]], [1], [2], [1], "fidelity: row 0: 2; expected one of 0 (low), 1 (high)"),
        ([[0.5, 0.5]], [1], 1, [1], "shape of fidelity: []; expected (1,), one for each point"),
        ([[0.5, 0.5]], [1], [0], [0], "costs: row 0: 0; expected a positive number"),
        (
            [[0.5, 0.5]] * 2,
            [1, 0],
            [1, 1],
            [1, 1],
            "labels: points 0 and 1, in the order told, are the same with labels 1 and 0; expected one label: the "
            "simulator must be deterministic",
        ),
    ],
)
def test_bad_input(points, known, fidelity, costs, message):
    learner = FidelityLearner(UNIT)
    with pytest.raises(UserError) as error:
        learner.tell(points, known, fidelity, costs)
    assert str(error.value) == message
    assert len(learner.history.points) == 0


def test_two_labels_at_two_levels_are_no_contradiction():
    learner = FidelityLearner(UNIT)
    learner.tell([[0.5, 0.5]] * 2, [1, 0], [LOW, HIGH], [1, 10])
    assert len(learner.history.points) == 2


def test_predictions_have_a_column_for_each_method():
    with pytest.raises(UserError, match=r"shape of predicted: \[1, 3\]; expected \(1, 4\)"):
        FidelityLearner(UNIT).tell([[0.5, 0.5]], [1], [HIGH], [1], predicted=[[0.1, 0.2, 0.3]])


def test_without_a_boundary_at_any_level_the_expensive_one_is_searched_evenly():
    learner = FidelityLearner(UNIT, start=(16, 4), seed=3)
    start = learner.ask(20)
    learner.tell(start.points, np.zeros(20), start.fidelity, 1.0 + 999.0 * start.fidelity, purpose=start.purpose)
    proposal = learner.ask(6)
    assert set(proposal.fidelity) == {HIGH}
    np.testing.assert_array_equal(proposal.points, sobol(UNIT, 4, 10, 3, RandomStream.DESIGN))


def test_two_levels_of_one_label_each_show_no_boundary_either():
    learner = FidelityLearner(UNIT, start=(16, 4), seed=3)
    start = learner.ask(20)
    learner.tell(start.points, start.fidelity, start.fidelity, np.ones(20), purpose=start.purpose)
    assert set(learner.ask(6).purpose) == {Purpose.STREAM}


def test_start_needs_points_of_both_levels():
    with pytest.raises(UserError) as error:
        FidelityLearner(UNIT, start=(16, 0))
    assert str(error.value) == "start: 0; expected two positive numbers, of low- and of high-fidelity points"


def test_pending_points_need_their_levels():
    with pytest.raises(UserError, match=r"^pending: \[\[0.5, 0.5\]\]; expected a proposal"):
        FidelityLearner(UNIT).ask(2, pending=[[0.5, 0.5]])


def test_at_least_one_point_is_asked_for():
    with pytest.raises(UserError) as error:
        FidelityLearner(UNIT).ask(0)
    assert str(error.value) == "n: 0; expected at least 1 point to ask for"
