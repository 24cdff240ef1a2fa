"""Other classifiers on the points of a campaign, and their table."""

import json

import numpy as np

from pointes.campaign.files.results import read_result
from pointes.campaign.files.samples import make
from pointes.campaign.space import Space
from pointes.campaign.steps.crosschecks import compare
from pointes.campaign.steps.learning_table import by_iteration, write_table
from pointes.learning import GaussianProcessClassifier

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)})


def test_other_classifiers_are_not_trained_on_one_class():
    points = np.random.default_rng(1).uniform([0, 0], [1, 0.5], size=(12, 2))
    label = np.r_[np.full(4, -1), np.zeros(4), np.ones(4)].astype(np.int8)
    purpose, status = np.repeat([0, 2, 2], 4).astype(np.int8), (label < 0).astype(np.int8)
    samples = make(points, RANGES, label=label, purpose=purpose, status=status)
    history = [samples.where(slice(start, start + 4)) for start in (0, 4, 8)]
    bounds = RANGES.bounds
    known = [np.flatnonzero(label[:end] >= 0) for end in (4, 8, 12)]
    classifiers = [GaussianProcessClassifier.fit(points[rows], label[rows], bounds) for rows in known]
    failed, safe, both = compare(history, classifiers, seed=1)
    assert set(failed.values()) == set(safe.values()) == {None}
    assert both["svm_agreement"] is not None
    assert both["svm_stream_accuracy"] is None, "the stream was never predicted by a trained model"


def test_imported_simulations_are_known_from_the_first_iteration_on():
    columns = {"iteration": np.array([-1, -1, 0, 0, 1], np.int16), "sample_id": np.arange(5)}
    samples = make(np.zeros((5, 2)), RANGES, **columns)
    assert [one["sample_id"].tolist() for one in by_iteration(samples)] == [[0, 1, 2, 3], [4]]


def test_other_classifiers_see_what_the_learner_saw(tmp_path):
    """Two iterations on each side of IKr = 0.5: all classifiers agree about most of the space."""
    points = np.random.default_rng(1).uniform([0, 0], [1, 0.5], size=(60, 2))
    label = (points[:, 0] > 0.5).astype(np.int8)
    purpose = np.r_[np.zeros(40), np.full(20, 2)].astype(np.int8)
    samples = make(points, RANGES, label=label, purpose=purpose, status=np.zeros(60, np.int8))
    history = [samples.where(slice(0, 40)), samples.where(slice(40, 60))]
    bounds = RANGES.bounds
    classifiers = [GaussianProcessClassifier.fit(points[:end], label[:end], bounds) for end in (40, 60)]
    first, last = compare(history, classifiers, seed=1)
    for model in ("svm", "forest", "xgboost"):
        assert first[f"{model}_stream_accuracy"] is None
        assert last[f"{model}_stream_accuracy"] >= 0.9
        assert 0.9 < last[f"{model}_agreement"] <= 1

    for number in range(2):
        assessment = {"simulations": 2 + 2 * number, "stream_accuracy": None, "converged": False, "length_scales": [1]}
        (tmp_path / f"{number}.json").write_text(json.dumps(assessment))
    write_table(tmp_path / "learning.csv", [tmp_path / "0.json", tmp_path / "1.json"], [first, last])
    _, columns = read_result(str(tmp_path / "learning.csv"))
    assert list(columns)[:4] == ["iteration", "simulations", "stream_accuracy", "converged"]
    assert "length_scales" not in columns
    np.testing.assert_array_equal(columns["simulations"], [2, 4])
    assert np.all(np.isnan(columns["stream_accuracy"]))
    assert columns["svm_agreement"][1] == last["svm_agreement"]
