"""A compound as a user writes it: IC50s of channels with their units, and the free Cmax."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pointes.drugs.row import LARGEST_IC50_NM
from pointes.drugs.samples import HILL_RANGE
from pointes.drugs.table import CHANNELS, DrugTable, read_drug_table
from pointes.errors import UserError, unknown
from pointes.tables import number

NM_PER_UNIT = {"nM": 1.0, "uM": 1e3, "µM": 1e3, "μM": 1e3}
"""Units of concentrations, with the micro sign or the Greek letter [nM]."""

FORM = "CHANNEL=IC50 with its unit, such as 'IKr=120nM', 'IKr=120(90-160)nM h=1.1' or 'ICaL>30uM'"

_TEXT = re.compile(
    r"""\s*(?P<channel>[^\s=>≥]*)\s*(?P<sign>=?\s*[>≥]\s*=?|=)\s*(?P<value>[^\s(a-zA-Zµμ]*(?:[eE][-+]?\d+)?)
    \s*(?:\((?P<interval>[^()]*)\))?\s*(?P<unit>[^\s=]*)(?:\s+h\s*=\s*(?P<hill>\S+))?\s*""",
    re.VERBOSE,
)
_CONCENTRATION = re.compile(r"\s*(?P<value>[^\sa-zA-Zµμ]*(?:[eE][-+]?\d+)?)\s*(?P<unit>\S*)\s*")
_BOUNDS = re.compile(r"\s*(?P<low>.*?)(?<![eE])\s*[-–,;]\s*(?P<high>[^-–,;]*(?:[eE]-\d+)?)\s*")
_NORMAL_975 = 1.959963984540054


def parse_compound(channels: Sequence[str], cmax: str | None, name: str = "compound") -> DrugTable:
    """Return a table with one compound, whose channels are all of `CHANNELS`.

    Parameters
    ----------
    channels
        IC50 of each blocked channel, as in `FORM`: a number with the unit nM or uM (µM); perhaps its 95 % interval in
        brackets, in the same unit; perhaps ``h=`` with the Hill coefficient, 1 by default. ``>30uM`` says that half
        block was not reached up to there. hERG is another name of IKr.
    cmax
        Free peak plasma concentration with its unit.
    name
        Name of the compound.

    Raises
    ------
    UserError
        A text does not have that form, a unit is missing or another one, a number is 0 or out of its range, or a
        channel is unknown or given twice; or there is no channel or no Cmax.

    Examples
    --------
    >>> table = parse_compound(["hERG=0.12uM h=1.1"], "50nM")
    >>> float(table.ic50_nM[0, 0]), float(table.hill[0, 0]), float(table.cmax_nM[0])
    (120.0, 1.1, 50.0)
    """
    if not name.strip():
        raise UserError("name of the compound", name, "a name")
    if not channels:
        raise UserError("no channel", expected=FORM)
    if cmax is None:
        raise UserError("no Cmax", expected="the free peak plasma concentration with its unit, such as 50nM")
    parsed: dict[str, np.ndarray] = {}
    for text in channels:
        channel, values = _parse_channel(text)
        if channel in parsed:
            raise UserError(f"{channel} (hERG is the same channel)", text, "every channel once")
        parsed[channel] = values
    unknown_channel = np.array([np.nan, 1.0, *[np.nan] * 4])
    values = np.array([[parsed.get(channel, unknown_channel) for channel in CHANNELS]])
    nothing = np.full((*values.shape[:2], 3), np.nan)
    return DrugTable(
        names=(name.strip(),),
        risk=("",),
        channels=CHANNELS,
        cmax_nM=np.array([parse_concentration("Cmax", cmax)]),
        ic50_nM=values[..., 0],
        hill=values[..., 1],
        ic50_posterior_nM=values[..., 2:5],
        hill_posterior=nothing,
        correlation=np.zeros(values.shape[:2]),
        limit_nM=values[..., 5],
    )


def parse_concentration(what: str, text: str) -> float:
    """Return a positive concentration [nM] from a number with the unit nM or uM.

    Examples
    --------
    >>> parse_concentration("Cmax", "0.05 uM")
    50.0
    """
    found = _CONCENTRATION.fullmatch(text)
    if not found:
        raise UserError(what, text, "a number with the unit nM or uM, such as 50nM")
    return _concentration(what, text, found["value"]) * _factor(what, text, found["unit"])


def with_laboratory_spread(table: DrugTable, sd: float) -> DrugTable:
    """Return a table in which each IC50 without an interval has that of a spread between laboratories.

    ``sd`` is the standard deviation of log10 IC50 [decades]; with 0 the table stays as it is.
    """
    missing = np.isnan(table.ic50_posterior_nM).any(axis=2) & np.isfinite(table.ic50_nM)
    factor = 10 ** (sd * _NORMAL_975 * np.array([-1.0, 0.0, 1.0]))
    spread = table.ic50_nM[..., None] * factor
    posterior = np.where(missing[..., None] & (sd > 0), spread, table.ic50_posterior_nM)
    return replace(table, ic50_posterior_nM=posterior)


def read_compounds(path: Path | str) -> DrugTable:
    """Read a drug table (config/drugs/README.md) whose compounds are scored; it has an IC50 column at least.

    Raises
    ------
    UserError
        For the mistakes that `pointes.drugs.read_drug_table` refuses, no IC50 column of a channel of `CHANNELS`, or a
        Hill coefficient out of `pointes.drugs.samples.HILL_RANGE`.
    """
    table = read_drug_table(path, (), CHANNELS)
    if not table.channels:
        expected = ", ".join(f"{channel}_ic50_nM" for channel in CHANNELS)
        raise UserError("no column of an IC50", expected=f"one or more of {expected}", where=path)
    low, high = HILL_RANGE
    for row, column in np.argwhere((table.hill < low) | (table.hill > high)):
        what, value = f"Hill coefficient of {table.channels[column]}", float(table.hill[row, column])
        raise UserError(what, value, f"{low:g} to {high:g}", f"{path}: {table.names[row]}")
    return table


def _parse_channel(text: str) -> tuple[str, np.ndarray]:
    """Return a channel, and its IC50, Hill coefficient, three quantiles of the IC50, and limit; NaN is unknown."""
    found = _TEXT.fullmatch(text)
    if not found:
        raise UserError("channel", text, FORM)
    channel = "IKr" if found["channel"] == "hERG" else found["channel"]
    if channel not in CHANNELS:
        raise unknown("channel", found["channel"], ["hERG", *CHANNELS], where=repr(text))
    what = f"IC50 of {channel}"
    censored = found["sign"].strip() != "="
    value = _concentration(what, text, found["value"])
    bounds = None if found["interval"] is None else _interval(what, text, found["interval"], value)
    factor = _factor(what, text, found["unit"])
    hill = _hill(channel, text, found["hill"])
    if not censored:
        quantiles = np.full(3, np.nan) if bounds is None else np.array([bounds[0], value, bounds[1]]) * factor
        return channel, np.array([value * factor, hill, *quantiles, np.nan])
    if bounds is not None:
        raise UserError(what, text, "a limit without an interval, or an IC50 with one")
    limit = value * factor
    if limit >= LARGEST_IC50_NM:
        raise UserError(what, text, "a limit below 1e10 nM")
    posterior = [limit ** (1 - p) * LARGEST_IC50_NM**p for p in (0.025, 0.5, 0.975)]
    return channel, np.array([np.nan, hill, *posterior, limit])


def _concentration(what: str, text: str, digits: str) -> float:
    value = number(digits)
    if not value > 0:
        raise UserError(what, text, "a number above 0, with a decimal point if need be, and then nM or uM")
    return value


def _factor(what: str, text: str, unit: str) -> float:
    if not unit:
        raise UserError(f"unit of {what} is missing", text, "nM or uM after the number")
    if unit not in NM_PER_UNIT:
        raise UserError(f"unit of {what}", text, "nM or uM")
    return NM_PER_UNIT[unit]


def _interval(what: str, text: str, inside: str, value: float) -> tuple[float, float]:
    """Return the ends of an interval, in the unit of the value."""
    expected = "two rising numbers around the value, in its unit, which follows the brackets: 120(90-160)nM"
    found = _BOUNDS.fullmatch(inside)
    low, high = (number(found["low"]), number(found["high"])) if found else (np.nan, np.nan)
    if not (0 < low <= value <= high and low < high):
        raise UserError(f"95 % interval of {what}", text, expected)
    return low, high


def _hill(channel: str, text: str, digits: str | None) -> float:
    hill = 1.0 if digits is None else number(digits)
    low, high = HILL_RANGE
    if not low <= hill <= high:
        raise UserError(f"Hill coefficient of {channel}", text, f"h= with a number from {low:g} to {high:g}")
    return hill
