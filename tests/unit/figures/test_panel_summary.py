"""Sentences and tables of the summary page of a panel."""

import numpy as np
import pytest

from pointes.figures import panel_summary

METHODS = [
    ["method", "left out: pairs"],
    ["hERG margin", "0.695 (0.514–0.857)"],
    ["qNet", "0.958 (0.892–1.000)"],
    ["none", "–"],
]


@pytest.fixture
def simulated(panel):
    shape = panel["qnet_uC_per_uF"].shape
    panel["status"] = (("drug", "dose", "sample"), np.zeros(shape, np.int8))
    panel["failure"] = panel["status"].copy()
    panel["period"] = panel["status"] + 1
    panel["beats"] = (("drug", "dose", "sample"), np.full(shape, 240))
    return panel


def test_sound_panels_say_so(simulated):
    assert panel_summary.describe_panel(simulated) == [
        "2 compounds at 4 doses with 3 samples each are 24 cells.",
        "None of the simulations failed.",
        "0 cells had no steady rhythm at the last beat; 240 beats were paced on average.",
    ]
    assert panel_summary.describe_control(simulated) == ["Without a drug the cell has qNet 0.0712 µC/µF."]


def test_failures_are_counted_with_their_reasons(simulated):
    simulated["status"][0, 0, :2] = 1
    simulated["failure"][0, 0, :2] = 1
    sentence = panel_summary.describe_panel(simulated)[1]
    assert sentence.startswith("2 of them failed: 2 ")


def test_classes_name_thresholds_and_wrong_drugs(classification):
    thresholds, within, out = panel_summary.describe_classes(classification)
    assert "0.0700 µC/µF between low and intermediate risk and 0.0550" in thresholds
    assert within == (
        "With a model that was fitted to all drugs, 3 of 4 drugs are in their published category; the others are beta."
    )
    assert out == (
        "With a model that was fitted to the other drugs, 3 of 4 drugs are in their published category; the others are "
        "gamma."
    )


def test_flips_name_the_drugs_of_each_scenario(classification):
    sentences = panel_summary.describe_flips(classification)
    assert "In scenario spread, with its own thresholds, 2 drugs change class: beta, gamma." in sentences
    assert "In scenario other, with its own thresholds, 0 drugs change class." in sentences
    assert "In scenario spread, with the thresholds of base, 0 drugs change class." in sentences


def test_the_best_method_is_named_without_a_claim():
    sentence = panel_summary.describe_methods(METHODS)
    assert sentence.startswith(
        "qNet orders the most pairs of drugs right when each drug is left out: 0.958 (0.892–1.000)"
    )
    assert "cannot be said to be better" in sentence
