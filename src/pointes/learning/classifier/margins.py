"""Signed margins: which of them are used as measurements, and whether labels alone serve better.

A margin tells how far a simulation is from the boundary, positive where the label is 1. If it is smooth across the
boundary it is worth several labels. But a biomarker may be cut off (the amplitude of an early afterdepolarisation is
zero for every safe cell), capped (a duration is the cycle length for every cell that does not repolarise), saturate, or
climb so steeply beyond the boundary that regression on it bends where the boundary does not. Hence three guards:

1. values that occur more than once are cut off or capped: such a point keeps its label only;
2. large values may say no more than that they are large (a censored observation; Tobin, Econometrica 26, 24 (1958),
   doi:10.2307/1907382): how large is tried on a short ladder;
3. the same classifier without margins is the referee: margins serve only while they predict the labels better, each
   label from all the other points.
"""

import logging

import numpy as np
from numpy.typing import ArrayLike

from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.types import Array, Flags

log = logging.getLogger(__name__)

# Quantiles of the absolute margins on either side of the boundary. Margins beyond the smaller of the two are censored:
# none, those larger than all of the other side, and those where a saturating margin has begun to bend.
LADDER = (np.inf, 1.0, 0.6)
STANDARD_ERRORS = 1.5  # standard errors by which labels must be predicted better before margins are used


def select_margins(margins: ArrayLike, labels: ArrayLike, quantile: float) -> tuple[Array, Array]:
    """Return the margins that are measurements, NaN for others, and lower bounds of censored ones, (n,) both.

    Margins are censored beyond a limit: the quantile of the absolute margins on either side of the boundary, whichever
    is smaller. An infinite quantile censors none.

    Examples
    --------
    The amplitude of 0 is a cut-off, and 9 is larger than any safe margin:

    >>> margins, beyond = select_margins([0.0, 0.0, -2.0, 1.0, 9.0], [0, 0, 0, 1, 1], 1.0)
    >>> margins
    array([nan, nan, -2.,  1., nan])
    >>> beyond
    array([0., 0., 0., 0., 2.])
    """
    margins, labels = np.array(margins, dtype=float), np.asarray(labels)
    margins[~np.isfinite(margins)] = np.nan
    values, counts = np.unique(margins[np.isfinite(margins)], return_counts=True)
    margins[np.isin(margins, values[counts > 1])] = np.nan
    limit = np.inf
    if np.isfinite(quantile):
        sides = [np.abs(margins[(labels == side) & np.isfinite(margins)]) for side in (0, 1)]
        limit = min((np.quantile(side, quantile) for side in sides if len(side)), default=np.inf)
    saturated = np.abs(margins) > limit
    return np.where(saturated, np.nan, margins), np.where(saturated, limit, 0.0)


def fit(points: Array, labels: Flags, margins: Array, bounds: Array) -> tuple[GaussianProcessClassifier, float | None]:
    """Return the classifier and the censoring quantile that was selected, or None if labels alone predicted better."""
    best = plain = GaussianProcessClassifier.fit(points, labels, bounds)
    chosen, near = None, None
    for quantile in LADDER:
        measured, beyond = select_margins(margins, labels, quantile)
        if not np.isfinite(measured).any():
            break
        near = informed = GaussianProcessClassifier.fit(points, labels, bounds, measured, beyond, near)
        gain = plain.surprise - informed.surprise
        convincing = gain.mean() > STANDARD_ERRORS * gain.std() / np.sqrt(len(gain))
        if convincing and informed.healthy and informed.surprise.mean() < best.surprise.mean():
            best, chosen = informed, quantile
    if near is not None:
        log.info("%d points: %s", len(labels), "labels alone" if chosen is None else f"margins to quantile {chosen:g}")
    return best, chosen
