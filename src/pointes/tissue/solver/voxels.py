"""Diffusion between any nodes of a regular grid, with any conductivity tensor.

The gradient in each of the eight octants around a node comes from the differences to the three neighbours that bound
the octant. The energy of the potential is the sum of ½ ∇V·D∇V over all octants, and diffusion is its steepest descent.
If a neighbour does not conduct, the component of the gradient towards it is the one without flux in that direction. So
the operator is symmetric, conserves charge, and needs no other condition on boundaries of whatever shape.

Written out, the energy is a sum of squared differences between pairs of nodes: neighbours along the axes, and, where
fibres are oblique, along the diagonals of faces. At nodes with neighbours on either side along an axis, the fourth
difference removes the leading error and speeds up fronts that the grid does not resolve (`pointes.tissue.solver.box`).
"""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from pointes.cells.cache import compiled
from pointes.cells.simd import FAST, inline, no_unrolling, widest_vectors
from pointes.tissue.geometry import conductivity
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.solver.aliasing import no_aliases
from pointes.tissue.solver.box import FRONT_RATE
from pointes.tissue.solver.diffusion import Diffusion

HALO = 2  # layers of empty nodes around the box, for neighbours of neighbours
MARGIN = 256  # empty places before and after the flat array, into which the ends of tiles may reach
TILE = 8  # neighbours along x that are advanced together: one AVX-512 register of doubles, two of AVX2
LANES = np.uint64(TILE)  # places are unsigned, or Numba would look for negative ones, and LLVM would find no vectors
UNITS = ((1, 0, 0), (0, 1, 0), (0, 0, 1))  # steps along z, y and x
DIRECTIONS = tuple(d for d in product((-1, 0, 1), repeat=3) if d > (0, 0, 0) and sum(map(abs, d)) < 3)  # (z, y, x)
FOURTH = 2 * len(DIRECTIONS)  # first row of the weights of fourth differences in a tile, after those of flows
SCALE = FOURTH + 3 * len(UNITS)  # row of the inverse volumes of nodes, as shares of a whole one
SETTLED = 1e-3  # relative accuracy of the largest rate


@inline
def _flow(u: np.ndarray, at: int, d: int, w: np.ndarray, row: int, i: int) -> float:
    """Return the flow into a node from its neighbours at the distances d and -d in the flat array."""
    flow: float = w[row, i] * (u[at + d] - u[at]) + w[row + 1, i] * (u[at - d] - u[at])
    return flow


@inline
def _fourth(u: np.ndarray, at: int, d: int, w: np.ndarray, row: int, i: int) -> float:
    """Return the fourth difference along an axis: the second difference of D/12 times the second difference."""
    here, ahead, behind = u[at], u[at + d], u[at - d]
    fourth: float = (
        w[row + 1, i] * (u[at + d + d] - 2.0 * ahead + here)
        - 2.0 * w[row, i] * (ahead - 2.0 * here + behind)
        + w[row + 2, i] * (here - 2.0 * behind + u[at - d - d])
    )
    return fourth


@compiled(nogil=True, error_model="numpy", fastmath=FAST)
def _advance(u: np.ndarray, out: np.ndarray, operands: tuple[Any, ...], first: int, end: int) -> None:
    """Write the potentials of some tiles after a step to `out`."""
    no_aliases()  # type: ignore[call-arg]  # Numba gives the argument
    widest_vectors()
    no_unrolling()
    tiles, weights, (z, y, x), step = operands
    for tile in range(first, end):
        w = weights[tile]
        for i in range(LANES):
            at = tiles[tile] + i
            change = _flow(u, at, x, w, 0, i)
            change += _flow(u, at, y - x, w, 2, i)
            change += _flow(u, at, y, w, 4, i)
            change += _flow(u, at, y + x, w, 6, i)
            change += _flow(u, at, z - y, w, 8, i)
            change += _flow(u, at, z - x, w, 10, i)
            change += _flow(u, at, z, w, 12, i)
            change += _flow(u, at, z + x, w, 14, i)
            change += _flow(u, at, z + y, w, 16, i)
            change -= _fourth(u, at, z, w, FOURTH, i)
            change -= _fourth(u, at, y, w, FOURTH + 3, i)
            change -= _fourth(u, at, x, w, FOURTH + 6, i)
            out[at] = u[at] + step * w[SCALE, i] * change


class VoxelDiffusion(Diffusion):
    """∇·(D∇V) between the conducting nodes of a grid of any shape, without flux through their boundary.

    The diffusivity of each node, (n_nodes, 3, 3), or of all, (3, 3) [mm²/ms], must be a symmetric and positive definite
    tensor, in the order x, y, z. The order of the differences is 4 or 2. The rate of the fourth differences [1/ms] is
    that of `pointes.tissue.solver.box.BoxDiffusion`.
    """

    kernel = property(lambda self: _advance)

    def __init__(self, grid: Grid, tensor: np.ndarray, order: int = 4, front_rate: float = FRONT_RATE) -> None:
        conductivity.check(tensor)
        shape = grid.tags.shape
        conducting = np.pad(grid.tags != 0, [(HALO, HALO) if n > 1 else (0, 0) for n in shape])
        self.size = conducting.size + 2 * MARGIN
        at = np.flatnonzero(conducting).astype(np.int32)
        self.places = at + np.int32(MARGIN)
        tensors = np.broadcast_to(tensor, (len(at), 3, 3))[:, ::-1, ::-1] / grid.spacing_mm**2
        flows, octants = _weights(conducting, at, tensors, grid.on_faces)
        self.volumes = octants / 8 * grid.spacing_mm ** sum(n > 1 for n in shape)
        self._tiles = _tiles(self.places)
        self.lines = len(self._tiles)
        strides = [_stride(unit, conducting.shape) if n > 1 else 0 for unit, n in zip(UNITS, shape, strict=True)]
        self._strides = tuple(np.uint64(stride) for stride in strides)
        nodes = self._tiles[:, None].astype(np.int64) + np.arange(TILE)
        self._weights = np.zeros((self.lines, SCALE + 1, TILE), np.float32)
        for k, direction in enumerate(DIRECTIONS):
            flow = np.pad(flows[k].astype(np.float32), MARGIN)
            self._weights[:, 2 * k] = flow[nodes]
            self._weights[:, 2 * k + 1] = flow[nodes - _stride(direction, conducting.shape)]
        for axis, stride in enumerate(strides):
            if stride > 0:
                whole = conducting.ravel()[at - stride] & conducting.ravel()[at + stride] & (octants == 8)
                fourth = self._placed(np.where(whole, (order == 4) * tensors[:, axis, axis] / 12 + front_rate, 0))
                for row, neighbour in enumerate((0, stride, -stride), FOURTH + 3 * axis):
                    self._weights[:, row] = fourth[nodes + neighbour]
        self._weights[:, SCALE] = self._placed(8 / octants)[nodes]
        self.largest_step_ms = 2.0 / self._largest_rate()

    def _placed(self, values: np.ndarray) -> np.ndarray:
        """Return values at the nodes, (n_nodes,), at their places in a flat array."""
        flat = np.zeros(self.size, np.float32)
        flat[self.places] = values
        return flat

    def operands(self, step_ms: float) -> tuple[Any, ...]:
        """Return the tiles, their weights, the distances of neighbours along z, y and x, and the length of a step."""
        return self._tiles, self._weights, self._strides, step_ms

    def _largest_rate(self) -> float:
        """Return the largest eigenvalue of the operator [1/ms] by power iteration from random values."""
        v = np.random.default_rng(0).standard_normal(len(self.places))
        rate, before = 0.0, -1.0
        while abs(rate - before) > SETTLED * rate:
            before = rate
            for _ in range(20):
                v = -self.apply(v / np.linalg.norm(v))
            rate = float(np.linalg.norm(v))
        return rate * (1 + 10 * SETTLED)  # power iteration ends below the eigenvalue


@compiled()
def _tiles(places: np.ndarray) -> np.ndarray:
    """Return where tiles begin that together hold all places, which ascend."""
    tiles = np.empty(len(places), np.uint64)
    count, end = 0, 0
    for place in places:
        if place >= end:
            tiles[count] = place
            count, end = count + 1, place + TILE
    return tiles[:count].copy()


def _stride(direction: Sequence[int], shape: tuple[int, ...]) -> int:
    """Return the distance in the flat array of two nodes that are neighbours in a direction (z, y, x)."""
    return (direction[0] * shape[1] + direction[1]) * shape[2] + direction[2]


def _weights(
    conducting: np.ndarray, places: np.ndarray, tensors: np.ndarray, on_faces: bool
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return weights [1/ms] of the differences to neighbours in each direction, and the number of octants of nodes."""
    shape, flat = conducting.shape, conducting.ravel()
    weights = [np.zeros(conducting.size) for _ in DIRECTIONS]
    octants = np.zeros(len(places))
    where = np.unravel_index(places, shape)
    for signs in product((-1, 1), repeat=3):
        steps = [sign * _stride(UNITS[axis], shape) for axis, sign in enumerate(signs)]
        there = np.stack([flat[(places + step) % flat.size] & (shape[axis] > 1) for axis, step in enumerate(steps)])
        exists = np.ones(len(places), bool)
        for axis, sign in enumerate(signs):
            if on_faces and shape[axis] > 1:
                exists &= where[axis] != (HALO if sign < 0 else shape[axis] - HALO - 1)
        octants += exists
        for present in product((False, True), repeat=3):
            axes = [axis for axis in range(3) if present[axis]]
            chosen = np.flatnonzero(exists & (there == np.array(present)[:, None]).all(0))
            if len(axes) == 0 or len(chosen) == 0:
                continue
            reduced = _without_flux(tensors[chosen], axes) / 8
            for i, a in enumerate(axes):
                along = reduced[:, i, i].copy()
                for j, b in enumerate(axes):
                    if j != i:
                        along += signs[a] * signs[b] * reduced[:, i, j]
                _add(weights, places[chosen], places[chosen] + steps[a], along, shape)
            for (i, a), (j, b) in combinations(enumerate(axes), 2):
                across = -signs[a] * signs[b] * reduced[:, i, j]
                _add(weights, places[chosen] + steps[a], places[chosen] + steps[b], across, shape)
    return weights, octants


def _without_flux(tensors: np.ndarray, axes: list[int]) -> np.ndarray:
    """Return the tensors along some axes without flux along the others: the Schur complement, (n, k, k)."""
    others = [axis for axis in range(3) if axis not in axes]
    kept: np.ndarray = tensors[:, axes][:, :, axes]
    if not others:
        return kept
    mixed = tensors[:, axes][:, :, others]
    kept = kept - mixed @ np.linalg.solve(tensors[:, others][:, :, others], mixed.transpose(0, 2, 1))
    return kept


def _add(
    weights: list[np.ndarray], one: np.ndarray, other: np.ndarray, values: np.ndarray, shape: tuple[int, ...]
) -> None:
    """Add values to the weights of pairs of nodes, which are stored at the node from which the direction points."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    if len(low) == 0:
        return
    k = [_stride(direction, shape) for direction in DIRECTIONS].index(int(high[0] - low[0]))
    weights[k][low] += values  # no pair occurs twice in a call
