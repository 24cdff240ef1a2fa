"""The classification of the 28 CiPA drugs by the FDA, from samples of the torsade metric.

``fda_torsade_metric.csv`` has 40 quantiles, at (k - 1/2) / 40, of the 2,000 samples of each drug's mean qNet [µC/µF] at
1 to 4 Cmax: data of Charles River, in data/hybrid_training.csv and data/hybrid_testing.csv of
https://github.com/kit-cml/cml_olr, commit 9ed7920. From all samples, pointes makes the tables of the FDA
(``fda_classification.csv``) without one sample of difference; 40 quantiles give its figures to the digits below.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from pointes.drugs.measures import measure
from pointes.drugs.ordinal import codes, fit_ordinal
from pointes.drugs.validation import Scheme, classify, majority

from .test_measures import fda


@pytest.fixture(scope="module")
def metric():
    """Names, quantiles of the metric, and categories of the 28 drugs."""
    with Path(__file__).with_name("fda_torsade_metric.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    quantiles = np.array([[float(row[f"q{k + 1}"]) for k in range(40)] for row in rows])
    return [row["drug"] for row in rows], quantiles, codes([row["category"] for row in rows])


def published(dataset, names):
    """Return the class frequencies of the FDA in the order of these drugs."""
    drugs, frequency, _ = fda(dataset)
    return frequency[[list(drugs).index(name) for name in names]]


def test_fit_and_thresholds(metric):
    _, quantiles, category = metric
    found = fit_ordinal(quantiles, category)
    assert found.slopes == pytest.approx([-292.54], rel=0.003)
    assert found.intercepts == pytest.approx((20.012, 15.665), rel=0.003)
    assert found.thresholds() == pytest.approx((0.0683, 0.0536), abs=5e-5)


@pytest.mark.parametrize(
    ("dataset", "scheme", "error"),
    [("crl_28_training_fit", Scheme.IN_SAMPLE, 0.185), ("crl_28_loocv", Scheme.LEAVE_ONE_DRUG_OUT, 0.222)],
)
def test_class_frequencies(metric, dataset, scheme, error):
    names, quantiles, category = metric
    found = classify(quantiles, category, scheme).frequency()
    assert found == pytest.approx(published(dataset, names), abs=0.02)  # a sample counts 0.025, and half is rounded off
    assert measure(found, category).mean_error.value == pytest.approx(error, abs=0.001)


def test_drugs_that_are_wrong(metric):
    """Leaving one out, 1,009 of 2,000 samples put quinidine at high risk, too even to be decided by 40."""
    names, quantiles, category = metric

    def wrong(scheme):
        found = majority(classify(quantiles, category, scheme).frequency())
        return {name for name, one, true in zip(names, found, category, strict=True) if one != true}

    expected = {"disopyramide", "domperidone", "pimozide", "sotalol"}
    assert wrong(Scheme.IN_SAMPLE) == expected
    assert wrong(Scheme.LEAVE_ONE_DRUG_OUT) - {"quinidine"} == expected | {"tamoxifen"}


def test_aucs(metric):
    """0.988 by class frequencies, as published; 0.894 by mean probabilities of all 2,000 samples for high risk."""
    _, quantiles, category = metric
    found = classify(quantiles, category, Scheme.LEAVE_ONE_DRUG_OUT)
    by_frequency = measure(found.frequency(), category)
    by_probability = measure(found.frequency(), category, ranking=found.mean_probability())
    assert by_frequency.auc_low_vs_rest.value == pytest.approx(0.988, abs=1e-3)
    assert by_probability.auc_low_vs_rest.value == 1
    assert by_probability.auc_high_vs_rest.value == pytest.approx(0.894, abs=1e-3)


def test_the_published_auc_of_high_risk_rests_on_three_samples():
    """Without the one sample of disopyramide and the two of sotalol, they tie with drugs of intermediate risk."""
    drugs, frequency, category = fda("crl_28_loocv")
    assert measure(frequency, category).auc_high_vs_rest.value == pytest.approx(0.956, abs=5e-4)
    few = np.isin(drugs, ["disopyramide", "sotalol"])
    assert (2000 * frequency[few, 2]).tolist() == [2, 1]
    without = frequency.copy()
    without[few] = [0, 1, 0]
    assert measure(without, category).auc_high_vs_rest.value == pytest.approx(0.844, abs=5e-4)
