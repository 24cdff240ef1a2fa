"""Rows of a classification table, and the order of drugs."""

import numpy as np

from pointes.figures.shared import classified


def test_the_first_scenario_with_its_own_thresholds(classification):
    rows = classified.first_scenario(classification, "in sample")
    assert rows["drug"].tolist() == ["alpha", "beta", "gamma", "delta", "omega"]
    assert set(rows["fitted_to"]) == {"base"}
    assert not len(classified.first_scenario(classification, "frozen")["drug"])


def test_drugs_by_category_and_value():
    categories = ["low", "high", "", "intermediate", "high"]
    assert classified.by_risk(categories, np.array([1.0, 3.0, 0.0, 2.0, 1.0])) == [4, 1, 3, 0, 2]
