"""Validation of what a learner is given: each mistake becomes one line that names it."""

import operator
from enum import IntEnum
from numbers import Real
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from pointes.errors import UserError
from pointes.learning.types import Array, Flags, Mask
from pointes.learning.unit_cube import ROUNDING

SHOWN = 60  # characters of a wrong value that a message repeats at most


def checked_bounds(bounds: ArrayLike) -> Array:
    """Return bounds as a (d, 2) array of finite numbers, lower before upper."""
    checked = as_numbers("bounds", bounds).copy()  # later changes of the user's array change nothing
    if checked.ndim != 2 or checked.shape[1] != 2 or len(checked) == 0:
        raise UserError("shape of bounds", checked.shape, "(d, 2), lower and upper end of each parameter")
    for axis, (low, high) in enumerate(checked.tolist()):
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise UserError(f"parameter {axis}", (low, high), "a lower and a higher number", where="bounds")
    return checked


def as_numbers(name: str, values: ArrayLike) -> Array:
    """Return values as an array of floating-point numbers."""
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise UserError(name, shown(values), "an array of numbers") from None


def shown(value: object) -> object:
    """Return a value for a message: itself, or its type if its text is long."""
    return value if len(repr(value)) <= SHOWN else type(value).__name__


def checked_integer(name: str, value: int, least: int, expected: str) -> int:
    """Return a whole number that is not below ``least``; ``expected`` describes it in messages."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise UserError(name, value, expected)
    return number


def checked_share(share: float) -> float:
    """Return the share of the points that belong to the stream, from 0 to 1."""
    if not (isinstance(share, Real) and 0 <= share <= 1):
        raise UserError("stream_share", share, "a number from 0 to 1")
    return float(share)


def checked_points(points: ArrayLike, bounds: Array, name: str = "points") -> Array:
    """Return points as an (n, d) array of finite numbers inside the bounds."""
    checked, d = as_numbers(name, points), len(bounds)
    if checked.ndim != 2 or checked.shape[1] != d:
        raise UserError(f"shape of {name}", checked.shape, f"(n, {d}), a column for each parameter")
    slack = ROUNDING * np.ptp(bounds, axis=1)
    inside = (checked >= bounds[:, 0] - slack) & (checked <= bounds[:, 1] + slack)
    for wrong in (~np.isfinite(checked), ~inside):
        if wrong.any():
            row, axis = np.argwhere(wrong)[0]
            low, high = bounds[axis]
            expected = f"{low:g} to {high:g}" if np.isfinite(checked[row, axis]) else "a finite number"
            raise UserError(f"row {row}, parameter {axis}", checked[row, axis], expected, where=name)
    return checked


def checked_column(name: str, values: ArrayLike, n: int) -> NDArray[Any]:
    """Return values as an array of one for each of ``n`` points."""
    checked = np.asarray(values)
    if checked.shape != (n,):
        raise UserError(f"shape of {name}", checked.shape, f"({n},), one for each point")
    return checked


def checked_flags(name: str, values: ArrayLike, n: int, flags: type[IntEnum]) -> Flags:
    """Return values of an enumeration, one for each of ``n`` points."""
    checked = checked_column(name, values, n)
    expected = ", ".join(f"{flag} ({flag.name.lower()})" for flag in flags)
    _refuse(name, checked, ~np.isin(checked, list(flags)), f"one of {expected}")
    return checked.astype(np.int8)


def checked_labels(labels: ArrayLike, status: ArrayLike | None, n: int) -> tuple[Flags, Mask]:
    """Return the labels of ``n`` simulations, -1 where one failed, and where they succeeded, (n,) each."""
    checked = checked_column("labels", as_numbers("labels", labels), n)
    valid = np.isin(checked, (0, 1)) & (True if status is None else checked_column("status", status, n) == 0)
    return np.where(valid, checked, -1).astype(np.int8), valid


def checked_margins(margins: ArrayLike, labels: Flags) -> Array:
    """Return margins (n,), none of which contradicts its label; 0 is on the boundary and contradicts neither."""
    checked = checked_column("margins", as_numbers("margins", margins), len(labels))
    _refuse("margins", checked, (checked < 0) & (labels == 1), "> 0 where the label is 1")
    _refuse("margins", checked, (checked > 0) & (labels == 0), "< 0 where the label is 0")
    return checked


def checked_risk(risk: ArrayLike, n: int) -> Array:
    """Return predicted probabilities, (n,), NaN where nothing was predicted."""
    checked = checked_column("risk", as_numbers("risk", risk), n)
    _refuse("risk", checked, (checked < 0) | (checked > 1), "a probability, or NaN")
    return checked


def checked_costs(costs: ArrayLike, n: int) -> Array:
    """Return the costs of ``n`` simulations, (n,) positive numbers."""
    checked = checked_column("costs", as_numbers("costs", costs), n)
    _refuse("costs", checked, ~(np.isfinite(checked) & (checked > 0)), "a positive number")
    return checked


def checked_predicted(predicted: ArrayLike, shape: tuple[int, int]) -> Array:
    """Return predicted risks, one row for each point and one column for each method."""
    checked = as_numbers("predicted", predicted)
    if checked.shape != shape:
        raise UserError("shape of predicted", checked.shape, f"{shape}, a column for each method")
    return checked


def check_agreement(unit: Array, labels: Flags) -> None:
    """Raise an error if one of the points in the unit cube has both labels, 0 and 1; other values are no labels."""
    for first, second in sorted(scipy.spatial.KDTree(unit).query_pairs(ROUNDING)):
        if {int(labels[first]), int(labels[second])} == {0, 1}:
            found = f"are the same with labels {labels[first]} and {labels[second]}"
            raise UserError(
                f"points {first} and {second}, in the order told, {found}",
                expected="one label: the simulator must be deterministic",
                where="labels",
            )


def _refuse(name: str, values: NDArray[Any], wrong: Mask, expected: str) -> None:
    """Raise an error about the first of the wrong values, if there is one."""
    if wrong.any():
        row = int(np.argmax(wrong))
        raise UserError(f"row {row}", values[row], expected, where=name)
