"""What a batch leaves of the variances is known beforehand, exactly."""

from dataclasses import replace

import numpy as np
import pytest

from pointes.learning import GaussianProcessRegressor
from pointes.learning.regression.batch import QuantityBatch, RegressionBatch
from pointes.learning.regression.kernel import AnovaKernel

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
KERNEL = AnovaKernel(*np.array([[0.5, 0.9], [1.0, 0.0], [1.0, 0.3], [0.5, 0.5]]), np.ones(1), np.empty(0), True, 2.0)
POINTS, INPUTS = np.random.default_rng(3).random((10, 2)), np.random.default_rng(4).random((30, 2))
FIT = GaussianProcessRegressor(POINTS, np.sin(POINTS.sum(axis=1)), UNIT, KERNEL, 0.0, 1e-4)
CANDIDATES, INTEGRATION = slice(12), slice(12, 28)
WEIGHTS = np.linspace(0.5, 1, 16) / np.linspace(0.5, 1, 16).sum()


def batch(fit=FIT):
    return QuantityBatch(fit.posterior(INPUTS), CANDIDATES, INTEGRATION, np.full(30, fit.nugget))


def told(*indices):
    """The regressor when the values at some inputs are known, whatever they are."""
    points = np.concatenate([POINTS, INPUTS[list(indices)]])
    return replace(FIT, points=points, values=np.zeros(len(points)))


def test_variances_are_those_when_the_values_will_be_known():
    chosen = batch()
    for index in (3, 29, 8):
        chosen.condition(index)
    expected = told(3, 29, 8).posterior(INPUTS).variance
    assert chosen.variance == pytest.approx(expected[CANDIDATES], abs=1e-9)
    assert chosen.gain(WEIGHTS) == pytest.approx(batch(told(3, 29, 8)).gain(WEIGHTS), rel=1e-4, abs=1e-12)


def test_the_gain_is_the_decrease_of_the_mean_variance():
    before, after = (fit.posterior(INPUTS).variance[INTEGRATION] for fit in (FIT, told(5)))
    assert batch().gain(WEIGHTS)[5] == pytest.approx((before - after) @ WEIGHTS, rel=1e-6)


def test_several_quantities_in_units_of_their_scales_and_probably_regular_points_only():
    regular = np.linspace(0, 1, 12)
    both = RegressionBatch([batch(), batch(told(3))], [2.0, 0.5], 7 * WEIGHTS, regular)
    expected = batch().gain(WEIGHTS) / 4 + batch(told(3)).gain(WEIGHTS) / 0.25
    assert both.gains() == pytest.approx(regular * expected)
    assert both.variances() == pytest.approx(regular * (batch().variance / 4 + batch(told(3)).variance / 0.25))
