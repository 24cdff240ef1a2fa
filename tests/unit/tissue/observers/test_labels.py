"""Waves that are known because their activation times are: every node has a pulse at each of its times."""

from types import SimpleNamespace

import numpy as np
import pytest

from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers import labels, waves
from pointes.tissue.observers.activation import Activations
from pointes.tissue.observers.ead_margin import EadMargins
from pointes.vocabulary import Failure

SPEED = 0.5  # m/s
PULSE = 100.0  # ms
TISSUE = box((20.0, 10.0), 0.5)
X, Y = TISSUE.positions[:, 0], TISSUE.positions[:, 1]
LEFT = np.flatnonzero(X < 0.9)


def stimulus(*onsets, nodes=LEFT, duration=2.0):
    return SimpleNamespace(nodes=nodes, duration_ms=duration, times_ms=np.array(onsets), amplitude=80.0)


def watch(passes, end, interval=1.0):
    """Observe nodes whose potential rises from -85 to 35 mV at given times: (n_nodes,) of each pass; NaN: never."""
    n = len(passes[0])
    activations = Activations(n, interval)
    corners = np.array([-85 / 120, 35 / 120, PULSE, PULSE + 10])  # 0 mV at time 0
    for time in np.arange(0.0, end + 0.5 * interval, interval):
        v = np.full(n, -85.0)
        for start in passes:
            v = np.fmax(v, np.interp(time - start, corners, [-85, 35, 35, -85]))
        activations.observe(np.array([time]), v[None])
    return activations


def plane(onset):
    return onset + 2.0 + X / SPEED


def focus(onset, x, y):
    return onset + np.hypot(X - x, Y - y) / SPEED


def ead_margins(grid=TISSUE, v=-85.0):
    seen = EadMargins(SimpleNamespace(volumes=np.ones(len(grid.nodes)), apply=np.zeros_like), [])
    seen.observe(np.zeros(1), np.full((1, len(grid.nodes)), v))
    return seen


def judge(passes, stimuli, end, grid=TISSUE, **changes):
    activations = watch(passes, end)
    return labels.label(grid, activations, **{"ead_margins": ead_margins(grid)} | changes, stimuli=stimuli, end_ms=end)


def test_paced_waves_are_explained():
    found = judge([plane(0.0), plane(300.0), plane(600.0)], [stimulus(0.0, 300.0, 600.0)], 900.0)
    assert (found["label"], found["status"]) == (0, 0)
    assert (found["ectopic_origins"], found["reentry_ms"], found["reached"]) == (0, 0.0, 1.0)


def test_a_focus_is_one_origin():
    found = judge([plane(0.0), focus(300.0, 12.1, 4.2)], [stimulus(0.0)], 600.0)
    assert (found["label"], found["ectopic_origins"]) == (1, 1)


def test_foci_are_counted():
    late = np.fmin(focus(300.0, 4.1, 4.2), focus(310.0, 16.0, 8.0))
    assert judge([plane(0.0), late], [stimulus(0.0)], 600.0)["ectopic_origins"] == 2


def test_a_focus_is_found_though_its_wave_collides_with_a_stimulated_one():
    both = np.fmin(plane(0.0), focus(10.0, 15.0, 5.0))
    assert judge([both], [stimulus(0.0)], 300.0)["ectopic_origins"] == 1


def test_a_focus_in_the_stimulated_region_is_ectopic_once_the_stimulus_is_over():
    far = [plane(0.0), focus(400.0, 0.0, 5.0)]
    assert judge(far, [stimulus(0.0)], 700.0)["ectopic_origins"] == 1
    assert judge(far, [stimulus(0.0, 398.0)], 700.0)["ectopic_origins"] == 0


@pytest.mark.parametrize(("early", "origins"), [(1.5, 0), (6.0, 1)])
def test_a_node_that_its_own_wave_overtakes_slightly_is_no_origin(early, origins):
    passing = plane(0.0)
    passing[np.flatnonzero((X == 20.0) & (Y == 10.0))] -= early  # its neighbours are up to 1 ms earlier than it was
    assert judge([passing], [stimulus(0.0)], 300.0)["ectopic_origins"] == origins


def test_slow_conduction_is_conduction():
    slow = 2.0 + np.minimum(X, 10) / SPEED + np.maximum(X - 10, 0) / 0.03
    found = judge([slow], [stimulus(0.0)], 600.0)
    assert (found["ectopic_origins"], found["label"]) == (0, 0)


def test_label_beats_begin_late_and_earlier_ones_explain():
    passes = [plane(0.0), focus(300.0, 12.1, 4.2), plane(600.0)]
    found = judge(passes, [stimulus(0.0, 600.0)], 900.0, start_ms=600.0)
    assert (found["label"], found["ectopic_origins"]) == (0, 0)


def ring(turns, period=200.0):
    """A wave that runs around a hole again and again, and the grid: its first turn begins on the right."""
    tags = np.ones((1, 21, 21), np.int16)
    tags[0, 4:17, 4:17] = 0
    tissue = Grid(0.5, tags, {1: "tissue"})
    x, y, _ = tissue.positions.T - 5.0
    angle = np.arctan2(y, x) % (2 * np.pi)
    site = np.flatnonzero(angle < 0.15)
    return tissue, [period * (turn + angle / (2 * np.pi)) + 2.0 for turn in range(turns)], stimulus(0.0, nodes=site)


def test_a_wave_around_a_hole_is_re_entry():
    tissue, passes, start = ring(5)
    found = judge(passes, [start], 1100.0, tissue)
    assert (found["label"], found["sustained_reentry"], found["ectopic_origins"]) == (1, 1, 0)
    assert found["reentry_ms"] == pytest.approx(1000.0, abs=15.0)


def test_re_entry_that_stops_soon_is_not_sustained():
    tissue, passes, start = ring(2)
    found = judge(passes, [start], 700.0, tissue)
    assert (found["label"], found["sustained_reentry"]) == (0, 0)
    assert found["reentry_ms"] == pytest.approx(400.0, abs=15.0)


def test_one_long_way_is_not_re_entry():
    tissue, (once,), start = ring(1, period=900.0)
    assert judge([once], [start], 1100.0, tissue)["reentry_ms"] == 0.0


def test_re_entry_may_begin_with_an_ectopic_origin():
    tissue, passes, _ = ring(5)
    found = judge([turn + 100 for turn in passes], [stimulus(0.0, nodes=np.array([0]))], 1200.0, tissue)
    assert (found["sustained_reentry"], found["ectopic_origins"]) == (1, 1)


@pytest.mark.parametrize(("length", "failure"), [(15.0, 1), (19.4, 0)])
def test_a_wave_that_stops_on_its_way_has_failed(length, failure):
    passing = plane(300.0)
    passing[length < X] = np.nan
    found = judge([plane(0.0), passing, plane(600.0)], [stimulus(0.0, 300.0, 600.0)], 900.0)
    assert (found["label"], found["propagation_failure"]) == (failure, failure)
    assert found["reached"] == pytest.approx(1 - (length < X).mean())


def test_a_stimulus_without_effect_on_tissue_at_rest_is_a_failed_run():
    found = judge([plane(0.0)], [stimulus(0.0, 400.0)], 800.0)
    assert (found["label"], found["status"], found["capture_failure"]) == (-1, 1, 1)
    assert found["failure"] == Failure.NO_CAPTURE
    assert np.isnan(found["margin_V_per_s"])


@pytest.mark.parametrize("onset", [90.0, 250.0])
def test_a_stimulus_in_the_refractory_period_may_fail(onset):
    """Until 200 ms after the stimulated nodes have repolarised, at 112 to 114 ms, the beat is one that is blocked."""
    found = judge([plane(0.0)], [stimulus(0.0, onset)], 600.0)
    assert (found["label"], found["status"], found["failure"]) == (1, 0, 0)
    assert (found["propagation_failure"], found["capture_failure"]) == (1, 0)


def test_an_ectopic_beat_outranks_a_failed_capture():
    found = judge([plane(0.0), focus(300.0, 12.1, 4.2)], [stimulus(0.0, 700.0)], 1100.0)
    assert (found["label"], found["status"], found["failure"]) == (1, 0, 0)
    assert (found["ectopic_origins"], found["capture_failure"]) == (1, 1)


def test_tissue_that_stays_depolarised_outranks_a_failed_capture():
    found = judge([plane(0.0)], [stimulus(0.0, 400.0)], 800.0, ead_margins=ead_margins(v=-30.0))
    assert (found["label"], found["failure"], found["capture_failure"]) == (1, 0, 1)


def test_a_wave_that_stops_on_its_way_outranks_a_failed_capture():
    stopping = plane(0.0)
    stopping[X > 15.0] = np.nan
    found = judge([stopping], [stimulus(0.0, 400.0)], 800.0)
    assert (found["label"], found["failure"], found["propagation_failure"]) == (1, 0, 1)


def test_an_early_afterdepolarisation_outranks_a_failed_capture():
    """In a tissue that captures it may stay where it is."""
    seen = SimpleNamespace(
        ead_margin_V_per_s=np.r_[0.2, np.full(len(X) - 1, -0.1)], unrepolarised=lambda: np.zeros(1, bool)
    )
    missed = judge([plane(0.0)], [stimulus(0.0, 400.0)], 800.0, ead_margins=seen)
    assert (missed["label"], missed["failure"], missed["margin_V_per_s"]) == (1, 0, 0.2)
    captured = judge([plane(0.0), plane(400.0)], [stimulus(0.0, 400.0)], 800.0, ead_margins=seen)
    assert (captured["label"], captured["margin_V_per_s"]) == (0, 0.2)


def test_sites_that_are_stimulated_one_after_the_other_are_one_beat():
    right = np.flatnonzero(X > 19.1)
    both = np.fmin(plane(0.0), 17.0 + (20 - X) / SPEED)
    found = judge([both], [stimulus(0.0), stimulus(15.0, nodes=right)], 300.0)
    assert (found["label"], found["reached"]) == (0, 1.0)
    assert labels.beat_onsets([stimulus(0.0, 500.0), stimulus(15.0, 515.0)]).tolist() == [0.0, 500.0]


def test_tissue_that_stays_depolarised_is_arrhythmic():
    found = judge([plane(0.0)], [stimulus(0.0)], 300.0, ead_margins=ead_margins(v=-30.0))
    assert (found["label"], found["repolarisation_failure"]) == (1, 1)


def test_a_run_that_broke_down_is_failed_whatever_was_seen_before():
    passes = [plane(0.0), focus(300.0, 12.1, 4.2)]
    found = judge(passes, [stimulus(0.0)], 600.0, breakdown=Failure.NOT_FINITE)
    assert (found["label"], found["status"], found["failure"]) == (-1, 1, Failure.NOT_FINITE)
    assert found["ectopic_origins"] == 1
    assert found.keys() == labels.LABELS.keys()


def test_sources_of_a_second_wave_are_its_own():
    activations = watch([plane(0.0), plane(300.0)], 500.0)
    sources = waves.trace(TISSUE, activations, [stimulus(0.0, 300.0)])
    beat = (activations.time_ms > 290).astype(int)
    assert (sources.time_ms[beat == 0] < 10).all()
    assert (sources.time_ms[beat == 1] >= 300).all()
    assert not sources.again.any()


def test_a_tissue_that_never_activates_is_a_failed_run():
    found = judge([np.full(len(X), np.nan)], [stimulus(0.0)], 50.0)
    assert (found["label"], found["capture_failure"], found["reached"]) == (-1, 1, 0.0)
    assert found["propagation_failure"] == 0
