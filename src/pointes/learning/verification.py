"""Verification: points along the boundary, asked for once all other conditions for stopping hold.

Most errors that a classifier does not expect lie next to its boundary: a point drawn there meets up to ten times as
many of them as a point of the stream. The predicted risks say how many errors to expect. If there are clearly more, the
classifier is too sure of itself: the boundary has steps or ripples that its prior did not expect, and learning goes on.
Importance sampling in reliability analysis does the same: it draws where a surrogate expects the boundary, and
corrects by what is found there: Dubourg, Sudret and Deheeger, Probab. Eng. Mech. 33, 47 (2013), arXiv:1105.0562.
"""

from collections.abc import Callable

import numpy as np

from pointes.learning.outcomes import Outcomes
from pointes.learning.types import Array, Mask

POINTS = 16  # number of most recent verification points that are checked
BAND = 0.1  # share of the space, next to the boundary, from which they are drawn
SURPRISE = 2.0  # errors that are allowed beyond those that the classifier expected


def unmet_verification(verification: Outcomes) -> list[str]:
    """Return a clause on each condition of the verification that its last points do not meet."""
    checked = verification.last(POINTS)
    n, wrong, expected = len(checked.labels), checked.wrong, checked.expected_wrong
    found = []
    if n < POINTS:
        found.append(f"the verification has {n} of {POINTS} points")
    if wrong > expected + SURPRISE:
        of_last = f"{wrong} of the last {n} verification points were predicted wrong"
        found.append(f"{of_last} where the classifier expected {expected:.1f}, at most {SURPRISE:g} more allowed")
    return found


def missing(verification: Outcomes) -> int:
    """Return the number of further points that the verification needs; if it failed, as many as at first."""
    if not unmet_verification(verification):
        return 0
    return max(POINTS - len(verification.labels), 0) or POINTS


def along_boundary(mean: Callable[[Array], Array], reference: Array) -> Callable[[Array], Mask]:
    """Return a function that tells which points, (n, d), lie in the part of the space next to the boundary.

    The boundary is where the latent mean is 0. The reference points, (m, d), are spread evenly over the space.
    """
    farthest = np.quantile(np.abs(mean(reference)), BAND)
    return lambda points: np.abs(mean(points)) <= farthest
