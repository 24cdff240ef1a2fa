import numpy as np
import pytest

from pointes.cells.biomarkers import DIMENSIONLESS
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers.rotors import Rotors, singular_points

TISSUE = box((40.0, 30.0), 0.5)
X = TISSUE.positions[:, 0]


def turning(tissue, centres, arms=0.0):
    """Phase with a full turn, of the given sign, around each centre: (x, y, charge); spiral arms twist it."""
    x, y = tissue.positions[:, 0], tissue.positions[:, 1]
    phase = sum(charge * (np.arctan2(y - cy, x - cx) - arms * np.hypot(x - cx, y - cy)) for cx, cy, charge in centres)
    return (phase + np.pi) % (2 * np.pi) - np.pi


@pytest.mark.parametrize("arms", [0.0, 0.4])
@pytest.mark.parametrize(
    "centres",
    [[(20.2, 15.1, 1)], [(20.2, 15.1, -1)], [(10.1, 15.2, 1), (30.3, 15.4, -1)], [(10.1, 8.2, 1), (28.3, 20.4, 1)]],
)
def test_singularities_are_where_and_what_they_are(centres, arms):
    places, charges = singular_points(TISSUE, turning(TISSUE, centres, arms))
    found = sorted(zip(places[:, 0], places[:, 1], charges, strict=True))
    assert len(found) == len(centres)
    for (x, y, charge), expected in zip(found, sorted(centres), strict=True):
        assert charge == expected[2]
        assert max(abs(x - expected[0]), abs(y - expected[1])) <= 0.25


def test_a_plane_wave_has_no_singularity_and_as_many_fronts_as_periods():
    rotors = observe(TISSUE, 2 * np.pi * (X + 7) / 14.0)
    assert len(rotors.singularities.charge) == 0
    assert rotors.wave_fronts.tolist() == [3]  # at 7, 21 and 35 mm


def observe(tissue, phase, levels=None, rest=-40.0, size=50.0):
    rotors = Rotors(tissue, 10.0, *([levels] if levels else []))
    rotors.observe(0.0, rest + size * np.sin(phase))
    rotors.observe(10.0, rest + size * np.cos(phase))
    return rotors


def test_a_spiral_wave_is_seen_in_the_potential():
    rotors = observe(TISSUE, turning(TISSUE, [(20.2, 15.1, 1)], 0.02))
    found = rotors.singularities
    assert (found.time_ms.tolist(), found.charge.tolist()) == ([10.0], [1])
    np.testing.assert_allclose(found.position_mm[0], [20.25, 15.25, 0])
    assert rotors.wave_fronts.tolist() == [1]


def test_the_origin_of_dimensionless_models_is_their_own():
    phase = turning(TISSUE, [(20.2, 15.1, 1)])
    assert len(observe(TISSUE, phase, DIMENSIONLESS, 0.36, 0.5).singularities.charge) == 1
    assert len(observe(TISSUE, phase, rest=0.36, size=0.5).singularities.charge) == 0


def test_every_plane_of_a_slab_has_its_own():
    tissue = box((10.0, 10.0, 2.0), 0.5)
    places, charges = singular_points(tissue, turning(tissue, [(5.1, 5.2, 1)]))
    assert charges.tolist() == [1] * 5
    np.testing.assert_allclose(places[:, 2], [0, 0.5, 1, 1.5, 2])


def test_a_wave_around_a_hole_has_no_singularity():
    tags = np.ones((1, 41, 41), np.int16)
    tags[0, 18:23, 18:23] = 0
    tissue = Grid(0.5, tags, {1: "tissue"}, on_faces=False)
    assert len(singular_points(tissue, turning(tissue, [(10.2, 10.3, 1)]))[1]) == 0
    places, _ = singular_points(tissue, turning(tissue, [(5.0, 5.0, 1)]))
    np.testing.assert_allclose(places, [[5.0, 5.0, 0.25]])


def test_restored_rotors_go_on_identically():
    phases = [turning(TISSUE, [(20.2 + step, 15.1, 1)], 0.4) for step in range(4)]
    potentials = [-40 + 50 * np.cos(phase) for phase in phases]
    whole, first, second = Rotors(TISSUE), Rotors(TISSUE), Rotors(TISSUE)
    for step, v in enumerate(potentials):
        whole.observe(10.0 * step, v)
    for step in (0, 1):
        first.observe(10.0 * step, potentials[step])
    second.restore(first.state())
    for step in (2, 3):
        second.observe(10.0 * step, potentials[step])
    np.testing.assert_array_equal(whole.wave_fronts, second.wave_fronts)
    for one, other in zip(whole.singularities, second.singularities, strict=True):
        np.testing.assert_array_equal(one, other)
