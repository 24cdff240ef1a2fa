"""Logarithmic warping of inputs."""

import numpy as np
import pytest

from pointes.learning.regression.warping import warp_slope, warped

X = np.linspace(0, 1, 11)[:, None]


@pytest.mark.parametrize("c", [-3.0, 0.0, 1e-9, 0.5, 4.0])
def test_the_unit_interval_is_mapped_to_itself_without_folds(c):
    u = warped(X, np.array([c]))[:, 0]
    assert (u[0], u[-1]) == pytest.approx((0, 1))
    assert (np.diff(u) > 0).all()


def test_a_logarithmic_axis_is_a_special_case():
    low, high = 2.0, 50.0
    expected = np.log((low + (high - low) * X) / low) / np.log(high / low)
    assert warped(X, np.array([-np.log(high / low)])) == pytest.approx(expected)


def test_mirror():
    assert warped(1 - X, np.array([-2.0])) == pytest.approx(1 - warped(X, np.array([2.0])))


@pytest.mark.parametrize("c", [-3.0, -1e-3, 0.0, 1e-6, 2.0])
def test_derivative(c):
    step = 1e-5
    ahead, behind = (warped(X, np.array([c + sign * step])) for sign in (1, -1))
    assert warp_slope(X, np.array([c])) == pytest.approx((ahead - behind) / (2 * step), abs=1e-6)
