"""Ordinal regression against a published fit, against logistic regression, and where categories are separated."""

import numpy as np
import pytest

from pointes.drugs.ordinal import ProportionalOdds, Thresholds, codes, fit_ordinal, threshold_interval
from pointes.errors import UserError

# Satisfaction (low, medium, high) of 1,681 householders of Copenhagen: Madsen, Scand. J. Stat. 3, 97 (1976), as in the
# data set `housing` of the R package MASS. Rows: influence low, medium, high for each type of housing (tower,
# apartment, atrium, terrace), then the same with high instead of low contact.
HOUSING = np.array(
    [
        *([21, 21, 28], [34, 22, 36], [10, 11, 36], [61, 23, 17], [43, 35, 40], [26, 18, 54]),
        *([13, 9, 10], [8, 8, 12], [6, 7, 9], [18, 6, 7], [15, 13, 13], [7, 5, 11]),
        *([14, 19, 37], [17, 23, 40], [3, 5, 23], [78, 46, 43], [48, 45, 86], [15, 25, 62]),
        *([20, 23, 20], [10, 22, 24], [7, 10, 21], [57, 23, 13], [31, 21, 13], [5, 6, 13]),
    ]
)
# Venables and Ripley, Modern Applied Statistics with S, function polr: slopes of medium and high influence, apartment,
# atrium, terrace and high contact; there a positive intercept belongs to the lower category.
SLOPES = [0.5663937, 1.2888191, -0.5723501, -0.3661866, -1.0910149, 0.3602841]
INTERCEPTS = [0.4961353, -0.6907083]


def housing():
    """Return metrics, category and weight of each combination of housing and satisfaction, as if it were a drug."""
    contact, kind, influence = (axis.ravel() for axis in np.mgrid[0:2, 0:4, 0:3])
    columns = [influence == 1, influence == 2, kind == 1, kind == 2, kind == 3, contact == 1]
    metric = np.repeat(np.stack(columns, axis=1).astype(float), 3, axis=0)
    return metric[:, None, :], np.tile([0, 1, 2], 24), HOUSING.ravel().astype(float)


def test_published_fit():
    metric, category, weight = housing()
    found = fit_ordinal(metric, category, weight=weight, penalty=0)
    assert found.slopes == pytest.approx(SLOPES, abs=5e-5)  # polr stops at a relative change of the likelihood of 1e-8
    assert found.intercepts == pytest.approx(INTERCEPTS, abs=5e-5)


def test_weights_are_repetitions():
    metric, category, weight = housing()
    times = weight.astype(int)
    repeated = fit_ordinal(np.repeat(metric, times, axis=0), np.repeat(category, times))
    assert repeated.slopes == pytest.approx(fit_ordinal(metric, category, weight=weight).slopes, rel=1e-6)


def test_default_penalty_leaves_four_digits():
    metric, category, weight = housing()
    assert fit_ordinal(metric, category, weight=weight).slopes == pytest.approx(
        fit_ordinal(metric, category, weight=weight, penalty=0).slopes, rel=1e-4
    )


@pytest.fixture
def samples():
    """Samples of 28 drugs like the mean qNet of the CiPA drugs [µC/µF]."""
    rng = np.random.default_rng(4)
    category = codes(["high"] * 8 + ["intermediate"] * 11 + ["low"] * 9)
    middle = np.array([0.072, 0.062, 0.049])[category] + rng.normal(0, 0.004, 28)
    return middle[:, None] + rng.normal(0, 0.002, (28, 50)), category


def test_derivatives_of_the_likelihood_vanish(samples):
    metric, category = samples
    probability = fit_ordinal(metric, category, penalty=0).probability(metric[..., None])
    low, high = probability[..., 0], probability[..., 2]
    # Derivative of the log likelihood of each sample by a shift of both log odds
    by_shift = np.choose(category[:, None], [low - 1, low - high, 1 - high])
    assert by_shift.sum() == pytest.approx(0, abs=1e-5)
    assert (by_shift * metric).sum() == pytest.approx(0, abs=1e-6)


def test_without_intermediate_risk_it_is_a_logistic_regression(samples):
    from sklearn.linear_model import LogisticRegression

    metric, category = samples
    two = category != 1
    category = np.where(np.arange(28) % 5, category, 2 - category)  # otherwise a threshold would separate the two
    found = fit_ordinal(metric[two], category[two], penalty=0)
    rows = 1000 * metric[two].reshape(-1, 1)
    peer = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(rows, np.repeat(category[two] == 2, 50))
    assert found.slopes == pytest.approx(1000 * peer.coef_[0], rel=1e-4)
    assert found.intercepts[0] == found.intercepts[1] == pytest.approx(peer.intercept_[0], rel=1e-4)
    assert found.thresholds().low_intermediate == found.thresholds().intermediate_high


def test_units_change_nothing(samples):
    metric, category = samples
    scaled = fit_ordinal(3 - 1000 * metric, category)
    probability = fit_ordinal(metric, category).probability(metric[..., None])
    assert scaled.probability(3 - 1000 * metric[..., None]) == pytest.approx(probability, abs=1e-6)


def test_separated_categories_have_finite_slopes_and_thresholds_midway():
    metric, category = np.arange(12.0)[:, None], np.repeat([0, 1, 2], 4)
    found = fit_ordinal(metric, category)
    assert 5 < found.slopes[0] < 50
    assert found.thresholds() == pytest.approx((3.5, 7.5), abs=1e-3)
    assert fit_ordinal(metric, category, penalty=0.01).slopes < found.slopes


def test_thresholds_are_where_the_most_likely_category_changes(samples):
    found = fit_ordinal(*samples)
    low, high = found.thresholds()
    assert high < low
    for threshold, first in ((low, 0), (high, 1)):
        probability = found.probability(np.array([threshold]))
        assert probability[first] == pytest.approx(probability[first + 1], rel=1e-6)


def test_published_thresholds():
    """Fits of the FDA: Charles River data of 28 drugs, in the file qNettraining_errors.csv of FDA/CiPA@4bfb160."""
    assert ProportionalOdds((20.012, 15.665), np.array([-292.54])).thresholds() == pytest.approx(
        Thresholds(0.0683, 0.0536), abs=5e-5
    )


def test_thresholds_are_one_where_intermediate_risk_is_never_the_most_likely():
    close = ProportionalOdds((1.0, 0.0), np.array([-10.0]))
    low, high = close.thresholds()
    assert low == high == 0.05
    probability = close.probability(np.array([low]))
    assert probability[0] == pytest.approx(probability[2])
    assert probability[1] < probability[0]


def test_a_metric_without_differences_tells_nothing():
    found = fit_ordinal(np.ones((3, 2)), np.array([0, 1, 2]))
    assert found.probability(np.ones(1)) == pytest.approx(1 / 3, abs=1e-6)
    assert np.isnan(found.thresholds()).all()


def test_missing_samples_and_unknown_categories_are_left_out(samples):
    metric, category = samples
    more = np.vstack([metric, metric[:1]])
    more[-1] = 1.0
    padded = np.hstack([more, np.full((29, 3), np.nan)])
    assert fit_ordinal(padded, np.append(category, -1)).slopes == pytest.approx(
        fit_ordinal(metric, category).slopes, rel=1e-6
    )


def test_every_drug_counts_once(samples):
    """Half of the samples of one drug, each of them twice as heavy, are the whole drug if both halves are alike."""
    metric, category = samples
    twice = np.hstack([metric, metric])
    halved = twice.copy()
    halved[0, 50:] = np.nan
    assert fit_ordinal(halved, category).slopes == pytest.approx(fit_ordinal(twice, category).slopes, rel=1e-6)


@pytest.mark.parametrize("missing", ["low", "high"])
def test_both_ends_are_needed(samples, missing):
    metric, category = samples
    with pytest.raises(UserError, match=f"expected a drug of {missing} risk with a metric"):
        fit_ordinal(metric, np.where(category == codes([missing])[0], -1, category))


def test_a_sample_without_a_metric_has_no_probabilities(samples):
    assert np.isnan(fit_ordinal(*samples).probability(np.array([np.nan]))).all()


def test_interval_of_thresholds_has_their_spread_over_new_drugs(samples):
    """The interval from one set of drugs is about as wide as the spread over sets that are drawn anew."""
    metric, category = samples
    low, high = threshold_interval(metric, category)
    centre = fit_ordinal(metric, category).thresholds()
    rng = np.random.default_rng(8)
    found = []
    for _ in range(200):
        middle = np.array([0.072, 0.062, 0.049])[category] + rng.normal(0, 0.004, 28)
        found.append(fit_ordinal(middle[:, None] + rng.normal(0, 0.002, (28, 50)), category).thresholds())
    for k in range(2):
        assert low[k] < centre[k] < high[k]
        expected = 2 * 1.96 * np.std([one[k] for one in found])
        assert high[k] - low[k] == pytest.approx(expected, rel=0.5)
