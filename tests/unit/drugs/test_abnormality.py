import numpy as np
import pytest
from scipy.stats import binomtest, mannwhitneyu

from pointes.drugs import abnormal_shares, contrast
from pointes.drugs.abnormality import FEWEST


def test_shares_and_their_exact_intervals():
    label = np.array([[[1, 0, 0, 0, -1], [1, 1, 1, 1, 1]]])
    shares = abnormal_shares(label)
    assert shares.n_cells.tolist() == [[4, 5]]
    for found, hits, total in ((shares.share[0, 0], 1, 4), (shares.share[0, 1], 5, 5)):
        exact = binomtest(hits, total).proportion_ci()
        np.testing.assert_allclose(found, [hits / total, exact.low, exact.high], rtol=1e-12)


def test_without_any_label_nothing_is_known():
    shares = abnormal_shares(np.full((2, 3), -1))
    assert np.isnan(shares.share[:, 0]).all()
    assert shares.share[:, 1:].tolist() == [[0, 1], [0, 1]]


@pytest.fixture
def cells():
    """Return three factors of 120 cells, of which the first alone makes cells fail."""
    rng = np.random.default_rng(3)
    factors = rng.uniform(0, 2, (120, 3))
    return factors, (factors[:, 0] + 0.3 * rng.standard_normal(120) < 0.7).astype(int)


def test_the_factor_that_matters_is_found(cells):
    factors, label = cells
    found = contrast(factors, label, n_resamples=200)
    clear = (found.auc[:, 1] > 0.5) | (found.auc[:, 2] < 0.5)
    assert clear.tolist() == [True, False, False]
    assert found.auc[0, 0] < 0.1
    assert found.difference[0, 2] < -1
    assert (found.n_failing, found.n_others) == (label.sum(), (label == 0).sum())


def test_estimates_equal_those_of_scipy_with_ties(cells):
    factors, label = cells
    factors = factors.round(1)
    failing, others = factors[label == 1], factors[label == 0]
    found = contrast(factors, label, n_resamples=20)
    auc = mannwhitneyu(failing, others, axis=0).statistic / (len(failing) * len(others))
    np.testing.assert_allclose(found.auc[:, 0], auc, rtol=1e-12)
    pooled = np.sqrt((failing.var(axis=0, ddof=1) + others.var(axis=0, ddof=1)) / 2)
    np.testing.assert_allclose(found.difference[:, 0], (failing.mean(axis=0) - others.mean(axis=0)) / pooled)


def test_cells_without_a_label_do_not_count(cells):
    factors, label = cells
    extreme = np.vstack([factors, np.full((40, 3), 9.0)])
    found = contrast(extreme, np.append(label, np.full(40, -1)), n_resamples=20)
    np.testing.assert_array_equal(found.auc, contrast(factors, label, n_resamples=20).auc)


def test_intervals_follow_the_seed(cells):
    first, again, other = (contrast(*cells, n_resamples=50, seed=seed).auc for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first[:, 1:] != other[:, 1:]).any()


def test_too_few_failing_cells_are_not_compared(cells):
    factors, _ = cells
    label = np.zeros(len(factors), int)
    label[: FEWEST - 1] = 1
    found = contrast(factors, label)
    assert np.isnan(found.auc).all()
    assert np.isnan(found.difference).all()
    assert found.n_failing == FEWEST - 1


def test_a_factor_that_does_not_vary_has_no_difference(cells):
    factors, label = cells
    factors[:, 1] = 1
    found = contrast(factors, label, n_resamples=20)
    assert found.auc[1].tolist() == [0.5, 0.5, 0.5]
    assert found.difference[1].tolist() == [0, 0, 0]
