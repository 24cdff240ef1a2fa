"""Distributions of factors, written as options."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pointes.populations import LogNormal, Uniform, parse_distributions

# Distributions are written with six digits, as in the file of a population
FACTORS = st.floats(0.0, 1e6).map(lambda factor: float(f"{factor:g}"))
UNIFORM = st.tuples(FACTORS, FACTORS).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: Uniform(*pair))
LOG_NORMAL = FACTORS.filter(bool).map(LogNormal)
NAMES = st.from_regex(r"[A-Za-z_]{1,8}(\.[a-z]{1,4})?", fullmatch=True)


@given(st.dictionaries(NAMES, UNIFORM | LOG_NORMAL, max_size=3))
def test_distributions_parse_to_themselves(distributions):
    texts = [f"{name}={distribution}" for name, distribution in distributions.items()]
    assert parse_distributions("--scale", texts) == distributions


@given(UNIFORM | st.floats(0.01, 2.0).map(LogNormal), st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8))
def test_quantiles_rise_and_are_factors(distribution, shares):
    factors = distribution.quantile(np.sort(shares))
    assert (factors >= 0).all()
    assert np.isfinite(factors).all()
    assert (np.diff(factors) >= 0).all()
