"""A table of samples: one row per point of the parameter space, with what is known about it."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pointes.errors import UserError
from pointes.files import read_text
from pointes.vocabulary import Fidelity, Purpose

Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Samples:
    """Columns of equal length; the parameters are the columns named in ``ranges``, in that order.

    Attributes
    ----------
    columns
        Arrays (n,) by variable name.
    ranges
        Lowest and highest value [1] of each parameter.
    details
        Attributes of further columns, such as units, by variable name.
    attributes
        Global attributes of the file that the samples came from or go to.
    """

    columns: dict[str, np.ndarray]
    ranges: Ranges
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    @property
    def points(self) -> np.ndarray:
        """The parameters as an array (n, d)."""
        return np.column_stack([self.columns[name] for name in self.ranges])

    @property
    def explored(self) -> "Samples":
        """The samples within the ranges, as all are but the control of ranges that do not begin at 0."""
        if holds_control(self.ranges):
            return self
        return self.where(self["purpose"] != Purpose.CONTROL)

    @property
    def has_fidelities(self) -> bool:
        """Whether these are samples of a two-fidelity campaign."""
        return "fidelity" in self.columns

    @property
    def high_fidelity(self) -> "Samples":
        """The samples of the high fidelity, whose boundary is learned: all of them in campaigns with one fidelity."""
        return self.where(self["fidelity"] == Fidelity.HIGH) if self.has_fidelities else self

    def where(self, rows: np.ndarray) -> "Samples":
        """Return the rows that a mask or an index array selects."""
        return replace(self, columns={name: column[rows] for name, column in self.columns.items()})


def make(points: np.ndarray, ranges: Ranges, **columns: np.ndarray) -> Samples:
    """Return samples at ``points`` (n, d), columns in the order of ``ranges``, with further columns."""
    return Samples({**columns, **dict(zip(ranges, np.asarray(points, float).T, strict=True))}, ranges)


def holds_control(ranges: Ranges) -> bool:
    """Return whether the control, without any block, lies within the ranges."""
    return all(low <= 0 for low, _ in ranges.values())


def concatenate(parts: Sequence[Samples]) -> Samples:
    """Stack samples; a column that some of them do not have is NaN there, or -1 if it holds integers."""
    some = {name: column for part in parts for name, column in part.columns.items()}
    columns = {
        name: np.concatenate([part.columns[name] if name in part.columns else _gap(like, len(part)) for part in parts])
        for name, like in some.items()
    }
    details = {name: attributes for part in parts for name, attributes in part.details.items()}
    return replace(parts[0], columns=columns, details=details)


def _gap(like: np.ndarray, count: int) -> np.ndarray:
    return np.full((count, *like.shape[1:]), np.nan if like.dtype.kind == "f" else -1, like.dtype)


def read_points(path: Path, ranges: Ranges) -> tuple[list[dict[str, str]], np.ndarray]:
    """Read points from a CSV file that has one column per parameter; other columns are kept as text.

    Returns
    -------
    rows
        The file's rows as text, by column.
    points
        (n, d) array [1], columns in the order of ``ranges``.

    Raises
    ------
    UserError
        The file cannot be read or its columns are not separated by commas; a column is missing or there twice, a value
        is no number or outside its parameter's range, a line is too long, or there are no points.
    """
    text = read_text(path, utf16=True)
    first = text.partition("\n")[0]
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if separator in first and "," not in first:
            raise UserError(
                f"{path}: columns are separated by {name}; expected commas between columns, and points in numbers"
            )
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
        numbered = [(reader.line_num, row) for row in reader]
        header = list(reader.fieldnames or [])
    except csv.Error as error:
        raise UserError(f"{path}: cannot read points from this file ({error})") from None
    missing = [name for name in ranges if name not in header]
    if missing:
        raise UserError(f"{path}: no column {', '.join(missing)}; expected one column for each of {', '.join(ranges)}")
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise UserError(f"{path}: more than one column {', '.join(sorted(twice))}; expected one of each name")
    if not numbered:
        raise UserError(f"{path}: no points; expected at least one row below the header")
    points = np.empty((len(numbered), len(ranges)))
    for index, (line, row) in enumerate(numbered):
        if None in row:
            raise UserError(f"{path}: line {line} has more values than the header; expected {len(header)}")
        for column, (name, (low, high)) in enumerate(ranges.items()):
            try:
                value = float(row[name])
            except (TypeError, ValueError):
                value = math.nan
            if not low <= value <= high:
                raise UserError(
                    f"{path}: {name} is {row[name]!r} in line {line}; expected a number from {low:g} to {high:g}"
                )
            points[index, column] = value
    return [row for _, row in numbered], points
