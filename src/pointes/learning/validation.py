"""What a learner is told is checked once, here: each mistake becomes one line that names it."""

import operator
from enum import IntEnum
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.errors import UserError
from pointes.learning.types import Array
from pointes.learning.unit_cube import ROUNDING


def checked_bounds(bounds: ArrayLike) -> Array:
    """Return bounds as a (d, 2) array of finite numbers, lower before upper."""
    bounds = as_numbers("bounds", bounds).copy()  # what becomes of the user's array changes nothing
    if bounds.ndim != 2 or bounds.shape[1] != 2 or len(bounds) == 0:
        raise UserError(
            f"bounds: array of shape {bounds.shape}; expected (d, 2), lower and upper end of each parameter"
        )
    for axis, (low, high) in enumerate(bounds.tolist()):
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise UserError(f"bounds: parameter {axis} from {low:g} to {high:g}; expected a lower and a higher number")
    return bounds


def as_numbers(name: str, values: ArrayLike) -> Array:
    """Return values as an array of floating-point numbers."""
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise UserError(f"{name}: {values!r:.60}; expected an array of numbers") from None


def checked_integer(name: str, value: int, least: int, what: str) -> int:
    """Return a whole number that is not below ``least``; ``what`` says what is expected."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise UserError(f"{name}: {value!r}; expected {what}")
    return number


def checked_seed(seed: int) -> int:
    """Return the seed of every random stream."""
    return checked_integer("seed", seed, 0, "a whole number, not negative")


def checked_share(share: float) -> float:
    """Return the share of the points that belong to the stream, from 0 to 1."""
    if not (isinstance(share, Real) and 0 <= share <= 1):
        raise UserError(f"stream_share: {share!r}; expected a number from 0 to 1")
    return float(share)


def checked_points(points: ArrayLike, bounds: Array, name: str = "points") -> Array:
    """Return points as an (n, d) array of finite numbers inside the bounds."""
    points, d = as_numbers(name, points), len(bounds)
    if points.ndim != 2 or points.shape[1] != d:
        raise UserError(f"{name}: array of shape {points.shape}; expected (n, {d}), a column for each parameter")
    for row, axis in np.argwhere(~np.isfinite(points))[:1]:
        raise UserError(f"{name}: row {row}, parameter {axis}: {points[row, axis]}; expected a finite number")
    slack = ROUNDING * np.ptp(bounds, axis=1)
    outside = (points < bounds[:, 0] - slack) | (points > bounds[:, 1] + slack)
    for row, axis in np.argwhere(outside)[:1]:
        low, high = bounds[axis]
        raise UserError(f"{name}: row {row}, parameter {axis}: {points[row, axis]:g}; expected {low:g} to {high:g}")
    return points


def checked_column(name: str, values: ArrayLike, n: int) -> NDArray:
    """Return values as an array of one for each of ``n`` points."""
    values = np.asarray(values)
    if values.shape != (n,):
        raise UserError(f"{name}: array of shape {values.shape}; expected ({n},), one for each point")
    return values


def checked_flags(name: str, values: ArrayLike, n: int, flags: type[IntEnum]) -> NDArray[np.int8]:
    """Return values of an enumeration, one for each of ``n`` points."""
    values = checked_column(name, values, n)
    for row in np.flatnonzero(~np.isin(values, list(flags)))[:1]:
        expected = ", ".join(f"{flag} ({flag.name.lower()})" for flag in flags)
        raise UserError(f"{name}: row {row}: {values[row]}; expected one of {expected}")
    return values.astype(np.int8)


def checked_labels(labels: ArrayLike, status: ArrayLike | None, n: int) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Return the labels of ``n`` simulations, -1 where one failed, and where they succeeded, (n,) each."""
    labels = checked_column("labels", as_numbers("labels", labels), n)
    valid = np.isin(labels, (0, 1)) & (True if status is None else checked_column("status", status, n) == 0)
    return np.where(valid, labels, -1).astype(np.int8), valid


def checked_margins(margins: ArrayLike, labels: NDArray[np.int8]) -> Array:
    """Return margins (n,), none of which contradicts its label; 0 is on the boundary and contradicts neither."""
    margins = checked_column("margins", as_numbers("margins", margins), len(labels))
    for row in np.flatnonzero(((margins > 0) & (labels == 0)) | ((margins < 0) & (labels == 1)))[:1]:
        expected = "> 0 where the label is 1" if labels[row] == 1 else "< 0 where the label is 0"
        raise UserError(f"margins: row {row}: {margins[row]:g} with label {labels[row]}; expected {expected}")
    return margins


def checked_risk(risk: ArrayLike, n: int) -> Array:
    """Return predicted probabilities, (n,), NaN where nothing was predicted."""
    risk = checked_column("risk", as_numbers("risk", risk), n)
    for row in np.flatnonzero((risk < 0) | (risk > 1))[:1]:
        raise UserError(f"risk: row {row}: {risk[row]:g}; expected a probability, or NaN")
    return risk


def checked_costs(costs: ArrayLike, n: int) -> Array:
    """Return what each of ``n`` runs cost, (n,) positive numbers."""
    costs = checked_column("costs", as_numbers("costs", costs), n)
    for row in np.flatnonzero(~(np.isfinite(costs) & (costs > 0)))[:1]:
        raise UserError(f"costs: row {row}: {costs[row]:g}; expected a positive number")
    return costs


def checked_predicted(predicted: ArrayLike, shape: tuple[int, int]) -> Array:
    """Return predicted risks, one row for each point and one column for each method."""
    predicted = as_numbers("predicted", predicted)
    if predicted.shape != shape:
        raise UserError(f"predicted: array of shape {predicted.shape}; expected {shape}, a column for each method")
    return predicted


def check_agreement(unit: Array, labels: NDArray[np.int8]) -> None:
    """Raise an error if one point has both labels.

    Parameters
    ----------
    unit : (n, d) array
        All points told so far in the unit cube, in order.
    labels : (n,) array
        0 or 1; other values are no labels.
    """
    from scipy.spatial import KDTree

    for first, second in sorted(KDTree(unit).query_pairs(ROUNDING)):
        if {int(labels[first]), int(labels[second])} == {0, 1}:
            raise UserError(
                f"labels: points {first} and {second}, in the order told, are the same with labels {labels[first]} and "
                f"{labels[second]}; expected one label: the simulator must be deterministic"
            )
