"""Intervals against published numbers and scipy's own."""

import pytest
from scipy.stats import binomtest

from pointes.statistics import clopper_pearson


@pytest.mark.parametrize(("hits", "total"), [(40, 40), (0, 10), (17, 20), (1, 3)])
def test_clopper_pearson_is_scipys_exact_interval(hits, total):
    expected = binomtest(hits, total).proportion_ci(0.95, method="exact")
    assert clopper_pearson(hits, total) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_nothing_is_known_of_nothing():
    assert clopper_pearson(0, 0) == (0.0, 1.0)
