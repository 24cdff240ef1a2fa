import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointes.campaign.files import store
from pointes.campaign.files.samples import make
from pointes.campaign.space import Axis, Space

MIXED = Space.of(
    {
        "IKr": (0, 0.8),
        "GKs": Axis(0.1, 10, "scale", log=True, control=1.0),
        "extracellular.ko": Axis(3, 7, "value", units="mmol L-1", control=5.4),
        "dofetilide": Axis(0, 10, "dose"),
    }
)


def test_coordinates_of_logarithmic_axes_are_decimal_logarithms():
    points = np.array([[0.2, 10.0, 4.0, 3.0]])
    np.testing.assert_allclose(MIXED.coordinates(points), [[0.2, 1.0, 4.0, 3.0]], atol=1e-15)
    np.testing.assert_allclose(MIXED.bounds, [[0, 0.8], [-1, 1], [3, 7], [0, 10]], atol=1e-15)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_points_of_the_unit_cube_lie_in_the_space_and_survive_coordinates(place):
    points = MIXED.at(np.array([place]))
    assert MIXED.holds(points).all()
    back = MIXED.points(MIXED.coordinates(points))
    np.testing.assert_allclose(back, points, rtol=1e-12)
    assert MIXED.holds(back).all()


def test_control_and_reference():
    assert MIXED.control.tolist() == [[0.0, 1.0, 5.4, 0.0]]
    assert MIXED.holds_control
    apart = Space.of({"IKr": (0.2, 1), "GKs": Axis(2, 4, "scale", control=1.0)})
    assert not apart.holds_control
    assert apart.reference.tolist() == [0.2, 2.0]


def test_grid_of_a_logarithmic_axis_is_even_in_its_logarithm():
    np.testing.assert_allclose(MIXED.axis_grid("GKs", 3), [0.1, 1.0, 10.0])
    np.testing.assert_allclose(MIXED.axis_grid("IKr", 3), [0.0, 0.4, 0.8])


def test_params_are_plain_and_give_the_space_again():
    params = json.loads(json.dumps(MIXED.to_params()))
    assert params["IKr"] == [0, 0.8]
    assert Space.of(params) == MIXED


def test_space_survives_a_file_with_units_and_scales(tmp_path):
    points = MIXED.at(np.random.default_rng(1).random((3, 4)))
    store.write(tmp_path / "a.nc", make(points, MIXED))
    back = store.read(tmp_path / "a.nc")
    assert back.space == MIXED
    np.testing.assert_array_equal(back.points, points)
    import xarray

    with xarray.open_dataset(tmp_path / "a.nc") as opened:
        assert opened["extracellular.ko"].attrs["units"] == "mmol L-1"
        assert opened["extracellular.ko"].attrs["control_value"] == 5.4
        assert opened["GKs"].attrs["axis_scale"] == "logarithmic"
        assert "axis_kind" not in opened["IKr"].attrs


@pytest.mark.parametrize("name", MIXED)
def test_every_axis_says_what_its_values_are(name):
    assert name in MIXED[name].long_name(name)
