"""Figures of learned quantities, of propagated uncertainty and of sweeps."""

import numpy as np
import pytest
import xarray
from matplotlib.text import Text

from pointes.figures import response_map, responses, stream_errors, sweep, uncertainty

FLAGS = {"flag_meanings": "start boundary stream given verification control landmark"}
LOG = {
    "axis_kind": "scale",
    "axis_scale": "logarithmic",
    "units": "1",
    "long_name": "factor of GKs",
    "control_value": 1.0,
}


@pytest.fixture
def simulations():
    """A control, start, stream and chosen points; the last point is arrhythmic and has no value."""
    rng = np.random.default_rng(1)
    n = 12
    block, factor = rng.random(n), 10 ** rng.uniform(-1, 1, n)
    block[0], factor[0] = 0.0, 1.0
    apd90 = 300 + 100 * block
    apd90[-1] = np.nan
    predicted = np.where(np.arange(n) < 5, np.nan, apd90 + 1)
    columns = {
        "IKr": ("sample", block, {"long_name": "block of IKr", "units": "1", "explored_range": [0.0, 1.0]}),
        "GKs": ("sample", factor, {**LOG, "explored_range": [0.1, 10.0]}),
        "apd90_ms": ("sample", apd90, {"units": "ms"}),
        "predicted_apd90_ms": ("sample", predicted),
        "predicted_sd_apd90_ms": ("sample", np.where(np.arange(n) < 5, np.nan, 2.0)),
        "purpose": ("sample", [5, 0, 0, 0, 0, 2, 2, 2, 1, 1, 2, 1], FLAGS),
        "label": ("sample", [0] * (n - 1) + [1], {"flag_meanings": "safe arrhythmic"}),
        "status": ("sample", [0] * n),
        "sample_id": ("sample", np.arange(n)),
    }
    return xarray.Dataset(columns, attrs={"parameters": "IKr GKs"})


@pytest.fixture
def plane():
    x, y = np.linspace(0, 1, 5), np.geomspace(0.1, 10, 5)
    mean = 300 + 100 * x + np.zeros((5, 1))
    regular = np.where(x > 0.9, 0.1, 0.9) + np.zeros((5, 1))
    return xarray.Dataset(
        {
            "apd90_ms": (("GKs", "IKr"), mean, {"units": "ms"}),
            "apd90_ms_sd": (("GKs", "IKr"), np.full((5, 5), 2.0), {"units": "ms"}),
            "regular": (("GKs", "IKr"), regular),
        },
        {"IKr": ("IKr", x, {"long_name": "block of IKr", "units": "1"}), "GKs": ("GKs", y, LOG)},
        {"quantities": "apd90_ms", "value_of_extracellular.ko": 5.4},
    )


def texts(figure):
    """Return all texts of a figure."""
    return [text.get_text() for text in figure.findobj(Text)]


def test_map_shows_values_points_and_where_nothing_is_defined(plane, simulations):
    figure = response_map.draw(plane, simulations)
    left, right, *bars = figure.axes
    assert left.get_xlabel() == "block of IKr (fraction)"
    assert left.get_ylabel() == "factor of GKs"
    assert left.get_yscale() == "log"
    assert {bar.get_ylabel() for bar in bars} == {"apd90_ms (ms)", "standard deviation (ms)"}
    said = texts(figure)
    assert "value simulated (10)" in said
    assert "arrhythmic or failed (1)" in said
    assert "not defined" in said
    assert any("Slice at extracellular.ko 5.4" in text for text in said)
    assert right.get_title(loc="left") == "uncertainty of the prediction"


def test_map_says_why_nothing_was_learned(plane, simulations):
    plane.attrs["nothing_learned"] = "no simulation succeeded"
    (axes,) = response_map.draw(plane, simulations).axes
    assert axes.texts[0].get_text() == "Nothing was learned, because no simulation succeeded."


def test_stream_errors_count_what_the_intervals_hold(plane, simulations):
    streamed = stream_errors.stream_of(simulations, "apd90_ms")
    assert streamed.sizes["sample"] == 4
    assert stream_errors.covered(streamed, "apd90_ms") == {0.5: (4, 4), 0.9: (4, 4), 0.95: (4, 4)}
    learning = {
        "simulations": np.array([5.0, 12.0]),
        "apd90_ms_expected_half_width": np.array([10.0, 4.0]),
        "apd90_ms_left_out_rmse": np.array([8.0, 3.0]),
    }
    left, right = stream_errors.draw(plane, simulations, learning).axes
    assert left.get_xlabel() == "apd90_ms simulated (ms)"
    assert "95 % intervals hold 100 % (40 to 100 %)" in left.texts[0].get_text()
    assert right.get_ylabel() == "error of apd90_ms (ms)"


def test_responses_have_a_panel_for_each_axis():
    value = np.stack([np.linspace(0, 1, 3), np.geomspace(0.1, 10, 3)])
    along = ("parameter", "step")
    columns = {
        "value": (along, value),
        "apd90_ms": (along, 300 + value, {"units": "ms"}),
        "apd90_ms_low": (along, 290 + value),
        "apd90_ms_high": (along, 310 + value),
        "label": ("parameter", ["block of IKr", "cycle length"]),
        "unit": ("parameter", ["1", "ms"]),
        "logarithmic": ("parameter", [0, 1]),
    }
    figure = responses.draw(xarray.Dataset(columns, {"parameter": ["IKr", "cycle_length"]}, {"quantities": "apd90_ms"}))
    first, second = figure.axes
    assert (first.get_xlabel(), second.get_xlabel()) == ("block of IKr", "cycle length (ms)")
    assert (first.get_xscale(), second.get_xscale()) == ("linear", "log")
    assert first.get_ylabel() == "apd90_ms (ms)"


def quantiles(direct):
    levels = [0.025, 0.5, 0.975]
    value = np.array([[280.0, 300.0, 320.0]])
    along, index = ("quantity", "level"), ("quantity", "parameter", "bound")
    indices = np.array([[[0.8, 0.7, 0.9], [0.2, 0.1, 0.3]]])
    columns = {
        "value": (along, value),
        "surrogate_low": (along, value - 1),
        "surrogate_high": (along, value + 1),
        "defined": ("quantity", [0.9]),
        "unit": ("quantity", ["ms"]),
        "first": (index, indices),
        "total": (index, indices),
    }
    if direct:
        columns["direct"] = ((*along, "bound"), np.stack([value, value - 3, value + 3], axis=-1))
    coordinates = {"quantity": ["apd90_ms"], "level": levels, "parameter": ["IKr", "GKs"], "bound": [0, 1, 2]}
    return xarray.Dataset(columns, coordinates, {"quantities": "apd90_ms", "direct_simulations": 256 * direct})


@pytest.mark.parametrize("direct", [False, True])
def test_uncertainty_of_a_quantity(direct):
    figure = uncertainty.draw(quantiles(direct))
    left, right = figure.axes
    assert left.get_xlabel() == "apd90_ms (ms)"
    said = texts(figure)
    assert ("256 direct simulations (95 %)" in said) == direct
    assert "10.0 % of the distribution is without a value" in said
    assert [label.get_text() for label in right.get_yticklabels()] == ["IKr", "GKs"]


def test_uncertainty_of_a_class():
    indices = np.array([[0.8, 0.7, 0.9], [0.2, 0.1, 0.3]])
    columns = {
        "share": ("bound", [0.3, 0.2, 0.4]),
        "direct": ("bound", [0.31, 0.25, 0.37]),
        "first": (("parameter", "bound"), indices),
        "total": (("parameter", "bound"), indices),
    }
    attributes = {"classes": "capture no_capture", "direct_simulations": 99}
    figure = uncertainty.draw(xarray.Dataset(columns, {"parameter": ["IKr", "GKs"]}, attributes))
    left, _ = figure.axes
    assert left.get_xlabel() == "share that is no capture (95 % interval)"
    assert [label.get_text() for label in left.get_yticklabels()] == ["through the surrogate", "99 direct simulations"]


def test_sweep_shows_results_along_each_axis(simulations):
    figure = sweep.draw_responses(simulations)
    assert [axes.get_xlabel() for axes in figure.axes] == ["block of IKr (fraction)", "factor of GKs"]
    assert figure.axes[0].get_ylabel() == "apd90_ms (ms)"
    assert "safe (10)" in texts(figure)
    assert "arrhythmic (1)" in texts(figure)


def test_sweep_shows_distributions_with_what_is_missing(simulations):
    (axes,) = sweep.draw_distributions(simulations).axes
    assert axes.get_title() or axes.get_title(loc="left") == "1 of 11 missing"
    assert "control" in [text.get_text() for text in axes.get_legend().get_texts()]


def test_sweep_shows_pairs_of_axes(simulations):
    (axes,) = sweep.draw_pairs(simulations).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("block of IKr (fraction)", "factor of GKs")
    assert axes.get_yscale() == "log"
    alone = simulations.copy()
    alone.attrs["parameters"] = "IKr"
    assert "one axis" in sweep.draw_pairs(alone).axes[0].texts[0].get_text()


def test_a_failed_simulation_has_no_result_in_a_sweep(simulations):
    failed = simulations.copy(deep=True)
    failed["status"][3] = 1
    (axes,) = sweep.draw_distributions(failed).axes
    assert "2 of 11 missing" in (axes.get_title(), axes.get_title(loc="left"))
