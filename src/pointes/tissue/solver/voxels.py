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
from pointes.cells.simd import FAST, widest_vectors
from pointes.tissue.geometry import conductivity
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.solver.box import FRONT_RATE
from pointes.tissue.solver.diffusion import Diffusion

HALO = 2  # layers of empty nodes around the box, for neighbours of neighbours
TILE = 256  # number of nodes that are advanced together
UNITS = ((1, 0, 0), (0, 1, 0), (0, 0, 1))  # steps along z, y and x
DIRECTIONS = tuple(d for d in product((-1, 0, 1), repeat=3) if d > (0, 0, 0) and sum(map(abs, d)) < 3)  # (z, y, x)
SETTLED = 1e-3  # relative accuracy of the largest rate


@compiled(nogil=True, error_model="numpy", fastmath=FAST)
def _advance(u: np.ndarray, out: np.ndarray, operands: tuple[Any, ...], first: int, end: int) -> None:
    """Write the potentials of some tiles after a step to `out`."""
    widest_vectors()  # type: ignore[call-arg]  # Numba gives the argument
    tiles, directions, weights, axes, fourth, per_volume, step = operands
    change = np.empty(TILE)
    for at in tiles[first:end]:
        change[:] = 0.0
        for k in range(len(directions)):
            _couple(u, weights[k], at, directions[k], change)
        for k in range(len(axes)):
            _straighten(u, fourth[k], at, axes[k], change)
        here, there, factor = u[at : at + TILE], out[at : at + TILE], per_volume[at : at + TILE]
        for i in range(TILE):
            there[i] = here[i] + step * factor[i] * change[i]


@compiled(nogil=True, error_model="numpy", fastmath=FAST)
def _couple(u: np.ndarray, weights: np.ndarray, at: int, d: int, change: np.ndarray) -> None:
    """Add the flow between the nodes of a tile and their neighbours in a direction."""
    widest_vectors()  # type: ignore[call-arg]  # Numba gives the argument
    here, ahead, behind = u[at : at + TILE], u[at + d : at + d + TILE], u[at - d : at - d + TILE]
    w, w_behind = weights[at : at + TILE], weights[at - d : at - d + TILE]
    for i in range(TILE):
        change[i] += w[i] * (ahead[i] - here[i]) + w_behind[i] * (behind[i] - here[i])


@compiled(nogil=True, error_model="numpy", fastmath=FAST)
def _straighten(u: np.ndarray, fourth: np.ndarray, at: int, d: int, change: np.ndarray) -> None:
    """Take the fourth differences along an axis away: the second difference of D/12 times the second difference."""
    widest_vectors()  # type: ignore[call-arg]  # Numba gives the argument
    here, ahead, behind = u[at : at + TILE], u[at + d : at + d + TILE], u[at - d : at - d + TILE]
    ahead2, behind2 = u[at + 2 * d : at + 2 * d + TILE], u[at - 2 * d : at - 2 * d + TILE]
    f, f_ahead, f_behind = fourth[at : at + TILE], fourth[at + d : at + d + TILE], fourth[at - d : at - d + TILE]
    for i in range(TILE):
        change[i] -= (
            f_ahead[i] * (ahead2[i] - 2.0 * ahead[i] + here[i])
            - 2.0 * f[i] * (ahead[i] - 2.0 * here[i] + behind[i])
            + f_behind[i] * (here[i] - 2.0 * behind[i] + behind2[i])
        )


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
        self.size = conducting.size + 2 * TILE  # tiles at the ends reach beyond the grid
        at = np.flatnonzero(conducting).astype(np.int32)
        self.places = at + np.int32(TILE)
        tensors = np.broadcast_to(tensor, (len(at), 3, 3))[:, ::-1, ::-1] / grid.spacing_mm**2
        weights, octants = _weights(conducting, at, tensors, grid.on_faces)
        used = [k for k, w in enumerate(weights) if w.any()]
        self._tiles = TILE * np.unique(self.places // TILE)
        self.lines = len(self._tiles)
        self._directions = np.array([_stride(DIRECTIONS[k], conducting.shape) for k in used], np.int64)
        self._weights = np.zeros((len(used), self.size), np.float32)
        self._weights[:, TILE:-TILE] = [weights[k] for k in used]
        self._per_volume = np.zeros(self.size, np.float32)
        self._per_volume[self.places] = 8 / octants
        axes = [axis for axis in range(3) if shape[axis] > 1]
        self._axes = np.array([_stride(UNITS[axis], conducting.shape) for axis in axes], np.int64)
        self._fourth = np.zeros((len(axes), self.size), np.float32)
        for row, axis, stride in zip(self._fourth, axes, self._axes, strict=True):
            whole = conducting.ravel()[at - stride] & conducting.ravel()[at + stride] & (octants == 8)
            row[self.places] = np.where(whole, (order == 4) * tensors[:, axis, axis] / 12 + front_rate, 0)
        self.volumes = octants / 8 * grid.spacing_mm ** sum(n > 1 for n in shape)
        self.largest_step_ms = 2.0 / self._largest_rate()

    def operands(self, step_ms: float) -> tuple[Any, ...]:
        """Return tiles and weights, and the length of a step."""
        return (
            self._tiles, self._directions, self._weights, self._axes, self._fourth, self._per_volume, step_ms,
        )  # fmt: skip

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
