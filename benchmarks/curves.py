"""Learning curves: how many points an accuracy takes."""

from collections.abc import Sequence

import numpy as np


def held(sizes: Sequence[float], accuracy: Sequence[float], threshold: float) -> float:
    """Return the first size at which the accuracy reaches a threshold and still holds it at the next check.

    Reached at the last check it counts as held; infinity if it is not reached.
    """
    reached = [value >= threshold for value in accuracy]
    later = [*reached[1:], True]
    return next((size for size, now, then in zip(sizes, reached, later, strict=True) if now and then), np.inf)


def number(size: float) -> str:
    """Return a size for a table; a dash if it was not reached."""
    return f"{size:g}" if np.isfinite(size) else "–"
