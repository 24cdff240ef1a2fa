"""The two-fidelity regression learner: points, fidelities and costs."""

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.learning import FidelityRegressionLearner, RegressionRule
from pointes.vocabulary import Fidelity, Purpose

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
NEW = np.random.default_rng(5).random((200, 2))


def low(points):
    return np.sin(5 * points[:, 0]) * np.cos(2 * points[:, 1])


def high(points):
    return 1.5 * low(points) + 2 * points[:, 0] - 3


def values(points, fidelity):
    return np.where(fidelity == Fidelity.HIGH, high(points), low(points))


def tell(learner, proposal, cost=20.0, status=None):
    costs = np.where(proposal.fidelity == Fidelity.HIGH, cost, 1.0)
    points, fidelity = proposal.points, proposal.fidelity
    of_proposal = {"purpose": proposal.purpose, "mean": proposal.mean, "sd": proposal.sd}
    learner.tell(points, values(points, fidelity), fidelity, costs, status, **of_proposal)


def started(cost=20.0, **options):
    learner = FidelityRegressionLearner(UNIT, start=(16, 5), seed=2, **options)
    tell(learner, learner.ask(100), cost)
    return learner


def test_the_high_start_repeats_points_of_the_low_one():
    proposal = FidelityRegressionLearner(UNIT, start=(16, 5), seed=2).ask(100)
    cheap, dear = (proposal.points[proposal.fidelity == one] for one in Fidelity)
    assert (len(cheap), len(dear)) == (16, 5)
    np.testing.assert_array_equal(cheap[:5], dear)
    assert set(proposal.purpose) == {Purpose.START}


def test_cheap_runs_are_preferred_while_they_tell_enough_for_their_cost():
    chosen = {}
    for cost in (100.0, 1.0):
        learner = started(cost, stream_share=0)
        chosen[cost] = learner.ask(8).fidelity
    assert (chosen[100.0] == Fidelity.LOW).sum() > (chosen[1.0] == Fidelity.LOW).sum()


def test_it_learns_the_high_fidelity_from_few_runs_of_it():
    learner = started()
    for _ in range(2):
        tell(learner, learner.ask(8))
    found = learner.assess(RegressionRule((0.1,), window=1))
    error = learner.predict(NEW)[0][:, 0] - high(NEW)
    assert np.sqrt(np.mean(error**2)) < 0.05
    assert found.rho[0] == pytest.approx(1.5, abs=0.05)
    assert found.runs["low"] + found.runs["high"] == len(learner.history.points) == 37
    assert found.mean_cost == {"low": 1.0, "high": 20.0}
    assert found.total_cost == found.runs["low"] + 20 * found.runs["high"]


def test_the_stream_is_of_the_high_fidelity_and_predicted_first():
    learner = started(stream_share=0.5)
    proposal = learner.ask(8)
    streamed = proposal.purpose == Purpose.STREAM
    assert streamed.any()
    assert (proposal.fidelity[streamed] == Fidelity.HIGH).all()
    tell(learner, proposal)
    assert learner.assess().stream_n == streamed.sum()


def test_the_same_history_gives_the_same_proposals():
    learner, again = started(), FidelityRegressionLearner(UNIT, start=(16, 5), seed=2)
    tell(learner, learner.ask(6))
    past = learner.history
    again.tell(past.points, past.values, past.fidelity, past.costs, purpose=past.purpose, mean=past.mean, sd=past.sd)
    one, other = learner.ask(6), again.ask(6)
    for name in ("points", "fidelity", "purpose", "mean", "sd"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_purposes_and_predictions_are_recognised_when_they_are_not_told():
    learner, again = started(), FidelityRegressionLearner(UNIT, start=(16, 5), seed=2)
    tell(learner, learner.ask(6))
    past, first = learner.history, slice(0, 21)
    for rows in (first, slice(21, None)):
        some = past.where(rows)
        again.tell(some.points, some.values, some.fidelity, some.costs)
    np.testing.assert_array_equal(again.history.purpose, past.purpose)
    np.testing.assert_array_equal(again.history.mean, past.mean)


def test_pending_points_and_one_fidelity_alone():
    learner = started()
    first = learner.ask(4)
    second = learner.ask(4, fidelity=Fidelity.LOW, pending=first)
    assert set(second.fidelity) == {Fidelity.LOW}
    whole = np.column_stack([np.concatenate([first.points, second.points]), [*first.fidelity, *second.fidelity]])
    assert len(np.unique(whole, axis=0)) == 8


def test_failed_runs_are_avoided_at_their_fidelity():
    learner = FidelityRegressionLearner(UNIT, start=(16, 12), seed=2, stream_share=0)
    for _ in range(3):
        proposal = learner.ask(28)
        failed = (proposal.fidelity == Fidelity.HIGH) & (proposal.points[:, 0] > 0.6)
        tell(learner, proposal, status=failed.astype(int))
    later = learner.history.where(slice(28, None)).of(Fidelity.HIGH).points
    assert np.mean(later[:, 0] > 0.6) < 0.2
    assert learner.assess().n_failed > 0


def test_where_quantities_are_regular_is_learned_from_both_fidelities():
    """High values are undefined beyond an oblique line, low ones beyond one nearby."""

    def regular(points, fidelity):
        return points.sum(axis=1) < 1.2 - 0.1 * (fidelity == Fidelity.LOW)

    learner = FidelityRegressionLearner(UNIT, start=(32, 6), seed=2)
    for n in (100, 8, 8, 8, 8, 8):
        proposal = learner.ask(n)
        points, fidelity = proposal.points, proposal.fidelity
        found = np.where(regular(points, fidelity), values(points, fidelity), np.nan)
        costs = np.where(fidelity == Fidelity.HIGH, 10.0, 1.0)
        of_proposal = {"purpose": proposal.purpose, "mean": proposal.mean, "sd": proposal.sd}
        learner.tell(points, found, fidelity, costs, **of_proposal)
    expected = regular(NEW, Fidelity.HIGH)
    assert np.mean((learner.probability_regular(NEW) > 0.5) == expected) > 0.9
    alone = learner.history.of(Fidelity.HIGH)
    assert len(alone.points) < 20
    error = (learner.predict(NEW)[0][:, 0] - high(NEW))[expected]
    assert np.sqrt(np.mean(error**2)) < 0.01
    assert learner.assess().n_irregular == (~learner.history.regular).sum() > 0


def test_before_any_regular_value_the_space_is_searched_evenly_at_the_high_fidelity():
    learner = FidelityRegressionLearner(UNIT, start=(16, 5), seed=2)
    proposal = learner.ask(100)
    undefined = np.full(len(proposal.points), np.nan)
    learner.tell(proposal.points, undefined, proposal.fidelity, np.ones(len(undefined)), purpose=proposal.purpose)
    assert set(learner.ask(4).purpose) == {Purpose.STREAM}


def test_wrong_arguments():
    with pytest.raises(UserError, match="start"):
        FidelityRegressionLearner(UNIT, start=(4,))
    with pytest.raises(UserError, match="pending"):
        started().ask(2, pending=NEW)
