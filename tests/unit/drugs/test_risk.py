"""Critical multiples against risk functions whose crossing is known."""

import numpy as np
import pytest
from scipy.special import expit

from pointes.drugs import CriticalStatus, assess_drugs, critical_multiple, hill_block, read_drug_table


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
    assert found.status == [CriticalStatus.REACHED]
    assert found.multiple == pytest.approx(crossing(ic50, hill, cmax), rel=2e-5)


def test_two_channels_against_the_quadratic_equation():
    """Hill 1, x = C/IC50 of IKr, ICaL ten times weaker: x/(1+x) = 0.6 + 0.5 x/(10+x), or 0.1 x^2 - 2.9 x + 6 = 0."""
    x = (2.9 - np.sqrt(2.9**2 - 4 * 0.1 * 6)) / 0.2
    blocks = hill_block(x * 100.0, np.array([100.0, 1000.0]), 1.0)
    assert logistic(blocks[None])[0] == pytest.approx(0.5)
    found = critical_multiple(logistic, 50.0, np.array([[100.0, 1000.0]]), np.ones((1, 2)))
    assert found.multiple == pytest.approx(2 * x, rel=2e-5)


def test_only_the_first_crossing_counts():
    """The second root of that quadratic, at 53.5 Cmax, is where the risk falls again."""
    doses = np.array([[3.0], [20.0], [500.0]])
    risk = logistic(hill_block(doses * 50.0, np.array([100.0, 1000.0]), 1.0))
    assert (risk > 0.5).tolist() == [False, True, False]
    assert critical_multiple(logistic, 50.0, np.array([[100.0, 1000.0]]), np.ones((1, 2))).multiple[0] < 20


def test_what_is_known_of_a_critical_multiple():
    ic50 = np.array([[np.nan], [1e6], [1e-6], [100.0]])
    found = critical_multiple(logistic, 10.0, ic50, np.ones((4, 1)), smallest=0.01, largest=100.0)
    assert found.status.tolist() == [
        CriticalStatus.NOT_REACHED,
        CriticalStatus.NOT_REACHED,
        CriticalStatus.BELOW_SMALLEST_DOSE,
        CriticalStatus.REACHED,
    ]
    assert found.multiple[:3].tolist() == [np.inf, np.inf, 0]
    assert found.multiple[3] == pytest.approx(15, rel=2e-5)
    np.testing.assert_array_equal(np.isnan(found.known), [True, True, True, False])


def test_a_risk_of_exactly_one_half_is_not_reached():
    """It is what an untrained classifier predicts everywhere."""
    found = critical_multiple(lambda points: np.full(len(points), 0.5), 10.0, np.array([[100.0]]), np.ones((1, 1)))
    assert found.status == [CriticalStatus.NOT_REACHED]


def known_between(low, high):
    """Return the logistic risk, known where the block of IKr is between two bounds."""
    return lambda points: np.where((points[:, 0] >= low) & (points[:, 0] <= high), logistic(points), np.nan)


@pytest.mark.parametrize(
    ("low", "high", "status", "multiple"),
    [
        (0.0, 0.6 + 1e-3, CriticalStatus.REACHED, 15),
        (0.0, 0.5, CriticalStatus.BEYOND_MAP, 10),
        (0.0, 0.59, CriticalStatus.BEYOND_MAP, 10 * 0.59 / 0.41),
        (0.2, 1.0, CriticalStatus.BEYOND_MAP, 0),
    ],
)
def test_a_search_ends_where_the_risk_is_not_known(low, high, status, multiple):
    """At ten times Cmax half of IKr is blocked, and at fifteen times the risk is one half."""
    found = critical_multiple(known_between(low, high), 10.0, np.array([[100.0]]), np.ones((1, 1)))
    assert found.status == [status]
    assert found.multiple == pytest.approx(multiple, rel=2e-5)
    unknown = critical_multiple(
        known_between(2, 3), 10.0, np.array([[100.0]]), np.ones((1, 1)), unknown=CriticalStatus.NOTHING_LEARNED
    )
    assert unknown.status == [CriticalStatus.NOTHING_LEARNED]


def test_risk_functions_are_never_given_an_empty_array():
    def risk(points):
        assert len(points)
        return logistic(points)

    assert critical_multiple(risk, 10.0, np.array([[np.nan]]), np.ones((1, 1))).status == [CriticalStatus.NOT_REACHED]


@pytest.fixture
def table(write):
    columns = "drug,cmax_nM,IKr_ic50_nM,IKr_hill,IKr_ic50_q025_nM,IKr_ic50_q975_nM"
    rows = ["sure,10,100,1,,", "unsure,10,100,1,50,400", "safe,10,,,,", "edge,10,7000,1,3500,14000"]
    return read_drug_table(write(columns, *rows), ["IKr"])


def test_interval_is_that_of_the_ic50_carried_through_the_crossing(table):
    risks = assess_drugs(table, logistic, [1.0], n_draws=1000)
    interval = [bound.known[1] for bound in (risks.q025, risks.median, risks.q975)]
    np.testing.assert_allclose(interval, crossing(np.array([50.0, 100.0, 400.0]), 1.0, 10.0), rtol=0.03)
    assert risks.best_fit.known[1] == pytest.approx(15, rel=2e-5)


def test_unknown_uncertainty_is_no_interval(table):
    risks = assess_drugs(table, logistic, [1.0])
    assert risks.median.known[0] == pytest.approx(15, rel=2e-5)
    for bound in (risks.q025.multiple, risks.q975.multiple, risks.risk_q025[:, 0], risks.risk_q975[:, 0]):
        assert np.isnan(bound).tolist() == [True, False, True, False]
    assert risks.q025.status[[0, 2]].tolist() == [CriticalStatus.UNCERTAINTY_UNKNOWN] * 2


def test_a_limit_is_uncertainty_below_which_nothing_is_blocked(write):
    """Half block at 15 x Cmax at the earliest: the most potent of 1,000 draws lies next to the limit."""
    path = write("drug,cmax_nM,IKr_ic50_nM", "censored,10,>100")
    risks = assess_drugs(read_drug_table(path, ["IKr"]), logistic, [1.0, 10.0], n_draws=1000)
    assert risks.best_fit.status == risks.median.status == [CriticalStatus.NOT_REACHED]
    np.testing.assert_array_equal(risks.block, np.zeros((1, 2, 1)))
    assert risks.q025.known == pytest.approx(crossing(10**2.2, 1.0, 10.0), rel=0.03)
    assert risks.q975.status == [CriticalStatus.NOT_REACHED]


def test_draws_that_do_not_reach_it_bound_the_interval(table):
    """The last drug crosses at 1,050 Cmax in its best fit, 0.138 standard deviations beyond the largest dose."""
    risks = assess_drugs(table, logistic, [1.0], n_draws=1000)
    assert risks.median.status[2:].tolist() == [CriticalStatus.NOT_REACHED] * 2
    assert risks.q975.status[3] == CriticalStatus.NOT_REACHED
    assert risks.q025.known[3] == pytest.approx(525, rel=0.03)
    assert assess_drugs(table, logistic, [1.0], n_draws=1000, largest=1100.0).median.known[3] == pytest.approx(
        1050, rel=0.01
    )


def test_drugs_above_one_half_at_once(table):
    risks = assess_drugs(table, logistic, [1.0], smallest=15.5, n_draws=1000)
    assert risks.best_fit.status[0] == risks.q025.status[1] == CriticalStatus.BELOW_SMALLEST_DOSE
    assert (risks.smallest, risks.largest) == (15.5, 1000.0)


def test_draws_beyond_the_map_count_from_where_they_leave_it(table):
    """Known up to a block of 0.5: no draw reaches one half, and what is known of all is that they leave the map."""
    risks = assess_drugs(table, known_between(0, 0.5), [1.0, 100.0], n_draws=1000)
    for bound in (risks.q025, risks.median, risks.q975):
        assert bound.status[1] == CriticalStatus.BEYOND_MAP
        assert np.isnan(bound.known[1])
    np.testing.assert_allclose([risks.q025.multiple[1], risks.q975.multiple[1]], [5, 40], rtol=0.03)
    np.testing.assert_array_equal(np.isnan(risks.risk[1]), [False, True])
    np.testing.assert_array_equal(np.isnan(risks.risk_q975[1]), [False, True])


def test_risk_of_draws_beyond_the_map_may_be_anything(table):
    """At 8 x Cmax the point estimate blocks 0.44, and more than 2.5 % of the draws above 0.5."""
    risks = assess_drugs(table, known_between(0, 0.5), [8.0], n_draws=1000)
    assert risks.risk[1, 0] < 0.01
    assert (risks.risk_q025[1, 0], risks.risk_q975[1, 0]) == (0, 1)


def test_nothing_is_told_of_a_risk_that_is_not_known(table):
    risks = assess_drugs(
        table, lambda points: np.full(len(points), np.nan), [1.0], n_draws=5, unknown=CriticalStatus.NOTHING_LEARNED
    )
    for critical in (risks.best_fit, risks.q025, risks.median, risks.q975):
        assert critical.status.tolist() == [CriticalStatus.NOTHING_LEARNED] * 4
        assert np.isnan(critical.known).all()
    assert np.isnan([risks.risk, risks.risk_q025, risks.risk_q975]).all()


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
        np.testing.assert_array_equal(np.array(value), np.array(getattr(again, name)), err_msg=name)


def test_doses_follow_the_posterior_median_and_the_best_fit_is_kept_apart(cipa28):
    """The best fit of diltiazem on hERG stopped at the bound of its Hill coefficient."""
    risks = assess_drugs(cipa28.select(["IKr"]), logistic, [1.0])
    drug = cipa28.names.index("diltiazem")
    assert risks.block[drug, 0, 0] == pytest.approx(hill_block(122.0, 4197.0, 0.8712), rel=1e-12)
    assert risks.best_fit.known[drug] == pytest.approx(crossing(2423.0, 0.505, 122.0), rel=2e-5)
    assert risks.median.known[drug] == pytest.approx(crossing(4197.0, 0.8712, 122.0), rel=0.03)
