"""Calibration: what is accepted, and which ranges are refused."""

import numpy as np
import pytest

from pointes import cells
from pointes.errors import UserError
from pointes.populations import read_ranges
from pointes.populations.calibration import MEASURED, accepted, check_ranges, outside
from pointes.vocabulary import Status


def test_variant_is_accepted_only_if_all_is_well():
    results = {
        "status": np.array([Status.OK] * 5 + [Status.FAILED]),
        "label": np.array([0, 0, 0, 0, 1, -1]),
        "apd90_ms": np.array([180.0, 179.9, np.nan, 300, 300, 300]),
        "rmp_mV": np.array([-80.0, -85, -85, -79, -85, -85]),
    }
    ranges = {"apd90_ms": (180.0, 440.0), "rmp_mV": (-95.0, -80.0)}
    assert accepted(results, ranges).tolist() == [True, False, False, False, False, False]
    out = outside(results, ranges)
    assert out["apd90_ms"].tolist() == [False, True, True, False, False, False]
    assert out["rmp_mV"].tolist() == [False, False, False, True, False, False]


def test_published_ranges_hold_the_control_cells_of_a_human_model():
    ranges = read_ranges()
    assert ranges["apd90_ms"] == (180, 440)
    assert len(ranges) == 11
    result = cells.pace(cells.load("ohara-2011", "mid"), {}, beats=20)
    result["tri90_40_ms"] = result["apd90_ms"] - result["apd40_ms"]
    assert accepted(result, ranges).all()
    blocked = cells.pace(cells.load("ohara-2011", "mid"), {"ICaL": 0.9}, beats=20)
    blocked["tri90_40_ms"] = blocked["apd90_ms"] - blocked["apd40_ms"]
    assert not accepted(blocked, ranges).any()


def test_own_ranges(tmp_path):
    path = tmp_path / "ranges.csv"
    path.write_text("min,biomarker,max,source\n200,apd90_ms,400,mine\n-inf,rmp_mV,-80,mine\n")
    assert read_ranges(path) == {"apd90_ms": (200, 400), "rmp_mV": (-np.inf, -80)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("biomarker,min\napd90_ms,1\n", "no column 'max'; expected the columns biomarker, min, max"),
        ("biomarker,min,max\n", "no range; expected a header line"),
        ("biomarker,min,max\napd91_ms,1,2\n", "unknown biomarker 'apd91_ms' in line 2 of .*did you mean apd"),
        ("biomarker,min,max\napd90_ms,1,2\napd90_ms,1,3\n", "line 3: second range of a biomarker: 'apd90_ms'"),
        ("biomarker,min,max\napd90_ms,2,2\n", "line 2: range of apd90_ms: '2 to 2'; expected min < max"),
        ("biomarker,min,max\napd90_ms,,2\n", "expected min < max"),
        ("biomarker,min,max\napd90_ms,1\n", "line 2: number of cells: 2; expected 3"),
        ("biomarker,min,max\napd90_ms,nan,2\n", "expected min < max"),
    ],
)
def test_faulty_ranges_are_refused(tmp_path, text, message):
    path = tmp_path / "ranges.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        read_ranges(path)


def test_ranges_of_calcium_need_calcium():
    check_ranges(read_ranges(), cells.load("ohara-2011", "mid"), until_steady=False)
    without = cells.load("mitchell-schaeffer-2003")
    check_ranges({"rmp_mV": (-95, -80)}, without, until_steady=False)
    with pytest.raises(UserError, match="no cytosolic calcium; expected ranges without catd50_ms"):
        check_ranges({"rmp_mV": (-95, -80), "catd50_ms": (1, 2)}, without, until_steady=False)


def test_ranges_of_the_rhythm_need_a_steady_one():
    model = cells.load("ohara-2011", "mid")
    check_ranges({"alternans": (-1, 0.5)}, model, until_steady=True)
    with pytest.raises(UserError, match="ranges of alternans; expected variants that are paced until they are steady"):
        check_ranges({"alternans": (-1, 0.5)}, model, until_steady=False)


def test_every_measured_biomarker_may_have_a_range():
    assert set(read_ranges()) <= set(MEASURED)
