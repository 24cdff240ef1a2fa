"""Expected feasibility beside random draws."""

from types import SimpleNamespace

import numpy as np
import pytest

from pointes.learning.acquisition.feasibility import ExpectedFeasibility


def test_expected_feasibility_is_the_expectation_that_it_is_named_after():
    mean, sd = np.array([0.0, 0.7, -1.5]), np.array([1.0, 0.5, 2.0])
    f = mean + sd * np.random.default_rng(0).standard_normal((400_000, 1))
    sampled = np.maximum(2 * sd - np.abs(f), 0).mean(axis=0)
    found = ExpectedFeasibility().score(SimpleNamespace(mean=mean, sd=sd), np.arange(3))
    assert found == pytest.approx(sampled, rel=0.01)
