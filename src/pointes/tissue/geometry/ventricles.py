"""Idealised human ventricles: truncated ellipsoids in voxels, with layers and fibres by rule.

The left ventricle is the space between two ellipsoids of revolution, the right one a shell that embraces it. Both end
at the plane of the base. Fibres rotate through the wall as Streeter et al. [1]_ found, measured from the local
circumferential direction as in the rules of Bayer et al. [2]_.

References
----------
.. [1] Streeter, Spotnitz, Patel, Ross and Sonnenblick, Circ. Res. 24, 339 (1969). doi:10.1161/01.RES.24.3.339
.. [2] Bayer, Blake, Plank and Trayanova, Ann. Biomed. Eng. 40, 2243 (2012). doi:10.1007/s10439-012-0593-5
.. [3] Lang et al., J. Am. Soc. Echocardiogr. 28, 1 (2015). doi:10.1016/j.echo.2014.10.003
.. [4] Hudsmith et al., J. Cardiovasc. Magn. Reson. 7, 775 (2005). doi:10.1080/10976640500295516
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from scipy import ndimage

from pointes.errors import UserError, check_positive
from pointes.tissue.geometry import memory
from pointes.tissue.geometry.base import Geometry
from pointes.tissue.geometry.grid import WHOLE, Grid, layer_tags

# ASSUME: the layers of human ventricles vary with place and from study to study; mid-myocardial cells are in between
LAYERS = {"endo": 0.45, "mid": 0.25, "epi": 0.30}
FIBRE_ANGLES = (60.0, -60.0)  # degrees, at the endocardium and the epicardium


class Ventricles(Geometry):
    """Idealised human ventricles, with layers unless the description has a cell type."""

    noun = plural = "ventricles"
    default_layers = LAYERS
    cheap_to_build = False

    def grid(self) -> Grid:
        """Return the nodes of the ventricles."""
        description = self.description
        layers = description.shares or {WHOLE: 1.0}
        return ventricles(description.spacing_mm, None, layers, description.fibre_angles_deg or FIBRE_ANGLES)


@dataclass(frozen=True)
class Dimensions:
    """Lengths of idealised ventricles [mm].

    The axis of the left ventricle is z, with the base at the top. The right ventricle lies towards x. The defaults are
    near the middle of the normal ranges of adults (docs/tissue/geometry.md): diameter, walls and right ventricular
    width at the base from [3]_, volumes from [4]_.
    """

    lv_radius: float = 25.0  # semi-axis of the left endocardium along x and y
    lv_length: float = 70.0  # semi-axis of the left endocardium along z
    lv_wall: float = 9.0  # thickness of the left wall, including the septum
    rv_offset: float = 26.0  # distance along x from the centre of the left ellipsoids to that of the right ones
    rv_width: float = 41.0  # semi-axis of the right endocardium along x
    rv_depth: float = 37.0  # semi-axis of the right endocardium along y
    rv_length: float = 66.0  # semi-axis of the right endocardium along z
    rv_wall: float = 4.0  # thickness of the right wall
    base: float = 20.0  # height of the plane in which both ventricles end, above their widest place

    def __post_init__(self) -> None:
        for length in fields(self):
            check_positive(length.name, getattr(self, length.name), "mm")
        if self.base >= min(self.lv_length, self.rv_length):
            limit = min(self.lv_length, self.rv_length)
            raise UserError("base", self.base, f"less than the length of the ventricles, {limit:g} mm")
        if self.rv_offset + self.rv_width <= self.lv_radius + self.lv_wall:
            expected = self.lv_radius + self.lv_wall - self.rv_offset
            raise UserError("rv_width", self.rv_width, f"more than {expected:g} mm, to leave a cavity at the right")

    @property
    def ellipsoids(self) -> dict[str, "Ellipsoid"]:
        """The endocardium and the epicardium of each ventricle."""
        left = Ellipsoid((0.0, 0.0, 0.0), (self.lv_radius, self.lv_radius, self.lv_length))
        right = Ellipsoid((self.rv_offset, 0.0, 0.0), (self.rv_width, self.rv_depth, self.rv_length))
        return {
            "lv_endo": left,
            "lv_epi": left.grown(self.lv_wall),
            "rv_endo": right,
            "rv_epi": right.grown(self.rv_wall),
        }

    @property
    def centre_mm(self) -> tuple[float, float, float]:
        """Centre of the left ventricle's ellipsoids in the coordinates of the grid."""
        outer = [self.ellipsoids[name] for name in ("lv_epi", "rv_epi")]
        x, y, z = (-min(e.centre[axis] - e.axes[axis] for e in outer) for axis in range(3))
        return x, y, z

    @property
    def extent_mm(self) -> tuple[float, float, float]:
        """Size of the box that holds the ventricles, along x, y and z."""
        outer = [self.ellipsoids[name] for name in ("lv_epi", "rv_epi")]
        ends = [max(e.centre[axis] + e.axes[axis] for e in outer) for axis in range(2)]
        x, y, z = (end + centre for end, centre in zip((*ends, self.base), self.centre_mm, strict=True))
        return x, y, z


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid with axes along x, y and z [mm]."""

    centre: tuple[float, float, float]
    axes: tuple[float, float, float]

    def grown(self, wall: float) -> "Ellipsoid":
        """Return the outer surface of a wall around the ellipsoid."""
        a, b, c = self.axes
        return Ellipsoid(self.centre, (a + wall, b + wall, c + wall))

    def relative_distance(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the relative distance of points from the centre: 0 in it, 1 on the surface."""
        squares = (((p - c) / a) ** 2 for p, c, a in zip((x, y, z), self.centre, self.axes, strict=True))
        distance: np.ndarray = np.sqrt(sum(squares))
        return distance

    def gradient(self, points: np.ndarray) -> np.ndarray:
        """Return the gradient of the relative distance at points, (n, 3)."""
        scaled = (points - self.centre) / np.square(self.axes)
        gradient: np.ndarray = scaled / self.relative_distance(*points.T)[:, None]
        return gradient


def ventricles(
    spacing_mm: float,
    dimensions: Dimensions | None = None,
    layers: Mapping[str, float] = LAYERS,
    fibre_angles_deg: tuple[float, float] = FIBRE_ANGLES,
) -> Grid:
    """Return idealised ventricles, of human `Dimensions` by default, in voxels with edges of ``spacing_mm``.

    The grid has fibres, depth and the surfaces ``lv_endocardium``, ``rv_endocardium`` (with the right side of the
    septum) and ``epicardium``. The corner of the box is the origin, and `Dimensions.centre_mm` the centre of the left
    ventricle.

    ``layers`` has the share of the thickness of the wall of each region, from the endocardium on. The septum has an
    endocardium on both sides, and a depth of ½ in its middle. ``fibre_angles_deg`` has the angles of fibres at the
    endocardium and the epicardium, between which they change linearly. Positive angles are right-handed helices that
    rise towards the base. The septum has the first angle at its left side and the second at its right side, where
    fibres with opposite angles agree with those of the right endocardium.

    Raises
    ------
    UserError
        When the spacing is too coarse for a wall, the voxels do not fit into memory, or the layers are not fractions.
    """
    dimensions = dimensions or Dimensions()
    coarsest = min(dimensions.lv_wall, dimensions.rv_wall) / 2
    if not 0 < spacing_mm <= coarsest:
        raise UserError("spacing_mm", spacing_mm, f"a positive number, at most half the thinner wall, {coarsest:g} mm")
    nz, ny, nx = (int(np.ceil(extent / spacing_mm)) for extent in dimensions.extent_mm[::-1])
    shape = (nz, ny, nx)
    memory.check(shape)

    surfaces = dimensions.ellipsoids
    x, y, z = _axes(shape, spacing_mm, dimensions.centre_mm)
    inside = {name: surface.relative_distance(x, y, z) < 1 for name, surface in surfaces.items()}
    left_cavity = inside["lv_endo"]
    right_cavity = inside["rv_endo"] & ~inside["lv_epi"]
    tissue = (inside["lv_epi"] & ~left_cavity) | (inside["rv_epi"] & ~inside["rv_endo"] & ~inside["lv_epi"])
    below_base = z <= dimensions.base
    left_cavity, right_cavity, tissue = left_cavity & below_base, right_cavity & below_base, tissue & below_base

    where = np.nonzero(tissue)
    points = np.stack([axis.ravel()[i] for axis, i in zip((x, y, z), where[::-1], strict=True)], axis=1)
    points = points.astype(float)
    of_left = inside["lv_epi"][where]
    through = np.empty(len(points))  # relative distance from the inner to the outer surface of the wall
    outward = np.empty((len(points), 3))
    for chosen, name in ((of_left, "lv"), (~of_left, "rv")):
        through[chosen], outward[chosen] = _wall(surfaces[f"{name}_endo"], surfaces[f"{name}_epi"], points[chosen])

    septal = of_left & _faces(surfaces["lv_epi"], surfaces["rv_endo"], points)
    depth = np.full(shape, np.nan, dtype=np.float32)
    depth[where] = np.where(septal, np.minimum(through, 1 - through), through)
    fibres = np.zeros((*shape, 3), dtype=np.float32)
    endo, epi = np.radians(fibre_angles_deg)
    fibres[where] = _fibres(outward, endo + (epi - endo) * through)
    tags, regions = layer_tags(depth, layers)
    outside = below_base & ~(tissue | left_cavity | right_cavity)
    return Grid(
        spacing_mm,
        tags,
        regions,
        on_faces=False,
        fibres=fibres,
        depth=depth,
        surfaces={
            "lv_endocardium": _next_to(left_cavity, tissue),
            "rv_endocardium": _next_to(right_cavity, tissue),
            "epicardium": _next_to(np.pad(outside, ((1, 0), (1, 1), (1, 1)), constant_values=True), tissue),
        },
    )


def _axes(
    shape: tuple[int, int, int], spacing_mm: float, centre_mm: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the coordinates of the voxels along x, y and z from the centre, shaped to span the grid."""
    along = [
        ((np.arange(n) + 0.5) * spacing_mm - centre).astype(np.float32)
        for n, centre in zip(shape[::-1], centre_mm, strict=True)
    ]
    return along[0][None, None, :], along[1][None, :, None], along[2][:, None, None]


def _wall(inner: Ellipsoid, outer: Ellipsoid, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the depth of points in a wall, from 0 to 1, and the direction out of the wall."""
    in_gradient, out_gradient = inner.gradient(points), outer.gradient(points)
    # Distances from the two surfaces to first order: that of the relative distance from 1, by its slope
    from_inner = (inner.relative_distance(*points.T) - 1) / np.linalg.norm(in_gradient, axis=1)
    from_outer = (1 - outer.relative_distance(*points.T)) / np.linalg.norm(out_gradient, axis=1)
    through = np.clip(from_inner / (from_inner + from_outer), 0, 1)
    outward = (1 - through)[:, None] * in_gradient + through[:, None] * out_gradient
    return through, outward / np.linalg.norm(outward, axis=1, keepdims=True)


def _faces(wall: Ellipsoid, cavity: Ellipsoid, points: np.ndarray) -> np.ndarray:
    """Return which points of a wall lie between its centre and the cavity."""
    on_surface = (points - wall.centre) / wall.relative_distance(*points.T)[:, None] + wall.centre
    return cavity.relative_distance(*on_surface.T) < 1


def _fibres(outward: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Return unit vectors along the fibres, in the wall, at an angle from the circumferential direction."""
    around = np.stack([-outward[:, 1], outward[:, 0], np.zeros(len(outward))], axis=1)
    length = np.linalg.norm(around, axis=1, keepdims=True)
    # At the apex, where the wall is horizontal, no direction is circumferential, and any will do
    around = np.where(length > 1e-9, around / np.maximum(length, 1e-9), [1.0, 0.0, 0.0])
    up = np.cross(outward, around)
    fibres: np.ndarray = np.cos(angle)[:, None] * around + np.sin(angle)[:, None] * up
    return fibres


def _next_to(space: np.ndarray, tissue: np.ndarray) -> np.ndarray:
    """Return the nodes, as positions in their order, that share a face with a space, whose array may have a margin."""
    grown = ndimage.binary_dilation(space)
    below, beside = grown.shape[0] - tissue.shape[0], (grown.shape[1] - tissue.shape[1]) // 2
    grown = grown[below:, beside : beside + tissue.shape[1], beside : beside + tissue.shape[2]]
    return np.flatnonzero(grown[tissue])
