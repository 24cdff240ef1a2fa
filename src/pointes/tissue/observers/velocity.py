"""Conduction velocity from activation times, between two points and at each node. 1 mm/ms is 1 m/s."""

import numpy as np

from pointes.errors import UserError
from pointes.tissue.geometry.grid import Grid, format_point


def between(grid: Grid, time_ms: np.ndarray, start_mm: np.ndarray, end_mm: np.ndarray) -> float:
    """Return the mean velocity [m/s] from one point (x, y, z) [mm] to another, by activation times, (n_nodes,) [ms].

    It is the straight distance of the nearest nodes over the difference of their activation times: the conduction
    velocity if the wave runs straight. Negative if the wave comes from the end, NaN if a point does not activate.

    Raises
    ------
    UserError
        If both points have the same nearest node.
    """
    positions = grid.positions
    start, end = (int(np.linalg.norm(positions - point, axis=1).argmin()) for point in (start_mm, end_mm))
    if start == end:
        points = f"from {format_point(start_mm)} to {format_point(end_mm)} mm"
        nearest = format_point(positions[start])
        raise UserError("path of the wave", points, f"points with different nearest nodes, not both {nearest} mm")
    distance = float(np.linalg.norm(positions[end] - positions[start]))
    with np.errstate(divide="ignore"):
        return float(np.divide(distance, time_ms[end] - time_ms[start]))


def local(grid: Grid, time_ms: np.ndarray) -> np.ndarray:
    """Return the local conduction velocity 1 / |grad t|, (n_nodes,) [m/s], from activation times, (n_nodes,) [ms].

    Differences are central, and one-sided at boundaries. The velocity is NaN where a node or all its neighbours along
    an axis have no activation time, and where the gradient vanishes.

    Where waves begin or collide, the gradient is small and the velocity has no meaning. Use the median.
    """
    values = grid.scatter(time_ms)
    square = np.zeros_like(values)
    for axis in range(3):
        if values.shape[axis] > 1:
            square += _slope(values, axis, grid.spacing_mm) ** 2
    square[square == 0] = np.nan
    velocity: np.ndarray = 1 / np.sqrt(square.ravel()[grid.nodes])
    return velocity


def _slope(values: np.ndarray, axis: int, spacing: float) -> np.ndarray:
    """Return the derivative along an axis from the neighbours that have a value."""
    values = np.moveaxis(values, axis, 0)
    forward, backward = np.full_like(values, np.nan), np.full_like(values, np.nan)
    forward[:-1] = backward[1:] = np.diff(values, axis=0) / spacing
    both = np.where(np.isnan(forward), backward, np.where(np.isnan(backward), forward, (forward + backward) / 2))
    return np.moveaxis(both, 0, axis)
