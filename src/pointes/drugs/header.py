"""Columns of a drug table: quantity and unit of each, and the columns that are not used."""

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten
from typing import NamedTuple

from pointes.errors import UserError, unknown

IC50_POSTERIOR = ("ic50_q025_nM", "ic50_median_nM", "ic50_q975_nM")
HILL_POSTERIOR = ("hill_q025", "hill_median", "hill_q975")
QUANTITIES = ("ic50_nM", "hill", *IC50_POSTERIOR, *HILL_POSTERIOR, "correlation")

_DRUG_COLUMNS = ("drug", "risk", "cmax_nM", "cmax_total_nM", "fraction_unbound")
_MICROMOLAR = re.compile("_[uµμ]M$")  # the letter u, the micro sign, the Greek mu
_NM_PER_UM = 1000.0


class Column(NamedTuple):
    """Column that is read."""

    title: str  # name in the file
    place: int  # position in a line, from 0
    factor: float  # converts its numbers to nM: 1000 for micromolar, else 1


class Header(NamedTuple):
    """Columns of a table that are read, and further currents of the table."""

    columns: dict[str, Column]  # by their name in this package, such as IKr_ic50_nM
    unexplored: tuple[str, ...]  # currents whose IC50 column is not read, because no campaign explores their block


def read_header(path: str | Path, titles: Sequence[str], channels: Sequence[str], others: Sequence[str]) -> Header:
    """Return the columns of a table from the titles in its first line.

    ``channels`` need an IC50 column. ``others`` are read if the table has them; if there are no ``channels``, they
    count as explored.
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


def _check_complete(path: str | Path, titles: Sequence[str], columns: Collection[str], channels: Sequence[str]) -> None:
    needed = {
        "drug": "'drug'",
        "cmax_nM": "'cmax_nM' (free Cmax), or 'cmax_total_nM' and 'fraction_unbound'",
        **{f"{channel}_ic50_nM": repr(f"{channel}_ic50_nM") for channel in channels},
    }
    if "IKr" in channels:
        needed["IKr_ic50_nM"] = "'IKr_ic50_nM' or 'hERG_ic50_nM'"
    if {"cmax_total_nM", "fraction_unbound"} <= set(columns):
        del needed["cmax_nM"]
    for name, described in needed.items():
        if name not in columns:
            found = shorten(", ".join(titles), 100, placeholder=" ...")
            raise UserError(f"no column {described}", expected=f"it among the columns {found}", where=path)
