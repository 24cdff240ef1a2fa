import numpy as np
import pytest
import xarray

from pointes.figures import partial_dependence as module

NAMES = ["IKr", "ICaL", "IKs"]


@pytest.fixture
def dependence():
    steps, coarse = np.linspace(0, 1, 5), np.linspace(0, 1, 3)
    rising = np.stack([steps, steps - 0.1, steps + 0.1], axis=-1)
    return xarray.Dataset(
        {
            "value": (("parameter", "step"), np.tile(steps, (3, 1))),
            "risk": (("parameter", "step", "bound"), np.stack([rising, rising / 2, 0 * rising])),
            "x": ("pair", ["IKr"]),
            "y": ("pair", ["ICaL"]),
            "x_value": (("pair", "x_step"), [coarse]),
            "y_value": (("pair", "y_step"), [2 * coarse]),
            "pair_risk": (("pair", "x_step", "y_step"), [np.add.outer(coarse, 0 * coarse)]),
        },
        {"parameter": NAMES},
    )


def test_a_panel_per_parameter_and_per_pair(dependence):
    figure = module.draw(dependence)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    labels = [f"block of {name} (fraction)" for name in (*NAMES, "IKr")]
    assert [axes.get_xlabel() for axes in shown] == labels
    assert shown[3].get_ylabel() == "block of ICaL (fraction)"
    np.testing.assert_allclose(shown[0].lines[0].get_ydata(), dependence["risk"][0, :, 0])
    assert shown[3].get_ylim() == (0, 2)
    assert "95 %" in figure.get_suptitle()


def test_first_parameter_of_a_pair_is_drawn_to_the_right(dependence):
    *_, plane = (axes for axes in module.draw(dependence).axes if axes.get_visible())
    np.testing.assert_allclose(plane.images[0].get_array()[0], [0.25, 0.75])


def test_lines_of_risk_are_told_apart_by_a_legend(dependence):
    (legend,) = module.draw(dependence).legends
    assert [text.get_text() for text in legend.get_texts()] == ["risk 0.1", "risk 0.5", "risk 0.9"]
    assert len({line.get_linestyle() for line in legend.get_lines()}) == 3


def test_without_a_boundary_it_draws(dependence):
    dependence["pair_risk"] = 0 * dependence["pair_risk"]
    figure = module.draw(dependence)
    assert figure.axes
    assert not figure.legends


def test_lines_that_are_nowhere_have_no_entry(dependence):
    dependence["pair_risk"] = 0.4 * dependence["pair_risk"]
    (legend,) = module.draw(dependence).legends
    assert [text.get_text() for text in legend.get_texts()] == ["risk 0.1"]
