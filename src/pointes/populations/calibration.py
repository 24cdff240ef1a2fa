"""Calibrate a population: accept the variants whose biomarkers all lie in the ranges that experiments have found.

``human_ventricular.csv`` holds ranges for human ventricular cells at a cycle length of 1,000 ms, after the criteria of
Passini et al. [1]_ with two for calcium. The numbers were taken from the population filter of the public repository
abraaum/master_project (``Python/population_model.py``); it has no licence file, and nothing but these facts is used.

References
----------
.. [1] Passini et al., Front. Physiol. 8, 668 (2017). doi:10.3389/fphys.2017.00668
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pointes.cells import BIOMARKERS, CellModel
from pointes.errors import UserError, unknown
from pointes.tables import read_table
from pointes.vocabulary import Status

HUMAN_VENTRICULAR = Path(__file__).with_name("human_ventricular.csv")
TRIANGULATION = "tri90_40_ms"
MEASURED = {**BIOMARKERS, TRIANGULATION: ("ms", "APD90 minus APD40")}
"""Unit and meaning of each result in the file of a population."""

RHYTHM = ("beats", "period", "alternans")
"""Results that exist only if variants are paced until their rhythm is steady."""

Ranges = Mapping[str, tuple[float, float]]


def read_ranges(path: Path = HUMAN_VENTRICULAR) -> dict[str, tuple[float, float]]:
    """Read ranges of biomarkers from a CSV file.

    Parameters
    ----------
    path
        File with the columns ``biomarker`` (a name in `MEASURED`), ``min`` and ``max`` (in its unit); ``inf`` and
        ``-inf`` leave a side open. Other columns are ignored.

    Returns
    -------
    dict
        Smallest and largest accepted value by biomarker.

    Raises
    ------
    UserError
        The file cannot be read or has no ranges; a biomarker is unknown or there twice; or min is not below max.
    """
    table = read_table(path, "range")
    table.check_columns(["biomarker", "min", "max"])
    ranges: dict[str, tuple[float, float]] = {}
    for line, row in table.rows():
        name, where = row["biomarker"], f"{path}: line {line}"
        if name not in MEASURED:
            raise unknown("biomarker", name, MEASURED, f"line {line} of {path}")
        if name in ranges:
            raise UserError("second range of a biomarker", name, "one for each biomarker", where)
        low, high = _limit(row["min"]), _limit(row["max"])
        if not low < high:
            raise UserError(f"range of {name}", f"{row['min']} to {row['max']}", "min < max", where)
        ranges[name] = low, high
    return ranges


def _limit(cell: str) -> float:
    """Return the number in a cell, which may be infinite, or NaN if it holds something else."""
    try:
        return float(cell)
    except ValueError:
        return np.nan


def check_ranges(ranges: Ranges, model: CellModel, until_steady: bool) -> None:
    """Refuse ranges of results that do not exist: calcium of a model without it, or the rhythm of unsteady variants."""
    rhythm = [name for name in ranges if name in RHYTHM]
    if rhythm and not until_steady:
        raise UserError(f"ranges of {', '.join(rhythm)}", expected="variants that are paced until they are steady")
    calcium = [name for name in ranges if name.startswith("ca")]
    if calcium and model.kernel.CALCIUM is None:
        expected = f"ranges without {', '.join(calcium)}"
        raise UserError("no cytosolic calcium", expected=expected, where=f"model {model.name}")


def outside(results: Mapping[str, np.ndarray], ranges: Ranges) -> dict[str, np.ndarray]:
    """Return by biomarker with a range which variants, (n,) booleans, are out of it.

    A biomarker that a variant does not have, such as APD90 without repolarisation, is out of range.
    """
    return {name: ~((results[name] >= low) & (results[name] <= high)) for name, (low, high) in ranges.items()}


def accepted(results: Mapping[str, np.ndarray], ranges: Ranges) -> np.ndarray:
    """Return which variants, (n,) booleans, are accepted: all in range, neither failed nor arrhythmic."""
    sound = (results["status"] == Status.OK) & (results["label"] == 0)
    return np.asarray(np.logical_and.reduce([sound, *(~out for out in outside(results, ranges).values())]))
