"""Steady rhythms: forecasts of synthetic courses, then cells against as many plain beats as the field takes."""

import numpy as np
import pytest

from pointes import cells
from pointes.cells import steady
from pointes.cells.biomarkers import MILLIVOLTS, alternans
from pointes.vocabulary import Status

RNG = np.random.default_rng(5)
SLOW, FAST, DRIFT = RNG.standard_normal((3, 40)) * 1e-3


def changes(*, slow=0.0, fast=0.0, drift=0.0):
    """Four changes from window to window of a course with two modes, of roots 0.85 and 0.4, and a drift."""
    return np.array([slow * SLOW * 0.85**k + fast * FAST * 0.4**k + drift * DRIFT for k in range(4)])


def same(ours, other):
    return all(np.array_equal(ours[name], other[name], equal_nan=True) for name in other)


@pytest.mark.parametrize(("slow", "fast"), [(1, 0), (1, 1), (0.01, 3)])
def test_forecast_of_decaying_modes(slow, fast):
    outlook = steady.forecast(changes(slow=slow, fast=fast))
    windows = np.arange(4, 4 + steady.HORIZON // steady.WINDOW)
    to_come = slow * SLOW * (0.85**windows).sum() + fast * FAST * (0.4**windows).sum()
    assert outlook.change == pytest.approx(to_come, rel=1e-6, abs=1e-12)
    assert outlook.slowest == pytest.approx(0.85)
    assert outlook.uncertainty < 1e-9


@pytest.mark.parametrize("hidden", [{}, {"slow": 1}, {"slow": 1, "fast": 1}])
def test_drift_beneath_decaying_modes_is_reckoned_with(hidden):
    outlook = steady.forecast(changes(drift=0.01, **hidden))
    still_to_come = 0.01 * np.abs(DRIFT).max() * steady.HORIZON // steady.WINDOW
    assert outlook.size > 0.5 * still_to_come
    assert outlook.size > steady.TOLERANCE or still_to_come < steady.TOLERANCE


def test_forecast_keeps_linear_invariants():
    """A sum of the states that the course does not change, such as charge, is not changed by a leap either."""
    charge = RNG.standard_normal(40)
    course = changes(slow=1, fast=1) + 1e-6 * RNG.standard_normal((4, 40))
    course -= np.outer(course @ charge, charge) / (charge @ charge)
    outlook = steady.forecast(course)
    assert np.abs(outlook.change).max() > 1e-3
    assert outlook.change @ charge == pytest.approx(0, abs=1e-14)


def test_too_few_changes_give_no_forecast():
    assert steady.forecast(changes(slow=1)[:2]) is None


@pytest.mark.parametrize(("size", "period"), [([0, 0, 0], 1), ([0, 1, 0], 2), ([0, 1, 2], 0)])
def test_rhythm(size, period):
    course = np.tile(size, 7)[:20, None] if period == 0 else np.tile(size[:2], 10)[:, None]
    assert steady.rhythm(1e-3 * course, tolerance=1e-3) == period


def test_alternans_needs_a_difference_of_stated_size():
    def beat(apd90, calcium):
        return {
            name: np.array([value])
            for name, value in {
                "rmp": -88.0,
                "vpeak": 40.0,
                "unpaced": 0.0,
                "upstrokes": 1.0,
                "t_dvdt_max": 1.0,
                "t90": 1.0 + apd90 if np.isfinite(apd90) else 0.0,
                "v_end": -88.0 if np.isfinite(apd90) else -40.0,
                "calcium_peak": calcium,
                "calcium_min": 0.0,
            }.items()
        }

    assert alternans(beat(300, 5e-4), beat(305.1, 5e-4), MILLIVOLTS)
    assert alternans(beat(300, 5e-4), beat(300, 4.7e-4), MILLIVOLTS)
    assert alternans(beat(300, 5e-4), beat(np.nan, 5e-4), MILLIVOLTS)
    assert not alternans(beat(300, 5e-4), beat(304.9, 4.8e-4), MILLIVOLTS)


@pytest.mark.parametrize(
    ("name", "celltype", "cycle_length", "most"),
    [("tentusscher-2006", "epi", 1000, 350), ("ohara-2011", "endo", 2000, 400), ("ohara-2011", "endo", 1000, 500)],
)
def test_steady_state_is_that_of_a_thousand_beats(name, celltype, cycle_length, most):
    model = cells.load(name, celltype)
    blocks = {"IKr": [0, 0.5, 0.7, 0], "ICaL": [0, 0, 0.3, 0], "INa": [0, 0, 0, 0.5]}
    plain = cells.pace(model, blocks, cycle_length=cycle_length, beats=1000, final_state=True)
    result = cells.pace(model, blocks, cycle_length=cycle_length, beats=1000, final_state=True, until_steady=True)
    assert (result["period"] == 1).all()
    assert (result["beats"] < most).all()
    assert (result["alternans"] == 0).all()
    tolerance = np.maximum(0.5, 0.002 * plain["apd90_ms"])
    assert (np.abs(result["apd90_ms"] - plain["apd90_ms"]) < tolerance).all()
    assert result["cai_peak_mM"] == pytest.approx(plain["cai_peak_mM"], rel=0.005)
    assert result["rmp_mV"] == pytest.approx(plain["rmp_mV"], abs=0.05)
    for ion in ("nai", "ki", "Na_i", "K_i"):
        for k in [k for k, state in enumerate(model.states) if state.endswith(f".{ion}")]:
            assert result["state"][:, k] == pytest.approx(plain["state"][:, k], rel=0.002), model.states[k]
    slower = cells.pace(model, blocks, cycle_length=cycle_length, beats=1000, until_steady=True, accelerate=False)
    assert (slower["period"] == 1).all()
    assert (slower["beats"] > result["beats"]).all()


def test_rhythm_of_two_beats_is_found_and_flagged():
    model = cells.load("tentusscher-2006", "epi")
    protocol = {"cycle_length": 300, "final_state": True}
    result = cells.pace(model, {"IKr": 0.3, "ICaL": 0.6}, beats=1000, until_steady=True, **protocol)
    assert (result["period"], result["alternans"]) == ([2], [1])
    on = [
        cells.pace(model, {"IKr": 0.3, "ICaL": 0.6}, beats=beats, initial_state=result["state"], **protocol)["apd90_ms"]
        for beats in (1, 2, 3, 500)
    ]
    assert abs(on[0] - on[1]) > 5
    assert on[2] == pytest.approx(on[0], abs=0.5)
    assert on[3] == pytest.approx(on[1], abs=0.5)


@pytest.mark.parametrize(
    ("name", "celltype", "blocks"),
    [
        ("tentusscher-2006", "epi", {"ICaL": 0.5}),  # alternans whose size changes from beat to beat
        ("torord-fkatp", "endo", {"IKr": [0, 0.5]}),  # potassium drifts for thousands of beats
    ],
)
def test_what_is_not_steady_is_paced_beat_by_beat(name, celltype, blocks):
    model = cells.load(name, celltype)
    protocol = {"beats": 504, "label_beats": 3, "final_state": True}
    plain = cells.pace(model, blocks, **protocol)
    result = cells.pace(model, blocks, until_steady=True, **protocol)
    assert (result["period"] == 0).all()
    assert (result["beats"] >= 504).all()
    assert (result["beats"] <= 504 + 200).all()  # a leap that does not help is noticed soon
    assert same(result, plain)


def test_rows_do_not_depend_on_the_batch():
    model = cells.load("tentusscher-2006", "epi")
    blocks = {"IKr": np.linspace(0, 0.9, 11), "ICaL": np.linspace(0.4, 0, 11)}
    protocol = {"beats": 300, "until_steady": True, "final_state": True}
    together = cells.pace(model, blocks, **protocol)
    assert len(set(together["beats"])) > 1
    parts = list(cells.pace_batches(model, blocks, batch=4, **protocol))
    assert [len(part["beats"]) for part in parts] == [4, 4, 3]
    assert same({name: np.concatenate([part[name] for part in parts]) for name in together}, together)


def test_broken_cell_ends_early_and_leaves_its_neighbours_alone():
    model = cells.load("tentusscher-2006", "epi")
    state = np.array([model.initial_state] * 3)
    state[1] = np.nan
    result = cells.pace(model, {}, beats=300, until_steady=True, initial_state=state)
    alone = cells.pace(model, {}, beats=300, until_steady=True)
    assert result["status"].tolist() == [0, Status.FAILED, 0]
    assert result["period"].tolist() == [1, 0, 1]
    assert result["beats"][1] < 50
    assert same({name: column[[0]] for name, column in result.items()}, alone)


def test_fewer_beats_than_a_window():
    result = cells.pace(cells.load("tentusscher-2006", "epi"), {}, beats=5, label_beats=2, until_steady=True)
    assert (result["beats"], result["period"]) == ([5], [0])
