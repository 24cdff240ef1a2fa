"""Boxes: where their nodes are, which layer and which fibre direction each has, and what is refused."""

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue.geometry import memory
from pointes.tissue.geometry.grid import Geometry, cable, sheet, slab

WEDGE = {"endo": 0.45, "mid": 0.25, "epi": 0.30}


def refusal(function, *arguments, **options):
    with pytest.raises(UserError) as error:
        function(*arguments, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("geometry", "shape", "far"),
    [
        (cable(16.5, 0.1), (1, 1, 166), (16.5, 0, 0)),
        (sheet((3, 2), 0.25), (1, 9, 13), (3, 2, 0)),
        (slab((20, 7, 3), 0.5), (7, 15, 41), (20, 7, 3)),
    ],
)
def test_the_outermost_nodes_lie_on_the_faces(geometry, shape, far):
    assert geometry.tags.shape == shape
    assert geometry.tags.dtype == np.int16
    assert geometry.on_faces
    assert geometry.nodes.dtype == np.int32
    assert geometry.nodes.tolist() == list(range(np.prod(shape)))
    assert geometry.positions[0].tolist() == [0, 0, 0]
    assert geometry.positions[-1] == pytest.approx(far)


def test_nodes_count_along_x_first():
    positions = slab((2, 2, 2), 1).positions
    assert positions[[1, 3, 9]].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_voxels_have_their_nodes_in_their_centres_and_skip_what_does_not_conduct():
    tags = np.zeros((2, 3, 4), dtype=np.int16)
    tags[1, 2, 3] = tags[0, 1, 0] = 7
    geometry = Geometry(0.5, tags, {7: "endo"}, on_faces=False)
    assert geometry.nodes.tolist() == [4, 23]
    assert geometry.positions.tolist() == [[0.25, 0.75, 0.25], [1.75, 1.25, 0.75]]
    grid = geometry.scatter(np.array([1.0, 2.0]))
    assert (grid[0, 1, 0], grid[1, 2, 3], np.isnan(grid).sum()) == (1, 2, 22)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_layers_follow_the_depth_axis(axis):
    geometry = slab((10, 10, 10), 0.5, WEDGE, axis)
    depth = geometry.positions[:, "xyz".index(axis)] / 10
    assert geometry.depth.dtype == np.float32
    np.testing.assert_allclose(geometry.depth.ravel(), depth, rtol=1e-6)
    # A node on a border belongs to the outer layer
    expected = np.where(depth < 0.45 - 1e-9, "endo", np.where(depth < 0.7 - 1e-9, "mid", "epi"))
    assert [geometry.regions[tag] for tag in geometry.tags.ravel()] == expected.tolist()


@pytest.mark.parametrize(("axis", "first", "second"), [("x", 1, 2), ("y", 2, 0), ("z", 0, 1)])
def test_fibres_rotate_linearly_and_stay_in_the_wall(axis, first, second):
    fibres = slab((4, 4, 4), 1, WEDGE, axis, (60, -60)).fibres
    assert fibres.dtype == np.float32
    assert fibres.shape == (5, 5, 5, 3)
    normal = 3 - first - second
    assert not fibres[..., normal].any()
    through = np.moveaxis(fibres, 2 - normal, 0)
    for layer, angle in zip(through, (60, 30, 0, -30, -60), strict=True):
        np.testing.assert_allclose(layer[..., first], np.cos(np.radians(angle)), atol=1e-6)
        np.testing.assert_allclose(layer[..., second], np.sin(np.radians(angle)), atol=1e-6)


def test_without_layers_there_is_one_region():
    assert sheet((1, 1), 0.5).regions == {1: "tissue"}
    assert slab((1, 1, 1), 0.5, fibre_angles_deg=(60, -60)).regions == {1: "tissue"}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: cable(16.55, 0.1), "length_mm 16.55 is not a multiple of spacing_mm 0.1; expected 16.5 or 16.6"),
        (lambda: cable(0.3, 0.5), "length_mm 0.3 is not a multiple of spacing_mm 0.5; expected 0.5"),
        (lambda: sheet((10, 0), 0.5), "size_mm 0 mm; expected a positive number"),
        (lambda: slab((10, np.nan, 3), 0.5), "size_mm nan mm; expected a positive number"),
        (lambda: cable(10, -0.5), "spacing_mm -0.5 mm; expected a positive number"),
        (lambda: slab((10, 10), 0.5), "size_mm [10, 10]; expected 3 lengths, along x, y, z"),
        (lambda: sheet((10, 10), 0.5, WEDGE, "z"), "unknown depth_axis 'z'; expected one of x, y"),
        (
            lambda: cable(10, 0.5, {"endo": 0.5, "epi": 0.6}),
            "layers {'endo': 0.5, 'epi': 0.6}; expected positive fractions of the thickness that sum to 1",
        ),
        (
            lambda: cable(2, 1, {"endo": 0.4, "mid": 0.05, "epi": 0.55}),
            "layers: mid of 0.05 is too thin to hold a node; refine spacing_mm",
        ),
        (
            lambda: Geometry(1, np.zeros((2, 2, 2), dtype=np.int16), {}),
            "the tissue has no conducting node; expected a tag other than 0 somewhere",
        ),
        (
            lambda: sheet((1e6, 1e6), 0.1),
            "a box of 10000001 × 10000001 × 1 nodes holds 1e+14 of them; expected at most 2.15e+09",
        ),
    ],
)
def test_what_is_refused(build, message):
    assert refusal(build) == message


def test_a_length_may_be_off_by_round_off():
    assert cable(0.1 + 0.2, 0.1).nodes.size == 4


def test_what_does_not_fit_into_memory_says_how_much_it_needs():
    message = refusal(memory.check, (1000, 1000, 2000), states=100_000)
    needed, available = message.split(" GB of memory; ")
    assert needed == "a box of 2000 × 1000 × 1000 nodes with 100000 states each needs 1600160.0"
    available, advice = available.split(" GB are there; ")
    assert 0 < float(available) < 1600160
    assert advice == "expected a larger spacing_mm or a smaller tissue"


def test_what_fits_passes():
    memory.check((10, 10, 10), states=41)
