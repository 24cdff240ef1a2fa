"""Other classifiers trained on the same points: where they disagree with the Gaussian process, nobody should be sure.

They choose no points. Their probabilities are used as they come: calibrating them on actively chosen points, which
crowd at the boundary, would spoil them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from pointes.learning.types import Array
from pointes.learning.unit_cube import to_unit
from pointes.libraries import sklearn, xgboost

MODELS = ("svm", "forest", "xgboost")


def train(
    points: ArrayLike, labels: ArrayLike, bounds: ArrayLike, *, seed: int = 1, monotone: Sequence[int] | None = None
) -> "CrossChecks":
    """Train all models on labelled points, (n, d).

    Of each parameter, ``monotone`` has 1 if it can only raise the risk, -1 if it can only lower it, and 0 otherwise;
    only xgboost obeys.
    """
    bounds = np.asarray(bounds, dtype=float)
    unit, labels = to_unit(np.asarray(points, dtype=float), bounds), np.asarray(labels, dtype=int)
    if len(np.unique(labels)) < 2:
        return CrossChecks(bounds, dict.fromkeys(MODELS, None), constant=float(labels[0]) if len(labels) else 0.5)
    models = {
        "svm": sklearn.svm.SVC(C=1000.0, kernel="rbf", gamma="scale"),
        "forest": sklearn.ensemble.RandomForestClassifier(200, n_jobs=1, random_state=seed),
        "xgboost": xgboost.XGBClassifier(
            n_estimators=200,
            max_depth=3,
            learning_rate=0.1,
            monotone_constraints=tuple(monotone or (0,) * len(bounds)),
            n_jobs=1,
            random_state=seed,
        ),
    }
    return CrossChecks(bounds, {name: model.fit(unit, labels) for name, model in models.items()})


class CrossChecks:
    """Trained models; with labels of one class only, all of them predict that class."""

    def __init__(self, bounds: Array, models: Mapping[str, Any], constant: float = 0.5) -> None:
        self.bounds, self.models, self.constant = bounds, models, constant

    def predict(self, points: ArrayLike) -> dict[str, Array]:
        """Return each model's score of risk, (n,) in [0, 1], at points (n, d); above 0.5 means arrhythmic.

        The support vector machine has no probability: its score is the logistic function of the decision value.
        """
        unit = to_unit(np.asarray(points, dtype=float), self.bounds)
        return {name: self._score(model, unit) for name, model in self.models.items()}

    def _score(self, model: Any, unit: Array) -> Array:
        if model is None:
            return np.full(len(unit), self.constant)
        if hasattr(model, "predict_proba"):
            return np.asarray(model.predict_proba(unit)[:, 1], dtype=float)
        return np.asarray(expit(model.decision_function(unit)))
