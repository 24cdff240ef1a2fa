"""The prior covariance: effects apart from each other, and derivatives."""

import numpy as np
import pytest

from pointes.learning.regression.kernel import NODES, WEIGHTS, AnovaKernel
from pointes.learning.regression.warping import warped

POINTS = np.random.default_rng(0).random((12, 3))
LENGTHS, WARPS = np.array([0.3, 0.8, 5.0]), np.array([1.5, 0.0, -2.0])
EFFECTS, SHARES, RATIOS = np.array([0.5, 1.2, 0.2]), np.array([0.7, 0.1, 2.0]), np.array([3.0, 1.0, 0.2])
STRENGTH = np.array([0.4])


def kernel(smooth=True, amplitude=1.0):
    return AnovaKernel(LENGTHS, WARPS, EFFECTS, SHARES, RATIOS, STRENGTH, smooth, amplitude)


def single(length, smooth=True, warp=0.0):
    """The kernel of one input, without the constant."""
    one = np.ones(1)
    both = AnovaKernel(one * length, one * warp, one, one, np.empty(0), np.empty(0), smooth)
    return lambda x, y: both(x[:, None], y[:, None]) - 1


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("length", [0.2, 6.0])
def test_an_effect_has_mean_zero_and_mean_variance_one(smooth, length):
    effect = single(length, smooth)
    assert effect(np.linspace(0, 1, 7), NODES) @ WEIGHTS == pytest.approx(0, abs=1e-9)
    assert np.diag(effect(NODES, NODES)) @ WEIGHTS == pytest.approx(1)


def test_the_effect_of_a_long_length_scale_is_a_line():
    x = np.linspace(0, 1, 7)
    line = 12 * np.outer(x - 0.5, x - 0.5)  # covariance of a line of mean 0 and mean variance 1
    assert single(6.0)(x, x) == pytest.approx(line, abs=0.02)


def test_the_effect_of_a_warped_input():
    x = np.linspace(0, 1, 7)
    moved = warped(x[:, None], np.array([2.0]))[:, 0]
    assert single(0.5, warp=2.0)(x, x) == pytest.approx(single(0.5)(moved, moved))


def test_constant_single_effects_pairs_and_triples():
    a, b = POINTS[:4], POINTS[4:9]
    effects = [single(LENGTHS[j], warp=WARPS[j]) for j in range(3)]
    k1, k2, k3 = (effect(a[:, j], b[:, j]) for j, effect in enumerate(effects))
    v, w, r = EFFECTS, SHARES, RATIOS
    alone = v[0] * k1 + v[1] * k2 + v[2] * k3
    pairs = w[0] * w[1] * r[0] * k1 * k2 + w[0] * w[2] * r[1] * k1 * k3 + w[1] * w[2] * r[2] * k2 * k3
    triple = 0.4 * w.prod() * k1 * k2 * k3
    assert kernel(amplitude=3.0)(a, b) == pytest.approx(9.0 * (1.0 + alone + pairs + triple))


@pytest.mark.parametrize("smooth", [True, False])
def test_variances_and_positive_definiteness(smooth):
    whole = kernel(smooth)(POINTS, POINTS)
    assert kernel(smooth).variance(POINTS) == pytest.approx(np.diag(whole), abs=1e-12)
    assert whole == pytest.approx(whole.T, abs=1e-12)
    assert np.linalg.eigvalsh(whole).min() > -1e-10


def test_many_points_are_computed_in_parts(monkeypatch):
    whole = kernel()(POINTS, POINTS)
    monkeypatch.setattr("pointes.learning.regression.kernel.BLOCK", 30)
    assert kernel()(POINTS, POINTS) == pytest.approx(whole, rel=1e-12)


def test_arrays_rebuild_the_kernel():
    again = AnovaKernel.from_arrays(kernel(False, 2.0).to_arrays())
    np.testing.assert_array_equal(again(POINTS, POINTS), kernel(False, 2.0)(POINTS, POINTS))
