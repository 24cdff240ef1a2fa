"""Reading the files of a results folder by their kind."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np


def read_result(path: str) -> tuple[str, Any]:
    """Return a file's name without suffix and its content: a dataset (.nc), columns (.csv) or an object (.json)."""
    file = Path(path)
    match file.suffix:
        case ".nc":
            import xarray

            return file.stem, xarray.open_dataset(file, engine="netcdf4")
        case ".csv":
            return file.stem, _read_columns(file)
        case _:
            return file.stem, json.loads(file.read_text(encoding="utf-8"))


def _read_columns(file: Path) -> dict[str, np.ndarray]:
    """Return the columns of a CSV file: numbers where all cells are numbers or blank (nan), else text."""
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    columns = {}
    for name in rows[0]:
        cells = [row[name] for row in rows]
        try:
            columns[name] = np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            columns[name] = np.array(cells)
    return columns
