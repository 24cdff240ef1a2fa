import numpy as np

from pointes.figures import activation_map

from .conftest import CABLE, SHEET, SLAB


def test_isochrones_are_round_times_within_those_of_the_map():
    assert activation_map.isochrones(SHEET["activation_ms"]).tolist() == [5, 10, 15, 20, 25, 30, 35]
    assert activation_map.isochrones(SHEET["activation_ms"].isel(x=[0])).size == 0


def test_the_map_shows_activation_and_duration():
    left, right, *bars = activation_map.draw(SLAB).axes
    assert [bar.get_ylabel() for bar in bars] == ["activation time (ms)", "APD90 (ms)"]
    assert left.images[0].get_clim() == (0.0, 40.0)
    assert right.images[0].get_clim() == (250.0, 270.0)
    assert left.get_title(loc="left") == "isochrones every 5 ms"
    lines = next(artist for artist in left.collections if hasattr(artist, "levels"))
    middle = lines.get_paths()[3].vertices  # that of 20 ms runs where the wave is after 10 mm
    np.testing.assert_allclose(middle[:, 0], 10.0)


def test_the_map_of_a_cable_is_two_curves():
    left, right = activation_map.draw(CABLE).axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), CABLE["x"] / 0.5)
    assert (left.get_ylabel(), right.get_ylabel()) == ("activation time (ms)", "APD90 (ms)")
