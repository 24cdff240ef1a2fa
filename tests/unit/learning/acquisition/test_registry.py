"""Acquisitions by name: those of pointes, and one of a package outside of it."""

import os
import subprocess
import sys

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.learning import ActiveLearner, FidelityLearner
from pointes.learning.acquisition import ACQUISITIONS
from pointes.vocabulary import Fidelity, Purpose

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])

MODULE = '''
from pointes.learning import Acquisition

class Exploration(Acquisition):
    """Largest variance."""

    def score(self, batch, candidates):
        return batch.variance[candidates]
'''

LEARN = """
import numpy as np
from pointes.learning import ActiveLearner, FidelityLearner

learner = ActiveLearner([[0, 1], [0, 1]], start=8, acquisition="exploration")
for _ in range(3):
    points = learner.ask(8).points
    learner.tell(points, points[:, 0] > 0.5)
learner = FidelityLearner([[0, 1], [0, 1]], start=(16, 8), acquisition="exploration")
for _ in range(3):
    proposal = learner.ask(24)
    learner.tell(proposal.points, proposal.points[:, 0] > 0.5, proposal.fidelity, 1 + 9 * proposal.fidelity)
print(type(learner.acquisition).__module__, len(learner.history.points))
"""


def high(points):
    return (points[:, 0] + 0.3 * points[:, 1] ** 2 > 0.6).astype(np.int8)


def low(points):
    return (points[:, 0] + 0.3 * points[:, 1] ** 2 > 0.55).astype(np.int8)


def two_fidelities(acquisition, rounds=4):
    learner = FidelityLearner(UNIT, start=(24, 6), seed=2, acquisition=acquisition)
    for _ in range(rounds):
        proposal = learner.ask(30 if len(learner.history.points) == 0 else 8)
        labels = np.where(proposal.fidelity == Fidelity.HIGH, high(proposal.points), low(proposal.points))
        learner.tell(proposal.points, labels, proposal.fidelity, 1.0 + 9.0 * proposal.fidelity)
    return learner


def test_names_are_known_before_any_acquisition_is_imported():
    code = "import sys; from pointes.learning.acquisition import ACQUISITIONS as a; print(*a, 'scipy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.split() == ["sur", "u", "margin", "feasibility", "straddle", "random", "sobol", "False"]


def test_acquisition_of_another_package_learns_with_both_learners(tmp_path):
    (tmp_path / "exploring.py").write_text(MODULE)
    distribution = tmp_path / "exploring-1.0.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: exploring\nVersion: 1.0\n")
    (distribution / "entry_points.txt").write_text("[pointes.acquisitions]\nexploration = exploring:Exploration\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", LEARN], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.stdout.split() == ["exploring", "72"], done.stderr


@pytest.mark.parametrize("acquisition", ["u", "margin", "feasibility", "straddle"])
def test_criteria_of_single_points_choose_the_fidelity_by_gain_per_cost(acquisition):
    learner = two_fidelities(acquisition)
    chosen = learner.history.where(learner.history.purpose == Purpose.BOUNDARY)
    assert set(chosen.fidelity) == set(Fidelity)
    assert len(np.unique(np.column_stack([chosen.points, chosen.fidelity]), axis=0)) == len(chosen.points)
    test = np.random.default_rng(1).random((1000, 2))
    assert np.mean((learner.predict_proba(test) > 0.5) == high(test)) > 0.97


@pytest.mark.parametrize(("acquisition", "streamed"), [("random", 6), ("sobol", 24)])
def test_passive_designs_are_of_the_high_fidelity(acquisition, streamed):
    learner = two_fidelities(acquisition)
    later = learner.history.where(slice(30, None))
    assert set(later.fidelity) == {Fidelity.HIGH}
    assert (later.purpose == Purpose.STREAM).sum() == streamed
    with pytest.raises(
        UserError, match=r"^fidelity: 'low'; expected high or none: this acquisition looks at no labels"
    ):
        learner.ask(4, Fidelity.LOW)


def test_an_acquisition_may_be_an_object():
    learner = ActiveLearner(UNIT, start=8, acquisition=ACQUISITIONS["u"]())
    again = ActiveLearner(UNIT, start=8, acquisition="u")
    for one in (learner, again):
        one.tell(one.ask(8).points, high(one.ask(8).points))
    np.testing.assert_array_equal(learner.ask(4).points, again.ask(4).points)
