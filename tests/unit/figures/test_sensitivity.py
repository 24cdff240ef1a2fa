import numpy as np
import pytest
import xarray

from pointes.figures import sensitivity as module

NAMES = ["IKr", "ICaL", "IKs"]


@pytest.fixture
def indices():
    first = [[0.5, 0.4, 0.6], [0.3, 0.2, 0.4], [0.0, -0.1, 0.05]]
    total = [[0.6, 0.5, 0.7], [0.8, 0.7, 0.9], [0.1, 0.0, 0.2]]
    dimensions = ("parameter", "bound")
    return xarray.Dataset({"first": (dimensions, first), "total": (dimensions, total)}, {"parameter": NAMES})


def test_most_influential_parameter_comes_first(indices):
    (axes,) = module.draw(indices).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["ICaL", "IKr", "IKs"]
    assert [bar.get_width() for bar in axes.patches] == [0.3, 0.5, 0.0, 0.8, 0.6, 0.1]


def test_intervals_are_drawn(indices):
    (axes,) = module.draw(indices).axes
    lines = [collection.get_segments() for collection in axes.collections]
    ends = [segment[:, 0].round(9).tolist() for segments in lines for segment in segments]
    assert ends == [[0.2, 0.4], [0.4, 0.6], [-0.1, 0.05], [0.7, 0.9], [0.5, 0.7], [0.0, 0.2]]


def test_bars_are_told_apart_without_colour(indices):
    (axes,) = module.draw(indices).axes
    assert {bar.get_hatch() for bar in axes.patches[:3]} != {bar.get_hatch() for bar in axes.patches[3:]}


def test_it_says_that_there_is_no_boundary(indices):
    (axes,) = module.draw(indices * np.nan).axes
    assert axes.texts[0].get_text().startswith("no boundary was found")
    assert not axes.patches


def test_where_nothing_was_learned_it_says_why(indices):
    (axes,) = module.draw((indices * np.nan).assign_attrs(nothing_learned="no simulation was safe")).axes
    assert axes.texts[0].get_text() == "Nothing was learned, because no simulation was safe."
