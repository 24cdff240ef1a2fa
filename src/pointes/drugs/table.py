"""Drug tables: a CSV file with one row per drug, read into arrays.

Columns: ``drug`` and ``cmax_nM`` (free); if wanted ``risk``; and for each channel ``<channel>_ic50_nM`` with any of
``_hill``, ``_ic50_q025_nM``, ``_ic50_median_nM``, ``_ic50_q975_nM``, ``_hill_q025``, ``_hill_median``, ``_hill_q975``,
``_correlation`` (of log IC50 with Hill). hERG is another name of IKr. Other columns are not read.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten

import numpy as np

from pointes.drugs.row import QUANTITIES, Row
from pointes.errors import UserError, unknown

CHANNELS = ("IKr", "ICaL", "INaL", "INa", "Ito", "IKs", "IK1")

_DRUG_COLUMNS = ("drug", "risk", "cmax_nM")


@dataclass(frozen=True, eq=False)
class DrugTable:
    """Drugs and their static block parameters; NaN means that nothing is known.

    Attributes
    ----------
    names : n_drugs names
    risk : n_drugs categories: ``"high"``, ``"intermediate"``, ``"low"``, or ``""`` without a label
    channels : n_channels names
    cmax_nM : (n_drugs,) free peak plasma concentration [nM]
    ic50_nM, hill : (n_drugs, n_channels) best fit [nM], [-]; NaN IC50 for a channel without known block
    ic50_posterior_nM, hill_posterior : (n_drugs, n_channels, 3) quantiles 2.5, 50, 97.5 %; NaN where not given
    correlation : (n_drugs, n_channels) correlation of log IC50 with Hill in the posterior, 0 where not given
    """

    names: tuple[str, ...]
    risk: tuple[str, ...]
    channels: tuple[str, ...]
    cmax_nM: np.ndarray
    ic50_nM: np.ndarray
    hill: np.ndarray
    ic50_posterior_nM: np.ndarray
    hill_posterior: np.ndarray
    correlation: np.ndarray

    def select(self, channels: Iterable[str]) -> "DrugTable":
        """Return the table with only these of its channels, in this order."""
        channels = tuple(channels)
        columns = [self.channels.index(channel) for channel in channels]
        arrays = ("ic50_nM", "hill", "ic50_posterior_nM", "hill_posterior", "correlation")
        return replace(self, channels=channels, **{name: getattr(self, name)[:, columns] for name in arrays})

    def point_estimate(self) -> tuple[np.ndarray, np.ndarray]:
        """Return IC50 [nM] and Hill [-], (n_drugs, n_channels): posterior medians, else the best fit.

        The median comes first because a least-squares search can stop at a bound, far outside its own posterior.
        """
        ic50_nM, hill = self.ic50_posterior_nM[..., 1], self.hill_posterior[..., 1]
        return np.where(np.isnan(ic50_nM), self.ic50_nM, ic50_nM), np.where(np.isnan(hill), self.hill, hill)


def read_drug_table(path: str | Path, channels: Iterable[str]) -> DrugTable:
    """Read and check a drug table.

    Parameters
    ----------
    path
        CSV file, comma separated, UTF-8.
    channels
        Channels that need an IC50 column. Known channels beyond these are read as well and follow them.

    Raises
    ------
    UserError
        For an unreadable or empty file, a missing column, one whose name is nearly that of a known one, an unknown
        channel, a repeated drug, and a cell that does not hold what its column should. Other columns are not read.
    """
    lines = _read_lines(path)
    titles = lines.pop(0)[1]
    required = list(channels)
    columns = _canonical(path, titles, required)
    title_of = dict(zip(columns, titles, strict=True))
    present = [c for c in dict.fromkeys([*required, *CHANNELS]) if f"{c}_ic50_nM" in columns]

    rows: list[Row] = []
    first_line: dict[str, int] = {}
    for line, cells in lines:
        row = Row(f"{path}, line {line}", dict(zip(columns, cells, strict=True)), title_of)
        if row.name.lower() in first_line:
            raise row.error("drug", f"every drug once; it is on line {first_line[row.name.lower()]} already")
        first_line[row.name.lower()] = line
        rows.append(row)

    values = np.array([[row.channel(channel) for channel in present] for row in rows])
    values = values.reshape(len(rows), len(present), len(QUANTITIES))
    return DrugTable(
        names=tuple(row.name for row in rows),
        risk=tuple(row.risk() for row in rows),
        channels=tuple(present),
        cmax_nM=np.array([row.positive("cmax_nM") for row in rows]),
        ic50_nM=values[..., 0],
        hill=values[..., 1],
        ic50_posterior_nM=values[..., 2:5],
        hill_posterior=values[..., 5:8],
        correlation=values[..., 8],
    )


def _read_lines(path: str | Path) -> list[tuple[int, list[str]]]:
    """Return line number and stripped cells of the header and of every line that is not blank, all of one length."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            lines = [
                (reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))
            ]
    except (OSError, UnicodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"cannot read the drug table {path}: {reason}; expected a CSV file in UTF-8") from error
    if len(lines) < 2:
        raise UserError(f"{path} holds no drug; expected a header line and then one line per drug")
    width = len(lines[0][1])
    for line, cells in lines:
        if len(cells) != width:
            raise UserError(f"{path}, line {line} has {len(cells)} cells; expected {width}, as the header has")
    return lines


def _canonical(path: str | Path, titles: list[str], required: list[str]) -> list[str]:
    """Return the header with hERG written IKr, once it is known to hold what is needed, nothing twice or misspelt."""
    channels = list(dict.fromkeys(["hERG", *CHANNELS, *required]))
    known = [*_DRUG_COLUMNS, *(f"{channel}_{quantity}" for channel in channels for quantity in QUANTITIES)]
    columns: list[str] = []
    for title in titles:
        quantity = next((quantity for quantity in QUANTITIES if title.endswith(f"_{quantity}")), None)
        channel = title.removesuffix(f"_{quantity}")
        if quantity and channel not in channels:
            raise unknown("channel", channel, channels, where=f"column {title!r} of {path}")
        if not quantity and title not in _DRUG_COLUMNS and (close := get_close_matches(title, known, 1, cutoff=0.7)):
            raise UserError(f"{path}: column {title!r} is unknown; expected {close[0]}, or a name less like it")
        column = f"IKr_{quantity}" if quantity and channel == "hERG" else title
        if column in columns:
            raise UserError(f"{path}: column {title!r} is there twice; expected once (hERG and IKr are one channel)")
        columns.append(column)
    for column in ("drug", "cmax_nM", *(f"{channel}_ic50_nM" for channel in required)):
        if column not in columns:
            name = "'IKr_ic50_nM' or 'hERG_ic50_nM'" if column == "IKr_ic50_nM" else repr(column)
            found = shorten(", ".join(titles), 100, placeholder=" ...")
            raise UserError(f"{path} has no column {name}; expected it among its columns {found}")
    return columns
