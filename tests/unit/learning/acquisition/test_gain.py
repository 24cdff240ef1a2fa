"""What a label is worth, beside random draws."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import ndtr

from pointes.learning.acquisition import ACQUISITIONS
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.acquisition.gain import gains, label_variance


def normal(mean, covariance):
    return SimpleNamespace(
        mean=np.array(mean), variance=np.diag(covariance), covariance=lambda index: covariance[index]
    )


def test_label_variance_that_is_left_is_the_mean_of_that_of_draws():
    """What is known of a value is drawn; the rest of its variance makes the label uncertain."""
    draws = np.random.default_rng(0).standard_normal(400_000)
    for h, share in [(0.0, 0.3), (0.7, 0.6), (-1.5, 0.9), (2.5, 0.1)]:
        risk = ndtr((h + np.sqrt(share) * draws) / np.sqrt(1 - share))
        left = label_variance(np.array([h]), np.array([share]))[0]
        assert left == pytest.approx(np.mean(risk * (1 - risk)), abs=5e-4)


def test_gain_of_a_label_is_nearly_what_its_sign_tells():
    """The formula takes a sign for a noisy value that explains as much; draws take the sign itself."""
    mean, covariance = np.array([0.4, -0.2]), np.array([[1.0, 0.8], [0.8, 1.0]])
    draws = np.random.default_rng(0).multivariate_normal(mean, covariance, 400_000) > 0
    risk = [draws[draws[:, 1] == side, 0].mean() for side in (False, True)]
    share = draws[:, 1].mean()
    before = draws[:, 0].mean() * (1 - draws[:, 0].mean())
    after = (1 - share) * risk[0] * (1 - risk[0]) + share * risk[1] * (1 - risk[1])
    [worth] = gains(BatchPosterior(normal(mean, covariance), integration=slice(1)), [1])
    assert worth == pytest.approx(before - after, rel=0.2)


def test_gain_is_small_where_the_pick_tells_the_same():
    covariance = np.array([[1.0, 0.8, 0.8], [0.8, 1.0, 0.999], [0.8, 0.999, 1.0]])
    first = gains(BatchPosterior(normal([0.0, 0.0, 0.0], covariance), integration=slice(1)), [1])
    second = gains(BatchPosterior(normal([0.0, 0.0, 0.0], covariance), [2], integration=slice(1)), [1])
    assert 0 < second < 0.5 * first


def test_a_point_that_others_depend_on_is_worth_more_than_one_as_uncertain():
    """2 is the least certain, but alone; 1 tells of 0, which matters."""
    covariance = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.0], [0.0, 0.0, 1.0]])
    batch = BatchPosterior(normal([0.1, 0.2, 0.0], covariance), integration=slice(1))
    worth, index = ACQUISITIONS["sur"]().best(batch, np.array([1, 2]), 16)
    assert index == 1
    assert worth == gains(batch, [1])[0] > 0.05
    assert gains(batch, [2]) == pytest.approx(0, abs=1e-12)
