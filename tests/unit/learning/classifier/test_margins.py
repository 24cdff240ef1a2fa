"""Margins: believed where they measure, refused where they mislead."""

import numpy as np
import pytest

from pointes.learning import ActiveLearner
from pointes.learning.classifier.margins import fit, select_margins

BOUNDS = np.array([[0.0, 1.0]] * 3)


def distance(points):
    """A smooth signed margin over three parameters."""
    x, y, z = points.T
    return x**2 + 0.5 * y * z - 0.6 * z - 0.25


SHAPES = {
    "smooth": lambda m: m,
    "saturating": lambda m: np.tanh(m / 0.2),
    "cut off where safe": lambda m: np.maximum(m, 0.0),
    "capped where arrhythmic": lambda m: np.where(m > 0, 0.189, 0.28 / (0.45 - m) - 0.811),
    "steep where arrhythmic": lambda m: np.where(m > 0, 30 * m, 0.3 * m),
}
TEST = np.random.default_rng(12345).random((3000, 3))
TRUTH = distance(TEST) > 0


def accuracy(shape, seeds, rounds=3):
    """Mean accuracy over some seeds after the start and some batches of 8."""
    reached = []
    for seed in seeds:
        learner = ActiveLearner(BOUNDS, start=16, seed=seed)
        for n in [16] + [8] * rounds:
            points = learner.ask(n).points
            margin = distance(points)
            learner.tell(points, margin > 0, margins=None if shape is None else SHAPES[shape](margin))
        reached.append(np.mean((learner.predict_proba(TEST) > 0.5) == TRUTH))
    return np.mean(reached)


def test_smooth_margins_are_worth_several_labels():
    assert accuracy("smooth", range(2), rounds=1) > max(accuracy(None, range(2), rounds=3), 0.98)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_margin_is_worse_than_labels(shape):
    assert accuracy(shape, range(3), rounds=2) > accuracy(None, range(3), rounds=2) - 0.005


def test_margins_that_mean_nothing_are_refused():
    rng = np.random.default_rng(0)
    points = rng.random((40, 3))
    labels = (distance(points) > 0).astype(np.int8)
    nonsense = np.where(labels, 1, -1) * rng.lognormal(0, 2, 40)
    classifier, quantile = fit(points, labels, nonsense, BOUNDS)
    assert quantile is None
    assert not classifier.with_margins


def test_values_that_occur_twice_are_cut_off_or_capped():
    margins, beyond = select_margins([0.0, 0.0, 0.3, 0.7, np.inf, np.nan], [0, 0, 1, 1, 1, 0], np.inf)
    np.testing.assert_array_equal(margins, [np.nan, np.nan, 0.3, 0.7, np.nan, np.nan])
    assert (beyond == 0).all()


def test_large_values_are_censored():
    margins, beyond = select_margins([-1.0, -2.0, 1.5, 3.0, 80.0], [0, 0, 1, 1, 1], 1.0)
    np.testing.assert_array_equal(margins, [-1.0, -2.0, 1.5, np.nan, np.nan])
    np.testing.assert_array_equal(beyond, [0, 0, 0, 2.0, 2.0])


def test_margins_find_a_boundary_before_the_other_label_was_met():
    """All points lie on the safe side, where the margin falls towards the boundary."""
    points = np.random.default_rng(0).random((40, 3))
    points = points[distance(points) < -0.1]
    classifier, _ = fit(points, np.zeros(len(points), np.int8), distance(points), BOUNDS)
    assert np.mean((classifier.predict_proba(TEST) > 0.5) == TRUTH) > 0.9
