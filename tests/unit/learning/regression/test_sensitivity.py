"""Derivatives of covariances by the parameters of the kernel."""

import numpy as np
import pytest

from pointes.learning.regression.evidence import Evidence
from pointes.learning.regression.sensitivity import Pairs

STEP = 1e-5


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("d", [1, 2, 4])
def test_derivatives_of_a_weighted_sum(d, smooth, monkeypatch):
    monkeypatch.setattr("pointes.learning.regression.sensitivity.CHUNK", 20)
    rng = np.random.default_rng(d)
    points = rng.random((9, d))
    evidence, pairs = Evidence(points, np.zeros(9)), Pairs(points)
    at = evidence._prior_means + rng.normal(0, 0.5, len(evidence._prior_means))
    weights = rng.normal(size=len(pairs.rows))

    def weighted(at):
        kernel = evidence.as_hyperparameters(at, smooth).kernel
        return weights @ kernel(points, points)[pairs.rows, pairs.columns]

    differences = [(weighted(at + STEP * axis) - weighted(at - STEP * axis)) / (2 * STEP) for axis in np.eye(len(at))]
    found = pairs.sensitivity(evidence.as_hyperparameters(at, smooth).kernel, weights)
    assert found == pytest.approx(np.array(differences)[:-1], rel=1e-5, abs=1e-6)


def test_covariances():
    points = np.random.default_rng(0).random((9, 3))
    evidence = Evidence(points, np.zeros(9))
    kernel = evidence.as_hyperparameters(evidence._prior_means + 0.3, True).kernel
    assert Pairs(points).covariance(kernel) == pytest.approx(kernel(points, points), abs=1e-12)
