"""The cells of a drug table's file. What spreadsheet programs write in its place is read, or named in one line."""

import codecs
import csv
import io
import re
from pathlib import Path

from pointes.errors import UserError

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx, .ods and .xls files begin
_SEPARATORS = {";": "semicolons", "\t": "tabs"}


def read_cells(path: str | Path) -> list[tuple[int, list[str]]]:
    """Return line number and stripped cells of the header and of every line that is not blank, all of one length.

    Parameters
    ----------
    path
        CSV file, comma separated, in UTF-8, or in UTF-16 with a byte order mark.

    Raises
    ------
    UserError
        For a file that cannot be read, that has another encoding or separator, or that holds no line below its header.
    """
    try:
        text = _decoded(path, Path(path).read_bytes())
        _check_separator(path, text)
        reader = csv.reader(io.StringIO(text, newline=""))
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))]
    except (OSError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"cannot read the drug table {path}: {reason}; expected a CSV file in UTF-8") from error
    if len(lines) < 2:
        raise UserError(f"{path} holds no drug; expected a header line and then one line per drug")
    width = len(lines[0][1])
    for line, cells in lines:
        if len(cells) != width:
            split = " (a decimal comma splits a number in two)" if len(cells) > width else ""
            raise UserError(f"{path}, line {line} has {len(cells)} cells; expected {width}, as the header has{split}")
    return lines


def _decoded(path: str | Path, content: bytes) -> str:
    expected = "expected a CSV file in UTF-8, as spreadsheet programs export it under that name"
    if content.startswith(_WORKBOOK):
        raise UserError(f"{path} is the workbook of a spreadsheet program; {expected}")
    encoding = "UTF-16" if content.startswith(_UTF16) else "UTF-8"
    try:
        text = content.decode("utf-8-sig" if encoding == "UTF-8" else encoding)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start} cannot be read as {encoding}; {expected}") from None
    if "\0" in text:
        raise UserError(f"{path}: it holds zero bytes, as UTF-16 without a byte order mark does; {expected}")
    return text


def _check_separator(path: str | Path, text: str) -> None:
    header, *body = re.split("[\r\n]+", text.lstrip(), maxsplit=1)
    for separator, name in _SEPARATORS.items():
        if header.count(separator) > header.count(","):
            decimal = " and decimal commas in numbers" if re.search(r"\d,\d", "".join(body)) else ""
            raise UserError(
                f"{path} has {name} between cells{decimal}; expected commas between cells and decimal points in "
                "numbers, as a spreadsheet program with English settings exports them"
            )
