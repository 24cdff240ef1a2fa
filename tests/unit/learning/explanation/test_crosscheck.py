"""The other classifiers: trained, deterministic, monotone where told, and content with one class."""

import numpy as np
import pytest

from pointes.learning.explanation import crosscheck

BOUNDS = np.array([[0.0, 2.0], [0.0, 1.0]])
POINTS = np.random.default_rng(0).uniform(*BOUNDS.T, size=(80, 2))
LABELS = (POINTS[:, 0] / 2 > 0.3 + 0.4 * POINTS[:, 1]).astype(int)
NEW = np.random.default_rng(1).uniform(*BOUNDS.T, size=(500, 2))


@pytest.fixture(scope="module")
def trained():
    return crosscheck.train(POINTS, LABELS, BOUNDS, monotone=(1, -1))


def test_all_models_learn(trained):
    expected = NEW[:, 0] / 2 > 0.3 + 0.4 * NEW[:, 1]
    for name, risk in trained.predict(NEW).items():
        assert ((risk >= 0) & (risk <= 1)).all(), name
        assert np.mean((risk > 0.5) == expected) > 0.93, name


def test_same_data_same_models(trained):
    again = crosscheck.train(POINTS, LABELS, BOUNDS, monotone=(1, -1)).predict(NEW)
    for name, risk in trained.predict(NEW).items():
        np.testing.assert_array_equal(again[name], risk)


def test_xgboost_is_monotone_where_told(trained):
    along = np.linspace(*BOUNDS[0], 200)
    for other in np.linspace(*BOUNDS[1], 5):
        risk = trained.predict(np.column_stack([along, np.full(200, other)]))["xgboost"]
        assert (np.diff(risk) >= 0).all()


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_is_predicted_everywhere(label):
    models = crosscheck.train(POINTS, np.full(80, label), BOUNDS)
    for risk in models.predict(NEW).values():
        assert (risk == label).all()
