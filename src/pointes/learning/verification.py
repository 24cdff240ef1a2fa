"""The verification: points along the boundary, asked for when all else says that enough is learned.

What a classifier has wrong without knowing lies next to the boundary that it believes in. A point drawn from there
meets up to ten times as many of its errors as a point of the stream. How many it expects to meet, it says itself. If
they are clearly more, it is too sure of itself: the boundary has steps or ripples that its prior did not expect, and
learning goes on. The idea is that of importance sampling in reliability analysis, which draws where a surrogate expects
the boundary and corrects by what is found there: Dubourg, Sudret and Deheeger, Probab. Eng. Mech. 33, 47 (2013),
arXiv:1105.0562.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pointes.learning.outcomes import Outcomes
from pointes.learning.types import Array

POINTS = 16  # the last ones are looked at
BAND = 0.1  # share of the space that they are drawn from
SURPRISE = 2.0  # errors beyond those that the classifier expected that are allowed


def objections(verification: Outcomes) -> list[str]:
    """Say what keeps the last verification points from bearing the classifier out; nothing if they do."""
    looked_at = verification.last(POINTS)
    n, wrong, expected = len(looked_at.labels), looked_at.wrong, looked_at.expected_wrong
    found = []
    if n < POINTS:
        found.append(f"the verification has {n} of {POINTS} points")
    if wrong > expected + SURPRISE:
        of_last = f"{wrong} of the last {n} verification points were predicted wrong"
        found.append(f"{of_last} where the classifier expected {expected:.1f}, at most {SURPRISE:g} more allowed")
    return found


def missing(verification: Outcomes) -> int:
    """Return how many more points it takes; after a refusal as many as at first."""
    if not objections(verification):
        return 0
    return max(POINTS - len(verification.labels), 0) or POINTS


def along_boundary(mean: Callable[[Array], Array], reference: Array) -> Callable[[Array], NDArray[np.bool_]]:
    """Return a function that tells which points, (n, d), are of the part of the space next to the boundary.

    Parameters
    ----------
    mean
        Returns the latent mean, (n,), at points (n, d); the boundary is where it is 0.
    reference : (m, d) array
        Points spread evenly over the space.
    """
    farthest = np.quantile(np.abs(mean(reference)), BAND)
    return lambda points: np.abs(mean(points)) <= farthest
