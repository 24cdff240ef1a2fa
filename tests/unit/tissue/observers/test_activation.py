import numpy as np
import pytest

from pointes.cells.biomarkers import DIMENSIONLESS, RECOVERY
from pointes.errors import UserError
from pointes.tissue.geometry.boxes import box
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers import velocity
from pointes.tissue.observers.activation import Activations

# Corners of an action potential: up by 120 mV from 10 to 11 ms, down to rest from 200 to 300 ms
TIMES, POTENTIALS = [0.0, 10.0, 11.0, 200.0, 300.0], [-85.0, -85.0, 35.0, 35.0, -85.0]
ACTIVATION = 10 + 85 / 120
REPOLARISATION = 200 + 90.0  # 90 % of the way down


def watch(traces, end, interval=0.1, activations=None, start=0.0, thresholds=None):
    """Observe nodes that follow piecewise linear traces: (times, potentials) of each."""
    activations = activations or Activations(len(traces), interval, *([thresholds] if thresholds else []))
    for step in range(round(start / interval), round(end / interval) + 1):
        time = step * interval
        activations.observe(np.array([time]), np.array([[np.interp(time, *trace) for trace in traces]]))
    return activations


def test_an_action_potential_is_measured():
    seen = watch([(TIMES, POTENTIALS)], 400.0)
    assert seen.node.tolist() == [0]
    assert seen.time_ms[0] == pytest.approx(ACTIVATION, abs=1e-5)
    assert (seen.rest_mV[0], seen.peak_mV[0]) == (-85.0, 35.0)
    assert seen.apd90_ms[0] == pytest.approx(REPOLARISATION - ACTIVATION, abs=1e-4)


def test_crossings_are_interpolated_between_coarse_observations():
    seen = watch([(TIMES, POTENTIALS)], 400.0, interval=1.0)
    assert seen.time_ms[0] == pytest.approx(ACTIVATION, abs=1e-5)
    assert seen.apd90_ms[0] == pytest.approx(REPOLARISATION - ACTIVATION, abs=1e-4)


def test_an_early_afterdepolarisation_prolongs_and_does_not_activate():
    seen = watch([([0, 10, 11, 200, 220, 400, 460], [-85, -85, 35, -30, 20, 20, -85])], 600.0)
    assert len(seen.time_ms) == 1
    assert seen.apd90_ms[0] == pytest.approx(400 + 60 * (20 - -73) / 105 - ACTIVATION, abs=1e-3)


def test_a_peak_that_comes_late_moves_the_level_of_repolarisation():
    seen = watch([([0, 10, 11, 50, 150, 250], [-85, -85, 5, 5, 35, -85])], 400.0)
    assert seen.peak_mV[0] == 35.0
    assert seen.apd90_ms[0] == pytest.approx(150 + 90 - (10 + 85 / 90), abs=1e-3)


def test_what_begins_at_rest_and_stays_below_threshold_does_not_prolong():
    hump = ([*TIMES, 350, 360, 380], [*POTENTIALS, -85, -20, -85])
    seen = watch([hump], 500.0)
    assert len(seen.time_ms) == 1
    assert seen.apd90_ms[0] == pytest.approx(REPOLARISATION - ACTIVATION, abs=1e-4)


def test_a_node_that_does_not_repolarise_has_no_duration():
    seen = watch([([0, 10, 11, 200], [-85, -85, 35, -30])], 500.0)
    assert np.isnan(seen.apd90_ms).tolist() == [True]


def test_the_rest_of_a_beat_is_the_lowest_potential_since_the_one_before():
    times = [0, 10, 11, 200, 300, 500, 501, 600, 700]
    seen = watch([(times, [-80, -80, 35, 35, -90, -70, 35, 35, -80])], 800.0)
    assert seen.rest_mV.tolist() == [-80.0, -90.0]


def test_nodes_that_begin_depolarised_activate_only_after_they_have_rested():
    seen = watch([([0, 50, 100, 200, 201, 300, 400], [20, 20, -85, -85, 35, 35, -85])], 500.0)
    assert seen.time_ms.tolist() == pytest.approx([200 + 85 / 120], abs=1e-4)


def test_dimensionless_models_activate_at_one_half():
    seen = watch([([0, 10, 11, 200, 300], [0, 0, 1, 1, 0])], 400.0, thresholds=DIMENSIONLESS)
    assert seen.time_ms[0] == pytest.approx(10.5, abs=1e-5)
    assert seen.apd90_ms[0] == pytest.approx(290 - 10.5, abs=1e-4)


def beats(count, delay):
    """Three nodes, one after the other, `count` beats each 400 ms."""
    traces = []
    for node in range(3):
        times = np.concatenate([np.array(TIMES[1:]) + 400 * beat + node * delay for beat in range(count)])
        traces.append((times, np.tile(POTENTIALS[1:], count)))
    return traces


def test_all_activations_are_kept_beyond_the_room_there_was():
    seen = watch(beats(5, 2.0), 2000.0, interval=0.5)
    assert seen.node.tolist() == [0, 1, 2] * 5
    expected = [ACTIVATION + 2 * node + 400 * beat for beat in range(5) for node in range(3)]
    np.testing.assert_allclose(seen.time_ms, expected, atol=1e-4)
    assert seen.counts(400.0, 1200.0).tolist() == [2, 2, 2]


def test_a_beat_is_the_first_activation_in_its_window():
    seen = watch(beats(3, 2.0), 1200.0, interval=0.5)
    second = seen.beat(400.0)
    np.testing.assert_allclose(second.time_ms, ACTIVATION + 400 + np.array([0, 2, 4]), atol=1e-4)
    np.testing.assert_allclose(second.apd90_ms, REPOLARISATION - ACTIVATION, atol=1e-3)
    assert np.isnan(seen.beat(412.0, 700.0).time_ms).tolist() == [True, False, False]


def test_nodes_are_recovered_before_they_activate_and_once_they_are_repolarised_for_long():
    seen = watch(beats(1, 2.0), 400.0)
    assert seen.recovered(5.0).tolist() == [True] * 3
    assert seen.recovered(291.0).tolist() == [False] * 3
    assert seen.recovered(291.0 + RECOVERY).tolist() == [True, False, False]


@pytest.mark.parametrize("at", [5.0, 10.5, 150.0, 250.0, 700.0])
def test_a_restored_observer_goes_on_identically(at):
    whole = watch(beats(3, 2.0), 1200.0, interval=0.5)
    first = watch(beats(3, 2.0), at, interval=0.5)
    second = Activations(3, 0.5)
    second.restore({name: value.copy() for name, value in first.state().items()})
    watch(beats(3, 2.0), 1200.0, 0.5, second, start=at + 0.5)
    for name, value in whole.state().items():
        np.testing.assert_array_equal(value, second.state()[name], err_msg=name)


def test_times_keep_their_precision_in_long_runs():
    seen = Activations(1)
    for time, v in ((1e7, -85.0), (1e7 + 1, 35.0)):
        seen.observe(np.array([time]), np.array([[v]]))
    assert seen.time_ms[0] - 1e7 == pytest.approx(85 / 120, abs=1e-6)


def test_velocity_between_two_points():
    tissue = box([20.0], 0.1)
    time = 3.0 + tissue.positions[:, 0] / 0.6
    assert velocity.between(tissue, time, (5, 0, 0), (15, 0, 0)) == pytest.approx(0.6)
    assert velocity.between(tissue, time, (15, 0, 0), (5, 0, 0)) == pytest.approx(-0.6)
    time[50] = np.nan
    assert np.isnan(velocity.between(tissue, time, (5, 0, 0), (15, 0, 0)))


def test_velocity_needs_two_nodes():
    message = (
        r"^path of the wave: 'from \(5, 0, 0\) to \(5.04, 0, 0\) mm'; expected points with different nearest nodes, "
        r"not both \(5, 0, 0\) mm$"
    )
    with pytest.raises(UserError, match=message):
        velocity.between(box([20.0], 0.1), np.zeros(201), (5, 0, 0), (5.04, 0, 0))


def test_local_velocity_of_an_oblique_wave():
    tissue = box((10.0, 8.0), 0.5)
    direction = np.array([0.6, 0.8, 0.0])
    speed = velocity.local(tissue, tissue.positions @ direction / 0.7)
    np.testing.assert_allclose(speed, 0.7)


def test_local_velocity_beside_a_scar_is_one_sided_and_nowhere_guessed():
    tags = np.ones((1, 9, 9), np.int16)
    tags[0, 4, 3:6] = 0
    tags[0, 0, 1] = tags[0, 1, 0] = tags[0, 1, 1] = 0  # the corner has no neighbour
    tissue = Grid(0.5, tags, {1: "tissue"})
    speed = tissue.scatter(velocity.local(tissue, tissue.positions @ [0.8, 0.6, 0] / 0.5))[0]
    assert np.isnan(speed[0, 0])
    speed[0, 0] = 0.5
    np.testing.assert_allclose(speed[tags[0] > 0], 0.5)
