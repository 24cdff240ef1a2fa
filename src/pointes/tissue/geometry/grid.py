"""Grids: regular nodes of a tissue with regions, fibres and transmural depth.

Grids are indexed (z, y, x); positions and directions are (x, y, z). Lengths are in mm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from pointes.errors import UserError

AXES = ("x", "y", "z")
WHOLE = "tissue"
"""Name of the region of a tissue without layers."""
TOLERANCE = 1e-6
"""Relative error of lengths, and of shares of the thickness, that is taken for round-off."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A tissue on a regular grid.

    Attributes
    ----------
    spacing_mm
        Distance of neighbouring nodes, the same along all axes.
    tags : (nz, ny, nx) array of int16
        Tag of the region of each node; nodes with the tag 0 do not conduct: they are scar or outside.
    regions
        Name of the region of each tag: endo, mid, epi.
    on_faces
        True: a box whose outermost nodes lie on its faces, node i at i spacings. False: nodes are centres of voxels, at
        (i + ½) spacings.
    fibres : (nz, ny, nx, 3) array of float32 or None
        Unit vectors along the fibres; None: all fibres are along x.
    depth : (nz, ny, nx) array of float32 or None
        Depth in the wall, from 0 at the endocardium to 1 at the epicardium; NaN outside.
    surfaces
        Named sets of nodes that can be stimulated, as positions in the order of `nodes`.

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
            raise UserError("no node of the tissue conducts", expected="a tag other than 0")

    @cached_property
    def nodes(self) -> np.ndarray:
        """Places of the conducting nodes in the flattened grid, ascending, (n_nodes,) int32."""
        return np.flatnonzero(self.tags).astype(np.int32)

    @property
    def offset(self) -> float:
        """Coordinate of the first node along each axis, in spacings."""
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


def format_point(point: Sequence[float] | np.ndarray) -> str:
    """Return the text of a point: ``(x, y, z)``."""
    return f"({', '.join(f'{x:g}' for x in point)})"


def layer_tags(depth: np.ndarray, layers: Mapping[str, float]) -> tuple[np.ndarray, dict[int, str]]:
    """Return the tag of each depth, 1 for the first layer and 0 for NaN, and the name of each tag.

    Depth runs from 0 at the endocardium to 1 at the epicardium. ``layers`` has the share of the thickness of each
    region, from the endocardium on.
    """
    shares = np.array(list(layers.values()), dtype=float)
    if not ((shares > 0).all() and abs(shares.sum() - 1) <= TOLERANCE):
        raise UserError("layers", dict(layers), "positive shares of the thickness that sum to 1")
    borders = np.cumsum(shares)[:-1] - TOLERANCE
    tags = np.where(np.isnan(depth), 0, 1 + np.searchsorted(borders, depth, side="right")).astype(np.int16)
    regions = dict(enumerate(layers, start=1))
    for tag, name in regions.items():
        if not (tags == tag).any():
            expected = "a share of the thickness that holds a node, or a smaller spacing"
            raise UserError(f"layers.{name}", layers[name], expected)
    return tags, regions
