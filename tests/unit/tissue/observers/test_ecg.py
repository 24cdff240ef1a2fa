import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers.ecg import PseudoECG, intervals

D = 0.15  # mm²/ms
STEP = 110.0  # mV between the tissue behind a front and that ahead of it


def block(shape, spacing=0.5):
    """A block of voxels, (nx, ny, nz)."""
    return Grid(spacing, np.ones(shape[::-1], np.int16), {1: "tissue"}, on_faces=False)


def front(x, place):
    """A wave front travelling along x that has come to a place: excited behind it, at rest ahead."""
    return -85.0 + STEP * 0.5 * (1 - np.tanh((x - place) / 0.5))


def record(tissue, operator, electrodes, potentials):
    ecg = PseudoECG(tissue, operator, electrodes)
    for step, v in enumerate(potentials):
        ecg.observe(np.array([0.5 * step]), v[None])
    return ecg.potential


def test_a_front_in_a_cable_is_a_dipole(finite_volumes):
    """Far ahead or behind, phi = D A dV / r² along the axis, positive ahead."""
    tissue = block((80, 1, 1))
    places = np.arange(10.0, 30.0, 4.0)
    potentials = [front(tissue.positions[:, 0], place) for place in places]
    ends = {"ahead": (65.0, 0.25, 0.25), "behind": (-25.0, 0.25, 0.25)}
    ahead, behind = record(tissue, finite_volumes(tissue, (D, D, D)), ends, potentials).T
    np.testing.assert_allclose(ahead, D * 0.25 * STEP / (65 - places) ** 2, rtol=0.003)
    np.testing.assert_allclose(behind, -D * 0.25 * STEP / (25 + places) ** 2, rtol=0.003)


def test_off_the_axis_a_dipole_falls_with_the_cosine(finite_volumes):
    tissue = block((80, 1, 1))
    place, electrode = 20.0, np.array([30.0, 25.25, 0.25])
    away = electrode - [place, 0.25, 0.25]
    potential = record(
        tissue, finite_volumes(tissue, (D, D, D)), {"a": electrode}, [front(tissue.positions[:, 0], place)]
    )
    r = np.linalg.norm(away)
    assert potential[0, 0] == pytest.approx(D * 0.25 * STEP * away[0] / r**3, rel=0.01)


def test_a_planar_front_is_seen_under_its_solid_angle(finite_volumes):
    """phi = D dV Omega; a square of half side a seen from a distance d has Omega = 4 asin(a² / (a² + d²))."""
    tissue = block((40, 10, 10))
    places = np.array([8.0, 10.0, 12.0])
    potentials = [front(tissue.positions[:, 0], place) for place in places]
    seen = record(tissue, finite_volumes(tissue, (D, D, D)), {"a": (22.0, 2.5, 2.5)}, potentials)[:, 0]
    a, d = 2.5, 22.0 - places
    np.testing.assert_allclose(seen, D * STEP * 4 * np.arcsin(a**2 / (a**2 + d**2)), rtol=0.01)


def test_uniform_tissue_is_not_seen(finite_volumes):
    tissue = block((40, 6, 1))
    rest, excited = np.full(240, -85.0), front(tissue.positions[:, 0], 10.0)
    potential = record(tissue, finite_volumes(tissue), {"a": (24.0, 3.0, 5.0)}, [rest, excited])[:, 0]
    assert abs(potential[0]) < 1e-5 * abs(potential[1])


def test_a_restored_recording_goes_on(finite_volumes):
    tissue = block((40, 1, 1))
    operator, electrodes = finite_volumes(tissue), {"a": (24.0, 0.0, 0.0), "b": (0.0, 9.0, 0.0)}
    potentials = [front(tissue.positions[:, 0], place) for place in range(3)]
    first, second = (PseudoECG(tissue, operator, electrodes) for _ in range(2))
    first.observe(np.zeros(1), potentials[:1])
    second.restore(first.state())
    for time, v in ((0.5, potentials[1]), (1.0, potentials[2])):
        second.observe(np.array([time]), v[None])
    np.testing.assert_array_equal(second.potential, record(tissue, operator, electrodes, potentials))
    assert second.time_ms.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(("x", "away"), [(3.25, "0"), (20.2, "0.45")])
def test_electrodes_must_be_outside(finite_volumes, x, away):
    tissue = block((40, 1, 1))
    message = (
        rf"^electrodes\.V1: \[{x:g}, 0.25, 0.25\]; expected a place at least one spacing, 0.5 mm, from the tissue, "
        rf"not {away} mm$"
    )
    with pytest.raises(UserError, match=message):
        PseudoECG(tissue, finite_volumes(tissue), {"V1": (x, 0.25, 0.25)})


TIME = np.arange(0.0, 1000.0, 0.5)


def trace(t_wave=0.3, t_peak=330.0, width=25.0, qrs=(20.0, 40.0), at=0.0):
    """A QRS, sin² between two times, and a Gaussian T wave: its steepest tangent meets zero 2 widths after its peak."""
    inside = np.clip((TIME - at - qrs[0]) / (qrs[1] - qrs[0]), 0, 1)
    return np.sin(np.pi * inside) ** 2 + t_wave * np.exp(-0.5 * ((TIME - at - t_peak) / width) ** 2)


# Where the slope of sin² between 20 and 40 ms is 5 % of its largest
ONSET = 20 + 20 / (2 * np.pi) * np.arcsin(0.05)


@pytest.mark.parametrize("t_wave", [0.3, -0.3, 0.05])
@pytest.mark.parametrize("baseline", [0.0, -4.0])
def test_intervals_of_an_upright_and_an_inverted_t_wave(t_wave, baseline):
    found = intervals(TIME, trace(t_wave) + baseline, 0.0)
    assert found.qrs_onset_ms == pytest.approx(ONSET, abs=0.5)
    assert found.qrs_ms == pytest.approx(20 - 2 * (ONSET - 20), abs=1.0)
    assert found.t_peak_ms == 330.0
    assert found.t_end_ms == pytest.approx(380.0, abs=0.1)
    assert found.qt_ms == pytest.approx(380.0 - ONSET, abs=0.5)
    assert found.tpeak_tend_ms == pytest.approx(50.0, abs=0.1)
    assert found.t_amplitude == pytest.approx(t_wave, abs=1e-6)


def test_a_beat_is_measured_from_its_own_start():
    late = intervals(TIME, trace(at=400.0), 400.0)
    assert late == pytest.approx(intervals(TIME, trace(), 0.0))
    both = trace() + trace(at=450.0, t_peak=200.0)
    assert intervals(TIME, both, 0.0, 450.0) == pytest.approx(intervals(TIME, trace(), 0.0))


def test_without_t_wave_there_is_no_qt():
    found = intervals(TIME, trace(0.01), 0.0)
    assert found.qrs_ms == pytest.approx(20 - 2 * (ONSET - 20), abs=1.0)
    assert np.isnan(found[2:]).all()


def test_a_t_wave_that_is_cut_off_has_no_end():
    found = intervals(TIME, trace(), 0.0, 340.0)
    assert found.t_peak_ms == 330.0
    assert np.isnan([found.t_end_ms, found.qt_ms, found.tpeak_tend_ms]).all()


@pytest.mark.parametrize(("first", "second", "peak"), [(-0.3, 0.2, 420), (-0.2, 0.3, 420), (-0.3, 0.1, 280)])
def test_a_biphasic_t_wave_ends_with_its_last_large_part(first, second, peak):
    found = intervals(TIME, trace(first, 280.0) + trace(second, 420.0) - trace(0.0), 0.0)
    assert found.t_peak_ms == pytest.approx(peak, abs=1.0)
    assert found.t_end_ms == pytest.approx(peak + 50, abs=5.0 if peak == 280 else 1.0)
    assert found.t_amplitude == pytest.approx(first if peak == 280 else second, abs=0.01)


def test_a_wave_on_its_way_along_a_cable_does_not_end_the_qrs():
    """The potential jumps when a front forms, hardly changes while it travels, and falls when it leaves."""
    jumps = [0.0, 10.0, 12.0, 45.0, 47.0, 1000.0], [0.0, 0.0, 1.0, 1.2, 0.0, 0.0]
    found = intervals(TIME, np.interp(TIME, *jumps) + trace(0.3, qrs=(2000.0, 2001.0)), 0.0)
    assert found.qrs_onset_ms == pytest.approx(10.0, abs=0.5)
    assert found.qrs_ms == pytest.approx(37.0, abs=1.0)
    assert found.t_end_ms == pytest.approx(380.0, abs=0.1)


def test_a_flat_trace_has_no_intervals():
    assert np.isnan(intervals(TIME, np.zeros_like(TIME), 0.0)).all()
