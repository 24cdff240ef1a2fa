"""Sites: parts of a tissue on which stimuli act, given in mm or by name.

A site is a `Box`, a `Sphere`, a `Patch`, the name of a face (``x0``, ``x1``, ``y0``, ``y1``, ``z0``, ``z1``: the first
and the last layer of conducting nodes along an axis that has more than one) or the name of a surface of the grid
(``lv_endocardium``).
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pointes.errors import UserError, unknown
from pointes.tissue.geometry.grid import AXES, Grid, format_point

FACES = tuple(f"{axis}{end}" for axis in AXES for end in (0, 1))
ROUND_OFF = 1e-6
"""Distance, in spacings, by which a node of a site may lie outside it."""

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Box:
    """All nodes between two corners, both included [mm]."""

    start_mm: Point
    end_mm: Point

    def __str__(self) -> str:
        return f"box from {format_point(self.start_mm)} to {format_point(self.end_mm)} mm"


@dataclass(frozen=True)
class Sphere:
    """All nodes within a distance of a point [mm]."""

    centre_mm: Point
    radius_mm: float

    def __str__(self) -> str:
        return f"sphere of {self.radius_mm:g} mm around {format_point(self.centre_mm)} mm"


@dataclass(frozen=True)
class Patch:
    """The nodes of a named surface within a distance of a point [mm]."""

    surface: str
    centre_mm: Point
    radius_mm: float

    def __str__(self) -> str:
        return f"patch of {self.surface} within {self.radius_mm:g} mm of {format_point(self.centre_mm)} mm"


Site = Box | Sphere | Patch | str


def nodes_at(grid: Grid, site: Site, key: str) -> np.ndarray:
    """Return the conducting nodes of a site, as ascending positions in the order of ``grid.nodes``.

    Raises
    ------
    UserError
        When the site holds no conducting node, or the tissue has no such face or surface. The message names ``key``.
    """
    nodes = np.flatnonzero(_inside(grid, site, key))
    if not nodes.size:
        low, high = map(format_point, grid.corners)
        raise UserError(key, str(site), f"a site with a node of the tissue, which extends from {low} to {high} mm")
    return nodes


def face_layer(grid: Grid, face: str, depth_mm: float, key: str) -> Box:
    """Return the part of a tissue down to a depth below a face; raise a UserError if it has no such face."""
    if face not in FACES:
        raise UserError(f"{key}.depth_mm", depth_mm, f"0 for {face}, which is not a face such as x0")
    k = _normal(grid, face, key)
    low, high = grid.corners
    if face[1] == "0":
        high[k] = low[k] + depth_mm
    else:
        low[k] = high[k] - depth_mm
    return Box(tuple(low.tolist()), tuple(high.tolist()))


def components(grid: Grid) -> np.ndarray:
    """Return the number, from 0 on, of the part of connected nodes to which each node belongs, (n_nodes,).

    Nodes are connected with their neighbours along the axes, as current flows.
    """
    parts: np.ndarray = ndimage.label(grid.tags != 0)[0].ravel()[grid.nodes] - 1
    return parts


def _inside(grid: Grid, site: Site, key: str) -> np.ndarray:
    """Return which of the conducting nodes belong to the site."""
    positions, inside = grid.positions, np.ones(grid.nodes.size, bool)
    slack = ROUND_OFF * grid.spacing_mm
    match site:
        case Box():
            start, end = np.asarray(site.start_mm) - slack, np.asarray(site.end_mm) + slack
            inside[:] = ((positions >= start) & (positions <= end)).all(axis=1)
        case Sphere():
            inside[:] = np.linalg.norm(positions - site.centre_mm, axis=1) <= site.radius_mm + slack
        case Patch():
            sphere = _inside(grid, Sphere(site.centre_mm, site.radius_mm), key)
            inside[:] = sphere & _inside(grid, site.surface, key)
        case str() if site in grid.surfaces:
            inside[:] = np.isin(np.arange(grid.nodes.size), grid.surfaces[site])
        case str() if site in FACES:
            along = positions[:, _normal(grid, site, key)]
            inside[:] = along <= along.min() + slack if site[1] == "0" else along >= along.max() - slack
        case _:
            raise UserError(f"{key}.surface", site, unknown("site", site, [*FACES, *grid.surfaces]).expected)
    return inside


def _normal(grid: Grid, face: str, key: str) -> int:
    """Return the axis that a face is normal to; refuse an axis with a single node, as the face would be the tissue."""
    low, high = grid.corners
    extended = dict(zip(AXES, high > low, strict=True))
    if not extended[face[0]]:
        faces = ", ".join([*(name for name in FACES if extended[name[0]]), *grid.surfaces])
        raise UserError(f"{key}.surface", face, f"one of {faces}, as the tissue has a single node along {face[0]}")
    return AXES.index(face[0])
