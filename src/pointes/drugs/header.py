"""Columns of a drug table: quantity and unit of each, and the columns that are not used."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten
from typing import NamedTuple

from pointes.drugs.row import QUANTITIES
from pointes.errors import UserError, unknown

_DRUG_COLUMNS = ("drug", "risk", "cmax_nM", "cmax_total_nM", "fraction_unbound")
_MICROMOLAR = re.compile("_[uµμ]M$")  # the letter u, the micro sign, the Greek mu
_NM_PER_UM = 1000.0


class Column(NamedTuple):
    """Column that is read."""

    title: str
    """Name in the file."""
    place: int
    """Position in a line, from 0."""
    factor: float
    """Factor that converts its numbers to nM: 1000 for micromolar, else 1."""


class Header(NamedTuple):
    """Columns of a table that are read, and further currents of the table."""

    columns: dict[str, Column]
    """Columns by their name in this package, such as ``IKr_ic50_nM``."""
    unexplored: tuple[str, ...]
    """Currents with an IC50 column that is not read, because no campaign explores their block."""


def read_header(path: str | Path, titles: Sequence[str], channels: Sequence[str], others: Sequence[str]) -> Header:
    """Return the columns of a table.

    Parameters
    ----------
    path
        File, which messages name.
    titles
        Cells of the first line.
    channels
        Channels that need an IC50 column.
    others
        Channels that are read as well if the table has them. They count as explored if ``channels`` is empty.

    Raises
    ------
    UserError
        A column is missing, there twice, or named almost as a known one; or a column belongs to an unknown channel that
        is named almost as a known one or has no IC50.
    """
    read = list(dict.fromkeys(["hERG", *channels, *others]))
    known = [*_DRUG_COLUMNS, *(f"{channel}_{quantity}" for channel in read for quantity in QUANTITIES)]
    names = [_MICROMOLAR.sub("_nM", title) for title in titles]
    columns: dict[str, Column] = {}
    measured: list[str] = []
    for place, (title, name) in enumerate(zip(titles, names, strict=True)):
        quantity = next((quantity for quantity in QUANTITIES if name.endswith(f"_{quantity}")), None)
        channel = name.removesuffix(f"_{quantity}")
        if quantity == "ic50_nM":
            measured.append(channel)
        if quantity and channel not in read:
            if f"{channel}_ic50_nM" not in names or _letters(channel) in map(_letters, read):
                raise unknown("channel", channel, read, where=f"column {title!r} of {path}")
            continue
        if not quantity and name not in _DRUG_COLUMNS:
            if close := get_close_matches(name, known, 1, cutoff=0.7):
                raise UserError("unknown column", title, f"{close[0]}, or a name less like it", path)
            continue
        name = f"IKr_{quantity}" if quantity and channel == "hERG" else name
        if name in columns:
            raise UserError("repeated column", title, "one, in one unit (hERG and IKr are one channel)", path)
        columns[name] = Column(title, place, _NM_PER_UM if _MICROMOLAR.search(title) else 1.0)
    _check_complete(path, titles, columns, channels)
    explored = {*(channels or others)}
    explored |= {"hERG"} if "IKr" in explored else set()
    return Header(columns, tuple(channel for channel in measured if channel not in explored))


def _letters(channel: str) -> str:
    """Return a name in lower case with letters and digits only: ``I_Kr`` and ``IKR`` are the same channel."""
    return re.sub("[^a-z0-9]", "", channel.lower())


def _check_complete(
    path: str | Path, titles: Sequence[str], columns: dict[str, Column], channels: Sequence[str]
) -> None:
    asked = {
        "drug": "'drug'",
        "cmax_nM": "'cmax_nM' (free Cmax), or 'cmax_total_nM' and 'fraction_unbound'",
        **{f"{channel}_ic50_nM": repr(f"{channel}_ic50_nM") for channel in channels},
    }
    if "IKr" in channels:
        asked["IKr_ic50_nM"] = "'IKr_ic50_nM' or 'hERG_ic50_nM'"
    if {"cmax_total_nM", "fraction_unbound"} <= columns.keys():
        del asked["cmax_nM"]
    for name, said in asked.items():
        if name not in columns:
            found = shorten(", ".join(titles), 100, placeholder=" ...")
            raise UserError(f"no column {said}", expected=f"it among the columns {found}", where=path)
