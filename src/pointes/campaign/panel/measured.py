"""Tables of measurements in people or human tissue, checked as they are read, and of what was simulated."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointes.errors import UserError
from pointes.files import write_csv
from pointes.tables import number, read_table

Range = tuple[float, float]


def read_records(
    path: Path, texts: Sequence[str], numbers: Mapping[str, Range], optional: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the rows of a table as texts and numbers by column, other columns left out.

    Parameters
    ----------
    path
        CSV file with a column for each of ``texts`` and ``numbers``.
    texts
        Columns of text, none of it blank.
    numbers
        Lowest and highest value of each column of numbers.
    optional
        Columns of numbers that may be blank, which is NaN.

    Raises
    ------
    UserError
        A column is missing, a text is blank, or a number is missing or out of range.
    """
    table = read_table(path, "measurement")
    table.check_columns([*texts, *numbers])
    records = []
    for line, row in table.rows():
        where = f"{path}: line {line}"
        record: dict[str, Any] = {name: row[name] for name in texts}
        for name, text in record.items():
            if not text:
                raise UserError(name, text, "a text that is not blank", where)
        for name, (low, high) in numbers.items():
            record[name] = number(row[name])
            if not (low <= record[name] <= high or (name in optional and not row[name])):
                raise UserError(name, row[name], f"a number from {low:g} to {high:g}", where)
        records.append(record)
    return records


def write_records(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV, numbers with six digits; a number that is not known is a blank cell."""
    write_csv(path, [{name: _text(value) for name, value in record.items()} for record in records])


def _text(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6g}" if np.isfinite(value) else ""
    return value
