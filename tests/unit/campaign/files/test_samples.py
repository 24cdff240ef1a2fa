"""Points that a user gives are checked before anything is simulated."""

import numpy as np
import pytest

from pointes.campaign.files.samples import concatenate, make, read_points
from pointes.campaign.space import Space
from pointes.errors import UserError

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.2, 0.8)})


def test_points_keep_the_order_of_the_ranges(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("\ufeffname, ICaL, IKr\nfirst, 0.5, 1\nsecond, 2e-1, 0\n", encoding="utf-8")
    np.testing.assert_array_equal(read_points(path, RANGES), [[1, 0.5], [0, 0.2]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("IKr\n0.5\n", "no column 'ICaL'; expected the columns IKr, ICaL"),
        ("", "no point; expected a header line and then one line per point"),
        ("IKr,ICaL\n", "no point; expected a header line"),
        ("IKr,ICaL,IKr\n0.5,0.5,0.9\n", "more than one column 'IKr'; expected one of each name"),
        ("IKr,ICaL,drug,drug\n0.5,0.5,a,b\n", "more than one column 'drug'; expected one of each name"),
        ("IKr,ICaL\n0.5,0.5\nhalf,0.5\n", "line 3: IKr: 'half'; expected a number from 0 to 1"),
        ("IKr,ICaL\n1.01,0.5\n", "line 2: IKr: '1.01'; expected a number from 0 to 1"),
        ("IKr,ICaL\n0.5,0.1\n", "line 2: ICaL: '0.1'; expected a number from 0.2 to 0.8"),
        ("IKr,ICaL\nnan,0.5\n", "line 2: IKr: 'nan'"),
        ("IKr,ICaL\n0.5\n", "line 2: number of cells: 1; expected 2, as in the header"),
    ],
)
def test_faulty_points_are_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_points(path, RANGES)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"IKr,ICaL\n\x00\x00"])
def test_files_that_hold_no_text_are_refused(tmp_path, content):
    path = tmp_path / "points.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"points\.csv"):
        read_points(path, RANGES)


def test_points_are_the_parameter_columns():
    points = np.array([[0.1, 0.3], [0.2, 0.4], [0.5, 0.6]])
    samples = make(points, RANGES, sample_id=np.arange(3))
    np.testing.assert_array_equal(samples.points, points)
    np.testing.assert_array_equal(samples.where(samples["IKr"] > 0.15)["sample_id"], [1, 2])
    np.testing.assert_array_equal(concatenate([samples, samples]).points, np.vstack([points, points]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_spreadsheets_are_read(tmp_path, encoding):
    path = tmp_path / "points.csv"
    path.write_text("IKr,ICaL\n0.1,0.2\n", encoding=encoding)
    np.testing.assert_array_equal(read_points(path, Space.of({"IKr": (0, 1), "ICaL": (0, 1)})), [[0.1, 0.2]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"IKr;ICaL\n0,1;0,2\n", "semicolons between cells and decimal commas in numbers; expected commas"),
        ("IKr\tICaL\n0.1\t0.2\n".encode("utf-16"), "tabs between cells; expected commas"),
        (
            "für,IKr,ICaL\nmich,0.1,0.2\n".encode("latin-1"),
            "byte 1 cannot be read as UTF-8; expected a CSV file in UTF-8",
        ),
    ],
)
def test_other_ways_to_write_tables_are_named(tmp_path, content, message):
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_points(path, Space.of({"IKr": (0, 1), "ICaL": (0, 1)}))
