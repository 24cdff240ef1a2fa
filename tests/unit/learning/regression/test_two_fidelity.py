"""The two-fidelity regressor: what a cheap simulator tells of an expensive one."""

import numpy as np
import pytest

from pointes.learning import GaussianProcessRegressor, TwoFidelityRegressor
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.regression.two_fidelity import AutoregressiveKernel
from pointes.vocabulary import Fidelity

UNIT = np.array([[0.0, 1.0], [0.0, 1.0]])
CHEAP, DEAR = sobol(UNIT, 0, 48, 1, RandomStream.DESIGN), np.random.default_rng(4).random((8, 2))
NEW = np.random.default_rng(5).random((60, 2))


def low(points):
    return np.sin(9 * points[:, 0]) * np.cos(4 * points[:, 1])


def high(points):
    return 1.5 * low(points) + 2 * points[:, 0] - 3


LOW = GaussianProcessRegressor.fit(CHEAP, low(CHEAP), UNIT)
BOTH = TwoFidelityRegressor.fit(LOW, DEAR, high(DEAR))


def test_few_expensive_values_suffice():
    error = BOTH.predict(NEW)[0] - high(NEW)
    alone = GaussianProcessRegressor.fit(DEAR, high(DEAR), UNIT).predict(NEW)[0] - high(NEW)
    assert BOTH.rho == pytest.approx(1.5, abs=0.05)
    assert error.std() < 0.05 * high(NEW).std()
    assert alone.std() > 0.3 * high(NEW).std()


def test_known_values_of_both_are_reproduced():
    assert BOTH.predict(DEAR)[0] == pytest.approx(high(DEAR), abs=1e-2)
    assert BOTH.predict(CHEAP, Fidelity.LOW)[0] == pytest.approx(low(CHEAP), abs=1e-2)


def test_a_low_fidelity_that_tells_nothing_is_left_out():
    noise = GaussianProcessRegressor.fit(CHEAP, np.random.default_rng(0).standard_normal(48), UNIT)
    points = np.random.default_rng(6).random((30, 2))
    fit = TwoFidelityRegressor.fit(noise, points, high(points))
    alone = GaussianProcessRegressor.fit(points, high(points), UNIT)
    assert fit.rho == 0
    assert fit.predict(NEW)[0] == pytest.approx(alone.predict(NEW)[0], abs=1e-6)


def test_without_values_of_the_low_fidelity():
    nothing = GaussianProcessRegressor.fit(CHEAP[:0], [], UNIT)
    fit = TwoFidelityRegressor.fit(nothing, DEAR, high(DEAR))
    assert fit.predict(DEAR)[0] == pytest.approx(high(DEAR), abs=1e-2)


def test_covariances_are_those_of_the_autoregression():
    kernel = AutoregressiveKernel(LOW.kernel, BOTH.gap.kernel, 0.7)
    a = np.column_stack([DEAR, [0, 1] * 4])
    k, gap = LOW.kernel(DEAR, DEAR), BOTH.gap.kernel(DEAR, DEAR)
    whole = kernel(a, a)
    assert whole[0, 2] == pytest.approx(k[0, 2])
    assert whole[0, 1] == pytest.approx(0.7 * k[0, 1])
    assert whole[1, 3] == pytest.approx(0.49 * k[1, 3] + gap[1, 3])
    assert kernel.variance(a) == pytest.approx(np.diag(whole))


def test_low_values_lower_the_variance_of_the_high_fidelity():
    posterior = BOTH.posterior(np.repeat(NEW[:1], 2, axis=0), [Fidelity.HIGH, Fidelity.LOW])
    assert posterior.covariance(1)[0] != 0
    assert posterior.mean[0] == pytest.approx(BOTH.predict(NEW[:1])[0][0])


def test_values_are_predicted_from_all_others_of_both():
    others = np.arange(8) != 2
    without = TwoFidelityRegressor(
        LOW,
        type(LOW)(DEAR[others], BOTH.gap.values[others], UNIT, BOTH.gap.kernel, BOTH.gap.mean, BOTH.gap.nugget),
        BOTH.rho,
        high(DEAR)[others],
    )
    assert BOTH.left_out()[0][2] == pytest.approx(high(DEAR)[2] - without.predict(DEAR[2:3])[0][0], rel=1e-4, abs=1e-7)


def test_arrays_rebuild_the_regressor_bit_for_bit():
    again = TwoFidelityRegressor.from_arrays(BOTH.to_arrays())
    for fidelity in Fidelity:
        for one, other in zip(BOTH.predict(NEW, fidelity), again.predict(NEW, fidelity), strict=True):
            np.testing.assert_array_equal(one, other)
