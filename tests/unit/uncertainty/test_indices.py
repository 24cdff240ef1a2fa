"""Sobol indices under distributions that are not uniform, beside those known in closed form."""

import numpy as np
import pytest
from scipy.stats import norm

from pointes.learning.explanation.sensitivity import sobol_indices
from pointes.uncertainty import Empirical, Lognormal, Normal, Uniform, label_indices, quantity_indices

PI = np.pi


def exact(*functions):
    def predict(points):
        mean = np.column_stack([function(points) for function in functions])
        return mean, np.zeros_like(mean)

    return predict


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_ishigami_beside_another_quantity():
    """Ishigami and Homma 1990; the shares of the variance are known in closed form."""
    found = quantity_indices(exact(ishigami, lambda x: x[:, 2]), [Uniform(-PI, PI)] * 3, samples=4096)
    v1, v2, v13 = 0.5 * (1 + 0.1 * PI**4 / 5) ** 2, 49 / 8, 0.01 * PI**8 * 8 / 225
    variance = v1 + v2 + v13
    assert found.first[0, :, 0] == pytest.approx(np.array([v1, v2, 0]) / variance, abs=0.01)
    assert found.total[0, :, 0] == pytest.approx(np.array([v1 + v13, v2, v13]) / variance, abs=0.01)
    assert found.first[1, :, 0] == pytest.approx([0, 0, 1], abs=0.01)
    assert (found.first[0, :, 1] < found.first[0, :, 2]).all()
    assert np.isnan(found.surrogate_first).all()
    assert np.isnan(found.surrogate_total).all()


def test_indices_of_a_linear_function_are_shares_of_the_variance():
    slopes, sds = np.array([1.0, -2.0, 0.0]), np.array([1.0, 0.5, 2.0])
    found = quantity_indices(exact(lambda x: x @ slopes), [Normal(5.0, sd) for sd in sds])
    shares = slopes**2 * sds**2 / np.sum(slopes**2 * sds**2)
    for indices in (found.first, found.total):
        assert indices[0, :, 0] == pytest.approx(shares, abs=0.01)
        assert (indices[0, :, 1] - 0.01 < shares).all()
        assert (shares < indices[0, :, 2] + 0.01).all()


def test_product_of_lognormal_parameters():
    """With s_j² the variances of the logarithms, Sobol's decomposition of the product gives the indices."""
    factors = np.array([1.2, 1.4])
    found = quantity_indices(exact(lambda x: x.prod(axis=1)), [Lognormal(3.0, one) for one in factors], samples=4096)
    s2 = np.log(factors) ** 2
    whole = np.expm1(s2.sum())
    assert found.first[0, :, 0] == pytest.approx(np.expm1(s2) / whole, abs=0.01)
    assert found.total[0, :, 0] == pytest.approx(np.expm1(s2) * np.exp(s2[::-1]) / whole, abs=0.01)


def test_empirical_parameter_has_the_variance_of_its_samples():
    samples = np.array([0.0, 1.0, 1.0, 4.0])
    found = quantity_indices(exact(lambda x: x.sum(axis=1)), [Empirical(samples), Normal(0.0, 1.0)])
    assert found.first[0, :, 0] == pytest.approx(np.array([samples.var(), 1.0]) / (samples.var() + 1), abs=0.01)


def test_known_parameter_has_no_part():
    found = quantity_indices(exact(lambda x: x.sum(axis=1)), [Empirical(np.array([2.0])), Normal(0.0, 1.0)])
    assert found.total[0, :, 0] == pytest.approx([0, 1], abs=0.01)


def test_interval_of_the_surrogate_is_that_of_its_draws():
    """Slopes that are uncertain: the shares of the variance follow."""

    def predict(points):
        mean = np.column_stack([points.sum(axis=1), points[:, 0]])
        return mean, np.zeros_like(mean)

    def sample(points, k, seed):
        slope = norm(1.0, 0.2).ppf((np.arange(k) + 0.5) / k)
        first = points[:, :1] * slope + points[:, 1:]
        return np.stack([first, np.repeat(points[:, :1], k, axis=1)], axis=1)

    found = quantity_indices(predict, [Normal(0.0, 1.0)] * 2, sample_surrogate=sample, draws=200)
    slopes = norm(1.0, 0.2).ppf([0.025, 0.975])
    share = slopes**2 / (1 + slopes**2)
    for indices in (found.surrogate_first, found.surrogate_total):
        assert indices[0, 0] == pytest.approx(share, abs=0.02)
        assert indices[0, 1] == pytest.approx(1 - share[::-1], abs=0.02)
        assert indices[1, 0] == pytest.approx([1, 1], abs=0.02)
    assert found.first[0, :, 0] == pytest.approx([0.5, 0.5], abs=0.01)
    assert (found.first[0, :, 2] - found.first[0, :, 1] < 0.3).all()


def test_interval_of_sampling_narrows_with_more_points():
    width = [
        np.ptp(quantity_indices(exact(ishigami), [Uniform(-PI, PI)] * 3, samples=samples).first[0, :, 1:], axis=1)
        for samples in (256, 4096)
    ]
    assert width[1] == pytest.approx(width[0] / 4, rel=0.35)


def test_quantity_that_is_constant_or_not_everywhere_has_no_indices():
    predict = exact(lambda x: np.ones(len(x)), lambda x: np.where(x[:, 0] > 0, x[:, 0], np.nan), lambda x: x[:, 0])

    def sample(points, k, seed):
        return np.repeat(predict(points)[0][..., None], k, axis=-1)

    found = quantity_indices(predict, [Normal(0.0, 1.0)] * 2, sample_surrogate=sample, draws=2)
    for indices in (found.first, found.total, found.surrogate_first, found.surrogate_total):
        assert np.isnan(indices[:2]).all()
        assert np.isfinite(indices[2]).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_same_seed_same_indices(seed):
    first, again = (quantity_indices(exact(ishigami), [Uniform(-PI, PI)] * 3, samples=64, seed=seed) for _ in range(2))
    np.testing.assert_array_equal(first.first, again.first)
    np.testing.assert_array_equal(first.total, again.total)


def quadrant(points):
    return (points > 0).all(axis=1)[None].astype(float)


def test_indices_of_a_label():
    """Of the quadrant in which both parameters are positive, each with probability ½: shares ⅓, ⅓ and both ⅓."""
    found = label_indices(quadrant, [Normal(0.0, 1.0)] * 2, samples=4096)
    assert found.first[:, 0] == pytest.approx([1 / 3, 1 / 3], abs=0.02)
    assert found.total[:, 0] == pytest.approx([2 / 3, 2 / 3], abs=0.02)


def test_indices_of_uniform_parameters_are_those_of_the_campaign():
    bounds = [[-1.0, 2.0], [-3.0, 1.0]]
    expected = sobol_indices(quadrant, bounds)
    found = label_indices(quadrant, [Uniform(*one) for one in bounds])
    np.testing.assert_array_equal(found.first, expected.first)
    np.testing.assert_array_equal(found.total, expected.total)
