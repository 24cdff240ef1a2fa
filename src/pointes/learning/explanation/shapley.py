"""Shapley values: contributions of the parameters to the gradient-boosted cross-check's prediction at a point.

Lundberg et al., Nat. Mach. Intell. 2, 56 (2020), doi:10.1038/s42256-019-0138-9 (TreeSHAP, exact for trees), as xgboost
computes it. They explain that model, not the simulator; the Gaussian process has Sobol indices
(`pointes.learning.explanation.sensitivity`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit

from pointes.learning.explanation.crosscheck import CrossChecks
from pointes.learning.types import Array
from pointes.learning.unit_cube import to_unit
from pointes.libraries import xgboost


class ShapleyValues(NamedTuple):
    """Contributions to the log odds of arrhythmia."""

    values: Array  # contributions, (n, d); a row and the base add up to the predicted log odds
    base: float  # log odds expected without knowing any parameter


def shapley_values(checks: CrossChecks, points: ArrayLike) -> ShapleyValues:
    """Explain the xgboost model of ``checks`` at ``points``, (n, d) in the user's units.

    Trained on one class only it predicts that class whatever the parameters: they contribute nothing.
    """
    points, model = np.asarray(points, dtype=float), checks.models["xgboost"]
    if model is None:
        return ShapleyValues(np.zeros_like(points), float(logit(checks.constant)))
    unit = to_unit(points, checks.bounds)
    parts = model.get_booster().predict(xgboost.DMatrix(unit), pred_contribs=True).astype(float)
    return ShapleyValues(parts[:, :-1], float(parts[0, -1]))
