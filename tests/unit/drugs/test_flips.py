"""Class flips by hand, and the table that figures show."""

import csv
import io

import numpy as np
import pytest

from pointes.drugs.flips import class_flips, flip_rows, majority_changes
from pointes.drugs.ordinal import fit_ordinal
from pointes.files import print_csv

CATEGORY = np.array([0, 0, 1, 1, 2, 2])
BASE = np.array([6.0, 5.0, 4.1, 3.0, 2.0, 1.0])[:, None] + np.array([-0.2, 0.0, 0.2, 0.3])


@pytest.fixture
def flips():
    """The spread scenario moves the third drug to high risk; the scaled one is the base in another unit."""
    spread = BASE.copy()
    spread[2] = [1.0, 1.2, 1.1, 4.0]
    return class_flips(
        {"base": BASE, "spread": spread, "scaled": 1000 * BASE}, CATEGORY, reference="base", comparable=["spread"]
    )


def test_every_scenario_has_its_own_thresholds_and_comparable_ones_those_of_the_reference(flips):
    assert [(one.scenario, one.fitted_to) for one in flips] == [
        ("base", "base"),
        ("spread", "spread"),
        ("scaled", "scaled"),
        ("spread", "base"),
    ]
    assert flips[3].thresholds == flips[0].thresholds == fit_ordinal(BASE, CATEGORY).thresholds()
    assert flips[2].thresholds == pytest.approx(1000 * np.array(flips[0].thresholds), rel=1e-4)
    assert flips[1].thresholds != flips[0].thresholds


def test_share_of_flipped_samples(flips):
    assert flips[0].flipped() == pytest.approx(np.zeros(6))
    assert flips[3].classification.predicted()[2].tolist() == [2, 2, 2, 1]
    assert flips[3].flipped() == pytest.approx([0, 0, 0.25, 0, 0, 0])


def test_changes_against_the_reference(flips):
    changed = majority_changes(flips, "base")
    assert set(changed) == {("spread", "spread"), ("scaled", "scaled"), ("spread", "base")}
    assert not changed["scaled", "scaled"].any()
    assert np.flatnonzero(changed["spread", "base"]).tolist() == [2]


def test_a_drug_without_samples_has_not_changed():
    missing = BASE.copy()
    missing[2] = np.nan
    flips = class_flips({"base": BASE, "other": missing}, CATEGORY, reference="base")
    assert not majority_changes(flips, "base")["other", "other"].any()


def test_table_of_figures(flips):
    rows = flip_rows(flips, list("abcdef"), np.array([0, 0, 1, 1, 2, -1]))
    stream = io.StringIO()
    print_csv(stream, rows)
    read = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert len(read) == 4 * 6
    third = next(row for row in read if (row["scenario"], row["fitted_to"], row["drug"]) == ("spread", "base", "c"))
    assert third["category"] == "intermediate"
    assert third["majority"] == "high"
    assert third["samples"] == "4"
    assert [float(third[f"frequency_{name}"]) for name in ("low", "intermediate", "high")] == [0, 0.25, 0.75]
    assert float(third["flipped"]) == 0.25
    assert float(third["metric"]) == pytest.approx(1.15)
    assert float(third["threshold_low_intermediate"]) == pytest.approx(flips[0].thresholds.low_intermediate, rel=1e-5)
    assert read[5]["category"] == ""


def test_table_of_a_drug_without_samples_is_blank():
    missing = BASE.copy()
    missing[2] = np.nan
    row = flip_rows(class_flips({"base": missing}, CATEGORY, reference="base"), list("abcdef"), CATEGORY)[2]
    assert row["samples"] == 0
    assert row["metric"] == row["frequency_low"] == row["flipped"] == row["majority"] == ""
