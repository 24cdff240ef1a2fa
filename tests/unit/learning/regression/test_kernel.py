"""The prior covariance: effects apart from each other, and derivatives."""

import numpy as np
import pytest

from pointes.learning.regression.kernel import NODES, WEIGHTS, AnovaKernel, Effect, Pairs

POINTS = np.random.default_rng(0).random((12, 3))
LENGTHS, EFFECTS, SHARES = np.array([0.3, 0.8, 5.0]), np.array([0.5, 1.2, 0.2]), np.array([0.7, 0.1, 2.0])


def kernel(smooth=True, amplitude=1.0):
    return AnovaKernel(LENGTHS, EFFECTS, SHARES, np.array([0.4]), smooth, amplitude)


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("length", [0.2, 6.0])
def test_an_effect_has_mean_zero_and_mean_variance_one(smooth, length):
    effect = Effect(length, smooth)
    x = np.linspace(0, 1, 7)
    mean = effect(x[:, None], NODES[None]) @ WEIGHTS
    assert mean == pytest.approx(0, abs=1e-9)
    assert effect(NODES, NODES) @ WEIGHTS == pytest.approx(1)


def test_the_effect_of_a_long_length_scale_is_a_line():
    x = np.linspace(0, 1, 7)
    line = 12 * np.outer(x - 0.5, x - 0.5)  # covariance of a line of mean 0 and mean variance 1
    assert Effect(6.0, True)(x[:, None], x[None]) == pytest.approx(line, abs=0.02)


def test_constant_single_effects_pairs_and_triples():
    a, b = POINTS[:4], POINTS[4:9]
    k1, k2, k3 = (Effect(length, True)(a[:, j, None], b[None, :, j]) for j, length in enumerate(LENGTHS))
    v, w = EFFECTS, SHARES
    single = v[0] * k1 + v[1] * k2 + v[2] * k3
    pairs = w[0] * w[1] * k1 * k2 + w[0] * w[2] * k1 * k3 + w[1] * w[2] * k2 * k3
    triple = 0.4 * w.prod() * k1 * k2 * k3
    assert kernel(amplitude=3.0)(a, b) == pytest.approx(9.0 * (1.0 + single + pairs + triple))


@pytest.mark.parametrize("smooth", [True, False])
def test_covariance_of_pairs_and_variances(smooth):
    whole = kernel(smooth)(POINTS, POINTS)
    assert Pairs(POINTS).covariance(kernel(smooth))[0] == pytest.approx(whole, abs=1e-12)
    assert kernel(smooth).variance(POINTS) == pytest.approx(np.diag(whole), abs=1e-12)
    assert np.linalg.eigvalsh(whole).min() > -1e-10


@pytest.mark.parametrize("d", [1, 2])
def test_few_inputs_have_no_triples(d):
    one = AnovaKernel(LENGTHS[:d], EFFECTS[:d], SHARES[:d], np.empty(0))
    K, slopes = Pairs(POINTS[:, :d]).covariance(one)
    np.testing.assert_allclose(K, one(POINTS[:, :d], POINTS[:, :d]), atol=1e-12)
    assert len(slopes) == 3 * d


def test_arrays_rebuild_the_kernel():
    again = AnovaKernel.from_arrays(kernel(False, 2.0).to_arrays())
    np.testing.assert_array_equal(again(POINTS, POINTS), kernel(False, 2.0)(POINTS, POINTS))
