"""What a learner is told wrongly: each mistake is one line that names it, and changes nothing."""

import logging

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.learning import ActiveLearner
from pointes.learning.random_streams import RandomStream, sobol

BOUNDS = np.array([[0.0, 1.0], [0.0, 2.0]])
POINTS = np.array([[0.1, 0.2], [0.5, 1.5], [0.9, 0.1]])
LABELS = np.array([0, 1, 0])


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            {"points": [[0.1, np.nan], [0.5, 1.5], [0.9, 0.1]]},
            "points: row 0, parameter 1: nan; expected a finite number",
        ),
        (
            {"points": [[0.1, 0.2], [0.5, 1.5], [np.inf, 0.1]]},
            "points: row 2, parameter 0: inf; expected a finite number",
        ),
        ({"points": [[0.1, 0.2], [1.5, 0.5], [0.9, 0.1]]}, "points: row 1, parameter 0: 1.5; expected 0 to 1"),
        ({"points": [[0.1, 0.2], [0.5, 0.5], [0.9, -0.1]]}, "points: row 2, parameter 1: -0.1; expected 0 to 2"),
        (
            {"points": [[0.1, 0.2, 0.3]]},
            "shape of points: [1, 3]; expected (n, 2), a column for each parameter",
        ),
        ({"points": [0.1, 0.2]}, "shape of points: [2]; expected (n, 2), a column for each parameter"),
        ({"labels": [0, 1]}, "shape of labels: [2]; expected (3,), one for each point"),
        ({"status": [0, 0, 0, 0]}, "shape of status: [4]; expected (3,), one for each point"),
        (
            {"purpose": [0, 7, 0]},
            "purpose: row 1: 7; expected one of 0 (start), 1 (boundary), 2 (stream), 3 (given), 4 (verification), "
            "5 (control), 6 (landmark)",
        ),
        ({"risk": [0.5, 7.0, np.nan]}, "risk: row 1: 7; expected a probability, or NaN"),
        ({"margins": [[-1.0, 1.0, -1.0]]}, "shape of margins: [1, 3]; expected (3,), one for each point"),
        ({"margins": [-1.0, 1.0, 0.3]}, "margins: row 2: 0.3; expected < 0 where the label is 0"),
        ({"margins": [-1.0, -0.2, 0.0]}, "margins: row 1: -0.2; expected > 0 where the label is 1"),
        (
            {"points": [[0.1, 0.2], [0.5, 1.5], [0.5, 1.5]]},
            "labels: points 1 and 2, in the order told, are the same with labels 1 and 0; "
            "expected one label: the simulator must be deterministic",
        ),
    ],
)
def test_mistakes_in_what_is_told(told, line):
    learner = ActiveLearner(BOUNDS, start=2)
    with pytest.raises(UserError) as error:
        learner.tell(**{"points": POINTS, "labels": LABELS, **told})
    assert str(error.value) == line
    assert len(learner.history.points) == 0


def test_contradiction_of_an_earlier_label_is_found():
    learner = ActiveLearner(BOUNDS, start=2)
    learner.tell(POINTS, LABELS)
    with pytest.raises(
        UserError, match=r"^labels: points 1 and 3, in the order told, are the same with labels 1 and 0"
    ):
        learner.tell(POINTS[1:2], [0])
    learner.tell(POINTS[1:2], [1])
    assert learner.classifier.training_accuracy == 1


@pytest.mark.parametrize(
    ("bounds", "line"),
    [
        ([0, 1], "shape of bounds: [2]; expected (d, 2), lower and upper end of each parameter"),
        ([[0, 1], [2, 2]], "bounds: parameter 1: [2, 2]; expected a lower and a higher number"),
        ([[0, np.nan]], "bounds: parameter 0: [0, nan]; expected a lower and a higher number"),
    ],
)
def test_mistakes_in_bounds(bounds, line):
    with pytest.raises(UserError) as error:
        ActiveLearner(bounds)
    assert str(error.value) == line


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda one: one.ask("3"), "n: '3'; expected at least 1 point to ask for"),
        (lambda one: one.ask(2.5), "n: 2.5; expected at least 1 point to ask for"),
        (lambda one: ActiveLearner(BOUNDS, start=2.5), "start: 2.5; expected at least 1 point"),
        (lambda one: ActiveLearner(BOUNDS, seed=None), "seed: None; expected a whole number, not negative"),
        (lambda one: ActiveLearner(BOUNDS, stream_share="0.5"), "stream_share: '0.5'; expected a number from 0 to 1"),
        (lambda one: ActiveLearner([[0, 1], [0]]), "bounds: [[0, 1], [0]]; expected an array of numbers"),
        (lambda one: one.tell([["a", 0.5]], [1]), "points: [['a', 0.5]]; expected an array of numbers"),
        (lambda one: one.tell([[0.5, 0.5]], ["safe"]), "labels: ['safe']; expected an array of numbers"),
        (
            lambda one: one.predict_proba([[0.5]]),
            "shape of points: [1, 1]; expected (n, 2), a column for each parameter",
        ),
        (lambda one: one.latent([[0.5, 3.0]]), "points: row 0, parameter 1: 3; expected 0 to 2"),
    ],
)
def test_what_is_of_another_kind(call, line):
    with pytest.raises(UserError) as error:
        call(ActiveLearner(BOUNDS, start=2))
    assert str(error.value) == line


def test_bounds_are_the_learners_own():
    bounds = BOUNDS.copy()
    learner = ActiveLearner(bounds)
    bounds[0, 1] = 9.0
    np.testing.assert_array_equal(learner.bounds, BOUNDS)


def test_mistakes_in_asking():
    learner = ActiveLearner(BOUNDS, start=2)
    with pytest.raises(UserError, match=r"^n: 0; expected at least 1 point to ask for$"):
        learner.ask(0)
    with pytest.raises(UserError, match=r"^pending: row 0, parameter 0: 3; expected 0 to 1$"):
        learner.ask(1, pending=[[3.0, 0.5]])
    with pytest.raises(UserError, match=r"^unknown acquisition 'stradle'; .*; did you mean straddle\?$"):
        ActiveLearner(BOUNDS, acquisition="stradle")
    with pytest.raises(UserError, match=r"^start: 0; expected at least 1 point$"):
        ActiveLearner(BOUNDS, start=0)
    with pytest.raises(UserError, match=r"^stream_share: 1.5; expected a number from 0 to 1$"):
        ActiveLearner(BOUNDS, stream_share=1.5)
    assert learner.assess().reason == "nothing was simulated yet"


def test_rounding_at_the_edge_is_forgiven():
    learner = ActiveLearner(BOUNDS, start=1)
    learner.tell([[1.0 + 1e-12, 0.5]], [1])
    assert len(learner.history.points) == 1


def test_margin_of_a_failed_simulation_contradicts_nothing():
    learner = ActiveLearner(BOUNDS, start=2)
    learner.tell(POINTS, [0, 1, -1], margins=[-1.0, np.nan, 5.0])
    assert not learner.history.valid[2]


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_only_explores_on_and_says_so(label, caplog):
    learner = ActiveLearner(BOUNDS, start=4)
    with caplog.at_level(logging.WARNING, "pointes"):
        for _ in range(4):
            learner.tell(learner.ask(4).points, np.full(4, label))
    assert f"no boundary was met: all 16 labels are {label}; exploring on" in caplog.messages
    assert learner.assess().reason == f"no boundary was met: all 16 labels are {label}"
    assert not learner.assess().converged
    evenly = sobol(BOUNDS, 0, 16, 1, RandomStream.DESIGN)
    np.testing.assert_array_equal(learner.history.points, evenly)


def test_all_failed_explores_on_and_says_so():
    learner = ActiveLearner(BOUNDS, start=4)
    for _ in range(4):
        learner.tell(learner.ask(4).points, np.zeros(4), status=np.ones(4))
    assert learner.assess().reason == "all 16 simulations failed"
    evenly = sobol(BOUNDS, 0, 16, 1, RandomStream.DESIGN)
    np.testing.assert_array_equal(learner.history.points, evenly)
    assert learner.predict_proba(POINTS) == pytest.approx(0.5)
