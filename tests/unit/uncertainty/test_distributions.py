"""Distributions beside those of SciPy, and the identities that every distribution has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pointes.errors import UserError
from pointes.uncertainty import Empirical, Lognormal, Normal, Uniform, check, points_at

U = np.linspace(0.001, 0.999, 999)
SAMPLES = np.array([3.0, 1.0, 2.0, 2.0, 5.0])
PEERS = {
    "normal": (Normal(-1.0, 2.0), stats.norm(-1.0, 2.0)),
    "lognormal": (Lognormal(3.0, 1.5), stats.lognorm(np.log(1.5), scale=3.0)),
    "uniform": (Uniform(-1.0, 4.0), stats.uniform(-1.0, 5.0)),
}
numbers = st.floats(-100, 100)
positive = st.floats(0.01, 100)
distributions = st.one_of(
    st.builds(Normal, numbers, positive),
    st.builds(Lognormal, positive, st.floats(1.01, 10)),
    st.builds(lambda low, width: Uniform(low, low + width), numbers, positive),
    st.builds(lambda samples: Empirical(np.array(samples)), st.lists(numbers, min_size=1, max_size=20)),
)


@pytest.mark.parametrize(("ours", "peer"), PEERS.values(), ids=PEERS)
def test_quantiles_and_shares_are_those_of_scipy(ours, peer):
    np.testing.assert_allclose(ours.quantile(U), peer.ppf(U), rtol=1e-12)
    assert ours.share_outside(-0.5, 3.5) == pytest.approx(peer.cdf(-0.5) + peer.sf(3.5), rel=1e-12)


@pytest.mark.parametrize(("ours", "peer"), PEERS.values(), ids=PEERS)
def test_truncation_gives_the_conditional_distribution(ours, peer):
    low, high = 0.5, 3.5
    within = peer.cdf(high) - peer.cdf(low)
    np.testing.assert_allclose(ours.inside(low, high).quantile(U), peer.ppf(peer.cdf(low) + U * within), rtol=1e-10)
    share = (peer.cdf(high) - peer.cdf(2.0)) / within
    assert ours.inside(low, high).share_outside(low, 2.0) == pytest.approx(share, rel=1e-10)


def test_truncated_normal_is_that_of_scipy():
    found = Normal(1.0, 2.0).inside(0.0, 4.0).quantile(U)
    np.testing.assert_allclose(found, stats.truncnorm(-0.5, 1.5, loc=1.0, scale=2.0).ppf(U), rtol=1e-9)


def test_factor_of_a_lognormal_distribution_is_its_geometric_standard_deviation():
    found = Lognormal(2.0, 1.3).quantile(stats.norm.cdf([-1.0, 0.0, 1.0, 2.0]))
    np.testing.assert_allclose(found, 2.0 * 1.3 ** np.array([-1.0, 0.0, 1.0, 2.0]))


def test_every_sample_is_equally_likely():
    values, counts = np.unique(Empirical(SAMPLES).quantile((np.arange(1000) + 0.5) / 1000), return_counts=True)
    np.testing.assert_array_equal(values, [1.0, 2.0, 3.0, 5.0])
    np.testing.assert_array_equal(counts, [200, 400, 200, 200])


def test_samples_at_the_ends_of_the_range_are_inside():
    found = Empirical(SAMPLES)
    assert found.share_outside(1.0, 3.0) == pytest.approx(0.2)
    np.testing.assert_array_equal(np.unique(found.inside(1.0, 3.0).samples), [1.0, 2.0, 3.0])


@given(distributions, st.floats(0, 1), st.floats(0, 1))
def test_quantiles_increase(distribution, first, second):
    low, high = distribution.quantile(np.sort([first, second]))
    assert low <= high


@given(distributions, st.floats(0.01, 0.4), st.floats(0.6, 0.99))
def test_all_that_is_inside_is_inside(distribution, first, last):
    low, high = distribution.quantile(np.array([first, last])).tolist()
    if low == high and not isinstance(distribution, Empirical):
        return
    inside = distribution.inside(low, high)
    values = inside.quantile(np.linspace(0, 1, 11))
    assert values.min() >= low
    assert values.max() <= high
    assert inside.share_outside(low, high) == 0
    np.testing.assert_allclose(inside.inside(low, high).quantile(U), inside.quantile(U), rtol=1e-9, atol=1e-9)


@given(distributions, st.floats(0.01, 0.4), st.floats(0.6, 0.99))
def test_share_outside_of_a_range_between_quantiles(distribution, first, last):
    low, high = distribution.quantile(np.array([first, last]))
    share = distribution.share_outside(low, high)
    if isinstance(distribution, Empirical):  # a sample at an end of the range is inside
        assert share <= 1 - last + first + 1e-12
    else:
        assert share == pytest.approx(1 - last + first, abs=1e-9)


def test_point_at_probability_zero_is_finite():
    assert np.isfinite(points_at([Normal(0.0, 1.0), Uniform(0.0, 1.0)], np.zeros((1, 2)))).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normal(np.inf, 1.0), "mean: inf; expected a finite number"),
        (lambda: Normal(0.0, -1.0), "sd: -1; expected a positive number"),
        (lambda: Normal(0.0, np.nan), "sd: nan; expected a positive number"),
        (lambda: Lognormal(0.0, 1.2), "median: 0; expected a positive number"),
        (
            lambda: Lognormal(1.0, 0.2),
            "factor: 0.2; expected a number above 1: exp(standard deviation of the logarithm)",
        ),
        (lambda: Uniform(1.0, 1.0), "high: 1; expected a number above low, which is 1"),
        (lambda: Uniform(-np.inf, 1.0), "low: -inf; expected a finite number"),
        (lambda: Uniform(0.0, np.inf), "high: inf; expected a finite number"),
        (lambda: Empirical(np.array([])), "shape of samples: [0]; expected a row of one or more numbers"),
        (lambda: Empirical(np.ones((2, 2))), "shape of samples: [2, 2]; expected a row of one or more numbers"),
        (lambda: Empirical(np.array([1.0, np.nan])), "sample 2: nan; expected a finite number"),
        (
            lambda: Normal(0.0, 1.0).inside(50.0, 60.0),
            "distribution: normal (mean 0.0, sd 1.0); expected some of it between 50 and 60",
        ),
        (
            lambda: Empirical(SAMPLES).inside(3.5, 4.5),
            "distribution: 5 samples from 1 to 5; expected some of it between 3.5 and 4.5",
        ),
    ],
)
def test_impossible_distribution_is_one_line(make, message):
    with pytest.raises(UserError) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("distribution", "shown", "share"),
    [
        (Normal(0.9, 0.05), "normal (mean 0.9, sd 0.05)", "2.28"),
        (Lognormal(0.9, 1.2), "lognormal (median 0.9, factor 1.2)", "28.2"),
        (Uniform(-1.0, 1.0), "uniform (low -1.0, high 1.0)", "50"),
        (Empirical(np.array([0.5, 0.6, 7.0])), "3 samples from 0.5 to 7", "33.3"),
    ],
)
def test_distribution_outside_the_explored_range_is_one_line(distribution, shown, share):
    with pytest.raises(UserError) as caught:
        check(distribution, 0.0, 1.0, "IKr")
    assert str(caught.value) == (
        f"IKr: {shown}; expected at most 0.1 % of it outside the explored range from 0 to 1, not {share} %"
    )


def test_a_thousandth_may_be_outside():
    check(Normal(0.0, 1.0), -3.3, 3.3, "x")  # 0.0967 %
    with pytest.raises(UserError):
        check(Normal(0.0, 1.0), -3.28, 3.28, "x")  # 0.104 %
