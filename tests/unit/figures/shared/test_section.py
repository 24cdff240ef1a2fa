import pytest

from pointes.figures.shared import section

from ..conftest import CABLE, SHEET, SLAB, tissue


@pytest.mark.parametrize(
    ("dataset", "axes", "place"), [(SHEET, ["y", "x"], ""), (SLAB, ["y", "x"], "z = 1 mm"), (CABLE, ["x"], "")]
)
def test_what_is_shown_of_a_tissue(dataset, axes, place):
    shown = section.middle(dataset["v_mV"])
    assert (section.axes_of(shown), section.cut_position(shown)) == (axes, place)
    assert shown.dims == ("time_ms", *axes)


def test_a_solid_is_cut_across_its_shortest_axis():
    shown = section.middle(tissue(31, 5, 41)["activation_ms"])
    assert (section.axes_of(shown), section.cut_position(shown)) == (["z", "x"], "y = 1 mm")


def test_pixels_are_centred_on_nodes():
    assert section.extent(section.middle(SHEET["apd90_ms"])) == (-0.25, 20.25, -0.25, 10.25)
