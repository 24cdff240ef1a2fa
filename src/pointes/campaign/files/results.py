"""Writing the files of a results folder, and reading them by their kind."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pointes import netcdf
from pointes.campaign.files.provenance import origin_of
from pointes.errors import damaged
from pointes.files import read_json


def write_netcdf(path: Path | str, variables: Mapping[str, netcdf.Variable], attributes: Mapping[str, Any]) -> None:
    """Write a netCDF file with attributes on the software that made it and, in a results folder, on the campaign."""
    netcdf.write(path, variables, {**origin_of(path), **attributes})


def variable(
    dimensions: tuple[str, ...], values: np.ndarray, meaning: str, units: str = "", fill_value: Any = None, **more: Any
) -> netcdf.Variable:
    """Return a variable with the attributes ``long_name``, ``units`` unless they are empty, and ``more``."""
    attributes = {"long_name": meaning, **({"units": units} if units else {}), **more}
    return netcdf.Variable(dimensions, values, attributes, fill_value)


def read_result(path: str) -> tuple[str, Any]:
    """Return a file's name without suffix and its content: a dataset (.nc), columns (.csv) or an object (.json)."""
    file = Path(path)
    match file.suffix:
        case ".nc":
            return file.stem, netcdf.load_dataset(file)
        case ".csv":
            return file.stem, _read_columns(file)
        case _:
            return file.stem, read_json(file)


def _read_columns(file: Path) -> dict[str, np.ndarray]:
    """Return the columns of a CSV file: numbers where all cells are numbers or blank (nan), else text."""
    with file.open(newline="", encoding="utf-8") as stream:
        try:
            rows = list(csv.DictReader(stream, strict=True))
        except (csv.Error, UnicodeDecodeError) as error:
            raise damaged(file, error) from None
    if not rows:
        raise damaged(file, "no rows")
    if any(None in row or None in row.values() for row in rows):
        raise damaged(file, "rows of unequal length")
    columns = {}
    for name in rows[0]:
        cells = [row[name] for row in rows]
        try:
            columns[name] = np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            columns[name] = np.array(cells)
    return columns
