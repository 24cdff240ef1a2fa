"""Tables that users write: CSV files, checked as they are read. What spreadsheet programs export is read or refused."""

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pointes.errors import UserError
from pointes.files import read_bytes, read_text

_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # first bytes of .xlsx, .ods and .xls files
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
MOST_COLUMNS = 2000
"""Largest number of columns, each of which is compared with known names."""
_SEPARATORS = {";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True)
class Table:
    """Cells of a CSV file as text, without the blanks around them."""

    path: Path
    header: tuple[str, ...]  # names of the columns
    lines: tuple[tuple[int, tuple[str, ...]], ...]  # line number and cells of each row, as many as in the header

    def check_columns(self, needed: Iterable[str]) -> None:
        """Raise a UserError for a column that is needed and missing, and for a name that two columns have."""
        check_columns(self.path, self.header, needed)

    def rows(self) -> list[tuple[int, dict[str, str]]]:
        """Return line number and cells by column of each row."""
        return [(line, dict(zip(self.header, cells, strict=True))) for line, cells in self.lines]


def read_table(path: Path | str, thing: str) -> Table:
    """Read a CSV file with a header and at least one row; messages call what a row describes a ``thing``.

    Cells are separated by commas and encoded in UTF-8, or in UTF-16 with a byte order mark. Everything else is refused.
    """
    (_, header), *rows = read_lines(path, thing)
    return Table(Path(path), header, tuple(rows))


def read_lines(path: Path | str, thing: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line number and cells of the header of a CSV file, and then of each row, without blanks around the cells.

    The errors are those of `read_table`, each when its line is reached.
    """
    path = Path(path)
    text = _decoded(path)
    _check_separator(path, text)
    reader = csv.reader(match[0] for match in _LINE.finditer(text))
    header: tuple[str, ...] = ()
    count = 0
    try:
        for row in reader:
            cells = tuple(cell.strip() for cell in row)
            if not any(cells):
                continue
            header = header or cells
            _check_width(cells, header, f"{path}: line {reader.line_num}")
            yield reader.line_num, cells
            count += 1
    except csv.Error as error:
        raise UserError(f"not a CSV file ({error})", where=path) from None
    if count < 2:
        raise UserError(f"no {thing}", expected=f"a header line and then one line per {thing}", where=path)


def check_columns(path: Path, header: Sequence[str], needed: Iterable[str]) -> None:
    """Raise a UserError for a column that is needed and missing, and for a name that two columns have."""
    needed = tuple(needed)
    for name in needed:
        if name not in header:
            raise UserError(f"no column {name!r}", expected=f"the columns {', '.join(needed)}", where=path)
    for name in header:
        if header.count(name) > 1:
            raise UserError(f"more than one column {name!r}", expected="one of each name", where=path)


def number(text: str) -> float:
    """Return the finite number that a cell holds, or NaN if it holds something else.

    Examples
    --------
    >>> number("1.5"), number("1,5"), number("inf")
    (1.5, nan, nan)
    """
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _check_width(cells: Sequence[str], header: Sequence[str], where: str) -> None:
    if len(header) > MOST_COLUMNS:
        raise UserError("number of columns", len(header), f"at most {MOST_COLUMNS}", where)
    if len(cells) != len(header):
        split = " (a decimal comma splits a number in two)" if len(cells) > len(header) else ""
        raise UserError("number of cells", len(cells), f"{len(header)}, as in the header{split}", where)


def _decoded(path: Path) -> str:
    expected = "a CSV file in UTF-8, as spreadsheet programs export it under that name"
    try:
        text = read_text(path, utf16=True)
        is_workbook = read_bytes(path).startswith(_WORKBOOK)
    except UserError as error:
        raise UserError(error.name, expected=expected, where=path) from None
    if is_workbook:
        raise UserError("workbook of a spreadsheet program", expected=expected, where=path)
    if "\0" in text:
        raise UserError("zero bytes, as in UTF-16 without a byte order mark", expected=expected, where=path)
    return text


def _check_separator(path: Path, text: str) -> None:
    found = re.search(r"\S[^\r\n]*", text)
    header = found[0] if found else ""
    for separator, name in _SEPARATORS.items():
        if header.count(separator) > header.count(","):
            body = text[text.index(header) + len(header) :]
            decimal = " and decimal commas in numbers" if re.search(r"\d,\d", body) else ""
            raise UserError(
                f"{name} between cells{decimal}",
                expected="commas between cells and decimal points in numbers, as a spreadsheet program with English "
                "settings exports them",
                where=path,
            )
