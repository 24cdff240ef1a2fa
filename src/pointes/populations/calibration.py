"""Calibrate a population: accept the variants whose biomarkers all lie in the ranges that experiments have found.

``human_ventricular.csv`` holds ranges for human ventricular cells at a cycle length of 1,000 ms, after the criteria of
Passini et al. [1]_ with two for calcium. The numbers were taken from the population filter of the public repository
abraaum/master_project (``Python/population_model.py``); it has no licence file, and nothing but these facts is used.

References
----------
.. [1] Passini et al., Front. Physiol. 8, 668 (2017). doi:10.3389/fphys.2017.00668
"""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pointes.cells import BIOMARKERS, CellModel
from pointes.errors import UserError, unknown
from pointes.vocabulary import Status

HUMAN_VENTRICULAR = Path(__file__).with_name("human_ventricular.csv")
TRIANGULATION = "tri90_40_ms"
MEASURED = {**BIOMARKERS, TRIANGULATION: ("ms", "APD90 minus APD40")}
"""Units and meaning of all that a population's file tells of a variant."""

OF_STEADY_RHYTHM = ("beats", "period", "alternans")  # only measured when variants are paced until they are steady

Ranges = Mapping[str, tuple[float, float]]


def read_ranges(path: Path = HUMAN_VENTRICULAR) -> dict[str, tuple[float, float]]:
    """Read ranges of biomarkers from a CSV file.

    Parameters
    ----------
    path
        With columns ``biomarker`` (a name of `MEASURED`, which says its units), ``min`` and ``max``; others are left
        alone. ``inf`` and ``-inf`` leave a side open.

    Returns
    -------
    dict
        Smallest and largest value that is accepted, by biomarker.

    Raises
    ------
    UserError
        The file cannot be read or has no ranges, an unknown biomarker, one twice, or not min < max; names the line.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            rows, header = list(reader), reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot read ranges from this file ({error})") from None
    missing = [column for column in ("biomarker", "min", "max") if column not in header]
    if missing:
        raise UserError(f"{path}: no column {', '.join(missing)}; expected biomarker, min and max")
    if not rows:
        raise UserError(f"{path}: no ranges; expected at least one row below the header")
    ranges: dict[str, tuple[float, float]] = {}
    for line, row in enumerate(rows, start=2):
        name = row["biomarker"]
        if name not in MEASURED:
            raise unknown("biomarker", name, MEASURED, f"line {line} of {path}")
        if name in ranges:
            raise UserError(f"{path}: a second range of {name} in line {line}; expected one for each biomarker")
        try:
            low, high = float(row["min"]), float(row["max"])
        except (TypeError, ValueError):
            low = high = np.nan
        if not low < high:
            raise UserError(f"{path}: {name} from {row['min']} to {row['max']} in line {line}; expected min < max")
        ranges[name] = low, high
    return ranges


def check_ranges(ranges: Ranges, model: CellModel, until_steady: bool) -> None:
    """Refuse ranges of what is not measured: calcium in a model that has none, the rhythm unless it becomes steady."""
    rhythm = [name for name in ranges if name in OF_STEADY_RHYTHM]
    if rhythm and not until_steady:
        raise UserError(f"ranges of {', '.join(rhythm)} need variants that are paced until they are steady")
    calcium = [name for name in ranges if name.startswith("ca")]
    if calcium and model.kernel.CALCIUM is None:
        raise UserError(f"model {model.name} has no cytosolic calcium; expected ranges without {', '.join(calcium)}")


def outside(results: Mapping[str, np.ndarray], ranges: Ranges) -> dict[str, np.ndarray]:
    """Return for each biomarker with a range which variants, (n,) booleans, are out of it.

    A biomarker that a variant does not have, as APD90 without repolarisation, is out of range.
    """
    return {name: ~((results[name] >= low) & (results[name] <= high)) for name, (low, high) in ranges.items()}


def accepted(results: Mapping[str, np.ndarray], ranges: Ranges) -> np.ndarray:
    """Return which variants, (n,) booleans, are accepted: all in range, neither failed nor arrhythmic."""
    sound = (results["status"] == Status.OK) & (results["label"] == 0)
    return np.logical_and.reduce([sound, *(~out for out in outside(results, ranges).values())])
