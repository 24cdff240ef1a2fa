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
            "v_mV": (("trace", "time"), voltage),
            "label": ("trace", [1, 0, 1, 0]),
            "IKr": ("trace", [0.52, 0.48, 0.51, 0.49]),
            "ICaL": ("trace", [0.9, 0.9, 0.1, 0.1]),
        },
        {"time": time},
        {"parameters": "IKr ICaL"},
    )


def test_pairs_are_neighbours(traces):
    assert module.summarise(traces) == [(3, 2), (1, 0)]


def test_pairs_are_neighbours_in_all_parameters(traces, risk_map):
    traces["INaL"] = ("trace", [0.0, 1.0, 1.0, 0.0])
    traces.attrs["parameters"] = "IKr ICaL INaL"
    assert module.summarise(traces) == [(1, 2), (3, 0)]
    first = module.draw(traces, risk_map).axes[0]
    assert first.get_legend().get_texts()[0].get_text() == "safe: IKr 0.480, ICaL 0.900, …"


def test_without_a_safe_trace_there_are_no_pairs(traces):
    assert module.summarise(traces.isel(trace=[0, 2])) == []


def test_each_pair_has_a_panel_with_its_blocks(traces, risk_map):
    first, second, place = module.draw(traces, risk_map).axes
    labels = [text.get_text() for text in first.get_legend().get_texts()]
    assert labels == ["safe: IKr 0.490, ICaL 0.100", "arrhythmic: IKr 0.510, ICaL 0.100"]
    assert first.get_ylabel() == "membrane potential (mV)"
    assert first.get_xlabel() == second.get_xlabel() == "time (ms)"
    np.testing.assert_allclose(second.lines[1].get_ydata(), -80.0)
    assert [len(axes.lines) for axes in (first, second, place)] == [2, 2, 4]
    assert [text.get_text() for text in place.texts] == ["a", "b"]
