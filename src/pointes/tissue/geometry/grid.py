"""Where tissue is: a regular grid of nodes with regions, fibres and transmural depth; cables, sheets and slabs.

Grids are indexed (z, y, x); positions and directions are (x, y, z). Lengths are in mm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from pointes.errors import UserError, check_positive, unknown
from pointes.tissue.geometry import memory

AXES = ("x", "y", "z")
TOLERANCE = 1e-6  # relative, within which a length is a multiple of the spacing


@dataclass(frozen=True, eq=False)
class Geometry:
    """A tissue on a regular grid.

    Attributes
    ----------
    spacing_mm
        Between nodes, the same along all axes.
    tags : (nz, ny, nx) array of int16
        Region of each node; 0: does not conduct, as it is outside or scar.
    regions
        Name of each tag, as endo, mid, epi.
    on_faces
        True: a box whose outermost nodes lie on its faces, node i at i spacings. False: nodes are centres of voxels, at
        (i + ½) spacings.
    fibres : (nz, ny, nx, 3) array of float32 or None
        Unit vectors along the fibres; None: all along x.
    depth : (nz, ny, nx) array of float32 or None
        Through the wall, from 0 at the endocardium to 1 at the epicardium; NaN outside.
    surfaces
        Named sets of nodes, as positions in the order of `nodes`: where to stimulate.

    Raises
    ------
    UserError
        When nothing conducts.
    """

    spacing_mm: float
    tags: np.ndarray
    regions: dict[int, str]
    on_faces: bool = True
    fibres: np.ndarray | None = None
    depth: np.ndarray | None = None
    surfaces: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.tags.any():
            raise UserError("the tissue has no conducting node; expected a tag other than 0 somewhere")

    @cached_property
    def nodes(self) -> np.ndarray:
        """Places of the conducting nodes in the flattened grid, ascending, (n_nodes,) int32."""
        return np.flatnonzero(self.tags).astype(np.int32)

    @property
    def offset(self) -> float:
        """Place of the first node along each axis, in spacings."""
        return 0.0 if self.on_faces else 0.5

    @property
    def coordinates(self) -> dict[str, np.ndarray]:
        """Coordinates of the grid [mm] along its dimensions ``z``, ``y`` and ``x``."""
        sizes = zip(reversed(AXES), self.tags.shape, strict=True)
        return {axis: (np.arange(n) + self.offset) * self.spacing_mm for axis, n in sizes}

    @cached_property
    def positions(self) -> np.ndarray:
        """Coordinates of the conducting nodes [mm], (n_nodes, 3)."""
        positions = np.empty((self.nodes.size, 3))
        indices = np.unravel_index(self.nodes, self.tags.shape)
        for column, along, index in zip(positions.T[::-1], self.coordinates.values(), indices, strict=True):
            column[:] = along[index]
        return positions

    @property
    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest x, y and z of the conducting nodes [mm], (3,) each."""
        return self.positions.min(axis=0), self.positions.max(axis=0)

    def scatter(self, values: np.ndarray) -> np.ndarray:
        """Return values at the nodes, (n_nodes,), on the grid, (nz, ny, nx); NaN where nothing conducts."""
        grid = np.full(self.tags.shape, np.nan)
        grid.flat[self.nodes] = values
        return grid


def written(point: Sequence[float] | np.ndarray) -> str:
    """Return a point as text: ``(x, y, z)``."""
    return f"({', '.join(f'{x:g}' for x in point)})"


def cable(length_mm: float, spacing_mm: float, layers: Mapping[str, float] | None = None) -> Geometry:
    """Return a cable along x.

    Parameters
    ----------
    length_mm
        A multiple of the spacing; there are length/spacing + 1 nodes.
    spacing_mm
        Between nodes.
    layers
        Fraction of the length of each region by its name, from x = 0 on. Else, with errors, as in `slab`.

    Examples
    --------
    >>> wedge = cable(16.5, 0.1, {"endo": 0.45, "mid": 0.25, "epi": 0.30})
    >>> wedge.nodes.size, wedge.regions, np.bincount(wedge.tags.ravel()).tolist()
    (166, {1: 'endo', 2: 'mid', 3: 'epi'}, [0, 75, 41, 50])
    """
    shape = (1, 1, _count("length_mm", length_mm, spacing_mm))
    return _box(shape, spacing_mm, layers, "x", None)


def sheet(
    size_mm: Sequence[float], spacing_mm: float, layers: Mapping[str, float] | None = None, depth_axis: str = "x"
) -> Geometry:
    """Return a sheet in the plane of x and y.

    Parameters
    ----------
    size_mm
        Along x and y. Else, with errors, as in `slab`, without fibre angles: fibres are along x.
    """
    nx, ny = (_count("size_mm", length, spacing_mm) for length in _lengths(size_mm, 2))
    return _box((1, ny, nx), spacing_mm, layers, _axis(depth_axis, AXES[:2]), None)


def slab(
    size_mm: Sequence[float],
    spacing_mm: float,
    layers: Mapping[str, float] | None = None,
    depth_axis: str = "x",
    fibre_angles_deg: tuple[float, float] | None = None,
) -> Geometry:
    """Return a box, or a transmural wedge if layers or fibre angles are given.

    Parameters
    ----------
    size_mm
        Along x, y and z; multiples of the spacing; there are size/spacing + 1 nodes along each.
    spacing_mm
        Between nodes.
    layers
        Fraction of the thickness of each region by its name, from the endocardium on; None: one region, ``tissue``. A
        node on the border of two layers belongs to the outer.
    depth_axis
        Along which the wall goes from the endocardium, where the coordinate is 0, to the epicardium.
    fibre_angles_deg
        At the endocardium and the epicardium; in between they change linearly with depth. Fibres are at right angles
        to the depth axis. With the depth along z an angle is measured from x towards y, along x from y towards z, along
        y from z towards x. None: fibres are along x.

    Raises
    ------
    UserError
        When a length is not a positive multiple of the spacing, the layers are not fractions that sum to 1, one of
        them is too thin to hold a node, or the tissue does not fit into memory.

    Examples
    --------
    >>> wedge = slab((4, 4, 10), 0.5, depth_axis="z", fibre_angles_deg=(60, -60))
    >>> wedge.fibres[0, 0, 0].round(3).tolist(), wedge.fibres[10, 0, 0].tolist()
    ([0.5, 0.8659999966621399, 0.0], [1.0, 0.0, 0.0])
    """
    nx, ny, nz = (_count("size_mm", length, spacing_mm) for length in _lengths(size_mm, 3))
    return _box((nz, ny, nx), spacing_mm, layers, _axis(depth_axis, AXES), fibre_angles_deg)


def layer_tags(depth: np.ndarray, layers: Mapping[str, float]) -> tuple[np.ndarray, dict[int, str]]:
    """Return the tag of each depth, 1 for the first layer, and the name of each tag.

    Parameters
    ----------
    depth : array
        From 0 at the endocardium to 1 at the epicardium; NaN gets the tag 0.
    layers
        Fraction of the thickness of each region, from the endocardium on.
    """
    fractions = np.array(list(layers.values()), dtype=float)
    if not ((fractions > 0).all() and abs(fractions.sum() - 1) <= TOLERANCE):
        raise UserError(f"layers {dict(layers)}; expected positive fractions of the thickness that sum to 1")
    borders = np.cumsum(fractions)[:-1] - TOLERANCE
    tags = np.where(np.isnan(depth), 0, 1 + np.searchsorted(borders, depth, side="right")).astype(np.int16)
    regions = dict(enumerate(layers, start=1))
    for tag, name in regions.items():
        if not (tags == tag).any():
            raise UserError(f"layers: {name} of {layers[name]:g} is too thin to hold a node; refine spacing_mm")
    return tags, regions


def _box(
    shape: tuple[int, int, int],
    spacing_mm: float,
    layers: Mapping[str, float] | None,
    depth_axis: str,
    fibre_angles_deg: tuple[float, float] | None,
) -> Geometry:
    memory.check(shape)
    if layers is None and fibre_angles_deg is None:
        return Geometry(spacing_mm, np.ones(shape, dtype=np.int16), {1: "tissue"})
    axis = AXES.index(depth_axis)
    along = [1, 1, 1]
    along[2 - axis] = shape[2 - axis]
    profile = np.linspace(0, 1, shape[2 - axis]).reshape(along)
    tags, regions = layer_tags(profile, layers or {"tissue": 1.0})
    fibres = None
    if fibre_angles_deg is not None:
        endo, epi = np.radians(fibre_angles_deg)
        angle = endo + (epi - endo) * profile
        directions = np.zeros((*along, 3), dtype=np.float32)
        directions[..., (axis + 1) % 3] = np.cos(angle)
        directions[..., (axis + 2) % 3] = np.sin(angle)
        fibres = np.broadcast_to(directions, (*shape, 3)).copy()
    return Geometry(
        spacing_mm,
        np.broadcast_to(tags, shape).copy(),
        regions,
        fibres=fibres,
        depth=np.broadcast_to(profile, shape).astype(np.float32),
    )


def _count(key: str, length_mm: float, spacing_mm: float) -> int:
    """Return the number of nodes along a length."""
    check_positive("spacing_mm", spacing_mm, "mm")
    check_positive(key, length_mm, "mm")
    steps = round(length_mm / spacing_mm)
    if steps == 0 or abs(length_mm - steps * spacing_mm) > TOLERANCE * length_mm:
        below = int(length_mm / spacing_mm)
        expected = " or ".join(f"{n * spacing_mm:g}" for n in (below, below + 1) if n)
        raise UserError(f"{key} {length_mm:g} is not a multiple of spacing_mm {spacing_mm:g}; expected {expected}")
    return steps + 1


def _lengths(size_mm: Sequence[float], count: int) -> Sequence[float]:
    if len(size_mm) != count:
        raise UserError(f"size_mm {list(size_mm)}; expected {count} lengths, along {', '.join(AXES[:count])}")
    return size_mm


def _axis(name: str, choices: Sequence[str]) -> str:
    if name not in choices:
        raise unknown("depth_axis", name, choices)
    return name
