from types import SimpleNamespace

import numpy as np
import pytest

from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers.ead_margin import EadMargins

ALONE = SimpleNamespace(volumes=np.ones(3), apply=np.zeros_like)  # nodes that are not coupled


def watch(times, potentials, end, stimuli=(), operator=ALONE, nodes=3, **options):
    ead_margins = EadMargins(operator, stimuli, **options)
    for time in np.arange(0.0, end + 0.5):
        ead_margins.observe(np.array([time]), np.full((1, nodes), np.interp(time, times, potentials)))
    return ead_margins


NORMAL = [0, 10, 11, 250, 350], [-85, -85, 35, -13, -85]  # -0.2 V/s, then -0.72
EAD = [0, 10, 11, 250, 270, 300, 400], [-85, -85, 35, -13, -3, -13, -85]  # 0.5 V/s upwards


def test_the_margin_is_that_of_the_cell():
    # From 35 mV at 11 ms to -13 mV at 250 ms
    np.testing.assert_allclose(watch(*NORMAL, 500.0).ead_margin_V_per_s, -48 / 239 - 0.01, atol=1e-5)
    np.testing.assert_allclose(watch(*EAD, 500.0).ead_margin_V_per_s, 0.5 - 0.01, atol=1e-5)


def test_slopes_early_or_low_do_not_count():
    early = [0, 10, 11, 60, 80, 250, 350], [-85, -85, 35, 0, 20, -13, -85]
    low = [0, 10, 11, 250, 320, 340, 400], [-85, -85, 35, -13, -60, -50, -85]
    assert (watch(*early, 500.0).ead_margin_V_per_s < 0).all()
    assert (watch(*low, 500.0).ead_margin_V_per_s < 0).all()


def test_the_next_activation_is_no_afterdepolarisation():
    times = [0, 10, 11, 250, 350, 500, 504, 700, 800]  # rises through the window of V within 4 ms
    ead_margins = watch(times, [-85, -85, 35, -13, -85, -85, 35, -13, -85], 900.0)
    assert (ead_margins.ead_margin_V_per_s < 0).all()


def test_a_tissue_that_never_activates_has_no_margin():
    assert np.isnan(watch([0], [-85], 300.0).ead_margin_V_per_s).all()


def test_what_a_stimulus_raises_does_not_count():
    raised = [0, 10, 11, 250, 252, 260, 400], [-85, -85, 35, -13, -3, -13, -85]
    stimulus = SimpleNamespace(times_ms=np.array([10.0, 250.0]), duration_ms=2.0)
    assert (watch(*raised, 500.0).ead_margin_V_per_s > 4).all()
    assert (watch(*raised, 500.0, [stimulus]).ead_margin_V_per_s < 0).all()


def test_only_label_beats_count():
    times, potentials = EAD
    second = [*times, 510, 511, 750, 850], [*potentials, -85, 35, -13, -85]
    assert (watch(*second, 900.0).ead_margin_V_per_s > 0.4).all()
    np.testing.assert_allclose(watch(*second, 900.0, start_ms=500.0).ead_margin_V_per_s, -48 / 239 - 0.01, atol=1e-5)


def test_nodes_that_neighbours_pull_up_have_no_afterdepolarisation(finite_volumes):
    """From -35 mV on the left and 20 mV on the right, only diffusion acts."""
    tissue = Grid(0.5, np.ones((1, 1, 20), np.int16), {1: "tissue"}, on_faces=False)
    operator = finite_volumes(tissue, (0.05, 0.05, 0.05))
    uncoupled = SimpleNamespace(volumes=operator.volumes, apply=np.zeros_like)
    guarded, unguarded = EadMargins(operator, []), EadMargins(uncoupled, [])
    v = 20 - 27.5 * (1 + np.tanh((tissue.positions[:, 0] - 5) / 1.5))
    first = v.copy()
    for time in range(150):
        plateau = np.full(20, -85.0) if time < 10 else np.full(20, 20.0) if time < 60 else v
        for ead_margins in (guarded, unguarded):
            ead_margins.observe(np.array([time]), plateau[None])
        for _ in range(100 if time > 111 else 0):  # small steps stand for the exact solution
            v = v + 0.01 * operator.apply(v)
    assert (v[10:] - first[10:]).max() > 5
    assert unguarded.ead_margin_V_per_s.max() > 0.15
    np.testing.assert_allclose(guarded.ead_margin_V_per_s, -0.01, atol=0.003)


def test_repolarised_is_below_minus_60():
    assert not watch(*NORMAL, 500.0).unrepolarised().any()
    assert watch(*NORMAL, 300.0).unrepolarised().all()


@pytest.mark.parametrize("at", [5, 10, 200, 260])
def test_restored_margins_go_on_identically(at):
    whole = watch(*EAD, 400.0)
    first = watch(*EAD, float(at))
    second = EadMargins(ALONE, [])
    second.restore({name: value.copy() for name, value in first.state().items()})
    for time in np.arange(at + 1.0, 400.5):
        second.observe(np.array([time]), np.full((1, 3), np.interp(time, *EAD)))
    np.testing.assert_array_equal(whole.ead_margin_V_per_s, second.ead_margin_V_per_s)
