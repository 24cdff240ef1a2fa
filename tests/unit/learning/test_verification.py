"""When the learner asks for points along the boundary, where these are, and when they bear it out."""

import numpy as np
import pytest

from pointes.learning import ActiveLearner, StoppingRule
from pointes.learning.active import Proposal
from pointes.learning.outcomes import Outcomes
from pointes.learning.verification import BAND, POINTS, along_boundary, missing, unmet_verification
from pointes.vocabulary import Purpose

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
CUBE = np.array([[0.0, 1.0]] * 4)
EVERYWHERE = np.random.default_rng(1).random((4000, 2))
UNVERIFIED = StoppingRule(verified=False)


def wave(points):
    return (points[:, 1] > 0.5 + 0.2 * np.sin(3 * points[:, 0])).astype(np.int8)


def steps(points):
    """Three steps along a diagonal, finer than the first hundred points of four parameters lie apart."""
    height = np.floor(3 * (points[:, 0] + 0.5 * points[:, 1])) / 5
    return (points[:, 3] + 0.15 * points[:, 2] - 0.25 - height > 0).astype(np.int8)


def tell(learner, proposal, label=wave, status=None):
    learner.tell(proposal.points, label(proposal.points), status=status, purpose=proposal.purpose, risk=proposal.risk)


def ready(**options) -> ActiveLearner:
    """Return a learner that may stop but for the verification."""
    learner = ActiveLearner(UNIT, seed=3, **options)
    while not learner.assess(UNVERIFIED).converged:
        tell(learner, learner.ask(8))
        assert len(learner.history.points) < 100
    return learner


def verification(proposal: Proposal) -> np.ndarray:
    return proposal.points[proposal.purpose == Purpose.VERIFICATION]


def test_it_comes_before_the_end_and_lies_along_the_boundary():
    learner = ready()
    assert Purpose.VERIFICATION not in learner.history.purpose
    assert learner.assess().reason == "the verification has 0 of 16 points"
    proposal = learner.ask(16)
    assert (proposal.purpose == Purpose.VERIFICATION).all()
    height = proposal.points[:, 1] - 0.5 - 0.2 * np.sin(3 * proposal.points[:, 0])
    assert np.abs(height).max() < 0.1  # twice the band's mean half width
    assert height.min() < 0 < height.max()
    np.testing.assert_array_equal(proposal.risk, learner.predict_proba(proposal.points))
    tell(learner, proposal)
    assert learner.assess().converged
    assert Purpose.VERIFICATION not in learner.ask(8).purpose


def test_a_tenth_of_the_space_is_drawn_from():
    def mean(points):
        return 3 * (points[:, 0] - 0.5)

    points = EVERYWHERE[2000:]
    drawn = along_boundary(mean, EVERYWHERE[:2000])(points)
    assert drawn.mean() == pytest.approx(BAND, abs=0.02)
    assert np.abs(points[drawn, 0] - 0.5).max() == pytest.approx(BAND / 2, abs=0.01)


@pytest.mark.parametrize("seed", [1, 4, 5, 7])  # docs/benchmarks.md tells how many are not found out
def test_classifier_that_is_too_sure_of_itself_goes_on(seed):
    learner, fooled = ActiveLearner(CUBE, seed=seed), 0
    while len(learner.history.points) < 144:
        tell(learner, learner.ask(8), steps)
        fooled += learner.assess(UNVERIFIED).converged
        assert not learner.assess().converged
    assert fooled
    assert learner.assess().verification_wrong > learner.assess().verification_expected + 2


def test_points_and_labels_are_all_it_takes():
    told, bare = ready(), ready()
    for _ in range(2):
        tell(told, told.ask(8))
        proposal = bare.ask(8)
        bare.tell(proposal.points, wave(proposal.points))
    np.testing.assert_array_equal(bare.history.purpose, told.history.purpose)
    np.testing.assert_array_equal(bare.history.risk, told.history.risk)
    assert bare.assess() == told.assess()
    assert bare.assess().converged


def test_large_batches_have_more_than_verification():
    purpose = ready().ask(32).purpose
    assert (purpose == Purpose.VERIFICATION).sum() == 16
    assert (purpose == Purpose.STREAM).sum() == 4
    assert (purpose == Purpose.BOUNDARY).sum() == 12


def test_pending_points_count():
    learner = ready()
    first = learner.ask(10)
    second = learner.ask(10, pending=first.points)
    both = np.concatenate([first.points, second.points])
    assert (len(verification(first)), len(verification(second))) == (10, 6)
    assert len(np.unique(both, axis=0)) == 20
    assert len(verification(learner.ask(10, pending=both))) == 0


def test_failed_points_are_drawn_anew():
    learner = ready()
    tell(learner, learner.ask(16), status=np.arange(16) < 3)
    assert learner.assess().verification_n == 13


@pytest.mark.parametrize("acquisition", ["sobol", "random"])
def test_designs_that_look_at_no_labels_are_not_verified(acquisition):
    learner = ActiveLearner(UNIT, acquisition=acquisition)
    tell(learner, learner.ask(160), lambda points: (points[:, 0] > 0.5).astype(int))
    while not learner.assess(UNVERIFIED).converged:
        tell(learner, learner.ask(8), lambda points: (points[:, 0] > 0.5).astype(int))
        assert len(learner.history.points) < 240
    assert Purpose.VERIFICATION not in learner.ask(32).purpose


def outcomes(n: int, wrong: int) -> Outcomes:
    return Outcomes(np.full(n, 0.9), (np.arange(n) >= wrong).astype(np.int8))


def test_as_many_again_are_drawn_after_a_refusal():
    assert missing(outcomes(0, 0)) == POINTS
    assert missing(outcomes(10, 0)) == POINTS - 10
    assert missing(outcomes(16, 3)) == 0  # of 1.6 expected
    assert unmet_verification(outcomes(16, 4))
    assert missing(outcomes(16, 4)) == POINTS
    assert missing(outcomes(19, 6)) == 0  # of the last 16 three
