"""Fits to growing data follow from the data alone."""

import numpy as np

from pointes.learning.regression.incremental import IncrementalRegressor, searched

BOUNDS = np.array([[0.0, 1.0], [0.0, 1.0]])
POINTS = np.random.default_rng(0).random((70, 2))
VALUES = np.sin(4 * POINTS[:, 0]) * POINTS[:, 1]


def test_history_of_fits_does_not_matter():
    steps, once = IncrementalRegressor(BOUNDS, False), IncrementalRegressor(BOUNDS, False)
    for n in (20, 41, 55, 70):
        last = steps.fit(POINTS[:n], VALUES[:n])
    direct = once.fit(POINTS, VALUES)
    for one, other in zip(last.predict(POINTS[:9]), direct.predict(POINTS[:9]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_hyperparameters_stay_between_searches_while_all_values_are_used():
    fitter = IncrementalRegressor(BOUNDS, False)
    first, second = fitter.fit(POINTS[:61], VALUES[:61]), fitter.fit(POINTS[:68], VALUES[:68])
    assert searched(61) == searched(68) == 60
    assert first.kernel is second.kernel
    assert len(second.values) == 68


def test_searches_end():
    assert searched(10_000) == searched(400) <= 400
