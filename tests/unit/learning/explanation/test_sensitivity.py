"""Sobol indices, partial dependence and Shapley values against what is known in closed form."""

import numpy as np
import pytest

from pointes.learning import GaussianProcessClassifier
from pointes.learning.explanation import crosscheck
from pointes.learning.explanation.draws import label_draws, latent_draws, risk
from pointes.learning.explanation.partial_dependence import partial_dependence
from pointes.learning.explanation.sensitivity import sobol_indices
from pointes.learning.explanation.shapley import shapley_values
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.learning.two_fidelity.stacked import StackedClassifier

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])


def half_plane(points):
    return (points[:, 0] > 0.3 + 0.4 * points[:, 1]).astype(np.int8)


@pytest.fixture(scope="module")
def classifier():
    points = np.random.default_rng(0).random((48, 2))
    return GaussianProcessClassifier.fit(points, half_plane(points), UNIT)


@pytest.fixture(scope="module")
def two_levels():
    """Labels of a shifted half plane, where they are dear, beside many of the half plane itself."""
    points = np.random.default_rng(0).random((48, 2))
    level = np.repeat([0, 1], [36, 12])
    return points, half_plane(points - 0.05 * level[:, None]), level


def test_ishigami():
    """Ishigami and Homma 1990; the shares of the variance are known in closed form."""

    def surface(x):
        return (np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[None]

    pi = np.pi
    v1, v2, v13 = 0.5 * (1 + 0.1 * pi**4 / 5) ** 2, 49 / 8, 0.01 * pi**8 * 8 / 225
    variance = v1 + v2 + v13
    found = sobol_indices(surface, [[-pi, pi]] * 3, samples=4096)
    assert found.first[:, 0] == pytest.approx(np.array([v1, v2, 0]) / variance, abs=0.01)
    assert found.total[:, 0] == pytest.approx(np.array([v1 + v13, v2, v13]) / variance, abs=0.01)
    assert (found.first[:, 1] < found.first[:, 2]).all()


def test_additive_function_has_no_interactions():
    weights = np.array([1.0, 2.0, 0.0])
    bounds = [[0.0, 1.0], [0.0, 10.0], [-1.0, 1.0]]
    found = sobol_indices(lambda x: ((x / [1, 10, 1]) @ weights)[None], bounds)
    assert found.first[:, 0] == pytest.approx([0.2, 0.8, 0], abs=0.01)
    assert found.total[:, 0] == pytest.approx([0.2, 0.8, 0], abs=0.01)


def test_interval_holds_the_uncertainty_of_the_surface():
    """Two draws that depend on one parameter each: neither index is known."""

    def either(x):
        return (x.T > 0.5).astype(float)

    found = sobol_indices(either, UNIT)
    assert found.first[:, 0] == pytest.approx(0.5, abs=0.02)
    assert (found.first[:, 1] < 0.05).all()
    assert (found.first[:, 2] > 0.95).all()


def test_constant_surface_has_no_indices():
    found = sobol_indices(lambda x: np.ones((3, len(x))), UNIT)
    assert np.isnan(found.first).all()
    assert np.isnan(found.total).all()


def test_same_seed_same_indices(classifier):
    first, second = (sobol_indices(label_draws(classifier, 4), UNIT, samples=128) for _ in range(2))
    np.testing.assert_array_equal(first.total, second.total)


def test_draws_have_the_moments_of_the_posterior(classifier):
    points = np.random.default_rng(1).random((60, 2))
    drawn = latent_draws(classifier, 3000)(points)
    mean, sd = classifier.latent(points)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.05)
    assert drawn.std(axis=0) == pytest.approx(sd, rel=0.15)


def test_draws_of_two_levels_have_the_moments_of_the_high_one(two_levels):
    classifier = TwoFidelityClassifier.fit(*two_levels, UNIT)
    points = np.random.default_rng(1).random((60, 2))
    drawn = latent_draws(classifier, 3000)(points)
    mean, sd = classifier.latent(points)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.05)
    assert drawn.std(axis=0) == pytest.approx(sd, rel=0.15)


def test_draws_of_a_stacked_classifier_have_its_moments(classifier, two_levels):
    points, labels, level = two_levels
    stacked = StackedClassifier.fit(classifier, points[level == 1], labels[level == 1])
    drawn = latent_draws(stacked, 3000)(points)
    mean, sd = stacked.latent(points)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.08)
    assert drawn.std(axis=0) == pytest.approx(sd, rel=0.15, abs=0.02)


def test_draws_are_functions(classifier):
    draws = latent_draws(classifier, 3)
    points = np.random.default_rng(1).random((5000, 2))
    np.testing.assert_allclose(draws(points)[:, 4990:], draws(points[4990:]), atol=1e-10)


def test_plausible_labellings_agree_with_the_training_labels(classifier):
    drawn = label_draws(classifier, 20)(classifier.points)
    assert np.mean(drawn == classifier.labels) > 0.97  # the posterior is Gaussian: labels at the boundary may slip


def test_partial_dependence_on_one_parameter(classifier):
    """Of the half plane: the mean risk rises from 0 at 0.3 to 1 at 0.7."""
    found = partial_dependence(label_draws(classifier, 16), UNIT, [0])
    truth = np.clip((found.grids[0] - 0.3) / 0.4, 0, 1)
    assert found.risk == pytest.approx(truth, abs=0.1)
    assert (found.low <= found.risk).all()
    assert (found.risk <= found.high).all()
    assert (found.high - found.low).max() > 0.02


def test_partial_dependence_on_all_parameters_is_the_surface(classifier):
    found = partial_dependence(risk(classifier.predict_proba), UNIT, [1, 0], background=1)
    expected = classifier.predict_proba([[found.grids[1][3], found.grids[0][5]]])[0]
    assert found.risk[5, 3] == pytest.approx(expected)
    np.testing.assert_array_equal(found.low, found.high)


def test_shapley_values_add_up_to_the_prediction():
    points = np.random.default_rng(2).random((80, 3))
    checks = crosscheck.train(points, half_plane(points), [[0, 1]] * 3)
    found = shapley_values(checks, points)
    odds = found.values.sum(axis=1) + found.base
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(checks.predict(points)["xgboost"], abs=1e-5)
    size = np.abs(found.values).mean(axis=0)
    assert size[0] > size[1] > 2 * size[2]  # the label does not depend on the third


def test_in_one_class_no_parameter_contributes():
    checks = crosscheck.train(np.random.default_rng(2).random((8, 2)), np.zeros(8), UNIT)
    found = shapley_values(checks, [[0.5, 0.5]])
    np.testing.assert_array_equal(found.values, [[0, 0]])
    assert found.base == -np.inf
