"""Ranking by the torsade metric: order, thresholds, and drugs that are wrong."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from pointes.figures import torsade_ranking as module


def texts(axes):
    return [text.get_text() for text in axes.texts]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_ranking_has_the_first_scenario_by_its_metric(classification):
    ranks = module.summarise(classification)
    assert [rank.drug for rank in ranks] == ["alpha", "beta", "omega", "gamma", "delta"]
    assert ranks[0] == ("alpha", "high", "high", 0.04, pytest.approx(0.038), pytest.approx(0.043))


def test_ranking_shows_thresholds_and_hollow_markers_of_wrong_drugs(classification):
    figure = module.draw(classification)
    (axes,) = figure.axes
    assert axes.get_title("left") == "high risk below 0.0550, low risk above 0.0700 µC/µF"
    lines = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--"]
    assert lines == [0.055, 0.07]
    faces = [to_hex(line.get_markerfacecolor()) for line in axes.lines if line.get_marker() not in ("None", "")]
    # Beta has high risk and most samples at intermediate; omega has no category to be compared with
    assert [face == "#ffffff" for face in faces] == [False, True, False, False, False]
    assert "most samples in another category" in legend(figure)


def test_ranking_leaves_out_drugs_without_samples(classification):
    classification["metric"][1] = np.nan
    assert [rank.drug for rank in module.summarise(classification)] == ["alpha", "omega", "gamma", "delta"]
    classification["metric"][:] = np.nan
    (axes,) = module.draw(classification).axes
    assert texts(axes) == ["No drug of the panel has a torsade metric."]
