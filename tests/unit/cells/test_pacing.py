"""Populations: independence of the batch, labels, failures, traces, and what is refused."""

import numpy as np
import pytest

from pointes import cells
from pointes.errors import UserError

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
    assert (result["status"] == cells.STATUS["ok"]).all()
    assert np.array_equal(result["margin_V_per_s"] > 0, result["ead"] == 1, equal_nan=True)


def test_margin_rises_toward_the_boundary(mid):
    margin = cells.pace(mid, {"IKr": [0.0, 0.1, 0.3, 0.5]}, **PROTOCOL | {"beats": 30})["margin_V_per_s"]
    assert (np.diff(margin) > 0).all()
    assert (margin < 0).all()


def test_beat_without_capture_has_failed_and_is_not_safe(mid):
    result = cells.pace(mid, {"INa": [0.0, 1.0], "ICaL": [0.0, 1.0]}, **PROTOCOL)
    assert result["status"].tolist() == [cells.STATUS["ok"], cells.STATUS["failed"]]
    assert result["label"].tolist() == [0, -1]


def test_cell_that_diverges_has_failed_and_leaves_its_neighbours_alone():
    model = cells.load("ohara-2011", "mid", ("extracellular.ko",))
    healthy = cells.pace(model, {}, **PROTOCOL)
    result = cells.pace(model, {}, values={"extracellular.ko": [5.4, -1.0, 5.4]}, **PROTOCOL)
    assert result["status"].tolist() == [0, cells.STATUS["failed"], 0]
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
        (lambda m: cells.pace(m, {"IKr": 1.5}), r"block of IKr is 1.5; expected a fraction in \[0, 1\]"),
        (lambda m: cells.pace(m, {"IKr": [0.5, np.nan]}), "block of IKr is nan"),
        (lambda m: cells.pace(m, {}, values={"membrane.v": 0}), "unknown parameter 'membrane.v'"),
        (lambda m: cells.pace(m, {}, cycle_length=0.5), "cycle length is 0.5 ms; expected more than 0.5 ms"),
        (lambda m: cells.pace(m, {}, beats=2, label_beats=3), "the last 3 of 2 beats"),
        (lambda m: m.derivatives(np.zeros(3)), "state has 3 values; expected 41"),
    ],
)
def test_refused(mid, call, message):
    with pytest.raises(UserError, match=message):
        call(mid)
