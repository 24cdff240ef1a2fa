"""Parts of a tissue, in mm or by name: where a stimulus acts, where a scar or another region is.

A site is a `Box`, a `Sphere`, a `Patch`, the name of a face (``x0``, ``x1``, ``y0``, ``y1``, ``z0``, ``z1``: the first
and the last layer of conducting nodes along an axis that has more than one) or the name of a surface of the geometry
(``lv_endocardium``).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from pointes.errors import UserError, unknown
from pointes.tissue.geometry.grid import AXES, Geometry, written

FACES = tuple(f"{axis}{end}" for axis in AXES for end in (0, 1))
ROUND_OFF = 1e-6  # of the spacing, by which a node may lie outside a site

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Box:
    """All nodes between two corners, both included [mm]."""

    start_mm: Point
    end_mm: Point

    def __str__(self) -> str:
        return f"box from {written(self.start_mm)} to {written(self.end_mm)} mm"


@dataclass(frozen=True)
class Sphere:
    """All nodes within a distance of a point [mm]."""

    centre_mm: Point
    radius_mm: float

    def __str__(self) -> str:
        return f"sphere of {self.radius_mm:g} mm around {written(self.centre_mm)} mm"


@dataclass(frozen=True)
class Patch:
    """The nodes of a named surface within a distance of a point [mm]."""

    surface: str
    centre_mm: Point
    radius_mm: float

    def __str__(self) -> str:
        return f"patch of {self.surface} within {self.radius_mm:g} mm of {written(self.centre_mm)} mm"


Site = Box | Sphere | Patch | str


def nodes_at(geometry: Geometry, site: Site, key: str) -> np.ndarray:
    """Return the conducting nodes of a site, ascending positions in the order of ``geometry.nodes``.

    Parameters
    ----------
    geometry
        The tissue.
    site
        Which part of it.
    key
        Name of the site in the message of an error, as ``stimuli[0]``.

    Raises
    ------
    UserError
        When the site holds no conducting node, or the tissue has no face or surface of that name.
    """
    nodes = np.flatnonzero(_inside(geometry, site, key))
    if not nodes.size:
        low, high = map(written, geometry.corners)
        raise UserError(
            f"{key} outside the tissue: {site} holds no conducting node; the tissue extends from {low} to {high} mm"
        )
    return nodes


def beneath(geometry: Geometry, face: str, depth_mm: float, key: str) -> Box:
    """Return the part of a tissue down to a depth beneath a face; a UserError if that is no face of it."""
    if face not in FACES:
        raise UserError(f"{key}: depth_mm {depth_mm:g} beneath {face}; expected a face, as x0")
    k = _normal(geometry, face, key)
    low, high = geometry.corners
    if face[1] == "0":
        high[k] = low[k] + depth_mm
    else:
        low[k] = high[k] - depth_mm
    return Box(tuple(low.tolist()), tuple(high.tolist()))


def with_region(geometry: Geometry, site: Site, name: str | None, key: str = "region") -> Geometry:
    """Return the tissue with a site made a region of its own, or scar.

    Parameters
    ----------
    geometry
        The tissue, which stays as it is.
    site
        Which nodes.
    name
        Of the region, a new one or one that is there; None: scar, which does not conduct.
    key
        Name of the site in the message of an error.

    Examples
    --------
    >>> from pointes.tissue.geometry.grid import sheet
    >>> scarred = with_region(sheet((10, 10), 1), Sphere((5, 5, 0), 1), None)
    >>> scarred.nodes.size  # of 121
    116
    """
    regions = dict(geometry.regions)
    if name is None:
        tag = 0
    else:
        tag = next((tag for tag, known in regions.items() if known == name), max(regions) + 1)
        regions[tag] = name
    tags = geometry.tags.copy()
    tags.flat[geometry.nodes[nodes_at(geometry, site, key)]] = tag
    changed = replace(geometry, tags=tags, regions=regions, surfaces={})
    for surface, nodes in geometry.surfaces.items():
        changed.surfaces[surface] = np.flatnonzero(np.isin(changed.nodes, geometry.nodes[nodes]))
    return changed


def components(geometry: Geometry) -> np.ndarray:
    """Return for each conducting node, (n_nodes,), the number from 0 of the part that it is connected with.

    Nodes are connected through faces, as current flows.
    """
    labels, _ = ndimage.label(geometry.tags != 0)
    return labels.ravel()[geometry.nodes] - 1


def _inside(geometry: Geometry, site: Site, key: str) -> np.ndarray:
    """Return which of the conducting nodes belong to the site."""
    positions = geometry.positions
    slack = ROUND_OFF * geometry.spacing_mm
    match site:
        case Box():
            start, end = np.asarray(site.start_mm) - slack, np.asarray(site.end_mm) + slack
            return ((positions >= start) & (positions <= end)).all(axis=1)
        case Sphere():
            return np.linalg.norm(positions - site.centre_mm, axis=1) <= site.radius_mm + slack
        case Patch():
            sphere = _inside(geometry, Sphere(site.centre_mm, site.radius_mm), key)
            return sphere & _inside(geometry, site.surface, key)
        case str() if site in geometry.surfaces:
            return np.isin(np.arange(geometry.nodes.size), geometry.surfaces[site])
        case str() if site in FACES:
            along = positions[:, _normal(geometry, site, key)]
            return along <= along.min() + slack if site[1] == "0" else along >= along.max() - slack
    raise unknown("site", site, [*FACES, *geometry.surfaces], key)


def _normal(geometry: Geometry, face: str, key: str) -> int:
    """Return the axis that a face is normal to; where the tissue has one node along it, the face would be all of it."""
    low, high = geometry.corners
    extended = dict(zip(AXES, high > low, strict=True))
    if not extended[face[0]]:
        expected = ", ".join([*(name for name in FACES if extended[name[0]]), *geometry.surfaces])
        raise UserError(f"{key}: no face {face}, the tissue has one node along {face[0]}; expected one of {expected}")
    return AXES.index(face[0])
