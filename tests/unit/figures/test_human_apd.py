from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.text import Text

from pointes.figures import human_apd as module

DRUGS = ("dofetilide", "verapamil")


@pytest.fixture
def human_apd():
    """Two cells, two protocols and two drugs; the second cell does not repolarise under the first."""
    rows = [
        (model, "endo", protocol, drug)
        for model in ("ohara-2011", "torord-fkatp")
        for protocol in ("cipa", "pharm")
        for drug in DRUGS
    ]
    texts = dict(zip(("model", "celltype", "protocol", "drug"), map(np.array, zip(*rows, strict=True)), strict=True))
    measured = np.tile([250.0, -20.0], 4)
    simulated = np.array([200.0, 50, 210, 60, np.nan, 40, np.nan, 45])
    return {**texts, "measured_ms": measured, "measured_sd_ms": np.full(8, 30.0), "simulated_ms": simulated}


@pytest.fixture
def agreements():
    return {
        "model": np.array(["no change", "no change", *["ohara-2011"] * 2, *["torord-fkatp"] * 2]),
        "celltype": np.array(["", "", *["endo"] * 4]),
        "failed": np.array([0.0, 0, 0, 0, 1, 1]),
        "rmse_ms": np.array([79.0, 79, 153.4, 160.1, 92.8, 99.8]),
    }


def markers(axes, shape):
    lines = [line for line in axes.lines if line.get_marker() == shape]
    return [(x, y) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]


def test_a_cell_has_a_panel_and_a_drug_a_marker(human_apd, agreements):
    first, second, *rest = module.draw(human_apd, agreements).axes
    assert not rest
    assert first.get_title(loc="left") == "ohara-2011 endo\nRMSE 153 / 160 ms"
    assert second.get_title(loc="left").endswith("1 / 1 failed\nRMSE 93 / 100 ms")
    assert markers(first, "o") == [(250, 200), (250, 210)]
    assert markers(first, "s") == [(-20, 50), (-20, 60)]
    faces = [line.get_markerfacecolor() for line in first.lines if line.get_marker() == "o"]
    assert faces[0] != "white"
    assert faces[1] == "white"


def test_bars_are_standard_deviations_of_the_measurement(human_apd, agreements):
    axes = module.draw(human_apd, agreements).axes[0]
    segments = [tuple(bar.get_segments()[0][:, 0]) for bar in axes.collections]
    assert segments[0] == (220, 280)


def test_a_failure_is_a_cross_on_the_upper_edge(human_apd, agreements):
    first, second = module.draw(human_apd, agreements).axes
    assert markers(first, "x") == []
    assert markers(second, "x") == [(250, 1), (250, 1)]


def test_axes_are_equal_and_hold_all(human_apd, agreements):
    axes = module.draw(human_apd, agreements).axes[0]
    low, high = axes.get_xlim()
    assert axes.get_ylim() == (low, high)
    assert low < -50
    assert high > 280


@pytest.mark.parametrize("cells", [1, 3, 8])
def test_nothing_overlaps(human_apd, agreements, cells):
    names = [f"model-{k}" for k in range(cells)]
    many = {name: np.concatenate([column[:4]] * cells) for name, column in human_apd.items()}
    many["model"] = np.repeat(names, 4)
    found = {name: np.concatenate([column[2:4]] * cells) for name, column in agreements.items()}
    found["model"] = np.repeat(names, 2)
    figure = module.draw(many, found)
    figure.draw_without_rendering()
    shown = [axes for axes in figure.axes if axes.axison]
    assert len(shown) == cells
    boxes = [axes.get_tightbbox() for axes in shown] + [figure.legends[0].get_window_extent()]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    for axes in shown:
        ticks = sorted(
            (text.get_window_extent() for text in axes.get_xticklabels() if text.get_visible() and text.get_text()),
            key=lambda box: box.x0,
        )
        assert all(left.x1 <= right.x0 for left, right in pairwise(ticks))
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 6
