"""Many points: frozen hyperparameters and thinning lose nothing that was told."""

import logging

import numpy as np
import pytest

from pointes.learning import ActiveLearner, scaling
from pointes.learning.margins import fit

BOUNDS = np.array([[0.0, 1.0], [0.0, 1.0]])


def margin(points):
    return 0.5 + np.sin(2.5 * np.pi * points[:, 0]) / 3 - points[:, 1]


@pytest.fixture
def points():
    """A fifth of 400 points lie at random, the others crowd at the boundary."""
    points = np.random.default_rng(0).random((2000, 2))
    near = points[np.argsort(np.abs(margin(points)))[:320]]
    return np.random.default_rng(1).permutation(np.concatenate([near, np.random.default_rng(2).random((80, 2))]))


def smaller(monkeypatch, searched, kept):
    monkeypatch.setattr(scaling, "SEARCHED", searched)
    monkeypatch.setattr(scaling, "SEARCHED_WITH_MARGINS", searched)
    monkeypatch.setattr(scaling, "KEPT", kept)


@pytest.mark.parametrize("with_margins", [False, True])
def test_thinned_fit_reproduces_every_label_and_keeps_the_boundary(points, monkeypatch, caplog, with_margins):
    smaller(monkeypatch, 60, 120)
    margins = margin(points) if with_margins else np.full(400, np.nan)
    labels = (margin(points) > 0).astype(np.int8)
    with caplog.at_level(logging.INFO, "pointes"):
        model = scaling.Scaled(BOUNDS).fit(points, labels, margins)
    assert caplog.messages[-2:] == [
        "400 points: hyperparameters are those of the first 60",
        f"400 points: {len(model.labels)} of them kept",
    ]
    assert len(model.labels) <= 120
    assert ((model.predict_proba(points) > 0.5) == labels).all()
    new = np.random.default_rng(3).random((3000, 2))
    assert np.mean((model.predict_proba(new) > 0.5) == (margin(new) > 0)) > 0.99


def test_hyperparameters_are_those_of_the_first_points(points, monkeypatch):
    smaller(monkeypatch, 60, 120)
    labels, unknown = (margin(points) > 0).astype(np.int8), np.full(400, np.nan)
    head = fit(points[:60], labels[:60], unknown[:60], BOUNDS)[0]
    model = scaling.Scaled(BOUNDS).fit(points[:100], labels[:100], unknown[:100])
    np.testing.assert_array_equal(model.length_scales, head.length_scales)
    assert len(model.labels) == 100


def test_a_learner_is_not_disturbed_by_many_points(points, monkeypatch):
    smaller(monkeypatch, 60, 120)
    learner = ActiveLearner(BOUNDS, start=8)
    for first in range(0, 400, 100):
        learner.tell(points[first : first + 100], margin(points[first : first + 100]) > 0)
    assert len(np.unique(learner.ask(24).points, axis=0)) == 24
    assert learner.assess().training_accuracy == 1
