"""Measures of classifications: those of the FDA, by hand, and their intervals."""

import csv
from pathlib import Path

import numpy as np
import pytest

from pointes.drugs.measures import by_sample, measure, rank_key
from pointes.drugs.ordinal import codes
from pointes.drugs.validation import Scheme, classify, majority

NAMES = ("low", "intermediate", "high")


def fda(dataset):
    """Return names, class frequencies and categories of drugs in the classification of the FDA.

    Numbers of 2,000 samples in qNettraining_probs.csv and qNetLOOCV_probs.csv of https://github.com/FDA/CiPA, commit
    4bfb160: ``crl`` in chantest_AP_simulation/results/uncertainty, ``nanion`` in LOOCV/results/uncertainty.
    """
    with Path(__file__).with_name("fda_classification.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] == dataset]
    frequency = np.array([[int(row[name]) for name in NAMES] for row in rows]) / 2000
    return np.array([row["drug"] for row in rows]), frequency, codes([row["category"] for row in rows])


def wrong(drugs, frequency, category):
    return sorted(drugs[majority(frequency) != category].tolist())


def test_fda_leaving_one_of_28_drugs_out():
    drugs, frequency, category = fda("crl_28_loocv")
    found = measure(frequency, category)
    assert round(found.auc_low_vs_rest.value, 3) == 0.988
    assert round(found.auc_high_vs_rest.value, 3) == 0.956
    assert found.accuracy.value == pytest.approx(23 / 28)
    assert round(found.mean_error.value, 3) == 0.222
    assert wrong(drugs, frequency, category) == ["disopyramide", "domperidone", "pimozide", "sotalol", "tamoxifen"]


def test_fda_fit_to_28_drugs():
    drugs, frequency, category = fda("crl_28_training_fit")
    found = measure(frequency, category)
    assert found.accuracy.value == pytest.approx(24 / 28)
    assert round(found.mean_error.value, 3) == 0.185
    assert wrong(drugs, frequency, category) == ["disopyramide", "domperidone", "pimozide", "sotalol"]


def test_fda_leaving_one_of_8_drugs_out():
    """Table 7 of that folder has the mean error 0.322."""
    _, frequency, category = fda("nanion_8_loocv")
    assert round(measure(frequency, category).mean_error.value, 3) == 0.322


FREQUENCY = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.1, 0.6, 0.3], [0.0, 0.4, 0.6], [0.0, 0.7, 0.3]])
CATEGORY = np.array([0, 0, 1, 2, 2])


def test_measures_by_hand():
    found = measure(FREQUENCY, CATEGORY)
    assert found.n_drugs == 5
    assert found.auc_low_vs_rest.value == 1
    assert found.auc_high_vs_rest.value == pytest.approx(5.5 / 6)  # the last drug ties with the third
    assert found.accuracy.value == pytest.approx(3 / 5)
    assert found.mean_error.value == pytest.approx((0.1 + 0.8 + 0.1 + 0.3 + 0.4 + 0.7) / 5)
    sensitivity, specificity = (0.9 + 1 + 1) / 3, (0.9 + 0.2) / 2
    assert found.lr_plus_low_vs_rest.value == pytest.approx(sensitivity / (1 - specificity))
    assert found.lr_minus_low_vs_rest.value == pytest.approx((1 - sensitivity) / specificity)
    sensitivity, specificity = (0.6 + 0.3) / 2, (1 + 1 + 0.7) / 3
    assert found.lr_plus_high_vs_rest.value == pytest.approx(sensitivity / (1 - specificity))
    assert found.lr_minus_high_vs_rest.value == pytest.approx((1 - sensitivity) / specificity)


def test_pairs_are_ordered_by_category_and_then_within_it():
    """Keys 0.1, 1.8, 1.9, 2.6, 2.0: all 8 pairs of different category are right."""
    assert rank_key(FREQUENCY[:4]) == pytest.approx([0.1, 1.8, 1.9, 2.6])
    assert rank_key(np.array([[0.0, 0.7, 0.3]])).tolist() == [2.0]
    assert measure(FREQUENCY, CATEGORY).pairwise.value == 1
    swapped = FREQUENCY[[1, 0, 2, 3, 4]]
    swapped[0, 0], swapped[0, 1] = 0.05, 0.95  # a drug of low risk above the one of intermediate risk
    assert measure(swapped, CATEGORY).pairwise.value == pytest.approx(7 / 8)


def test_pairs_of_two_training_drugs_do_not_count():
    tested = np.array([True, False, False, False, True])
    order = FREQUENCY[[0, 3, 2, 1, 4]]  # the second and the fourth drug, neither of them tested, have changed places
    found = measure(FREQUENCY, CATEGORY, ranking=order, tested=tested)
    # Pairs: the first with the third to fifth, and the fifth with the second and third; the second is above the fifth
    assert found.n_drugs == 2
    assert found.pairwise.value == pytest.approx(4 / 5)
    assert found.auc_low_vs_rest.value == 1


def test_another_order_changes_only_what_ranks():
    plain, ordered = measure(FREQUENCY, CATEGORY), measure(FREQUENCY, CATEGORY, ranking=FREQUENCY[[2, 0, 1, 3, 4]])
    assert ordered.auc_low_vs_rest.value < plain.auc_low_vs_rest.value
    assert ordered.accuracy == plain.accuracy
    assert ordered.lr_plus_low_vs_rest == plain.lr_plus_low_vs_rest


def test_drugs_without_category_or_samples_are_left_out():
    more = np.vstack([FREQUENCY, [[0.1, 0.2, 0.7]], [[np.nan] * 3]])
    assert measure(more, np.append(CATEGORY, [-1, 0])) == measure(FREQUENCY, CATEGORY)


def test_a_group_without_drugs_has_no_measure():
    found = measure(FREQUENCY[:2], CATEGORY[:2])
    assert np.isnan(found.auc_low_vs_rest).all()
    assert np.isnan(found.pairwise).all()
    assert found.accuracy.value == 0.5


def test_perfect_decisions_have_an_infinite_likelihood_ratio():
    found = measure(np.eye(3), np.arange(3))
    assert found.lr_plus_high_vs_rest == (np.inf, np.inf, np.inf)
    assert found.lr_minus_high_vs_rest == (0, 0, 0)


def test_bootstrap_has_the_spread_of_an_accuracy():
    """Of 400 drugs of one category, 300 are right: standard error sqrt(0.75 * 0.25 / 400)."""
    share = np.repeat([[0, 1.0, 0], [1.0, 0, 0]], [300, 100], axis=0)
    found = measure(share, np.ones(400, int)).accuracy
    assert found.value == 0.75
    assert found.q975 - found.q025 == pytest.approx(2 * 1.96 * np.sqrt(0.75 * 0.25 / 400), rel=0.06)


def test_intervals_follow_the_seed():
    _, frequency, category = fda("crl_28_loocv")
    first, again, other = (measure(frequency, category, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert first.auc_low_vs_rest.value == other.auc_low_vs_rest.value


def test_measures_within_samples():
    """With one sample these are the measures of all drugs; a sample that a drug lacks is not known."""
    rng = np.random.default_rng(3)
    category = np.repeat([0, 1, 2], 5)
    found = classify(category[:, None] + rng.normal(0, 0.7, (15, 4)), category, Scheme.LEAVE_ONE_DRUG_OUT)
    sampled = by_sample(found.probability, category, found.tested)
    for k in range(4):
        one = measure(found.probability[:, k], category)
        for name, values in sampled.items():
            assert values[k] == pytest.approx(getattr(one, name).value)
    found.probability[2, 1] = np.nan
    missing = by_sample(found.probability, category, found.tested)["pairwise"]
    assert np.isnan(missing).tolist() == [False, True, False, False]
