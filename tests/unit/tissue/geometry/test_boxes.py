"""Boxes: where their nodes are, which layer and which fibre direction each has, and what is refused."""

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid

WEDGE = {"endo": 0.45, "mid": 0.25, "epi": 0.30}


def refusal(function, *arguments, **options):
    with pytest.raises(UserError) as error:
        function(*arguments, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("grid", "shape", "far"),
    [
        (box([16.5], 0.1), (1, 1, 166), (16.5, 0, 0)),
        (box((3, 2), 0.25), (1, 9, 13), (3, 2, 0)),
        (box((20, 7, 3), 0.5), (7, 15, 41), (20, 7, 3)),
    ],
)
def test_the_outermost_nodes_lie_on_the_faces(grid, shape, far):
    assert grid.tags.shape == shape
    assert grid.tags.dtype == np.int16
    assert grid.on_faces
    assert grid.nodes.dtype == np.int32
    assert grid.nodes.tolist() == list(range(np.prod(shape)))
    assert grid.positions[0].tolist() == [0, 0, 0]
    assert grid.positions[-1] == pytest.approx(far)


def test_nodes_count_along_x_first():
    positions = box((2, 2, 2), 1).positions
    assert positions[[1, 3, 9]].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_layers_follow_each_other_along_x():
    grid = box((10, 10, 10), 0.5, WEDGE)
    depth = grid.positions[:, 0] / 10
    assert grid.depth.dtype == np.float32
    np.testing.assert_allclose(grid.depth.ravel(), depth, rtol=1e-6)
    # A node on a border belongs to the outer layer
    expected = np.where(depth < 0.45 - 1e-9, "endo", np.where(depth < 0.7 - 1e-9, "mid", "epi"))
    assert [grid.regions[tag] for tag in grid.tags.ravel()] == expected.tolist()


def test_fibres_rotate_linearly_and_stay_in_the_wall():
    fibres = box((4, 4, 4), 1, WEDGE, (60, -60)).fibres
    assert fibres.dtype == np.float32
    assert fibres.shape == (5, 5, 5, 3)
    assert not fibres[..., 0].any()
    for layer, angle in zip(np.moveaxis(fibres, 2, 0), (60, 30, 0, -30, -60), strict=True):
        np.testing.assert_allclose(layer[..., 1], np.cos(np.radians(angle)), atol=1e-6)
        np.testing.assert_allclose(layer[..., 2], np.sin(np.radians(angle)), atol=1e-6)


def test_without_layers_there_is_one_region():
    assert box((1, 1), 0.5).regions == {1: "tissue"}
    assert box((1, 1, 1), 0.5, fibre_angles_deg=(60, -60)).regions == {1: "tissue"}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: box([16.55], 0.1), "size_mm: 16.55; expected a multiple of the spacing of 0.1 mm, as 16.5 or 16.6"),
        (lambda: box([0.3], 0.5), "size_mm: 0.3; expected a multiple of the spacing of 0.5 mm, as 0.5"),
        (lambda: box((10, 0), 0.5), "size_mm: 0; expected a positive number [mm]"),
        (lambda: box((10, np.nan, 3), 0.5), "size_mm: nan; expected a positive number [mm]"),
        (lambda: box([10], -0.5), "spacing_mm: -0.5; expected a positive number [mm]"),
        (
            lambda: box([10], 0.5, {"endo": 0.5, "epi": 0.6}),
            "layers: {'endo': 0.5, 'epi': 0.6}; expected positive shares of the thickness that sum to 1",
        ),
        (
            lambda: box([2], 1, {"endo": 0.4, "mid": 0.05, "epi": 0.55}),
            "layers.mid: 0.05; expected a share of the thickness that holds a node, or a smaller spacing",
        ),
        (
            lambda: Grid(1, np.zeros((2, 2, 2), dtype=np.int16), {}),
            "no node of the tissue conducts; expected a tag other than 0",
        ),
        (
            lambda: box((1e6, 1e6), 0.1),
            "10000001 × 10000001 × 1 nodes; expected at most 2.15e+09",
        ),
    ],
)
def test_what_is_refused(build, message):
    assert refusal(build) == message


def test_a_length_may_be_off_by_round_off():
    assert box([0.1 + 0.2], 0.1).nodes.size == 4
