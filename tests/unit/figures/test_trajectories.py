"""Trajectories of the drugs of a panel through the planes of blocks."""

import pytest

from pointes.figures import trajectories as module


@pytest.fixture
def along(drugs):
    return drugs.assign(INaL=drugs["ICaL"] * 0.5)


def test_a_line_for_each_drug_in_each_plane(along):
    figure = module.draw(along)
    assert [axes.get_ylabel() for axes in figure.axes] == ["block of ICaL", "block of INaL"]
    for axes in figure.axes:
        assert axes.get_xlabel() == "block of IKr"
        paths = [line for line in axes.lines if len(line.get_xdata()) > 100]
        assert len(paths) == along.sizes["drug"]


def test_only_planes_of_known_currents_are_drawn(along):
    assert len(module.draw(along.drop_vars("INaL")).axes) == 1


def test_a_table_without_them_says_so(along):
    figure = module.draw(along.drop_vars(["INaL", "ICaL"]))
    assert "has no IC50 of IKr together with ICaL or INaL" in str(
        [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]
    )
