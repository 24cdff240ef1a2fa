"""A table of samples: one row per point of the parameter space, with its results and how it was chosen.

It is not an xarray dataset, because jobs that read samples would take a second longer to start.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pointes.campaign.space import Space
from pointes.errors import UserError
from pointes.tables import check_columns, number, read_lines
from pointes.vocabulary import Fidelity, Purpose


@dataclass(frozen=True)
class Samples:
    """Columns of equal length; the parameters are the columns named in ``space``, in that order."""

    columns: dict[str, np.ndarray]  # (n, ...) each, by variable name
    space: Space  # axes of the parameters
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # attributes of columns, such as units
    attributes: Mapping[str, Any] = field(default_factory=dict)  # global attributes of the samples' file

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    @property
    def points(self) -> np.ndarray:
        """The parameters as an array (n, d)."""
        return np.column_stack([self.columns[name] for name in self.space])

    @property
    def coordinates(self) -> np.ndarray:
        """The points in the coordinates of learners, (n, d)."""
        return self.space.coordinates(self.points)

    @property
    def explored(self) -> "Samples":
        """The samples within the space: all of them but a control that lies outside."""
        if self.space.holds_control:
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


def make(points: np.ndarray, space: Space, **columns: np.ndarray) -> Samples:
    """Return samples at ``points`` (n, d), columns in the order of ``space``, with further columns."""
    return Samples({**columns, **dict(zip(space, np.asarray(points, float).T, strict=True))}, space)


def concatenate(parts: Sequence[Samples]) -> Samples:
    """Return all samples in one table; a column that some of them lack is NaN there, or -1 if it holds integers."""
    some = {name: column for part in parts for name, column in part.columns.items()}
    columns = {
        name: np.concatenate([part.columns[name] if name in part.columns else _gap(like, len(part)) for part in parts])
        for name, like in some.items()
    }
    details = {name: attributes for part in parts for name, attributes in part.details.items()}
    return replace(parts[0], columns=columns, details=details)


def _gap(like: np.ndarray, count: int) -> np.ndarray:
    return np.full((count, *like.shape[1:]), np.nan if like.dtype.kind == "f" else -1, like.dtype)


def read_points(path: Path, space: Space) -> np.ndarray:
    """Return the points (n, d) in a CSV file, in the order of ``space``.

    The file must have one column per parameter, and its values must lie within the space.
    """
    lines = read_lines(path, "point")
    _, header = next(lines, (0, ()))
    check_columns(path, header, space)
    columns = [(header.index(name), name, axis.low, axis.high) for name, axis in space.items()]
    values = array("d")
    for line, cells in lines:
        for column, name, low, high in columns:
            value = number(cells[column])
            if not low <= value <= high:
                raise UserError(name, cells[column], f"a number from {low:g} to {high:g}", f"{path}: line {line}")
            values.append(value)
    return np.frombuffer(values).reshape(-1, len(space))
