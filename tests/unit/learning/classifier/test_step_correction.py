"""The risk given the labels' signs, against sampling, against the Gaussian, and at the labelled points themselves."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.classifier.step_correction import both_positive
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.learning.two_fidelity.kernel import JointKernel, with_fidelity
from pointes.learning.two_fidelity.stacked import StackedClassifier
from pointes.learning.unit_cube import to_unit
from pointes.vocabulary import Fidelity

SQUARE = np.array([[0.0, 1.0], [0.0, 1.0]])
DRAWS = 1_000_000


def plane(points):
    return (points[:, 0] + 0.3 * np.sin(5 * points[:, 1]) > 0.6).astype(np.int8)


def few(n, seed=0):
    """A classifier of a few labels, for which conditions are met by chance often enough to be sampled."""
    points = np.random.default_rng(seed).random((n, 2))
    return GaussianProcessClassifier(points, plane(points), SQUARE, np.array([0.5, 0.7]), trend=0.4)


def scattered(n, seed=3):
    points = np.random.default_rng(seed).random((n, 2))
    return GaussianProcessClassifier.fit(points, plane(points), SQUARE)


def gaussian(classifier, points):
    mean, sd = classifier.latent(points)
    return ndtr(mean / sd)


def sampled(K, known, n):
    """Return the probabilities of values to be positive, given what is known of the first n of N(0, K).

    ``known`` returns the weight of each draw of the first n values.
    """
    root = np.linalg.cholesky(K[:n, :n] + 1e-9 * np.eye(n))
    f = np.random.default_rng(1).standard_normal((DRAWS, n)) @ root.T
    weight = known(f)
    f, weight = f[weight > 0], weight[weight > 0]
    assert weight.sum() > 2000
    whitened = np.linalg.solve(root, K[:n, n:])
    sd = np.sqrt(np.diag(K)[n:] - (whitened**2).sum(axis=0))
    return weight @ ndtr(np.linalg.solve(root, f.T).T @ whitened / sd) / weight.sum()


def test_probability_of_a_quadrant():
    rng = np.random.default_rng(2)
    h, k = rng.normal(scale=2, size=(2, 200))
    rho = rng.uniform(-1, 1, size=200)
    expected = [
        multivariate_normal.cdf([a, b], cov=[[1, r], [r, 1]], abseps=1e-10) for a, b, r in zip(h, k, rho, strict=True)
    ]
    np.testing.assert_allclose(both_positive(h, k, rho), expected, atol=1e-7)


@pytest.mark.parametrize(("h", "k"), [(0.0, 0.0), (0.0, 1.0), (-1.5, 0.0), (3.0, -3.0)])
def test_quadrant_of_all_but_the_same_values_and_of_opposite_ones(h, k):
    one = 1 - 1e-12
    assert both_positive(np.array(h), np.array(k), np.array(one)) == pytest.approx(ndtr(min(h, k)), abs=1e-6)
    opposite = max(ndtr(h) - ndtr(-k), 0)
    assert both_positive(np.array(h), np.array(k), np.array(-one)) == pytest.approx(opposite, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_risk_is_nearer_to_that_of_sampled_functions_than_the_gaussian(seed):
    classifier = few(7, seed)
    new = np.random.default_rng(100).random((60, 2))
    unit = to_unit(np.vstack([classifier.points, new]), SQUARE)
    sign = np.where(classifier.labels > 0, 1, -1)
    exact = sampled(classifier.kernel(unit, unit), lambda f: np.all(f * sign > 0, axis=1).astype(float), 7)

    error, before = (np.abs(risk - exact) for risk in (classifier.predict_proba(new), gaussian(classifier, new)))

    assert error.mean() < 0.7 * before.mean()
    assert error.max() < 0.03


def test_measured_and_censored_margins_are_part_of_what_is_known():
    points = np.random.default_rng(0).random((6, 2))
    labels = plane(points)
    sign = np.where(labels > 0, 1, -1)
    margins, beyond = np.full(6, np.nan), np.zeros(6)
    margins[0], beyond[1] = 1.0 * sign[0], 0.4
    classifier = GaussianProcessClassifier(
        points, labels, SQUARE, np.array([0.5, 0.7]), 0.4, margins, beyond, amplitude=2.0, nugget=0.02
    )
    new = np.random.default_rng(100).random((60, 2))
    unit = to_unit(np.vstack([points, new]), SQUARE)

    def known(f):
        density = np.exp(-0.5 * (f[:, 0] - margins[0] / 2.0) ** 2 / 0.02)
        return density * np.all(f * sign > beyond / 2.0, axis=1)

    exact = sampled(classifier.kernel(unit, unit), known, 6)

    error, before = (np.abs(risk - exact) for risk in (classifier.predict_proba(new), gaussian(classifier, new)))

    assert error.mean() < 0.7 * before.mean()
    assert error.max() < 0.03


@pytest.mark.parametrize("n", [6, 24, 80])
def test_labels_are_believed(n):
    classifier = scattered(n)
    wrong = np.abs(classifier.predict_proba(classifier.points) - classifier.labels)
    assert wrong.max() < 1e-4
    assert np.abs(gaussian(classifier, classifier.points) - classifier.labels).max() > 0.02


def test_between_safe_points_next_to_each_other_the_risk_is_small():
    points = np.array([[0.0, 0.0], [0.02, 0.0], [0.0, 0.02], [0.9, 0.1], [0.8, 0.9]])
    classifier = GaussianProcessClassifier(points, plane(points), SQUARE, np.array([0.5, 0.7]))
    between = np.array([[0.01, 0.01]])
    assert classifier.predict_proba(between)[0] < 0.01 < gaussian(classifier, between)[0]


def test_classes_are_treated_alike():
    classifier = scattered(30)
    mirrored = GaussianProcessClassifier.fit(classifier.points, 1 - classifier.labels, SQUARE)
    new = np.random.default_rng(9).random((500, 2))
    np.testing.assert_allclose(mirrored.predict_proba(new), 1 - classifier.predict_proba(new), atol=1e-6)


def test_risk_does_not_jump():
    classifier = scattered(40)
    along = np.linspace([0.05, 0.9], [0.95, 0.2], 4001)
    assert np.abs(np.diff(classifier.predict_proba(along))).max() < 0.01


def test_nothing_learned_is_a_half():
    nothing = GaussianProcessClassifier.fit(np.empty((0, 2)), np.empty(0), SQUARE)
    assert np.all(nothing.predict_proba(np.random.default_rng(0).random((5, 2))) == 0.5)


def test_one_class_is_believed_where_it_was_met_and_nowhere_far_away():
    points = np.array([[0.0, 0.0], [0.05, 0.0], [0.0, 0.05]])
    classifier = GaussianProcessClassifier.fit(points, [0, 0, 0], SQUARE)
    risk = classifier.predict_proba(np.array([[0.0, 0.0], [0.02, 0.02], [1.0, 1.0]]))
    assert risk[0] < 1e-4
    assert risk[1] < 0.01
    assert 0.3 < risk[2] < 0.5


def test_labels_that_all_others_contradict_leave_risks():
    points = np.random.default_rng(0).random((60, 2))
    labels = np.random.default_rng(1).integers(0, 2, 60)
    classifier = GaussianProcessClassifier(points, labels.astype(np.int8), SQUARE, np.array([0.8, 0.8]))
    risk = classifier.predict_proba(np.random.default_rng(2).random((500, 2)))
    assert np.all((risk >= 0) & (risk <= 1))


def two_levels(n):
    points = np.random.default_rng(4).random((n, 2))
    fidelity = np.repeat([Fidelity.LOW, Fidelity.HIGH], [n - n // 3, n // 3]).astype(np.int8)
    kernel = JointKernel(Kernel(np.array([0.5, 0.7]), 0.4), Kernel(np.array([0.5, 0.7]), 0.4), 0.15)
    return TwoFidelityClassifier(points, plane(points), SQUARE, fidelity, kernel)


@pytest.mark.parametrize("level", Fidelity)
def test_risk_of_two_levels_is_nearer_to_that_of_sampled_functions_than_the_gaussian(level):
    classifier = two_levels(8)
    new = np.random.default_rng(100).random((60, 2))
    unit, levels = np.vstack([classifier.points, new]), np.append(classifier.fidelity, np.full(60, level))
    sign = np.where(classifier.labels > 0, 1, -1)
    inputs = with_fidelity(unit, levels)
    K = classifier.kernel(inputs, inputs)
    exact = sampled(K, lambda f: np.all(f * sign > 0, axis=1).astype(float), 8)

    mean, sd = classifier.latent(new, level)
    error, before = (np.abs(risk - exact) for risk in (classifier.predict_proba(new, level), ndtr(mean / sd)))

    assert error.mean() < 0.7 * before.mean()
    assert error.max() < 0.04


def test_labels_of_two_levels_are_believed_at_their_level():
    classifier = two_levels(30)
    for level in Fidelity:
        rows = classifier.fidelity == level
        wrong = np.abs(classifier.predict_proba(classifier.points[rows], level) - classifier.labels[rows])
        assert wrong.max() < 1e-4


@pytest.mark.parametrize(
    "classifier",
    [
        pytest.param(lambda: scattered(40), id="one level"),
        pytest.param(lambda: two_levels(30), id="two levels"),
        pytest.param(lambda: StackedClassifier.fit(scattered(40), *labelled(12)), id="stacked"),
    ],
)
def test_a_classifier_rebuilt_from_arrays_tells_the_same_risks(classifier):
    first = classifier()
    again = type(first).from_arrays(first.to_arrays())
    new = np.random.default_rng(7).random((3000, 2))
    np.testing.assert_array_equal(again.predict_proba(new), first.predict_proba(new))


def labelled(n):
    points = np.random.default_rng(8).random((n, 2))
    return points, plane(points)
