"""Idealised ventricles: sizes, layers, fibres and surfaces, at a coarse spacing."""

from dataclasses import replace

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue.geometry.sites import Patch, components, nodes_at
from pointes.tissue.geometry.ventricles import Dimensions, ventricles

DENSITY = 1.05e-3  # g/mm³, of myocardium


@pytest.fixture(scope="module")
def heart():
    return ventricles(1.0)


@pytest.fixture(scope="module")
def positions(heart):
    """Of the nodes, from the centre of the left ventricle."""
    return heart.positions - Dimensions().centre_mm


def at_nodes(heart, grid):
    return grid.reshape(-1, *grid.shape[3:])[heart.nodes]


def test_the_volume_is_that_between_the_ellipsoids(heart, positions):
    """A truncated ellipsoid of revolution with semi-axes a, a, c holds π a² ((h + c) - (h³ + c³) / 3c²) below h."""

    def volume(a, c, h=20.0):
        return np.pi * a**2 * (h + c - (h**3 + c**3) / (3 * c**2))

    left = Dimensions().ellipsoids["lv_epi"].relative_distance(*positions.T) < 1
    assert left.sum() == pytest.approx(volume(34, 79) - volume(25, 70), rel=2e-3)


def test_the_masses_are_human(heart, positions):
    left = Dimensions().ellipsoids["lv_epi"].relative_distance(*positions.T) < 1
    assert left.sum() * DENSITY == pytest.approx(139, abs=2)
    assert (~left).sum() * DENSITY == pytest.approx(57, abs=3)


def test_the_tissue_is_one_piece_that_fills_its_box_and_ends_at_the_base(heart, positions):
    assert components(heart).max() == 0
    assert not heart.on_faces
    for axis, size in enumerate(heart.tags.shape[::-1]):
        # The nodes of the first and the last voxel may be missed by the very ends of the ellipsoids
        assert heart.positions[:, axis].min() <= 1.5
        assert heart.positions[:, axis].max() >= size - 1.5
    assert positions[:, 2].max() <= Dimensions().base


def test_layers_follow_the_depth(heart):
    depth, tags = at_nodes(heart, heart.depth), at_nodes(heart, heart.tags)
    assert np.isnan(heart.depth[heart.tags == 0]).all()
    assert (depth.min(), depth.max()) == (pytest.approx(0, abs=0.02), pytest.approx(1, abs=0.02))
    assert heart.regions == {1: "endo", 2: "mid", 3: "epi"}
    for tag, low, high in ((1, 0, 0.45), (2, 0.45, 0.7), (3, 0.7, 1)):
        assert ((depth[tags == tag] >= low - 1e-5) & (depth[tags == tag] <= high)).all()


def test_depth_is_linear_across_a_wall(heart, positions):
    across = (np.abs(positions[:, 1]) < 0.6) & (np.abs(positions[:, 2]) < 0.6)
    lateral = across & (positions[:, 0] < 0)
    expected = (-positions[lateral, 0] - 25) / 9
    np.testing.assert_allclose(at_nodes(heart, heart.depth)[lateral], expected, atol=0.01)
    septum = across & (positions[:, 0] > 0) & (positions[:, 0] < 34)
    expected = (positions[septum, 0] - 25) / 9
    np.testing.assert_allclose(at_nodes(heart, heart.depth)[septum], np.minimum(expected, 1 - expected), atol=0.01)


def test_fibres_are_a_right_handed_helix_inside_and_a_left_handed_one_outside(heart, positions):
    fibres = at_nodes(heart, heart.fibres)
    np.testing.assert_allclose(np.linalg.norm(fibres, axis=1), 1, atol=1e-6)
    # At the widest place of the left free wall: circumferential is -y where x is negative, as seen anticlockwise from
    # above, and the wall is vertical
    lateral = (np.abs(positions[:, 1]) < 0.6) & (np.abs(positions[:, 2]) < 0.6) & (positions[:, 0] < 0)
    angle = np.degrees(np.arctan2(fibres[lateral, 2], -fibres[lateral, 1]))
    np.testing.assert_allclose(angle, 60 - 120 * at_nodes(heart, heart.depth)[lateral], atol=3)
    assert np.abs(fibres[lateral, 0]).max() < 0.05


def test_fibres_lie_in_the_wall(heart, positions):
    surface, left = Dimensions().ellipsoids["rv_epi"], Dimensions().ellipsoids["lv_epi"]
    nodes = heart.surfaces["epicardium"]
    nodes = nodes[left.relative_distance(*positions[nodes].T) > 1]
    outward = surface.gradient(positions[nodes])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    assert len(nodes) > 1000
    assert np.abs((outward * at_nodes(heart, heart.fibres)[nodes]).sum(axis=1)).max() < 0.1


def test_surfaces_border_their_cavities(heart, positions):
    ellipsoids = Dimensions().ellipsoids
    for surface, ellipsoid in (("lv_endocardium", "lv_endo"), ("rv_endocardium", "rv_endo")):
        nodes = positions[heart.surfaces[surface]]
        distance = np.abs(ellipsoids[ellipsoid].relative_distance(*nodes.T) - 1)
        if surface == "rv_endocardium":  # has the septum too
            distance = np.minimum(distance, np.abs(ellipsoids["lv_epi"].relative_distance(*nodes.T) - 1))
        assert distance.max() < 0.06
    assert at_nodes(heart, heart.depth)[heart.surfaces["lv_endocardium"]].max() < 0.3
    assert np.intersect1d(heart.surfaces["lv_endocardium"], heart.surfaces["rv_endocardium"]).size == 0


@pytest.mark.parametrize("spacing", [1.0, 1.1, 1.7])
def test_the_base_is_no_epicardium(spacing):
    heart = ventricles(spacing)
    top = nodes_at(heart, "z1", "site")
    depth = at_nodes(heart, heart.depth)[np.intersect1d(heart.surfaces["epicardium"], top)]
    assert 0 < depth.size < top.size / 2
    assert depth.min() > 0.5


def test_a_patch_of_the_endocardium_can_be_named(heart):
    x, y, z = Dimensions().centre_mm
    nodes = nodes_at(heart, Patch("lv_endocardium", (x - 25, y, z), 5), "site")
    assert 50 < nodes.size < 200


def test_mirrored_in_y_the_shape_is_the_same(heart):
    # The box is an even number of voxels wide there, so that voxels mirror voxels
    assert heart.tags.shape[1] % 2 == 0
    np.testing.assert_array_equal(heart.tags, heart.tags[:, ::-1])


def test_dimensions_scale():
    small = Dimensions(**{name: value / 2 for name, value in vars(Dimensions()).items()})
    np.testing.assert_array_equal(ventricles(0.75, small).tags, ventricles(1.5).tags)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: ventricles(3),
            "spacing_mm: 3; expected a positive number, at most half the thinner wall, 2 mm",
        ),
        (lambda: Dimensions(lv_wall=-1), "lv_wall: -1; expected a positive number [mm]"),
        (lambda: Dimensions(base=70), "base: 70; expected less than the length of the ventricles, 66 mm"),
        (
            lambda: Dimensions(rv_width=8),
            "rv_width: 8; expected more than 8 mm, to leave a cavity at the right",
        ),
        (
            lambda: ventricles(0.01),
            "10500 × 8200 × 9900 nodes; expected at most 2.15e+09",
        ),
    ],
)
def test_what_is_refused(build, message):
    with pytest.raises(UserError) as error:
        build()
    assert str(error.value) == message


def test_a_thicker_wall_makes_a_heavier_heart():
    normal, thick = ventricles(2.0), ventricles(2.0, replace(Dimensions(), lv_wall=12))
    assert thick.nodes.size > 1.2 * normal.nodes.size
