"""The contract of ask and tell, and what it is for: fewer points than a design that does not look at labels."""

import numpy as np
import pytest

from pointes.learning import ActiveLearner, GaussianProcessClassifier
from pointes.learning.random_streams import RandomStream, sobol
from pointes.vocabulary import Purpose

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
GRID = np.stack(np.meshgrid(*[np.linspace(0, 1, 60)] * 2), axis=-1).reshape(-1, 2)


def sine(points):
    """The high-fidelity example of Sahli Costabal et al. 2019, doi:10.1016/j.cma.2019.112602."""
    return (0.5 + np.sin(2.5 * np.pi * points[:, 0]) / 3 - points[:, 1] > 0).astype(np.int8)


def run(learner, rounds, batch=8, label=sine, valid=None):
    """Let a learner ask and be told for some rounds; returns the proposals."""
    proposals = []
    for _ in range(rounds):
        proposal = learner.ask(batch)
        status = None if valid is None else np.where(valid(proposal.points), 0, 1)
        learner.tell(
            proposal.points, label(proposal.points), status=status, purpose=proposal.purpose, risk=proposal.risk
        )
        proposals.append(proposal)
    return proposals


def test_start_is_one_sobol_sequence_in_whatever_pieces():
    learner = ActiveLearner(UNIT, start=16, seed=4)
    first, second = run(learner, 2)
    whole = ActiveLearner(UNIT, start=16, seed=4).ask(16)
    np.testing.assert_array_equal(np.concatenate([first.points, second.points]), whole.points)
    assert set(whole.purpose) == {Purpose.START}
    assert np.isnan(whole.risk).all()


def test_stream_continues_the_sequence_and_is_predicted_before_it_is_labelled():
    learner = ActiveLearner(UNIT, start=16, stream_share=0.25, seed=4)
    proposals = run(learner, 4)[2:]
    streamed = np.concatenate([proposal.points[proposal.purpose == Purpose.STREAM] for proposal in proposals])
    np.testing.assert_array_equal(streamed, sobol(UNIT, 16, 20, 4, RandomStream.DESIGN))
    before = ActiveLearner(UNIT, start=16, seed=4)
    run(before, 2)
    np.testing.assert_array_equal(proposals[0].risk, before.predict_proba(proposals[0].points))


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.01, 1), (0.25, 2), (1.0, 8)])
def test_share_of_the_stream(share, expected):
    learner = ActiveLearner(UNIT, start=8, stream_share=share)
    run(learner, 1)
    assert (learner.ask(8).purpose == Purpose.STREAM).sum() == expected


def test_landmarks_come_first_after_the_start_and_only_once():
    corners = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    learner = ActiveLearner(UNIT, start=8, landmarks=corners)
    first, *later = run(learner, 6)[1:]
    np.testing.assert_array_equal(first.points[first.purpose == Purpose.LANDMARK], corners)
    assert {Purpose.BOUNDARY, Purpose.STREAM} < set(first.purpose)
    assert not any((proposal.purpose == Purpose.LANDMARK).any() for proposal in later)
    assert len(np.unique(learner.history.points, axis=0)) == 48
    again = ActiveLearner(UNIT, start=8, landmarks=corners)
    run(again, 1)
    pending = again.ask(2).points
    np.testing.assert_array_equal(pending, corners[:2])
    rest = again.ask(6, pending=pending)
    np.testing.assert_array_equal(rest.points[rest.purpose == Purpose.LANDMARK], corners[2:])


def test_known_landmarks_are_not_asked_for():
    learner = ActiveLearner(UNIT, start=8, landmarks=[[1.0, 0.0], [0.0, 1.0]])
    learner.tell([[1.0, 0.0]], [0], purpose=[Purpose.GIVEN])
    run(learner, 1, batch=7)
    assert (learner.ask(8).purpose == Purpose.LANDMARK).sum() == 1


def test_points_are_distinct_and_inside():
    bounds = np.array([[0.2, 0.4], [-3.0, 5.0]])
    learner = ActiveLearner(bounds, start=8)
    run(learner, 8, label=lambda points: (points[:, 1] > 1).astype(int))
    assert len(np.unique(learner.history.points, axis=0)) == 64
    assert ((learner.history.points >= bounds[:, 0]) & (learner.history.points <= bounds[:, 1])).all()


def test_scaled_axes_change_nothing():
    wide = np.array([[0.0, 100.0], [-1.0, 1.0]])
    plain, scaled = ActiveLearner(UNIT, start=8), ActiveLearner(wide, start=8)
    run(plain, 4)
    run(scaled, 4, label=lambda points: sine((points - wide[:, 0]) / np.ptp(wide, axis=1)))
    np.testing.assert_allclose(
        (scaled.history.points - wide[:, 0]) / np.ptp(wide, axis=1), plain.history.points, atol=1e-12
    )


def test_learner_that_is_told_the_same_proposes_the_same():
    first = ActiveLearner(UNIT, start=8, seed=7)
    run(first, 4)
    second = ActiveLearner(UNIT, start=8, seed=7)
    for end in range(8, 33, 8):
        rows = slice(end - 8, end)
        second.tell(
            first.history.points[rows],
            first.history.labels[rows],
            purpose=first.history.purpose[rows],
            risk=first.history.risk[rows],
        )
    np.testing.assert_array_equal(second.ask(8).points, first.ask(8).points)
    assert second.assess() == first.assess()
    assert not np.array_equal(ActiveLearner(UNIT, start=8, seed=8).ask(8).points, first.history.points[:8])


def test_asking_twice_changes_nothing():
    learner = ActiveLearner(UNIT, start=8)
    run(learner, 2)
    np.testing.assert_array_equal(learner.ask(8).points, learner.ask(8).points)


def test_failed_points_are_neither_learned_from_nor_asked_for_again():
    def valid(points):
        return points[:, 0] < 0.85

    learner = ActiveLearner(UNIT, start=16)
    run(learner, 10, valid=valid)
    assert learner.assess().n_failed == (~valid(learner.history.points)).sum()
    assert len(learner.classifier.labels) == valid(learner.history.points).sum()
    asked = learner.history.points[learner.history.purpose == Purpose.BOUNDARY]
    assert valid(asked).mean() > 0.9
    inside = GRID[valid(GRID)]
    assert np.mean((learner.predict_proba(inside) > 0.5) == sine(inside)) > 0.98


def test_one_class_is_no_obstacle():
    learner = ActiveLearner(UNIT, start=8)
    run(learner, 3, label=lambda points: np.zeros(len(points), int))
    assert (learner.predict_proba(GRID) < 0.5).all()
    assert not learner.assess().converged


def test_learns_with_fewer_points_than_a_space_filling_design():
    def accuracy(classifier):
        return np.mean((classifier.predict_proba(GRID) > 0.5) == sine(GRID))

    active, passive = [], []
    for seed in range(5):
        learner = ActiveLearner(UNIT, start=8, seed=seed)
        run(learner, 7)
        points = sobol(UNIT, 0, 56, seed, RandomStream.DESIGN)
        active.append(accuracy(learner))
        passive.append(accuracy(GaussianProcessClassifier.fit(points, sine(points), UNIT)))
    assert np.median(active) > 0.98
    assert np.median(active) > np.median(passive) + 0.01


def test_risks_are_calibrated():
    bias, brier = [], []
    for seed in range(1, 5):
        learner = ActiveLearner(UNIT, start=8, seed=seed)
        run(learner, 6)
        risk, label = learner.predict_proba(GRID), sine(GRID)
        bias.append(np.mean(risk) - np.mean(label))
        brier.append(np.mean((risk - label) ** 2))
    assert np.mean(bias) == pytest.approx(0, abs=0.01)
    assert np.mean(brier) < 0.015


def test_campaign_that_met_one_class_only_does_not_claim_a_boundary():
    learner = ActiveLearner(UNIT, start=8)
    run(learner, 8, label=lambda points: np.zeros(len(points), int))
    assert learner.assess().reason == "no boundary was met: all 64 labels are 0"


def test_purposes_and_risks_may_be_left_to_the_learner():
    plain, told = ActiveLearner(UNIT, start=8), ActiveLearner(UNIT, start=8)
    run(told, 4)
    for _ in range(4):
        proposal = plain.ask(8)
        plain.tell(proposal.points, sine(proposal.points))
    np.testing.assert_array_equal(plain.history.points, told.history.points)
    np.testing.assert_array_equal(plain.history.purpose, told.history.purpose)
    assert plain.assess().stream_n == 6
    assert plain.assess() == told.assess()


def test_single_points_are_of_the_stream_as_often_as_its_share():
    learner = ActiveLearner(UNIT, start=8, stream_share=0.25)
    run(learner, 1)
    asked = [proposal.purpose[0] for proposal in run(learner, 8, batch=1)]
    assert asked.count(Purpose.STREAM) == 2
    assert asked.count(Purpose.BOUNDARY) == 6


def test_label_that_is_no_class_counts_as_failed():
    learner = ActiveLearner(UNIT, start=8)
    points = learner.ask(8).points
    labels = sine(points).astype(float)
    labels[:2] = -1, np.nan
    learner.tell(points, labels)
    assert learner.assess().n_failed == 2
    assert len(learner.classifier.labels) == 6


def test_when_all_points_fail_it_goes_on_asking():
    learner = ActiveLearner(UNIT, start=8)
    run(learner, 2, valid=lambda points: np.zeros(len(points), bool))
    assert len(np.unique(learner.ask(8).points, axis=0)) == 8
    assert learner.predict_proba(GRID[:3]) == pytest.approx(0.5)


def test_a_proposal_serves_as_an_array():
    proposal = ActiveLearner(UNIT, start=8).ask(8)
    np.testing.assert_array_equal(np.asarray(proposal), proposal.points)


def test_start_and_batch_may_overlap():
    learner = ActiveLearner(UNIT, start=10)
    run(learner, 2)
    assert learner.history.purpose.tolist() == [Purpose.START] * 16
    assert len(np.unique(learner.history.points, axis=0)) == 16


@pytest.mark.parametrize("acquisition", ["sur", "u", "margin", "feasibility", "straddle", "random", "sobol"])
def test_every_acquisition_keeps_the_contract(acquisition):
    """Distinct, inside, reproducible, the size asked for; large batches too."""
    bounds = np.array([[0.2, 0.4], [-3.0, 5.0]])

    def label(points):
        return sine((points - bounds[:, 0]) / np.ptp(bounds, axis=1))

    first, second = (ActiveLearner(bounds, start=8, acquisition=acquisition) for _ in range(2))
    for learner in (first, second):
        run(learner, 2, label=label)
        run(learner, 1, batch=40, label=label)
    np.testing.assert_array_equal(first.history.points, second.history.points)
    assert len(np.unique(first.history.points, axis=0)) == 56
    assert ((first.history.points >= bounds[:, 0]) & (first.history.points <= bounds[:, 1])).all()


def test_expected_error_is_what_the_risks_say_of_the_whole_space():
    learner = ActiveLearner(UNIT, start=8, seed=2)
    run(learner, 3)
    risk = learner.predict_proba(sobol(UNIT, 0, 2048, 2, RandomStream.REFERENCE))
    assert learner.assess().expected_error == pytest.approx(np.minimum(risk, 1 - risk).mean())


def test_points_of_the_sobol_acquisition_are_one_sequence():
    learner = ActiveLearner(UNIT, start=8, seed=3, acquisition="sobol")
    run(learner, 4)
    np.testing.assert_array_equal(learner.history.points, sobol(UNIT, 0, 32, 3, RandomStream.DESIGN))


@pytest.mark.parametrize("acquisition", ["u", "margin", "feasibility", "straddle"])
def test_other_criteria_learn_too(acquisition):
    accuracy = []
    for seed in range(1, 4):
        learner = ActiveLearner(UNIT, start=8, seed=seed, acquisition=acquisition)
        run(learner, 7)
        accuracy.append(np.mean((learner.predict_proba(GRID) > 0.5) == sine(GRID)))
    assert np.median(accuracy) > 0.97


def test_pending_points_are_neither_asked_again_nor_crowded():
    learner = ActiveLearner(UNIT, start=8)
    run(learner, 2)
    first = learner.ask(8)
    second = learner.ask(8, pending=first.points)
    streamed = [proposal.points[proposal.purpose == Purpose.STREAM] for proposal in (first, second)]
    np.testing.assert_array_equal(np.concatenate(streamed), sobol(UNIT, 10, 14, 1, RandomStream.DESIGN))
    gaps = np.linalg.norm(first.points[:, None] - second.points, axis=2)
    alone = np.linalg.norm(first.points[:, None] - learner.ask(8).points, axis=2)
    assert gaps.min() > 1e-3
    assert alone.min() == 0


def test_told_out_of_turn_pending_points_join_the_stream():
    """Two batches under way at once, told in the order in which they finish."""
    learner = ActiveLearner(UNIT, start=8)
    run(learner, 2)
    first = learner.ask(4)
    second = learner.ask(4, pending=first.points)
    for proposal in (second, first):
        learner.tell(proposal.points, sine(proposal.points), purpose=proposal.purpose, risk=proposal.risk)
    assert len(np.unique(learner.history.points, axis=0)) == 24
    stream = learner.history.points[learner.history.purpose == Purpose.STREAM]
    assert len(np.unique(np.concatenate([stream, learner.ask(4).points]), axis=0)) == len(stream) + 4


def test_point_told_far_out_of_turn_is_not_proposed_again():
    learner = ActiveLearner(UNIT, start=64)
    points = np.empty((0, 2))
    for _ in range(40):
        points = np.concatenate([points, learner.ask(1, pending=points).points])
    learner.tell(points[-1:], sine(points[-1:]))
    upcoming = learner.ask(8, pending=points[:-1])
    np.testing.assert_array_equal(upcoming.points, sobol(UNIT, 40, 48, 1, RandomStream.DESIGN))


def test_tells_without_new_labels_are_no_fits_to_compare():
    learner = ActiveLearner(UNIT, start=16)
    run(learner, 4)
    drift = learner.assess().drift
    learner.tell([[0.5, 0.5]], [0], status=[1])
    learner.tell(np.empty((0, 2)), [])
    assert learner.batches == [8, 16, 24, 33]
    assert learner.assess().drift == drift


def test_few_simulations_are_wasted_where_they_fail():
    """15 % of the space fails: at most the start and a few near its edge are spent on it."""

    def valid(points):
        return points[:, 2] < 0.85

    def label(points):
        return (points[:, 0] + 0.5 * points[:, 1] ** 2 > 0.6).astype(int)

    bounds = np.array([[0.0, 1.0]] * 3)
    learner = ActiveLearner(bounds, start=16, seed=3)
    run(learner, 11, batch=16, label=label, valid=valid)
    assert (~learner.history.valid).sum() <= 0.04 * len(learner.history.points) + 2
    inside = np.random.default_rng(0).random((1000, 3)) * [1, 1, 0.85]
    assert np.mean((learner.predict_proba(inside) > 0.5) == label(inside)) > 0.98
    assert np.mean(learner.predict_validity(inside) > 0.5) > 0.95
