import numpy as np

from pointes.figures import sensitivity as module

NAMES = ["block of IKr", "block of ICaL", "block of IKs"]
FIRST = np.array([[0.5, 0.4, 0.6], [0.3, 0.2, 0.4], [0.0, -0.1, 0.05]])
TOTAL = np.array([[0.6, 0.5, 0.7], [0.8, 0.7, 0.9], [0.1, 0.0, 0.2]])


def test_most_influential_parameter_comes_first():
    (axes,) = module.draw(NAMES, FIRST, TOTAL).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["block of ICaL", "block of IKr", "block of IKs"]
    assert [bar.get_width() for bar in axes.patches] == [0.3, 0.5, 0.0, 0.8, 0.6, 0.1]


def test_intervals_are_drawn():
    (axes,) = module.draw(NAMES, FIRST, TOTAL).axes
    lines = [collection.get_segments() for collection in axes.collections]
    ends = [segment[:, 0].round(9).tolist() for segments in lines for segment in segments]
    assert ends == [[0.2, 0.4], [0.4, 0.6], [-0.1, 0.05], [0.7, 0.9], [0.5, 0.7], [0.0, 0.2]]


def test_bars_are_told_apart_without_colour():
    (axes,) = module.draw(NAMES, FIRST, TOTAL).axes
    assert {bar.get_hatch() for bar in axes.patches[:3]} != {bar.get_hatch() for bar in axes.patches[3:]}
