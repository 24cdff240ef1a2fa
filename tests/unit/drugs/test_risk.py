"""Critical multiples against risk functions whose crossing is known."""

import numpy as np
import pytest
from scipy.special import expit

from pointes.drugs import assess_drugs, critical_multiple, hill_block, read_drug_table


def logistic(points):
    """Reaches one half where IKr block is 0.6 plus half the ICaL block (the second column, if any)."""
    ical = points[:, 1] if points.shape[1] > 1 else 0.0
    return expit(40 * (points[:, 0] - 0.6 - 0.5 * ical))


def crossing(ic50, hill, cmax):
    """Multiple of Cmax at which block is 0.6."""
    return ic50 / cmax * 1.5 ** (1 / hill)


@pytest.mark.parametrize(("ic50", "hill", "cmax"), [(100.0, 1.0, 10.0), (3.0, 1.7, 40.0), (5e4, 0.5, 300.0)])
def test_single_channel_against_the_inverted_hill_equation(ic50, hill, cmax):
    found = critical_multiple(logistic, cmax, np.array([[ic50]]), np.array([[hill]]))
    assert found == pytest.approx(crossing(ic50, hill, cmax), rel=2e-5)


def test_two_channels_against_the_quadratic_equation():
    """Hill 1, x = C/IC50 of IKr, ICaL ten times weaker: x/(1+x) = 0.6 + 0.5 x/(10+x), or 0.1 x^2 - 2.9 x + 6 = 0."""
    x = (2.9 - np.sqrt(2.9**2 - 4 * 0.1 * 6)) / 0.2
    blocks = hill_block(x * 100.0, np.array([100.0, 1000.0]), 1.0)
    assert logistic(blocks[None])[0] == pytest.approx(0.5)
    found = critical_multiple(logistic, 50.0, np.array([[100.0, 1000.0]]), np.ones((1, 2)))
    assert found == pytest.approx(2 * x, rel=2e-5)


def test_only_the_first_crossing_counts():
    """The second root of that quadratic, at 53.5 Cmax, is where the risk falls again."""
    doses = np.array([[3.0], [20.0], [500.0]])
    risk = logistic(hill_block(doses * 50.0, np.array([100.0, 1000.0]), 1.0))
    assert (risk > 0.5).tolist() == [False, True, False]
    assert critical_multiple(logistic, 50.0, np.array([[100.0, 1000.0]]), np.ones((1, 2)))[0] < 20


def test_never_is_infinite_and_always_is_zero():
    ic50 = np.array([[np.nan], [1e6], [1e-6], [100.0]])
    found = critical_multiple(logistic, 10.0, ic50, np.ones((4, 1)), smallest=0.01, largest=100.0)
    assert found[:3].tolist() == [np.inf, np.inf, 0]
    assert found[3] == pytest.approx(15, rel=2e-5)


def test_risk_functions_are_never_given_an_empty_array():
    def risk(points):
        assert len(points)
        return logistic(points)

    assert critical_multiple(risk, 10.0, np.array([[np.nan]]), np.ones((1, 1))).tolist() == [np.inf]


@pytest.fixture
def table(write):
    columns = "drug,cmax_nM,IKr_ic50_nM,IKr_hill,IKr_ic50_q025_nM,IKr_ic50_q975_nM"
    rows = ["sure,10,100,1,,", "unsure,10,100,1,50,400", "safe,10,,,,", "edge,10,7000,1,3500,14000"]
    return read_drug_table(write(columns, *rows), ["IKr"])


def test_interval_is_that_of_the_ic50_carried_through_the_crossing(table):
    risks = assess_drugs(table, logistic, [1.0], n_draws=1000)
    interval = [risks.critical_q025[1], risks.critical_median[1], risks.critical_q975[1]]
    np.testing.assert_allclose(interval, crossing(np.array([50.0, 100.0, 400.0]), 1.0, 10.0), rtol=0.03)
    assert risks.critical_best_fit[1] == pytest.approx(15, rel=2e-5)


def test_unknown_uncertainty_is_no_interval(table):
    risks = assess_drugs(table, logistic, [1.0])
    assert risks.critical_median[0] == pytest.approx(15, rel=2e-5)
    for bound in (risks.critical_q025, risks.critical_q975, risks.risk_q025[:, 0], risks.risk_q975[:, 0]):
        assert np.isnan(bound).tolist() == [True, False, True, False]


def test_censored_draws_are_counted_and_bound_the_interval_at_infinity(table):
    """The last drug crosses at 1,050 Cmax in its best fit, 0.138 standard deviations beyond the largest dose."""
    risks = assess_drugs(table, logistic, [1.0], n_draws=1000)
    assert risks.share_never.tolist() == pytest.approx([0, 0, 1, 0.555], abs=0.005)
    assert risks.share_always.tolist() == [0, 0, 0, 0]
    assert risks.critical_median[2:].tolist() == [np.inf, np.inf]
    assert risks.critical_q975[3] == np.inf
    assert risks.critical_q025[3] == pytest.approx(525, rel=0.03)


def test_draws_above_one_half_at_once_are_counted(table):
    risks = assess_drugs(table, logistic, [1.0], smallest=15.5, n_draws=1000)
    assert risks.share_always[0] == 1
    assert risks.critical_best_fit[0] == 0
    assert 0.5 < risks.share_always[1] < 0.6


def test_risk_and_block_at_the_doses_asked_for(table):
    risks = assess_drugs(table, logistic, [1, 10, 100], n_draws=1000)
    assert risks.block.shape == (4, 3, 1)
    np.testing.assert_allclose(risks.block[0, :, 0], [1 / 11, 1 / 2, 10 / 11], rtol=1e-12)
    assert risks.block[2].tolist() == [[0], [0], [0]]
    np.testing.assert_allclose(risks.risk[1], logistic(risks.block[1]), rtol=1e-12)
    low, high = (logistic(hill_block(np.array([[100.0]]), ic50, 1.0))[0] for ic50 in (400.0, 50.0))
    assert risks.risk_q025[1, 1] == pytest.approx(low, rel=0.2)
    assert risks.risk_q975[1, 1] == pytest.approx(high, rel=0.05)


def test_same_seed_same_answer(table):
    first, again = (assess_drugs(table, logistic, [1, 10], seed=5) for _ in range(2))
    for name, value in vars(first).items():
        np.testing.assert_array_equal(value, getattr(again, name), err_msg=name)


def test_doses_follow_the_posterior_median_and_the_best_fit_is_kept_apart(cipa28):
    """The best fit of diltiazem on hERG stopped at the bound of its Hill coefficient."""
    risks = assess_drugs(cipa28.select(["IKr"]), logistic, [1.0])
    drug = cipa28.names.index("diltiazem")
    assert risks.block[drug, 0, 0] == pytest.approx(hill_block(122.0, 4197.0, 0.8712), rel=1e-12)
    assert risks.critical_best_fit[drug] == pytest.approx(crossing(2423.0, 0.505, 122.0), rel=2e-5)
    assert risks.critical_median[drug] == pytest.approx(crossing(4197.0, 0.8712, 122.0), rel=0.03)
