import numpy as np

from pointes.figures import partial_dependence as module
from pointes.learning.partial_dependence import partial_dependence

BOUNDS = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 1.0]])
NAMES = ["IKr", "ICaL", "IKs"]


def surface(points):
    """Two draws whose risk is the first parameter, more or less."""
    return np.clip(points[:, 0] + np.array([[-0.1], [0.1]]), 0, 1)


def test_a_panel_per_parameter_and_per_pair():
    single = [partial_dependence(surface, BOUNDS, [k], background=8) for k in range(3)]
    pairs = [partial_dependence(surface, BOUNDS, [0, 1], background=8)]
    figure = module.draw(NAMES, single, pairs)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_xlabel() for axes in shown[:4]] == ["IKr", "ICaL", "IKs", "IKr"]
    assert shown[3].get_ylabel() == "ICaL"
    np.testing.assert_allclose(shown[0].lines[0].get_ydata(), single[0].risk)
    assert shown[3].get_ylim() == (0, 2)


def test_without_pairs_there_are_curves_only():
    single = [partial_dependence(surface, BOUNDS, [k], background=8) for k in range(3)]
    figure = module.draw(NAMES, single)
    assert len([axes for axes in figure.axes if axes.get_visible()]) == 3
    assert "95 %" in figure.get_suptitle()
