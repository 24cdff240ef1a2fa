"""The evidence: its gradient, the choice of smoothness, and what fitting costs in degrees of freedom."""

import numpy as np
import pytest

from pointes.learning.regression.evidence import Evidence, as_coordinates

POINTS = np.random.default_rng(0).random((30, 3))


def evidence(values, points=POINTS, noisy=False):
    return Evidence(points, (values - values.mean()) / values.std(), noisy)


def wave(points):
    return np.sin(5 * points[:, 0]) + points[:, 1] * points[:, 2]


@pytest.mark.parametrize("smooth", [True, False])
def test_gradient(smooth):
    one, step = evidence(wave(POINTS)), 1e-5
    at = one._prior_means + np.random.default_rng(2).normal(0, 0.5, len(one._prior_means))
    at[-1] = np.log(1e-3)
    differences = [
        (one.log_posterior(at + step * axis, smooth)[0] - one.log_posterior(at - step * axis, smooth)[0]) / (2 * step)
        for axis in np.eye(len(at))
    ]
    assert one.log_posterior(at, smooth)[1] == pytest.approx(np.array(differences), rel=1e-4, abs=1e-5)


def test_the_density_is_that_of_a_normal_distribution():
    one = evidence(wave(POINTS))
    kernel, nugget = one.as_hyperparameters(one._prior_means, True)
    K = kernel(POINTS, POINTS) + nugget * np.eye(30)
    expected = -0.5 * one.y @ np.linalg.solve(K, one.y) - 0.5 * np.linalg.slogdet(2 * np.pi * K)[1]
    assert one.log_posterior(one._prior_means, True)[0] == pytest.approx(expected, rel=1e-6)


def test_smooth_effects_for_a_smooth_function_and_less_smooth_ones_for_one_with_a_kink():
    x = np.linspace(0, 1, 30)[:, None]
    assert evidence(np.sin(6 * x[:, 0]), x).maximise().kernel.smooth
    assert not evidence(np.abs(x[:, 0] - 0.4) ** 1.5, x).maximise().kernel.smooth


def test_an_input_whose_logarithm_matters_is_warped():
    x = np.linspace(0, 1, 16)[:, None]
    found = evidence(np.sin(4 * np.log(0.05 + 0.95 * x[:, 0])), x).maximise().kernel
    assert found.warps[0] == pytest.approx(-np.log(20), abs=0.5)


def test_interactions_are_found_where_they_are():
    found = evidence(wave(POINTS)).maximise().kernel
    assert found.pairs[1, 2] > 30 * max(found.pairs[0, 1], found.pairs[0, 2])


def test_noise_is_found():
    x = np.linspace(0, 1, 80)[:, None]
    values = np.sin(6 * x[:, 0]) + 0.1 * np.random.default_rng(1).standard_normal(80)
    one = evidence(values, x, noisy=True)
    assert np.sqrt(one.maximise().nugget) * values.std() == pytest.approx(0.1, rel=0.25)


def test_fitting_costs_more_of_few_values():
    factors = []
    for n in (20, 30):
        one = evidence(wave(POINTS[:n]), POINTS[:n])
        factors.append(one.inflation(one.maximise()))
    assert factors[0] > factors[1] > 1.05
    assert 30 - 30 / factors[1] < len(as_coordinates(one.maximise()))  # no more than all hyperparameters


def test_hyperparameters_of_similar_data_are_tried():
    one = evidence(wave(POINTS))
    best = one.maximise()
    again = one.maximise(near=best)
    at = [one.log_posterior(as_coordinates(each), each.kernel.smooth)[0] for each in (best, again)]
    assert at[1] >= at[0] - 1e-9


def test_beside_a_multiple_of_a_given_function_the_rest_is_learned():
    """With the wave given, nothing but a line is left, however large the multiple is."""
    wave_of = np.sin(9 * POINTS[:, 0])
    values = 5 * wave_of + POINTS[:, 1]
    y, linear = ((each - each.mean()) / each.std() for each in (values, wave_of))
    kernel = Evidence(POINTS, y, linear=linear).maximise().kernel
    assert kernel.effects[1] > 100 * kernel.effects[0]
    assert kernel.length_scales[1] > 1
