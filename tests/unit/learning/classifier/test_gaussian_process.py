"""The classifier: healthy fits, calibrated risks, bit-exact storage."""

import numpy as np
import pytest

from pointes.learning import GaussianProcessClassifier
from pointes.learning.classifier.evidence import Evidence


def hill(block, half, exponent):
    return (1 + half**exponent) * block**exponent / (block**exponent + half**exponent)


def five_channels(points):
    """A smooth stand-in for arrhythmic risk over the blocks of IKr, ICaL, INaL, IKs and IK1."""
    kr, cal, nal, ks, k1 = points.T
    drive = 1.5 * hill(kr, 0.5, 2) + 0.45 * ks + 0.9 * kr * ks + 0.35 * k1
    return (drive - 1.25 * cal * (1 - 0.3 * cal) - 0.75 * nal * (0.4 + 0.6 * kr) - 0.35 > 0).astype(np.int8)


def half_plane(points):
    return (points[:, 0] > 0.3 + 0.4 * points[:, 1]).astype(np.int8)


UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])


@pytest.mark.parametrize("seed", range(12))
def test_no_fit_collapses(seed):
    """Newton's method without damping, in Laplace's approximation, got a third of the labels wrong in such fits."""
    points = np.random.default_rng(seed).random((80, 5))
    classifier = GaussianProcessClassifier.fit(points, five_channels(points), [[0, 1]] * 5)
    assert classifier.training_accuracy == 1
    new = np.random.default_rng(100).random((2000, 5))
    assert np.mean((classifier.predict_proba(new) > 0.5) == five_channels(new)) > 0.9


def test_labels_that_wriggle_are_reproduced_all_the_same():
    points = np.random.default_rng(0).random((60, 2))
    labels = np.random.default_rng(1).integers(0, 2, 60)
    assert GaussianProcessClassifier.fit(points, labels, UNIT).training_accuracy == 1


def test_far_from_the_boundary_nothing_is_doubtful():
    points = np.random.default_rng(3).random((64, 2))
    classifier = GaussianProcessClassifier.fit(points, half_plane(points), UNIT)
    assert classifier.predict_proba([[0.05, 0.95], [0.95, 0.05]]) == pytest.approx([0, 1], abs=0.02)


def test_risk_is_the_probability_that_the_latent_function_is_positive():
    points = np.random.default_rng(3).random((20, 2))
    classifier = GaussianProcessClassifier.fit(points, half_plane(points), UNIT)
    new = np.random.default_rng(4).random((50, 2))
    mean, sd = classifier.latent(new)
    assert ((classifier.predict_proba(new) > 0.5) == (mean > 0)).all()
    assert (sd > 0).all()


def test_units_of_the_parameters_do_not_matter():
    points, new = np.random.default_rng(3).random((30, 2)), np.random.default_rng(4).random((50, 2))
    scale, shift = np.array([100.0, 0.01]), np.array([-5.0, 3.0])
    plain = GaussianProcessClassifier.fit(points, half_plane(points), UNIT)
    moved = GaussianProcessClassifier.fit(
        points * scale + shift, half_plane(points), np.column_stack([shift, shift + scale])
    )
    assert moved.predict_proba(new * scale + shift) == pytest.approx(plain.predict_proba(new), abs=1e-6)


def gradient_by_differences(evidence, at, step=1e-4):
    ahead, behind = (
        [evidence.log_posterior(at + sign * step * axis, tolerance=1e-10)[0] for axis in np.eye(len(at))]
        for sign in (1, -1)
    )
    return (np.array(ahead) - behind) / (2 * step)


def test_evidence_gradient():
    points = np.random.default_rng(6).random((40, 2))
    y = np.where(half_plane(points) > 0, 1.0, -1.0)
    evidence = Evidence(points, y, np.full(40, np.nan), np.zeros(40))
    at = np.log([0.4, 0.7, 2.0])
    gradient = evidence.log_posterior(at, tolerance=1e-10)[1]
    assert gradient == pytest.approx(gradient_by_differences(evidence, at), rel=1e-3)


def test_evidence_gradient_with_margins_measured_censored_and_unknown():
    points = np.random.default_rng(6).random((30, 2))
    margins = points[:, 0] - 0.3 - 0.4 * points[:, 1] + 0.2 * points[:, 1] ** 2
    beyond = np.where(margins > 0.3, 0.3, 0.0)
    measured = np.where((beyond > 0) | (np.arange(30) == 5), np.nan, margins)
    evidence = Evidence(points, np.sign(margins), measured, beyond)
    at = np.log([0.6, 0.9, 2.0, 1.5, 1e-2])
    gradient = evidence.log_posterior(at, tolerance=1e-10)[1]
    assert gradient == pytest.approx(gradient_by_differences(evidence, at), rel=1e-2)


def test_exact_margins_give_ordinary_regression():
    """With every margin known and a posterior far from zero, the labels add nothing."""
    points = np.linspace(0, 1, 6)[:, None]
    margins = np.array([2.0, 2.2, 2.5, 2.4, 2.1, 2.0])
    given = GaussianProcessClassifier(
        points,
        np.ones(6, int),
        np.array([[0.0, 1.0]]),
        np.array([0.4]),
        margins=margins,
        beyond=np.zeros(6),
        amplitude=2.0,
        nugget=1e-3,
    )
    new = np.array([[0.13], [0.77]])

    def kernel(a, b):
        return np.exp(-0.5 * ((a - b.T) / 0.4) ** 2)

    weights = np.linalg.solve(kernel(points, points) + 1e-3 * np.eye(6), margins / 2.0)
    assert given.latent(new)[0] == pytest.approx(kernel(new, points) @ weights, rel=1e-4)


@pytest.mark.parametrize("label", [0, 1])
def test_one_class(label):
    classifier = GaussianProcessClassifier.fit(np.random.default_rng(0).random((10, 2)), np.full(10, label), UNIT)
    risk = classifier.predict_proba(np.random.default_rng(1).random((20, 2)))
    assert ((risk > 0.5) == (label == 1)).all()


def test_arrays_rebuild_the_classifier_bit_for_bit():
    points, new = np.random.default_rng(3).random((30, 2)), np.random.default_rng(4).random((50, 2))
    classifier = GaussianProcessClassifier.fit(points, half_plane(points), UNIT)
    again = GaussianProcessClassifier.from_arrays(classifier.to_arrays())
    np.testing.assert_array_equal(again.predict_proba(new), classifier.predict_proba(new))


def test_covariance_of_the_posterior():
    points = np.random.default_rng(3).random((30, 2))
    posterior = GaussianProcessClassifier.fit(points, half_plane(points), UNIT).posterior(points[:5] + 0.01)
    whole = np.array([posterior.covariance(k) for k in range(5)])
    assert whole == pytest.approx(whole.T, abs=1e-12)
    assert np.diag(whole) == pytest.approx(posterior.variance, abs=1e-9)


def test_contradiction_is_reported_and_not_hidden():
    points = np.array([[0.2, 0.2], [0.5, 0.5], [0.5, 0.5], [0.8, 0.8]])
    classifier = GaussianProcessClassifier.fit(points, [0, 0, 1, 1], UNIT)
    assert classifier.training_accuracy == 0.75
    assert np.isfinite(classifier.predict_proba(points)).all()


def test_repair_shortens_length_scales():
    """Random labels on a line: the evidence calls them noise, at the longest length scale."""
    points = np.random.default_rng(0).random((40, 1))
    labels = np.random.default_rng(100).integers(0, 2, 40)
    classifier = GaussianProcessClassifier.fit(points, labels, [[0, 1]])
    assert classifier.repaired
    assert classifier.training_accuracy == 1
