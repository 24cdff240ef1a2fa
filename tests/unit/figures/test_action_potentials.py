import numpy as np
import pytest
import xarray as xr

from pointes.figures import action_potentials as module


@pytest.fixture
def traces() -> xr.Dataset:
    time = np.arange(0.0, 2000.0, 10.0)
    voltage = np.stack([np.full_like(time, -80.0 + n) for n in range(4)])
    return xr.Dataset(
        {
            "v_mV": (("trace", "time_ms"), voltage),
            "label": ("trace", [1, 0, 1, 0]),
            "IKr": ("trace", [0.52, 0.48, 0.51, 0.49]),
            "ICaL": ("trace", [0.9, 0.9, 0.1, 0.1]),
        },
        {"time_ms": time},
        {"parameters": "IKr ICaL"},
    )


def test_pairs_are_neighbours(traces):
    assert module.summarise(traces) == [(3, 2), (1, 0)]


def test_pairs_are_neighbours_in_all_parameters(traces, risk_map):
    traces["INaL"] = ("trace", [0.0, 1.0, 1.0, 0.0])
    traces.attrs["parameters"] = "IKr ICaL INaL"
    assert module.summarise(traces) == [(1, 2), (3, 0)]
    first = module.draw(traces, risk_map).axes[0]
    lines = first.get_legend().get_texts()[0].get_text().replace("\xa0", " ").split("\n")
    assert lines == ["safe: IKr 0.480,", "ICaL 0.900, INaL 1.000"]


def test_a_heading_of_many_parameters_touches_neither_its_legend_nor_its_neighbour(traces, risk_map):
    more = ["INaL", "INa", "IKs", "IK1", "Ito"]
    traces = traces.assign({name: ("trace", [0.125] * 4) for name in more})
    traces.attrs["parameters"] = " ".join(["IKr", "ICaL", *more])
    figure = module.draw(traces, risk_map)
    figure.draw_without_rendering()
    first, second, _ = figure.axes
    legend, title = first.get_legend().get_window_extent(), first.get_title("left")
    assert title.endswith("blocked fractions:")
    assert legend.y1 < first._left_title.get_window_extent().y0
    assert legend.x1 < second.get_legend().get_window_extent().x0


@pytest.mark.parametrize("met", [[0, 2], [1, 3], []])
def test_without_both_classes_there_are_no_pairs(traces, risk_map, met):
    assert module.summarise(traces.isel(trace=met)) == []
    (axes,) = module.draw(traces.isel(trace=met), risk_map).axes
    assert axes.texts[0].get_text() == "no pair to compare: only one class was met"


def test_where_nothing_was_learned_it_says_why(traces, unlearned):
    (axes,) = module.draw(traces.isel(trace=[]), unlearned).axes
    assert axes.texts[0].get_text() == "Nothing was learned, because no simulation succeeded."


def test_each_pair_has_a_panel_with_its_blocks(traces, risk_map):
    first, second, place = module.draw(traces, risk_map).axes
    labels = [text.get_text().replace("\xa0", " ") for text in first.get_legend().get_texts()]
    assert labels == ["safe: IKr 0.490,\nICaL 0.100", "arrhythmic: IKr 0.510,\nICaL 0.100"]
    assert first.get_ylabel() == "membrane potential (mV)"
    traces["v_mV"].attrs["units"] = "1"
    assert module.draw(traces, risk_map).axes[0].get_ylabel() == "membrane potential"
    assert first.get_xlabel() == second.get_xlabel() == "time (ms)"
    np.testing.assert_allclose(second.lines[1].get_ydata(), -80.0)
    assert [len(axes.lines) for axes in (first, second, place)] == [2, 2, 4]
    assert [text.get_text() for text in place.texts] == ["a", "b"]
