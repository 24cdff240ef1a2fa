"""The contract of ask and tell, and what it is for: fewer points than a design that does not look at values."""

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.learning import RegressionLearner, RegressionRule
from pointes.learning.random_streams import RandomStream, sobol
from pointes.vocabulary import Purpose

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
NEW = np.random.default_rng(9).random((500, 2))


def hill(points):
    return np.sin(3 * points[:, 0]) + points[:, 0] * points[:, 1] ** 2


def two(points):
    return np.column_stack([hill(points), 100 * np.exp(-points[:, 1])])


def run(learner, rounds, batch=8, values=hill, failed=None, regular=None):
    """Let a learner ask and be told for some rounds; returns the proposals."""
    proposals = []
    for _ in range(rounds):
        proposal = learner.ask(batch)
        points = proposal.points
        learner.tell(
            points,
            values(points),
            None if failed is None else failed(points).astype(int),
            None if regular is None else regular(points),
            purpose=proposal.purpose,
            mean=proposal.mean,
            sd=proposal.sd,
        )
        proposals.append(proposal)
    return proposals


def test_start_is_one_sobol_sequence_in_whatever_pieces():
    first, second = run(RegressionLearner(UNIT, start=16, seed=4), 2)
    whole = RegressionLearner(UNIT, start=16, seed=4).ask(16)
    np.testing.assert_array_equal(np.concatenate([first.points, second.points]), whole.points)
    assert set(whole.purpose) == {Purpose.START}
    assert np.isnan(whole.mean).all()


def test_stream_continues_the_sequence_and_is_predicted_before_it_is_simulated():
    learner = RegressionLearner(UNIT, start=16, seed=4)
    proposals = run(learner, 4)[2:]
    streamed = np.concatenate([proposal.points[proposal.purpose == Purpose.STREAM] for proposal in proposals])
    np.testing.assert_array_equal(streamed, sobol(UNIT, 16, 20, 4, RandomStream.DESIGN))
    before = RegressionLearner(UNIT, start=16, seed=4)
    run(before, 2)
    np.testing.assert_array_equal(proposals[0].mean, before.predict(proposals[0].points)[0])
    found = learner.assess(RegressionRule((0.1,)))
    assert found.stream_n == 4
    errors = hill(streamed) - np.concatenate([each.mean[each.purpose == Purpose.STREAM, 0] for each in proposals])
    assert found.quantities[0].largest_error == pytest.approx(np.abs(errors).max())


def test_the_same_history_gives_the_same_proposals():
    learner, again = RegressionLearner(UNIT, outputs=2, seed=3), RegressionLearner(UNIT, outputs=2, seed=3)
    run(learner, 6, values=two)
    past = learner.history
    again.tell(past.points, past.values, purpose=past.purpose, mean=past.mean, sd=past.sd)
    one, other = learner.ask(8), again.ask(8)
    for name in ("points", "purpose", "mean", "sd"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_purposes_and_predictions_are_recognised_when_they_are_not_told():
    learner, again = RegressionLearner(UNIT, seed=3), RegressionLearner(UNIT, seed=3)
    for proposal in run(learner, 4):
        again.tell(proposal.points, hill(proposal.points))
    np.testing.assert_array_equal(learner.history.purpose, again.history.purpose)
    np.testing.assert_array_equal(learner.history.mean, again.history.mean)


def test_pending_points_are_not_asked_again_and_spread_the_others():
    learner = RegressionLearner(UNIT, seed=3)
    run(learner, 2)
    first = learner.ask(4)
    second = learner.ask(4, pending=first.points)
    distance = np.abs(first.points[:, None] - second.points).max(axis=2)
    assert distance.min() > 0.01
    whole = np.concatenate([first.points, second.points])
    assert len(np.unique(whole, axis=0)) == 8


def test_landmarks_come_first_after_the_start_and_only_once():
    corners = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    learner = RegressionLearner(UNIT, start=8, landmarks=corners)
    first, *later = run(learner, 4)[1:]
    np.testing.assert_array_equal(first.points[first.purpose == Purpose.LANDMARK], corners)
    assert not any((proposal.purpose == Purpose.LANDMARK).any() for proposal in later)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.01, 1), (0.25, 2), (1.0, 8)])
def test_share_of_the_stream(share, expected):
    learner = RegressionLearner(UNIT, start=8, stream_share=share)
    run(learner, 1)
    assert (learner.ask(8).purpose == Purpose.STREAM).sum() == expected


def test_failed_runs_are_avoided_and_left_out():
    def failed(points):
        return points[:, 0] > 0.7

    learner = RegressionLearner(UNIT, seed=3, stream_share=0)
    run(learner, 6, values=lambda points: np.where(failed(points), np.nan, hill(points)), failed=failed)
    later = learner.history.points[24:]
    assert failed(later).mean() < 0.15  # 30 % of the space fails
    assert learner.assess().n_failed == (~learner.history.valid).sum() > 0
    safe = ~failed(NEW)
    assert learner.predict(NEW[safe])[0][:, 0] == pytest.approx(hill(NEW[safe]), abs=0.02)


def test_regression_keeps_to_the_region_where_quantities_are_regular():
    """Beyond a boundary the quantity jumps, as a duration does where early afterdepolarisations set in."""

    def regular(points):
        return points[:, 0] + 0.3 * points[:, 1] < 0.8

    def jump(points):
        return np.where(regular(points), hill(points), 50.0)

    learner = RegressionLearner(UNIT, seed=3)
    run(learner, 8, values=jump, regular=regular)
    right = (learner.probability_regular(NEW) > 0.5) == regular(NEW)
    assert right.mean() > 0.96
    inside = regular(NEW)
    error = learner.predict(NEW[inside])[0][:, 0] - hill(NEW[inside])
    assert np.sqrt(np.mean(error**2)) < 0.01
    assert learner.assess().n_irregular == (~learner.history.regular).sum() > 0


def test_nothing_regular_yet():
    learner = RegressionLearner(UNIT, start=8)
    run(learner, 2, regular=lambda points: np.zeros(len(points), bool))
    assert set(learner.ask(8).purpose) == {Purpose.STREAM}
    assert learner.assess(RegressionRule((1.0,))).reason.startswith("the stream has 0 of 16 points; no value is known")


def test_it_stops_when_the_error_asked_for_is_reached():
    learner = RegressionLearner(UNIT, start=8, seed=2, stream_share=0.5)
    rule = RegressionRule((0.05,), window=8)
    while not learner.assess(rule).converged:
        assert len(learner.history.points) < 80, learner.assess(rule).reason
        run(learner, 1)
    assert np.abs(learner.predict(NEW)[0][:, 0] - hill(NEW)).max() < 0.05


@pytest.mark.parametrize("acquisition", ["imse", "variance", "sobol", "random"])
def test_every_acquisition_learns(acquisition):
    learner = RegressionLearner(UNIT, seed=3, acquisition=acquisition)
    proposals = run(learner, 4)
    assert len(np.unique(learner.history.points, axis=0)) == 32
    assert np.sqrt(np.mean((learner.predict(NEW)[0][:, 0] - hill(NEW)) ** 2)) < 0.01
    if acquisition == "sobol":
        assert set(proposals[-1].purpose) == {Purpose.STREAM}


def test_chosen_points_leave_less_variance_than_sobol_points():
    expected = []
    for acquisition in ("imse", "sobol"):
        learner = RegressionLearner(UNIT, seed=3, stream_share=0, acquisition=acquisition)
        run(learner, 2)
        fit = learner.surrogate.regressors[0]
        points = np.concatenate([fit.points, learner.ask(8).points])
        told = type(fit)(points, np.zeros(24), fit.bounds, fit.kernel, fit.mean, fit.nugget)
        expected.append(told.posterior(NEW).variance.mean())
    assert expected[0] < 0.5 * expected[1]


def test_a_wrong_call_changes_nothing():
    learner = RegressionLearner(UNIT)
    with pytest.raises(UserError, match="shape of values"):
        learner.tell([[0.5, 0.5]], [1.0, 2.0])
    with pytest.raises(UserError, match="points: row 0, parameter 1: 2"):
        learner.tell([[0.5, 2.0]], [1.0])
    assert len(learner.history.points) == 0
