import numpy as np
import pytest
import xarray as xr

from pointes.figures import query_distance as module


def test_distance_to_segments():
    segments = np.array([[[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 1.0]], [[5.0, 5.0], [5.0, 5.0]]])
    points = np.array([[0.5, 0.25], [-3.0, 4.0], [1.0, 0.5], [5.0, 6.0]])
    np.testing.assert_allclose(module.distance(points, segments), [0.25, 5.0, 0.0, 1.0])


def test_boundary_of_a_straight_map(risk_map):
    segments = module.boundary(risk_map)
    np.testing.assert_allclose(segments[..., 0], 0.5)
    assert np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1).sum() == pytest.approx(1.0)


def test_distances_are_signed_and_grouped_by_purpose(risk_map, simulations):
    groups = module.summarise(risk_map, simulations)
    assert list(groups) == ["start", "boundary", "stream"]
    np.testing.assert_allclose(groups["start"], [-0.4, 0.4])
    np.testing.assert_allclose(groups["boundary"], [-0.04, 0.04])
    np.testing.assert_allclose(groups["stream"], [-0.3, 0.3, 0.1])


def test_control_is_left_out(risk_map, with_control, simulations):
    """Nothing chose it; it may even lie beyond the map, where no distance has a sign."""
    groups, without = (module.summarise(risk_map, shown) for shown in (with_control, simulations))
    assert groups.keys() == without.keys()
    np.testing.assert_array_equal(groups["start"], without["start"])


def test_histograms_count_every_point(risk_map, simulations):
    rows = module.draw(risk_map, simulations).axes
    assert [sum(bar.get_height() for bar in row.patches) for row in rows] == [2, 2, 3]
    assert "2 of 2 within 0.05" in rows[1].get_title("left")
    assert "block fraction" in rows[-1].get_xlabel()


def test_a_map_without_boundary_says_so(risk_map, simulations):
    risk_map["risk"] = xr.full_like(risk_map["risk"], 0.2)
    assert np.isinf(module.summarise(risk_map, simulations)["start"]).all()
    (axes,) = module.draw(risk_map, simulations).axes
    assert axes.texts[0].get_text() == "the map has no boundary from which to measure"


def test_where_nothing_was_learned_it_says_why(unlearned, simulations):
    (axes,) = module.draw(unlearned, simulations).axes
    assert axes.texts[0].get_text() == "Nothing was learned, because no simulation succeeded."


def test_distances_in_a_slice_are_called_so(risk_map, simulations):
    assert "final boundary" in module.draw(risk_map, simulations).axes[-1].get_xlabel()
    risk_map.attrs["block_of_INaL"] = 0.0
    figure = module.draw(risk_map, simulations)
    assert "boundary in the map's slice" in figure.axes[-1].get_xlabel()
    assert "points are projected" in figure.get_suptitle()


def test_points_of_a_cheap_scale_are_left_out(risk_map, simulations, two_scales):
    one, both = (module.summarise(risk_map, shown) for shown in (simulations, two_scales))
    assert {name: len(values) for name, values in both.items()} == {name: len(values) for name, values in one.items()}
