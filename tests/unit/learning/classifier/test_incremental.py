"""Many points: frozen hyperparameters and thinning lose nothing that was told."""

import logging

import numpy as np
import pytest

from pointes.learning import ActiveLearner
from pointes.learning.classifier import incremental
from pointes.learning.classifier.margins import fit

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
    monkeypatch.setattr(incremental, "SEARCHED", searched)
    monkeypatch.setattr(incremental, "SEARCHED_WITH_MARGINS", searched)
    monkeypatch.setattr(incremental, "KEPT", kept)


@pytest.mark.parametrize("with_margins", [False, True])
def test_thinned_fit_reproduces_every_label_and_keeps_the_boundary(points, monkeypatch, caplog, with_margins):
    smaller(monkeypatch, 60, 120)
    margins = margin(points) if with_margins else np.full(400, np.nan)
    labels = (margin(points) > 0).astype(np.int8)
    with caplog.at_level(logging.INFO, "pointes"):
        model = incremental.IncrementalFitter(BOUNDS).fit(points, labels, margins)
    assert caplog.messages[-2:] == [
        "400 points: hyperparameters are those of 60 early ones",
        f"400 points: {len(model.labels)} of them kept",
    ]
    assert 120 <= len(model.labels) <= 140
    assert ((model.predict_proba(points) > 0.5) == labels).all()
    new = np.random.default_rng(3).random((3000, 2))
    assert np.mean((model.predict_proba(new) > 0.5) == (margin(new) > 0)) > 0.99


def test_hyperparameters_are_those_of_the_first_points(points, monkeypatch):
    smaller(monkeypatch, 60, 120)
    labels, unknown = (margin(points) > 0).astype(np.int8), np.full(400, np.nan)
    head = fit(points[:60], labels[:60], unknown[:60], BOUNDS)[0]
    model = incremental.IncrementalFitter(BOUNDS).fit(points[:100], labels[:100], unknown[:100])
    np.testing.assert_array_equal(model.length_scales, head.length_scales)
    assert len(model.labels) == 100


def test_a_learner_is_not_disturbed_by_many_points(points, monkeypatch):
    smaller(monkeypatch, 60, 120)
    learner = ActiveLearner(BOUNDS, start=8)
    for first in range(0, 400, 100):
        learner.tell(points[first : first + 100], margin(points[first : first + 100]) > 0)
    assert len(np.unique(learner.ask(24).points, axis=0)) == 24
    assert learner.assess().training_accuracy == 1


def test_every_label_of_a_rough_boundary_is_reproduced(monkeypatch):
    """No 50 points tell the labels of all: more are kept."""
    smaller(monkeypatch, 40, 50)
    points = np.random.default_rng(0).random((300, 2))
    labels = (np.sin(15 * points).sum(axis=1) > 0).astype(np.int8)
    model = incremental.IncrementalFitter(BOUNDS).fit(points, labels, np.full(300, np.nan))
    assert 50 < len(model.labels) < 300
    assert ((model.predict_proba(points) > 0.5) == labels).all()


def test_hyperparameters_wait_for_both_labels(points, monkeypatch):
    """The first 60 labels are the same and tell nothing; the 60 that end with the first other do."""
    smaller(monkeypatch, 60, 120)
    labels, unknown = (margin(points) > 0).astype(np.int8), np.full(400, np.nan)
    order = np.concatenate([np.flatnonzero(labels == 0)[:80], np.flatnonzero(labels == 1)[:10]])
    model = incremental.IncrementalFitter(BOUNDS).fit(points[order], labels[order], unknown[order])
    head = order[21:81]
    like = fit(points[head], labels[head], unknown[head], BOUNDS)[0]
    np.testing.assert_array_equal(model.length_scales, like.length_scales)
    assert model.trend > 0


def test_one_label_freezes_nothing(points, monkeypatch):
    smaller(monkeypatch, 60, 120)
    safe, unknown = points[margin(points) < 0], np.full(400, np.nan)
    scaled = incremental.IncrementalFitter(BOUNDS)
    model = scaled.fit(safe[:80], np.zeros(80, np.int8), unknown[:80])
    assert model.trend == 0
    both = np.concatenate([safe[:80], points[margin(points) > 0][:20]])
    labels = (margin(both) > 0).astype(np.int8)
    assert scaled.fit(both, labels, unknown[:100]).trend > 0
