"""Intervals against published numbers and scipy's own."""

import numpy as np
import pytest
from scipy.stats import binomtest

from pointes.statistics import bootstrap_weights, clopper_pearson


@pytest.mark.parametrize(("hits", "total"), [(40, 40), (0, 10), (17, 20), (1, 3)])
def test_clopper_pearson_is_scipys_exact_interval(hits, total):
    expected = binomtest(hits, total).proportion_ci(0.95, method="exact")
    assert clopper_pearson(hits, total) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_nothing_is_known_of_nothing():
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_members_are_drawn_within_their_stratum_with_all_their_rows():
    weights = bootstrap_weights(np.array([0, 0, 0, 2]), np.array(["a", "a", "b", "c"]), 200, 1)
    assert weights.shape == (201, 4)
    assert (weights[0] == 1).all()
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 1] + weights[:, 2] == 2).all()
    assert (weights[:, 3] == 1).all()
    assert set(weights[1:, 0]) == {0, 1, 2}
