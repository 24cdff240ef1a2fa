"""Four classifiers of the high fidelity from the labels of both."""

import numpy as np
import pytest

from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.two_fidelity.fits import TwoFidelityFits
from pointes.vocabulary import METHODS, Fidelity

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
TEST = np.random.default_rng(12345).random((2000, 2))
LOW, HIGH = Fidelity


def high(points):
    """The pair of Sahli Costabal et al. 2019, doi:10.1016/j.cma.2019.112602."""
    return (0.5 + np.sin(2.5 * np.pi * points[:, 0]) / 3 - points[:, 1] > 0).astype(np.int8)


def low(points):
    return (0.45 + np.sin(2.2 * np.pi * points[:, 0]) / 2.5 - points[:, 1] > 0).astype(np.int8)


def labels(points, fidelity):
    return np.where(fidelity == HIGH, high(points), low(points))


def pair(n_low, n_high, seed=0):
    """Return points, labels and fidelities: a Sobol design, of which the first points have both labels."""
    design = sobol(UNIT, 0, n_low, seed, RandomStream.DESIGN)
    points = np.concatenate([design, design[:n_high]])
    fidelity = np.repeat([LOW, HIGH], [n_low, n_high])
    return points, labels(points, fidelity), fidelity


def accuracy(model):
    return np.mean((model.predict_proba(TEST) > 0.5) == high(TEST))


def test_low_labels_help():
    both, alone = [], []
    for seed in range(5):
        fits = TwoFidelityFits(*pair(48, 10, seed), UNIT)
        assert fits.fit("autoregressive").training_accuracy == 1
        both.append(accuracy(fits.fit("autoregressive")))
        alone.append(accuracy(fits.fit("single")))
    assert np.median(both) > np.median(alone) + 0.03
    assert np.median(both) > np.mean(low(TEST) == high(TEST))


def test_where_both_fidelities_were_run_the_pooled_classifier_believes_the_high_one():
    points, known, fidelity = pair(16, 16)
    pooled = TwoFidelityFits(points, known, fidelity, UNIT).fit("pooled")
    np.testing.assert_array_equal(pooled.labels, known[16:])


@pytest.mark.parametrize("method", METHODS)
def test_every_classifier_is_rebuilt_to_the_last_bit(method):
    fitted = TwoFidelityFits(*pair(32, 10), UNIT).fit(method)
    rebuilt = type(fitted).from_arrays(fitted.to_arrays())
    np.testing.assert_array_equal(rebuilt.predict_proba(TEST), fitted.predict_proba(TEST))
