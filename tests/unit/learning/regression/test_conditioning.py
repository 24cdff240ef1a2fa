"""A Gaussian prior, given values."""

from dataclasses import replace

import numpy as np
import pytest
import scipy

from pointes.learning.regression.conditioning import Conditioned
from pointes.learning.regression.kernel import AnovaKernel

KERNEL = AnovaKernel(*np.array([[0.5, 0.9], [1.0, 0.0], [1.0, 0.3], [0.5, 0.5]]), np.ones(1), np.empty(0), True, 2.0)
INPUTS, NEW = np.random.default_rng(3).random((12, 2)), np.random.default_rng(4).random((2500, 2))
VALUES, NUGGETS = np.sin(INPUTS.sum(axis=1)), np.linspace(1e-3, 1e-2, 12)
GIVEN = Conditioned(KERNEL, INPUTS, VALUES, NUGGETS)


def test_each_value_has_its_own_nugget():
    K, cross = KERNEL(INPUTS, INPUTS) + np.diag(NUGGETS), KERNEL(INPUTS, NEW)
    mean, variance = GIVEN.moments(NEW)
    assert mean == pytest.approx(cross.T @ np.linalg.solve(K, VALUES), rel=1e-6, abs=1e-9)
    explained = np.einsum("ij,ij->j", cross, np.linalg.solve(K, cross))
    assert variance == pytest.approx(KERNEL.variance(NEW) - explained, rel=1e-5, abs=1e-9)


def test_density_of_the_values():
    K = KERNEL(INPUTS, INPUTS) + np.diag(NUGGETS)
    expected = scipy.stats.multivariate_normal(np.zeros(12), K).logpdf(VALUES)
    assert GIVEN.log_density == pytest.approx(expected, rel=1e-8)


def test_whitened_values_have_the_identity_as_covariance():
    K = KERNEL(INPUTS, INPUTS) + np.diag(NUGGETS)
    white = GIVEN.whitened(K)
    assert white @ np.linalg.solve(K, white.T) == pytest.approx(np.eye(12), abs=1e-6)


def test_the_same_input_twice_without_nugget():
    twice = np.concatenate([INPUTS, INPUTS])
    again = replace(GIVEN, inputs=twice, values=np.tile(VALUES, 2), nuggets=np.full(24, 1e-18))
    assert again.moments(INPUTS)[0] == pytest.approx(VALUES, abs=1e-4)
