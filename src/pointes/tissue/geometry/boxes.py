"""Boxes: the grids of cables, sheets and slabs."""

from collections.abc import Mapping, Sequence

import numpy as np

from pointes.errors import UserError, check_positive
from pointes.tissue.geometry import memory
from pointes.tissue.geometry.grid import TOLERANCE, WHOLE, Grid, layer_tags


def box(
    size_mm: Sequence[float],
    spacing_mm: float,
    layers: Mapping[str, float] | None = None,
    fibre_angles_deg: tuple[float, float] | None = None,
) -> Grid:
    """Return a box of nodes, or a transmural wedge if layers or fibre angles are given.

    There are size/spacing + 1 nodes along each of one, two or three lengths, along x, y and z. ``layers`` has the share
    of the thickness of each region by its name, from the endocardium at x = 0 on; a node on the border of two layers
    belongs to the outer one. ``fibre_angles_deg`` has the angles of fibres, from y towards z, at the endocardium and
    the epicardium, between which they change linearly with x. Without angles, fibres are along x.

    Raises
    ------
    UserError
        When a length is not a positive multiple of the spacing, the layers are not fractions that sum to 1, one of
        them is too thin to hold a node, or the tissue does not fit into memory.

    Examples
    --------
    >>> wedge = box([16.5], 0.1, {"endo": 0.45, "mid": 0.25, "epi": 0.30})
    >>> wedge.nodes.size, wedge.regions, np.bincount(wedge.tags.ravel()).tolist()
    (166, {1: 'endo', 2: 'mid', 3: 'epi'}, [0, 75, 41, 50])
    >>> wedge = box([10, 4, 4], 0.5, fibre_angles_deg=(60, -60))
    >>> wedge.fibres[0, 0, 0].round(3).tolist(), wedge.fibres[0, 0, 10].tolist()
    ([0.0, 0.5, 0.8659999966621399], [0.0, 1.0, 0.0])
    """
    counts = [_count(length, spacing_mm) for length in size_mm]
    nz, ny, nx = [1] * (3 - len(counts)) + counts[::-1]
    shape = (nz, ny, nx)
    memory.check(shape)
    if layers is None and fibre_angles_deg is None:
        return Grid(spacing_mm, np.ones(shape, dtype=np.int16), {1: WHOLE})
    depth = np.linspace(0, 1, nx)
    tags, regions = layer_tags(depth, layers or {WHOLE: 1.0})
    fibres = None
    if fibre_angles_deg is not None:
        endo, epi = np.radians(fibre_angles_deg)
        angle = endo + (epi - endo) * depth
        fibres = np.zeros((*shape, 3), dtype=np.float32)
        fibres[..., 1] = np.cos(angle)
        fibres[..., 2] = np.sin(angle)
    return Grid(
        spacing_mm,
        np.broadcast_to(tags, shape).copy(),
        regions,
        fibres=fibres,
        depth=np.broadcast_to(depth, shape).astype(np.float32),
    )


def _count(length_mm: float, spacing_mm: float) -> int:
    """Return the number of nodes along a length."""
    check_positive("spacing_mm", spacing_mm, "mm")
    check_positive("size_mm", length_mm, "mm")
    steps = round(length_mm / spacing_mm)
    if steps == 0 or abs(length_mm - steps * spacing_mm) > TOLERANCE * length_mm:
        below = int(length_mm / spacing_mm)
        nearest = " or ".join(f"{n * spacing_mm:g}" for n in (below, below + 1) if n)
        raise UserError("size_mm", length_mm, f"a multiple of the spacing of {spacing_mm:g} mm, as {nearest}")
    return steps + 1
