"""What the browser predicts is what Python predicts."""

import numpy as np
import pytest

from .. import explored

POINTS = 300
RISKS = "points => points.map(point => explorer.surrogate.risk(point))"


def random_points(space):
    return space.at(np.random.default_rng(7).random((POINTS, len(space))))


def check_risks(page, made):
    points = random_points(made.space)
    expected = made.learned.predict_proba(made.space.coordinates(points))
    assert np.ptp(expected) > 0.9
    assert np.sum((expected > 0.01) & (expected < 0.99)) > 20
    np.testing.assert_allclose(page.evaluate(RISKS, points.tolist()), expected, rtol=0, atol=1e-6)


def test_risks_of_one_fidelity(opened, blocks):
    check_risks(opened(blocks.page), blocks)


@pytest.mark.parametrize("kind", ["stacked", "two fidelities"])
def test_risks_of_two_fidelities(opened, tmp_path, kind):
    made = explored.make_class(tmp_path, kind)
    check_risks(opened(made.page), made)


@pytest.mark.parametrize("fidelities", [1, 2])
def test_quantities_and_their_region(opened, rhythms, tmp_path, fidelities):
    rhythms = rhythms if fidelities == 1 else explored.make_two_fidelities(tmp_path)
    points = random_points(rhythms.space)
    mean, sd = rhythms.learned.predict(rhythms.space.coordinates(points))
    page = opened(rhythms.page)
    for k, name in enumerate(explored.UNITS):
        found = page.evaluate(
            "([name, points]) => points.map(point => explorer.surrogate.quantity(name, point))", [name, points.tolist()]
        )
        scale = np.abs(mean[:, k]).max()
        np.testing.assert_allclose([one["mean"] for one in found], mean[:, k], rtol=0, atol=1e-6 * scale)
        np.testing.assert_allclose([one["sd"] for one in found], sd[:, k], rtol=1e-6, atol=1e-6 * scale)
    regular = rhythms.learned.probability_regular(rhythms.space.coordinates(points))
    assert np.ptp(regular) > 0.9
    found = page.evaluate("points => points.map(point => explorer.surrogate.regular(point))", points.tolist())
    np.testing.assert_allclose(found, regular, rtol=0, atol=1e-6)
