"""Diffusion in boxes with fibres along an axis: cables, sheets and slabs."""

from typing import Any

import numpy as np

from pointes.cells.cache import compiled
from pointes.cells.simd import FAST, widest_vectors
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.solver.diffusion import Diffusion

HALO = 3
"""Number of nodes beyond each face, which are mirror images of those inside."""
FRONT_RATE = 0.09
"""Rate of the fourth differences [1/ms], see `BoxDiffusion`."""
WEIGHTS = {2: (1.0, 0.0, 0.0), 4: (4 / 3, -1 / 12, 0.0), 6: (3 / 2, -3 / 20, 1 / 90)}
"""Weights of the differences to the neighbours one, two and three nodes away, by order."""


@compiled(nogil=True, error_model="numpy", fastmath=FAST)
def _advance(u: np.ndarray, out: np.ndarray, operands: tuple[Any, ...], first: int, end: int) -> None:
    """Write the potentials of some lines along x after a step to `out`."""
    widest_vectors()  # type: ignore[call-arg]  # Numba gives the argument
    ny, n, plane, line, corner, (dz, dy), weights = operands
    (za, zb, zc), (ya, yb, yc), (xa, xb, xc) = weights[0], weights[1], weights[2]
    own = 1.0 - 2.0 * weights.sum()
    for row in range(first, end):
        at = corner + (row // ny) * plane + (row % ny) * line
        here, there = u[at : at + n], out[at : at + n]
        x1, x2, x3 = u[at + 1 : at + 1 + n], u[at + 2 : at + 2 + n], u[at + 3 : at + 3 + n]
        w1, w2, w3 = u[at - 1 : at - 1 + n], u[at - 2 : at - 2 + n], u[at - 3 : at - 3 + n]
        y1, y2, y3 = u[at + dy : at + dy + n], u[at + 2 * dy : at + 2 * dy + n], u[at + 3 * dy : at + 3 * dy + n]
        v1, v2, v3 = u[at - dy : at - dy + n], u[at - 2 * dy : at - 2 * dy + n], u[at - 3 * dy : at - 3 * dy + n]
        z1, z2, z3 = u[at + dz : at + dz + n], u[at + 2 * dz : at + 2 * dz + n], u[at + 3 * dz : at + 3 * dz + n]
        r1, r2, r3 = u[at - dz : at - dz + n], u[at - 2 * dz : at - 2 * dz + n], u[at - 3 * dz : at - 3 * dz + n]
        for i in range(n):
            along_x = xa * (w1[i] + x1[i]) + xb * (w2[i] + x2[i]) + xc * (w3[i] + x3[i])
            along_y = ya * (v1[i] + y1[i]) + yb * (v2[i] + y2[i]) + yc * (v3[i] + y3[i])
            along_z = za * (r1[i] + z1[i]) + zb * (r2[i] + z2[i]) + zc * (r3[i] + z3[i])
            there[i] = own * here[i] + along_x + along_y + along_z


class BoxDiffusion(Diffusion):
    """∇·(D∇V) by central differences of sixth order on a regular grid, without flux through the faces.

    Nodes beyond a face mirror those inside, so that the order holds up to the faces, and charge is conserved.

    Upstrokes are too steep for the usual spacings, across fibres most of all, and waves are then too slow, whatever the
    order. Fourth differences with a rate of their own, the same along all axes, correct this:

        dV/dt = Σ D δ²V / h² - r δ⁴V

    This term vanishes as h⁴. At 0.2 mm it brings the velocity across fibres from 25 % below its limit to within 3 %
    (docs/tissue/verification.md), with one r for all models whose upstroke is that of a sodium current.

    The grid is a full box with nodes on its faces, and ``diffusivity``, (3,) [mm²/ms], is that along x, y and z. The
    order of the differences is 6, 4 or 2. The ``front_rate`` is r [1/ms]; it is 0 for plain differences.
    """

    kernel = property(lambda self: _advance)

    def __init__(self, grid: Grid, diffusivity: np.ndarray, order: int = 6, front_rate: float = FRONT_RATE) -> None:
        shape = grid.tags.shape
        halo = [(HALO, HALO) if n > 1 else (0, 0) for n in shape]
        inside = np.pad(np.ones(shape, bool), halo)
        self.size = inside.size
        self.places = np.flatnonzero(inside).astype(np.int32)
        self.beyond = np.flatnonzero(~inside).astype(np.int32)
        self.images = np.pad(self.places.reshape(shape), halo, mode="reflect")[~inside]
        nz, ny, nx = shape
        self.lines = nz * ny
        plane, line = inside[0].size, inside.shape[2]
        self._grid = (ny, nx, plane, line, int(self.places[0]), (plane * (nz > 1), line * (ny > 1)))
        present = np.array([n > 1 for n in shape])
        rates = np.where(present, np.asarray(diffusivity)[::-1], 0.0) / grid.spacing_mm**2
        fronts = np.where(present, front_rate, 0.0)
        self.weights = rates[:, None] * WEIGHTS[order] + fronts[:, None] * (4.0, -1.0, 0.0)  # (3 axes, 3) [1/ms]
        fastest = (4.0 * rates * (WEIGHTS[order][0] + WEIGHTS[order][2]) + 16.0 * fronts).sum()  # largest decay rate
        self.largest_step_ms = 2.0 / fastest if fastest > 0 else np.inf
        halves = [np.where(np.isin(np.arange(n), (0, n - 1)) & (n > 1), 0.5, 1.0) for n in shape]
        self.volumes = (
            halves[0][:, None, None] * halves[1][:, None] * halves[2] * grid.spacing_mm ** present.sum()
        ).ravel()

    def operands(self, step_ms: float) -> tuple[Any, ...]:
        """Return the layout of the flat array, and the weights of a step."""
        return (*self._grid, step_ms * self.weights)
