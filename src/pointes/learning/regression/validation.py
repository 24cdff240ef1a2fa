"""Validation of what a regression learner is given beyond what `pointes.learning.validation` knows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pointes.errors import UserError
from pointes.learning.types import Array, Mask
from pointes.learning.validation import as_numbers, checked_column


def checked_values(name: str, values: ArrayLike, n: int, q: int) -> Array:
    """Return values of q quantities at n points, (n, q); (n,) will do for one quantity."""
    checked = as_numbers(name, values)
    if q == 1 and checked.ndim == 1:
        checked = checked[:, None]
    if checked.shape != (n, q):
        expected = f"({n}, {q}), a row for each point, a column for each quantity"
        raise UserError(f"shape of {name}", checked.shape, expected)
    return checked


def checked_regular(values: Array, status: ArrayLike | None, regular: ArrayLike | None) -> tuple[Mask, Mask]:
    """Return which of n simulations succeeded, and at which of these all quantities are regular, (n,) each.

    Without ``status`` all succeeded. Without ``regular`` quantities are regular where they are finite; one that is not
    finite is never regular.
    """
    n = len(values)
    valid = np.ones(n, dtype=bool) if status is None else checked_column("status", status, n) == 0
    said = np.ones(n, dtype=bool) if regular is None else checked_column("regular", regular, n).astype(bool)
    return valid, valid & said & np.isfinite(values).all(axis=1)


def checked_largest_error(largest_error: Sequence[float] | None, q: int) -> None:
    """Raise an error unless there is one positive largest error for each of q quantities, or none at all."""
    if largest_error is not None and not (len(largest_error) == q and all(one > 0 for one in largest_error)):
        raise UserError("largest_error", largest_error, f"{q} positive numbers, one for each quantity, or none")
