"""Schemes of validation: what is fitted when a drug is classified."""

import numpy as np
import pytest

from pointes.drugs.ordinal import fit_ordinal
from pointes.drugs.validation import Classification, Scheme, class_frequency, classify, majority
from pointes.errors import UserError

CATEGORY = np.array([0, 0, 1, 1, 2, 2, -1])
METRIC = np.array([1.0, 2.2, 2.0, 3.1, 2.9, 4.0, 9.0])[:, None] + np.array([-0.5, 0.0, 0.4])


def test_in_sample_all_labelled_drugs_are_fitted_and_all_drugs_classified():
    found = classify(METRIC, CATEGORY, Scheme.IN_SAMPLE)
    assert found.probability == pytest.approx(fit_ordinal(METRIC, CATEGORY).probability(METRIC[..., None]))
    assert found.tested.all()
    assert majority(found.frequency())[-1] == 2


def test_leaving_one_drug_out_leaves_out_all_its_samples():
    found = classify(METRIC, CATEGORY, Scheme.LEAVE_ONE_DRUG_OUT).probability
    others = np.arange(7) != 3
    expected = fit_ordinal(METRIC[others], CATEGORY[others]).probability(METRIC[3][:, None])
    assert found[3] == pytest.approx(expected)


def test_a_drug_cannot_learn_from_itself():
    """The metric of a drug that is left out changes its own probabilities only by where it lies on the curve."""
    moved = METRIC.copy()
    moved[3] = METRIC[2]
    found = classify(moved, CATEGORY, Scheme.LEAVE_ONE_DRUG_OUT).probability
    model = fit_ordinal(np.delete(METRIC, 3, axis=0), np.delete(CATEGORY, 3))
    assert found[3] == pytest.approx(model.probability(METRIC[2][:, None]))


def test_rows_of_one_compound_are_left_out_together():
    compound = ["a", "b", "c", "d", "d", "e", "f"]
    found = classify(METRIC, CATEGORY, Scheme.LEAVE_ONE_DRUG_OUT, compound=compound).probability
    kept = [0, 1, 2, 5]
    model = fit_ordinal(METRIC[kept], CATEGORY[kept])
    assert found[3:5] == pytest.approx(model.probability(METRIC[3:5][..., None]))


def test_a_frozen_model_knows_the_training_drugs_only():
    training = np.array([True, False, True, False, True, False, False])
    found = classify(METRIC, CATEGORY, Scheme.FROZEN, training=training)
    assert found.tested.tolist() == (~training).tolist()
    model = fit_ordinal(METRIC[training], CATEGORY[training])
    assert found.probability == pytest.approx(model.probability(METRIC[..., None]))


@pytest.mark.parametrize("training", [None, np.ones(7, bool), np.zeros(7, bool)])
def test_a_frozen_model_needs_training_drugs_and_others(training):
    with pytest.raises(UserError, match="training drugs"):
        classify(METRIC, CATEGORY, Scheme.FROZEN, training=training)


def test_several_metrics():
    both = np.stack([METRIC, METRIC**2], axis=-1)
    found = classify(both, CATEGORY, Scheme.IN_SAMPLE, penalty=0.01)
    assert found.probability == pytest.approx(fit_ordinal(both, CATEGORY, penalty=0.01).probability(both))


def test_shares_by_hand():
    probability = np.array([[[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [np.nan] * 3], [[np.nan] * 3] * 3])
    found = Classification(probability, np.ones(2, bool))
    assert found.predicted().tolist() == [[0, 1, -1], [-1, -1, -1]]
    assert found.frequency()[0].tolist() == [0.5, 0.5, 0.0]
    assert found.mean_probability()[0] == pytest.approx([0.3, 0.45, 0.25])
    assert np.isnan([found.frequency()[1], found.mean_probability()[1]]).all()
    assert majority(found.mean_probability()).tolist() == [1, -1]
    assert class_frequency(np.array([[2, 2, 1, 2]])).tolist() == [[0.0, 0.25, 0.75]]
