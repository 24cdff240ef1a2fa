"""CSV files that users write: every table survives, or is refused in one line."""

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointes.errors import UserError
from pointes.tables import number, read_table

NAMES = st.text("abcXYZ019_ µ()", min_size=1, max_size=8).map(str.strip).filter(bool)
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("tables") / "table.csv"


@st.composite
def tables(draw, smallest_width=1):
    """Header and rows of a table, the header first."""
    header = draw(st.lists(NAMES, min_size=smallest_width, max_size=4))
    row = st.lists(CELLS, min_size=len(header), max_size=len(header)).filter(lambda cells: any(map(str.strip, cells)))
    return [header, *draw(st.lists(row, min_size=1, max_size=4))]


def write(path, rows, encoding, **dialect):
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


@given(rows=tables(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), end=st.sampled_from(["\n", "\r\n"]))
def test_any_table_of_text_survives(path, rows, encoding, end):
    write(path, rows, encoding, lineterminator=end)
    table = read_table(path, "thing")
    header, *cells = [tuple(cell.strip() for cell in row) for row in rows]
    assert table.header == header
    assert [row for _, row in table.lines] == cells


@given(rows=tables(smallest_width=2), encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_semicolons_between_cells_are_always_refused(path, rows, encoding):
    write(path, rows, encoding, delimiter=";")
    with pytest.raises(UserError, match="semicolons between cells"):
        read_table(path, "thing")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_number_inverts_repr(value):
    assert number(repr(value)) == value


@given(st.text())
def test_number_is_finite_or_nan_whatever_a_cell_holds(text):
    assert not math.isinf(number(text))
