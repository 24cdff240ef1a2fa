"""Populations: independence of the batch, labels, failures, traces, and what is refused."""

import numpy as np
import pytest

from pointes import cells
from pointes.cells.label import Label
from pointes.errors import UserError
from pointes.vocabulary import Failure, Status

OSCILLATOR = """
[[model]]
membrane.v = 50
membrane.w = 0

[engine]
time = 0 [ms]
    bind time
    in [ms]

[membrane]
omega = 2 * 3.14159265358979 / 500 [ms]
    in [1/ms]
dot(v) = -omega * w
    label membrane_potential
    in [mV]
dot(w) = omega * v
    in [mV]
"""
# Three ways to break down, each off at 0: the potential grows without end; a rate is the square root of what becomes
# negative; an oscillation needs a million steps in 100 ms
FRAGILE = """
[[model]]
membrane.v = -80
store.w = 100
clock.x = 1
clock.y = 0

[engine]
time = 0 [ms] bind time
    in [ms]

[membrane]
growth = 0 [1/ms]
    in [1/ms]
dot(v) = growth * (v + 90 [mV]) - (v + 80 [mV]) / 10 [ms]
    label membrane_potential
    in [mV]

[store]
drain = 0 [1/ms]
    in [1/ms]
dot(w) = -drain * (1 + sqrt(w))

[clock]
omega = 0 [1/ms]
    in [1/ms]
dot(x) = omega * y
dot(y) = -omega * x
"""
PROTOCOL = {"cycle_length": 2000, "beats": 5, "label_beats": 4}


@pytest.fixture(scope="module")
def mid():
    return cells.load("ohara-2011", "mid")


def test_rows_do_not_depend_on_the_batch(mid):
    rng = np.random.default_rng(3)
    blocks = {"IKr": rng.random(19), "ICaL": rng.random(19)}
    together = cells.pace(mid, blocks, **PROTOCOL)
    for row in (0, 7, 8, 18):
        alone = cells.pace(mid, {name: column[row] for name, column in blocks.items()}, **PROTOCOL)
        for name, column in together.items():
            assert np.array_equal(alone[name], column[row : row + 1], equal_nan=True), name


def test_labels_of_the_plane(mid):
    result = cells.pace(mid, {"IKr": [0, 0.5, 0.9, 0.9], "ICaL": [0, 0, 0, 0.9]}, **PROTOCOL)
    assert result["label"].tolist() == [0, 0, 1, 0]
    assert (result["status"] == Status.OK).all()
    assert np.array_equal(result["margin_V_per_s"] > 0, result["ead"] == 1, equal_nan=True)


def test_margin_rises_toward_the_boundary(mid):
    margin = cells.pace(mid, {"IKr": [0.0, 0.1, 0.3, 0.5]}, **PROTOCOL | {"beats": 30})["margin_V_per_s"]
    assert (np.diff(margin) > 0).all()
    assert (margin < 0).all()


def test_late_upstroke_is_no_afterdepolarisation(mid):
    """Block of most INa delays the upstroke to 100 ms and more; ICaL carries it, or hardly anything does."""
    blocks = {"IKr": [0.12, 0.84], "ICaL": [0.20, 0.95], "INaL": [0.31, 0.17], "INa": [0.93, 0.82]}
    blocks |= {"IKs": [0.58, 0.41], "IK1": [0.47, 0.86], "Ito": [0.23, 0.04]}
    result = cells.pace(mid, blocks, **PROTOCOL | {"beats": 30})
    assert (result["t_vpeak_ms"] > 100).all()
    assert (result["status"] == Status.OK).all()
    assert (result["label"] == 0).all()
    assert (result["margin_V_per_s"] < -0.05).all()


def test_beat_without_capture_has_failed_and_is_not_safe(mid):
    result = cells.pace(mid, {"INa": [0.0, 1.0], "ICaL": [0.0, 1.0]}, **PROTOCOL)
    assert result["status"].tolist() == [Status.OK, Status.FAILED]
    assert result["failure"].tolist() == [Failure.NONE, Failure.NO_CAPTURE]
    assert result["label"].tolist() == [0, -1]
    assert result["capture_failure"].tolist() == [0, 1]


def test_arrhythmic_beats_outrank_a_stimulus_that_did_not_capture(mid):
    """Near the boundary an early afterdepolarisation ends so late that the next stimulus finds the cell refractory."""
    result = cells.pace(mid, {"IKr": 0.913, "ICaL": 0.704}, **PROTOCOL | {"beats": 30})
    assert (result["ead"], result["repolarisation_failure"]) == (1, 1)
    assert (result["label"], result["status"], result["failure"]) == (1, 0, 0)
    assert result["margin_V_per_s"] > 0


def test_refractory_cell_has_not_failed(mid):
    """Every second stimulus comes 16 ms after 90 % repolarisation, every other one captures; there is no event."""
    blocks = {"IKr": 0.611, "ICaL": 0.877, "INaL": 0.176, "INa": 0.848, "IKs": 0.012, "IK1": 0.675, "Ito": 0.552}
    fast = {"cycle_length": 600, "beats": 30}
    result = cells.pace(mid, blocks, label_beats=4, **fast)
    assert (result["label"], result["status"], result["capture_failure"]) == (0, 0, 0)
    assert result["margin_V_per_s"] < 0
    assert result["vpeak_mV"] < 0
    # That beat alone has no action potential that could be judged: nothing was seen, nothing is claimed
    alone = cells.pace(mid, blocks, label_beats=1, **fast)
    assert (alone["label"], alone["failure"]) == (-1, Failure.NO_CAPTURE)


def test_recovered_cell_that_is_not_excited_has_failed_though_other_beats_captured(mid):
    """Block of INa: every second stimulus fails, more than a second after the cell has repolarised."""
    blocks = {"IKr": 0.112, "ICaL": 0.168, "INaL": 0.347, "INa": 0.97, "IKs": 0.038, "IK1": 0.817, "Ito": 0.655}
    result = cells.pace(mid, blocks, **PROTOCOL | {"beats": 30})
    assert (result["label"], result["failure"]) == (-1, Failure.NO_CAPTURE)
    assert np.isnan(result["margin_V_per_s"])


def test_each_breakdown_says_why(tmp_path):
    path = tmp_path / "fragile.mmt"
    path.write_text(FRAGILE)
    model = cells.load(str(path), vary=("membrane.growth", "store.drain", "clock.omega"))
    values = {"membrane.growth": [0, 0, 0, 0.5], "store.drain": [0, 0.1, 0, 0], "clock.omega": [0, 0, 1e4, 0]}
    result = cells.pace(model, {}, values=values, stimulus_duration=0, beats=3, label_beats=2)
    reasons = ["none", "not_finite", "too_many_steps", "potential_out_of_range"]
    assert result["failure"].tolist() == [Failure[reason.upper()] for reason in reasons]
    assert result["status"].tolist() == [0, 1, 1, 1]


def test_numbers_that_broke_down_outrank_the_beats_before():
    """What was seen may have been the beginning of the breakdown."""
    label = Label(2, 1000.0)
    beat = {"rmp": -80.0, "vpeak": 30.0, "margin": 0.5, "t90": 400.0, "v_end": -80.0}
    label.add({name: np.full(2, value) for name, value in beat.items()})
    result = label.result(np.array([0.0, Failure.TOO_MANY_STEPS]))
    assert result["ead"].tolist() == [1, 1]
    assert result["label"].tolist() == [1, -1]
    assert result["failure"].tolist() == [Failure.NONE, Failure.TOO_MANY_STEPS]
    assert np.isnan(result["margin_V_per_s"]).tolist() == [False, True]


def test_cell_that_diverges_has_failed_and_leaves_its_neighbours_alone():
    model = cells.load("ohara-2011", "mid", ("extracellular.ko",))
    healthy = cells.pace(model, {}, **PROTOCOL)
    result = cells.pace(model, {}, values={"extracellular.ko": [5.4, -1.0, 5.4]}, **PROTOCOL)
    assert result["status"].tolist() == [0, Status.FAILED, 0]
    assert result["label"].tolist() == [0, -1, 0]
    assert result["apd90_ms"][[0, 2]] == pytest.approx(healthy["apd90_ms"][0], rel=0, abs=0)


def test_other_parameters(mid):
    model = cells.load("ohara-2011", "mid", ("extracellular.ko",))
    result = cells.pace(model, {}, values={"extracellular.ko": [4.0, 5.4]}, **PROTOCOL)
    assert result["rmp_mV"][0] < result["rmp_mV"][1] - 5
    # The potassium concentration is now read at run time and no longer folded: equal but for round-off
    assert result["apd90_ms"][1] == pytest.approx(cells.pace(mid, {}, **PROTOCOL)["apd90_ms"][0], abs=1e-3)


def test_trace_agrees_with_the_biomarkers(mid):
    trace = cells.trace(mid, {"IKr": 0.5}, cycle_length=1000, beats=3, keep=2)
    last = cells.pace(mid, {"IKr": 0.5}, cycle_length=1000, beats=3)
    time, v = trace["time_ms"], trace["v_mV"]
    assert (time[0], time[-1]) == (0, 2000)
    assert (np.diff(time) >= 0).all()
    beat = time >= 1000
    assert v[beat].max() == pytest.approx(last["vpeak_mV"][0], abs=0.01)
    assert trace["cai_mM"][beat].max() == pytest.approx(last["cai_peak_mM"][0], rel=1e-3)
    assert trace["IKr"][beat].max() == pytest.approx(last["peak_IKr_A_per_F"][0], rel=1e-4)


def test_stream_yields_the_same_in_batches(mid):
    blocks = {"IKr": np.linspace(0, 0.9, 11)}
    together = cells.pace(mid, blocks, final_state=True, **PROTOCOL)
    parts = list(cells.pace_batches(mid, blocks, batch=5, final_state=True, **PROTOCOL))
    assert [len(part["status"]) for part in parts] == [5, 5, 1]
    for name, column in together.items():
        assert np.array_equal(np.concatenate([part[name] for part in parts]), column, equal_nan=True), name


def test_pacing_goes_on_from_a_final_state(mid):
    blocks = {"IKr": [0.0, 0.5, 0.9]}
    whole = cells.pace(mid, blocks, beats=5, final_state=True)
    first = cells.pace(mid, blocks, beats=2, final_state=True)
    rest = cells.pace(mid, blocks, beats=3, final_state=True, initial_state=first["state"])
    assert first["state"].shape == (3, len(mid.states))
    assert rest["state"] == pytest.approx(whole["state"], rel=1e-6, abs=1e-9)
    assert rest["apd90_ms"] == pytest.approx(whole["apd90_ms"], abs=1e-3, nan_ok=True)  # the last one is depolarised
    trace = cells.trace(mid, {"IKr": 0.5}, initial_state=first["state"][1])
    assert trace["v_mV"][0] == first["state"][1, mid.states.index("membrane.v")]


def test_cell_without_state_has_failed_and_leaves_its_neighbours_alone(mid):
    states = np.array([mid.initial_state] * 3)
    states[1] = np.nan
    result = cells.pace(mid, {}, initial_state=states, final_state=True, **PROTOCOL)
    assert result["status"].tolist() == [0, Status.FAILED, 0]
    assert np.isnan(result["state"]).all(axis=1).tolist() == [False, True, False]
    assert result["apd90_ms"][0] == cells.pace(mid, {}, **PROTOCOL)["apd90_ms"][0]


def test_without_a_stimulus_the_cell_rests_and_has_no_label(mid):
    result = cells.pace(mid, {}, stimulus_duration=0, **PROTOCOL)
    assert (result["status"], result["label"], result["capture_failure"]) == ([0], [-1], [0])
    assert np.isnan(result["margin_V_per_s"])
    several = cells.pace(mid, {"IK1": [0.9, 0.0, 0.5]}, stimulus_duration=0, **PROTOCOL)
    assert all(several[name][1] == column or np.isnan(column) for name, column in result.items())
    trace = cells.trace(mid, {}, stimulus_duration=0)
    assert np.abs(np.diff(trace["v_mV"])).max() < 0.5
    assert trace["v_mV"].max() < -85


def test_longer_stimulus_covers_the_upstroke(mid):
    short, long = (cells.pace(mid, {}, stimulus_duration=duration) for duration in (0.5, 1.5))
    assert long["dvdt_max_after_stim_V_per_s"] < 0.5 * short["dvdt_max_after_stim_V_per_s"]


def test_model_without_a_stimulus_runs_unpaced_only(tmp_path):
    path = tmp_path / "oscillator.mmt"
    path.write_text(OSCILLATOR)
    model = cells.load(str(path))
    with pytest.raises(UserError, match=r"model oscillator: no stimulus .*; expected stimulus duration 0"):
        cells.pace(model, {})
    trace = cells.trace(model, {}, stimulus_duration=0, beats=2, keep=2)
    expected = 50 * np.cos(2 * np.pi * trace["time_ms"] / 500)
    assert trace["v_mV"] == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: cells.load("ohara"), "unknown model 'ohara'; expected one of .*; did you mean ohara-2011"),
        (
            lambda m: cells.load("ohara-2011", "endocardium"),
            "unknown cell type 'endocardium' in model ohara-2011; .*endo",
        ),
        (lambda m: cells.load("ohara-2011", "mid", ("extracellular.k",)), "unknown parameter 'extracellular.k'"),
        (lambda m: cells.pace(m, {"hERG": 0.5}), "unknown current 'hERG' in model ohara-2011; expected one of INa"),
        (lambda m: cells.pace(m, {"IKr": 1.5}), r"blocks.IKr: 1.5; expected a fraction in \[0, 1\]"),
        (lambda m: cells.pace(m, {"IKr": [0.5, np.nan]}), "blocks.IKr: nan"),
        (lambda m: cells.pace(m, {}, values={"membrane.v": 0}), "unknown parameter 'membrane.v'"),
        (lambda m: cells.pace(m, {}, cycle_length=0.5), "cycle_length: 0.5; expected more than 0.5 ms"),
        (lambda m: cells.pace(m, {}, cycle_length=-5), "cycle_length: -5; expected more than 0.5 ms"),
        (lambda m: cells.pace(m, {}, cycle_length=np.inf), "cycle_length: inf; expected more than 0.5 ms"),
        (lambda m: cells.pace(m, {}, stimulus_duration=-1), "stimulus_duration: -1; expected a time in ms, or 0"),
        (
            lambda m: cells.pace(m, {}, beats=2, label_beats=3),
            "last beats: 3; expected at least 1, at most all of the 2 beats",
        ),
        (lambda m: cells.pace_batches(m, {}, batch=0), "batch: 0; expected at least 1 cell"),
        (lambda m: cells.pace_batches(m, {"IKr": [0.0] * 500 + [2.0]}), "blocks.IKr: 2; "),
        (
            lambda m: cells.pace(m, {}, initial_state=np.zeros(3)),
            r"shape of initial_state: \[1, 3\]; expected \[41\], the states of ohara-2011, or one such row",
        ),
        (
            lambda m: cells.pace(m, {"IKr": [0, 0, 0]}, initial_state=np.zeros((2, 41))),
            "number of values of initial_state: 2; expected 1 or 3, the number of cells",
        ),
        (lambda m: cells.trace(m, {"IKr": [0, 0.5]}), "cells in a trace: 2; expected a single one"),
        (lambda m: m.derivatives(np.zeros(3)), "number of states: 3; expected 41"),
    ],
)
def test_refused(mid, call, message):
    with pytest.raises(UserError, match=message):
        call(mid)
