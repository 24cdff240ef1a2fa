"""Distances of predictions from the simulations, whatever the kind of surrogate."""

import numpy as np
import pytest

from pointes.campaign.commands.predict_points import distance_from_data
from pointes.learning import (
    FidelityRegressionLearner,
    GaussianProcessClassifier,
    RegressionLearner,
    StackedClassifier,
    TwoFidelityClassifier,
)

BOUNDS = np.array([[0.0, 1.0], [0.0, 2.0]])
POINTS = BOUNDS[:, 1] * np.random.default_rng(1).random((24, 2))
LABELS = POINTS[:, 0] > 0.5
FIDELITY = np.repeat([0, 1], 12)


def classifier():
    return GaussianProcessClassifier.fit(POINTS, LABELS, BOUNDS)


def quantities(learner, **told):
    learner.tell(POINTS, POINTS[:, 0] ** 2, regular=~LABELS, **told)
    return learner.surrogate


SURROGATES = {
    "one fidelity": classifier,
    "stacked": lambda: StackedClassifier.fit(classifier(), POINTS[12:], LABELS[12:]),
    "two fidelities": lambda: TwoFidelityClassifier.fit(POINTS, LABELS, FIDELITY, BOUNDS),
    "quantities": lambda: quantities(RegressionLearner(BOUNDS, start=24)),
    "quantities of two fidelities": lambda: quantities(
        FidelityRegressionLearner(BOUNDS, start=(12, 12)), fidelity=FIDELITY, costs=np.ones(24)
    ),
}


@pytest.mark.parametrize("surrogate", SURROGATES.values(), ids=SURROGATES)
def test_distances_are_in_units_of_the_ranges(surrogate):
    moved = POINTS + BOUNDS[:, 1] * [1e-3, 0]
    found = distance_from_data(surrogate(), np.concatenate([POINTS, moved]))
    assert found == pytest.approx(np.repeat([0, 1e-3], 24), abs=1e-12)
