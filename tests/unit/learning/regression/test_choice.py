"""Choice of points for the quantities and for where they are regular."""

import numpy as np
import pytest

from pointes.learning import GaussianProcessClassifier, GaussianProcessRegressor, RegressionSurrogate
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.regression.acquisition import IntegratedVariance
from pointes.learning.regression.choice import choose

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
POINTS, CANDIDATES = np.random.default_rng(3).random((20, 2)), np.random.default_rng(4).random((150, 2))
REFERENCE = sobol(UNIT, 0, 256, 1, RandomStream.REFERENCE)
REGULAR = POINTS[:, 0] < 0.6
FIT = GaussianProcessRegressor.fit(POINTS[REGULAR], np.sin(4 * POINTS[REGULAR]).sum(axis=1), UNIT)
REGION = GaussianProcessClassifier.fit(POINTS, REGULAR, UNIT)


def chosen(region, n=8, apart_from=CANDIDATES[:0]):
    surrogate = RegressionSurrogate(UNIT, (FIT,), np.ones(1), region)
    return choose(surrogate, IntegratedVariance(), CANDIDATES, REFERENCE, n, apart_from)


def test_distinct_candidates():
    for region in (None, REGION):
        points = chosen(region)
        assert len(np.unique(points, axis=0)) == 8
        assert (points[:, None] == CANDIDATES).all(axis=2).any(axis=1).all()


def test_a_quarter_is_for_the_boundary_of_the_region():
    first = chosen(REGION)[:2]
    assert np.abs(REGION.predict_proba(first) - 0.5) == pytest.approx(0, abs=0.45)
    assert np.abs(first[:, 0] - 0.6).max() < 0.15


def test_no_points_for_the_quantities_where_they_are_irregular():
    assert (chosen(REGION)[2:, 0] < 0.65).all()
    assert (chosen(None)[:, 0] > 0.65).any()


def test_points_that_will_be_known_anyway_change_the_choice():
    first = chosen(None, n=2)
    assert not (chosen(None, n=2, apart_from=first)[:, None] == first).all(axis=2).any()
