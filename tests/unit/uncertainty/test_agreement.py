"""The check by direct simulation: intervals that hold the truth as often as they say, and find what is wrong."""

import numpy as np
import pytest
from scipy.stats import norm

from pointes.statistics import clopper_pearson
from pointes.uncertainty import (
    LEVELS,
    Lognormal,
    Normal,
    PropagatedQuantiles,
    PropagatedShare,
    Uniform,
    compare_quantiles,
    compare_share,
    drawn_points,
    propagate,
)


def known(*rows, error=0.0):
    """Return propagated quantiles that are known up to an error."""
    values = np.array(rows)
    return PropagatedQuantiles(values, values - error, values + error, np.ones(len(values)), "draws")


def test_right_quantiles_agree_and_shifted_ones_do_not():
    simulated = drawn_points([Normal(5.0, 2.0), Lognormal(1.0, 1.3)], 512, seed=7)
    truth = np.array([5 + 2 * norm.ppf(LEVELS), 1.3 ** norm.ppf(LEVELS)])
    found = compare_quantiles(known(*truth), simulated)
    assert found.overlap.all()
    assert found.direct[..., 0] == pytest.approx(np.quantile(simulated, LEVELS, axis=0).T)
    assert found.difference[..., 0] == pytest.approx(truth - found.direct[..., 0])
    assert (found.difference[..., 1] <= found.difference[..., 0]).all()
    assert (found.difference[..., 0] <= found.difference[..., 2]).all()
    shifted = compare_quantiles(known(truth[0] + 1, truth[1]), simulated)
    assert not shifted.overlap[0].any()
    assert (shifted.difference[0, :, 1] > 0).all()
    assert shifted.overlap[1].all()
    uncertain = compare_quantiles(known(truth[0] + 1, truth[1], error=1.0), simulated)
    assert uncertain.overlap.all()


def test_interval_holds_the_true_quantile_as_often_as_it_says():
    """Over 200 samples of 150 points; quantiles near the ends have too few points beyond them for a fair interval."""
    inner = slice(1, -1)
    truth = norm.ppf(LEVELS)
    rng = np.random.default_rng(5)
    simulated = rng.normal(size=(150, 200))
    found = compare_quantiles(known(*np.tile(truth, (200, 1))), simulated)
    hits = np.mean((found.difference[..., 1] <= 0) & (found.difference[..., 2] >= 0), axis=0)
    assert hits[inner] == pytest.approx(0.95, abs=0.05)


def test_simulations_without_a_value_are_left_out():
    simulated = drawn_points([Uniform(0.0, 1.0), Uniform(0.0, 1.0), Uniform(0.0, 1.0)], 256, seed=1)
    simulated[simulated[:, 0] < 0.5, 0] = np.nan
    simulated[1:, 2] = np.nan
    found = compare_quantiles(known(*np.tile(LEVELS, (3, 1))), simulated)
    assert found.defined == pytest.approx([0.5, 1.0, 1 / 256], abs=0.01)
    assert found.direct[0, LEVELS.index(0.5), 0] == pytest.approx(0.75, abs=0.02)
    assert found.overlap[1].all()
    assert np.isnan(found.direct[2]).all()
    assert not found.overlap[2].any()


def test_propagated_and_direct_points_of_one_function():
    """The way from distributions to the check, with a surrogate that is wrong by a known bias."""

    def simulate(points):
        return np.exp(points[:, :1]) + points[:, 1:]

    def predict(points):
        mean = simulate(points) + 0.05
        return mean, np.full_like(mean, 0.05)

    parameters = [Normal(0.0, 0.2), Uniform(0.0, 1.0)]
    found = compare_quantiles(propagate(predict, parameters), simulate(drawn_points(parameters, 1024, seed=9)))
    assert found.difference[0, :, 0] == pytest.approx(0.05, abs=0.02)
    assert found.overlap.all()


def test_share_beside_labels():
    labels = np.repeat([1, 0, -1], [20, 80, 5]).astype(np.int8)
    low, high = clopper_pearson(20, 100)
    found = compare_share(PropagatedShare(0.3, 0.25, 0.35, "bounds"), labels)
    assert found.labelled == 100
    assert found.direct == (0.2, low, high)
    assert found.difference == pytest.approx((0.1, 0.3 - high, 0.3 - low))
    assert found.overlap
    assert not compare_share(PropagatedShare(0.5, 0.45, 0.55, "bounds"), labels).overlap


def test_share_without_labels_is_unknown():
    found = compare_share(PropagatedShare(0.3, 0.25, 0.35, "bounds"), np.full(3, -1, np.int8))
    assert np.isnan(found.direct[0])
    assert found.direct[1:] == (0.0, 1.0)
    assert found.overlap
