"""Surrogates of several quantities and of where they are regular."""

import numpy as np
import pytest

from pointes.learning import (
    GaussianProcessClassifier,
    GaussianProcessRegressor,
    RegressionSurrogate,
    TwoFidelityClassifier,
    TwoFidelityRegressor,
)
from pointes.vocabulary import Fidelity

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
POINTS, NEW = np.random.default_rng(3).random((20, 2)), np.random.default_rng(4).random((40, 2))
REGRESSORS = tuple(GaussianProcessRegressor.fit(POINTS, f(POINTS.sum(axis=1)), UNIT) for f in (np.sin, np.exp))
FACTORS = np.array([1.0, 2.5])
REGION = GaussianProcessClassifier.fit(POINTS, POINTS[:, 0] < 0.6, UNIT)


@pytest.mark.parametrize("region", [None, REGION])
def test_arrays_rebuild_the_surrogate_bit_for_bit(region):
    surrogate = RegressionSurrogate(UNIT, REGRESSORS, FACTORS, region)
    again = RegressionSurrogate.from_arrays(surrogate.to_arrays())
    for one, other in zip(surrogate.predict(NEW), again.predict(NEW), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(surrogate.probability_regular(NEW), again.probability_regular(NEW))


def test_arrays_rebuild_a_surrogate_of_two_fidelities_bit_for_bit():
    dear = POINTS[:8]
    regressor = TwoFidelityRegressor.fit(REGRESSORS[0], dear, 2 * np.sin(dear.sum(axis=1)) + dear[:, 0])
    fidelity = np.repeat([Fidelity.LOW, Fidelity.HIGH], [20, 8])
    points = np.concatenate([POINTS, dear])
    region = TwoFidelityClassifier.fit(points, points[:, 0] < 0.6, fidelity, UNIT)
    surrogate = RegressionSurrogate(UNIT, (regressor,), np.array([1.5]), region)
    again = RegressionSurrogate.from_arrays(surrogate.to_arrays())
    for one, other in zip(surrogate.predict(NEW), again.predict(NEW), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(surrogate.probability_regular(NEW), again.probability_regular(NEW))


def test_a_column_for_each_quantity():
    surrogate = RegressionSurrogate(UNIT, REGRESSORS, FACTORS)
    mean, sd = surrogate.predict(NEW)
    assert mean[:, 1] == pytest.approx(np.exp(NEW.sum(axis=1)), abs=0.05)
    assert sd == pytest.approx(surrogate.uncalibrated(NEW)[1] * FACTORS)


def test_regular_everywhere_unless_there_is_a_region():
    assert (RegressionSurrogate(UNIT, REGRESSORS, FACTORS).probability_regular(NEW) == 1).all()
    probability = RegressionSurrogate(UNIT, REGRESSORS, FACTORS, REGION).probability_regular([[0.1, 0.5], [0.9, 0.5]])
    assert probability == pytest.approx([1, 0], abs=0.05)
