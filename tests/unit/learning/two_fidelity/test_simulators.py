"""Two simulators: Sobol sequences, failures and costs."""

from types import SimpleNamespace

import numpy as np
import pytest

from pointes.learning.acquisition.design import Design
from pointes.learning.classifier.validity import Validity
from pointes.learning.two_fidelity.simulators import LARGEST_RATIO, TwoSimulators
from pointes.vocabulary import Fidelity

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])


def runs(points, fidelity, valid=True, costs=1.0):
    n = len(points)
    flags = np.full(n, fidelity, np.int8), np.broadcast_to(valid, n)
    return SimpleNamespace(points=points, fidelity=flags[0], valid=flags[1], costs=np.broadcast_to(costs, n))


NOTHING = runs(np.empty((0, 2)), Fidelity.LOW)


@pytest.fixture
def simulators():
    return TwoSimulators(UNIT, 1, Design(UNIT, 1), Validity(UNIT))


def test_both_sequences_are_the_same_and_go_on_by_themselves(simulators):
    first = simulators.upcoming(Fidelity.HIGH, 4, NOTHING)
    known = runs(first[:2], Fidelity.HIGH)
    simulators.tell(known, known)
    np.testing.assert_array_equal(simulators.upcoming(Fidelity.HIGH, 2, NOTHING), first[2:])
    np.testing.assert_array_equal(simulators.upcoming(Fidelity.LOW, 4, NOTHING), first)
    np.testing.assert_array_equal(simulators.upcoming(Fidelity.LOW, 2, runs(first[:2], Fidelity.LOW)), first[2:])


def test_known_and_pending_points_are_not_new_at_their_fidelity(simulators):
    points = simulators.upcoming(Fidelity.LOW, 3, NOTHING)
    history, pending = runs(points[:1], Fidelity.LOW), runs(points[1:2], Fidelity.HIGH)
    assert simulators.are_new(points, Fidelity.LOW, 1, history, pending).tolist() == [False, True, True]
    assert simulators.are_new(points, Fidelity.HIGH, 1, history, pending).tolist() == [True, False, True]
    assert simulators.are_new(points, Fidelity.LOW, 3, history, pending).all()  # fewer than are wanted would be left


def test_costs_are_means_and_differ_by_a_bounded_ratio(simulators):
    assert simulators.costs_by_name() == {"low": None, "high": None}
    cheap = runs(np.random.default_rng(0).random((2, 2)), Fidelity.LOW, costs=[1.0, 3.0])
    simulators.tell(cheap, cheap)
    assert simulators.costs_by_name() == {"low": 2.0, "high": None}
    dear = SimpleNamespace(
        points=np.random.default_rng(0).random((4, 2)),
        fidelity=np.array([0, 0, 1, 1], np.int8),
        valid=np.ones(4, bool),
        costs=np.array([1.0, 3.0, 2000.0, 2000.0]),
    )
    simulators.tell(NOTHING, dear)
    assert simulators.costs_by_name() == {"low": 2.0, "high": 2000.0}
    assert simulators.bounded_costs() == {Fidelity.LOW: 2000.0 / LARGEST_RATIO, Fidelity.HIGH: 2000.0}
