"""The O'Hara-Rudy 2011 cell against reference tables, described in tests/data/README.md: every equation, then beats."""

import csv
from collections import defaultdict
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from pointes import cells

DATA = Path(__file__).parents[2] / "data"
CASES = {
    "control": {},
    "ikr50": {"IKr": 0.5},
    "ikr90": {"IKr": 0.9},
    "ical50": {"ICaL": 0.5},
    "strong_ikr_block_slow": {"IKr": 0.9},
}


def rows(file):
    with (DATA / file).open() as stream:
        return list(csv.DictReader(stream))


def protocols():
    """Reference rows that can be paced together: same cell type, cycle length and beat, different blocks."""

    def protocol(row):
        return row["model"].removeprefix("ord2011_"), float(row["cl_ms"]), int(row["beat"])

    table = [row for row in rows("ohara_biomarkers.csv") if not alternates(row)]
    return [(*key, list(group)) for key, group in groupby(sorted(table, key=protocol), protocol)]


def alternates(row):
    """Whether EADs come every second beat: which of the beats has them is up to round-off, in CVODES as well."""
    return (row["model"], row["case"], row["cl_ms"], row["beat"]) == ("ord2011_endo", "ikr90", "2000", "200")


@pytest.mark.parametrize("celltype", ["endo", "epi", "mid"])
def test_derivatives_of_all_states(celltype):
    points = defaultdict(dict)
    for row in rows("ohara_derivatives.csv"):
        if row["model"] == f"ord2011_{celltype}":
            points[row["point"]][row["state"]] = float(row["value"]), float(row["derivative_per_ms"])
    model = cells.load("ohara-2011", celltype)
    assert len(points) == 7
    for values in points.values():
        state, expected = np.array([values[name] for name in model.states]).T
        scale = np.abs(expected) + 1e-9 * np.max(np.abs(expected))
        assert np.max(np.abs(model.derivatives(state) - expected) / scale) < 1e-9


@pytest.mark.parametrize(("celltype", "cycle_length", "beat", "reference"), protocols())
def test_paced_beats(celltype, cycle_length, beat, reference):
    blocks = {current: [CASES[row["case"]].get(current, 0.0) for row in reference] for current in ("IKr", "ICaL")}
    model = cells.load("ohara-2011", celltype)
    result = cells.pace(model, blocks, cycle_length=cycle_length, beats=beat)

    def expected(name):
        return np.array([float(row[name] or "nan") for row in reference])

    assert np.array_equal(result["ead"], expected("ead"))
    assert np.array_equal(np.isfinite(result["apd90_ms"]), expected("repolarised") == 1)
    # At the edge of EADs every error is amplified: there the flags agree exactly, durations within some ms
    edge = np.array([row["case"] == "strong_ikr_block_slow" or row["ead"] == "1" for row in reference])
    apd_tolerance = np.where(edge, 5.0, np.maximum(0.5, 0.002 * expected("apd90_ms")))
    for name in ("apd30_ms", "apd50_ms", "apd90_ms"):
        assert np.all(np.isnan(expected(name)) | (np.abs(result[name] - expected(name)) < apd_tolerance)), name
    assert result["rmp_mV"] == pytest.approx(expected("rmp_mV"), abs=0.05)
    assert result["vpeak_mV"] == pytest.approx(expected("vpeak_mV"), abs=0.5)
    assert result["dvdt_max_V_per_s"] == pytest.approx(expected("dvdt_max_V_per_s"), rel=0.02)
    assert result["cai_dia_mM"] == pytest.approx(expected("cai_dia_mM"), rel=0.005)
    assert result["cai_peak_mM"] == pytest.approx(expected("cai_peak_mM"), rel=0.005)
    assert result["qnet_uC_per_uF"] == pytest.approx(expected("qnet_uC_per_uF"), rel=0.003, abs=2e-4)


def test_eads_in_every_second_beat():
    (row,) = filter(alternates, rows("ohara_biomarkers.csv"))
    model = cells.load("ohara-2011", "endo")
    pair = [cells.pace(model, {"IKr": 0.9}, cycle_length=2000, beats=beats) for beats in (200, 201)]
    pair.sort(key=lambda beat: beat["ead"][0])
    assert [beat["ead"][0] for beat in pair] == [0, 1]
    assert pair[0]["apd90_ms"][0] == pytest.approx(float(row["apd90_ms"]), rel=0.02)
    assert pair[0]["apd50_ms"][0] == pytest.approx(float(row["apd50_ms"]), rel=0.02)
