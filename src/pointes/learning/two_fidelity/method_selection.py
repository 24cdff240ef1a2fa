"""Selection of one of four classifiers by what each predicted at stream points before these were labelled."""

from collections.abc import Mapping

import numpy as np

from pointes.learning.types import Array, Flags

FAVOURITE = "autoregressive"
ODDS = 1000.0  # odds by which another method must have predicted better to replace the favourite
WINDOW = 24  # last stream points that count: early predictions of a classifier say little about it now


def log_scores(predicted: Mapping[str, Array], labels: Flags) -> dict[str, float]:
    """Return the log probability that each method gave to the last stream labels before they were known."""
    last = slice(-WINDOW, None)
    chance = {name: np.where(labels == 1, risk, 1.0 - risk)[last] for name, risk in predicted.items()}
    return {name: float(np.log(np.maximum(p, np.finfo(float).eps)).sum()) for name, p in chance.items()}


def leader(scores: Mapping[str, float]) -> str:
    """Return the method to use: the favourite, unless another predicted the stream far better.

    Examples
    --------
    >>> leader({"autoregressive": -4.0, "stacked": -5.0, "pooled": -9.0, "single": -2.0})  # exp(2) to 1
    'autoregressive'
    >>> leader({"autoregressive": -9.0, "stacked": -5.0, "pooled": -9.0, "single": -2.0})
    'single'
    """
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] - scores[FAVOURITE] > np.log(ODDS) else FAVOURITE
