"""The two-fidelity classifier: limits of its prior, its posterior, and labels that are hard to fit."""

import numpy as np
import pytest

from pointes.learning import GaussianProcessClassifier
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.learning.two_fidelity.kernel import JointKernel
from pointes.vocabulary import Fidelity

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
TEST = np.random.default_rng(12345).random((2000, 2))
LOW, HIGH = Fidelity


def high(points):
    """The pair of Sahli Costabal et al. 2019, doi:10.1016/j.cma.2019.112602."""
    return (0.5 + np.sin(2.5 * np.pi * points[:, 0]) / 3 - points[:, 1] > 0).astype(np.int8)


def low(points):
    return (0.45 + np.sin(2.2 * np.pi * points[:, 0]) / 2.5 - points[:, 1] > 0).astype(np.int8)


def misleading(points):
    return (np.sin(7 * points[:, 0]) * np.sin(6 * points[:, 1]) > 0).astype(np.int8)


def labels(points, fidelity, cheap=low):
    return np.where(fidelity == HIGH, high(points), cheap(points))


def pair(n_low, n_high, seed=0, cheap=low):
    """Return points, labels and fidelities: a Sobol design, of which the first points have both labels."""
    design = sobol(UNIT, 0, n_low, seed, RandomStream.DESIGN)
    points = np.concatenate([design, design[:n_high]])
    fidelity = np.repeat([LOW, HIGH], [n_low, n_high])
    return points, labels(points, fidelity, cheap), fidelity


def joint(lengths, disagreement):
    """The prior of two fidelities that bend alike, without a trend."""
    return JointKernel(Kernel(lengths), Kernel(lengths), disagreement)


def test_disagreement_is_the_prior_probability_of_different_labels():
    classifier = TwoFidelityClassifier(
        np.array([[0.4, 0.4]] * 2), np.array([0, 1]), UNIT, np.array([LOW, HIGH]), joint(np.ones(2), 0.2)
    )
    # Two labels, a low 0 and a high 1 at one point: their probability is half the disagreement.
    assert np.exp(classifier.training.evidence) == pytest.approx(0.1, rel=0.02)


def test_fidelities_that_never_disagree_are_one_fidelity():
    points, known, fidelity = pair(24, 0)
    lengths = np.array([0.3, 0.6])
    both = TwoFidelityClassifier(points, known, UNIT, fidelity, joint(lengths, 0.0))
    alone = GaussianProcessClassifier(points, known, UNIT, lengths)
    np.testing.assert_allclose(both.predict_proba(TEST), alone.predict_proba(TEST), atol=1e-9)


def test_independent_fidelities_tell_nothing_of_each_other():
    points, known, fidelity = pair(24, 6)
    lengths = np.array([0.3, 0.6])
    both = TwoFidelityClassifier(points, known, UNIT, fidelity, joint(lengths, 0.5))
    alone = GaussianProcessClassifier(points[24:], known[24:], UNIT, lengths)
    np.testing.assert_allclose(both.predict_proba(TEST), alone.predict_proba(TEST), atol=1e-6)


def test_covariance_of_the_posterior():
    points, known, fidelity = pair(16, 8)
    classifier = TwoFidelityClassifier.fit(points, known, fidelity, UNIT)
    posterior = classifier.posterior(TEST[:6], [LOW, HIGH] * 3)
    whole = np.array([posterior.covariance(k) for k in range(6)])
    assert whole == pytest.approx(whole.T, abs=1e-12)
    assert np.diag(whole) == pytest.approx(posterior.variance, abs=1e-9)


def test_fidelities_that_do_not_belong_together_are_told_apart():
    related = TwoFidelityClassifier.fit(*pair(48, 16), UNIT)
    unrelated = TwoFidelityClassifier.fit(*pair(48, 16, cheap=misleading), UNIT)
    assert related.disagreement < 0.2 < unrelated.disagreement


def test_labels_that_wriggle_are_reproduced_all_the_same():
    points = np.random.default_rng(0).random((50, 2))
    known, fidelity = (np.random.default_rng(seed).integers(0, 2, 50) for seed in (1, 2))
    assert TwoFidelityClassifier.fit(points, known, fidelity, UNIT).training_accuracy == 1


@pytest.mark.parametrize("n_high", [0, 4])
def test_one_class_is_no_obstacle(n_high):
    points, _, fidelity = pair(8, n_high)
    classifier = TwoFidelityClassifier.fit(points, np.zeros(len(points)), fidelity, UNIT)
    assert (classifier.predict_proba(TEST) < 0.5).all()
