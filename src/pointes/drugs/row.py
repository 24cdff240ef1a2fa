"""Line of a drug table. Every cell is checked when it is read, and a mistake names its line, drug and column."""

from collections.abc import Mapping, Sequence

import numpy as np

from pointes.drugs.header import HILL_POSTERIOR, IC50_POSTERIOR, Column
from pointes.errors import UserError, unknown
from pointes.tables import number

RISKS = ("high", "intermediate", "low")

LARGEST_IC50_NM = 1e10
"""Upper end of the prior of IC50 values, flat in log IC50, of the fits that CiPA uses [nM]."""


class Row:
    """Cells of one drug by the name of their column; ``where``, the file and line, is in front of every message."""

    def __init__(self, where: str, cells: Sequence[str], columns: Mapping[str, Column]) -> None:
        self._where = where
        self._cells = {name: cells[column.place] for name, column in columns.items()}
        self._columns = columns
        self.name = self._cells["drug"]
        if not self.name:
            raise self.error("drug", "a name")
        self._where += f" ({self.name})"

    def error(self, column: str, expected: str) -> UserError:
        """Return the error about a cell that does not hold what is expected."""
        return UserError(self._columns[column].title, self._cells[column], expected, self._where)

    def risk(self) -> str:
        """Return the risk category; blank for a drug without a label."""
        risk = self._cells.get("risk", "")
        if risk and risk not in RISKS:
            raise unknown("risk category", risk, RISKS, where=f"column risk of {self._where}")
        return risk

    def number(self, column: str, expected: str) -> float:
        """Return a finite number, in nM if it is a concentration; NaN for a blank cell or an absent column."""
        text = self._cells.get(column, "")
        return self._parsed(column, text, expected) if text else np.nan

    def positive(self, column: str, blank: str = "") -> float:
        """Return a number above 0; a blank cell is NaN if ``blank`` says what it means, and a mistake otherwise."""
        expected = f"a finite number above 0{f', or blank for {blank}' if blank else ''}"
        value = self.number(column, expected)
        if value <= 0 or (np.isnan(value) and not blank):
            raise self.error(column, expected)
        return value

    def cmax(self) -> tuple[float, bool]:
        """Return the free Cmax [nM], and whether it was computed from the total one."""
        columns = {"cmax_total_nM", "fraction_unbound"}
        if self._cells.get("cmax_nM") or not columns <= self._cells.keys():
            return self.positive("cmax_nM"), False
        fraction = self.number("fraction_unbound", share := "a fraction above 0 and not above 1")
        if not 0 < fraction <= 1:
            raise self.error("fraction_unbound", share)
        return fraction * self.positive("cmax_total_nM"), True

    def ic50(self, column: str) -> tuple[float, float]:
        """Return an IC50 [nM] and NaN; of a cell such as ``>30000`` NaN and that limit [nM]."""
        text = self._cells.get(column, "")
        if not text.startswith((">", "≥")):
            return self.positive(column, blank="no block known, or a limit such as >30000"), np.nan
        expected = "a number above 0 and below 1e10 nM after >"
        limit = self._parsed(column, text.lstrip(">≥= "), expected)
        if not 0 < limit < LARGEST_IC50_NM:
            raise self.error(column, expected)
        return np.nan, limit

    def quantiles(self, columns: list[str], best_fit: float) -> list[float]:
        """Return the 2.5, 50 and 97.5 % quantiles, or NaNs when all are blank; a blank median is the best fit."""
        low, median, high = (self.positive(column, blank="not published") for column in columns)
        if np.isnan([low, median, high]).all():
            return [np.nan] * 3
        if np.isnan(median) and low <= high:  # a failed search for the best fit may lie outside the bounds
            median = best_fit if low <= best_fit <= high else np.sqrt(low * high)
        if not low <= median <= high:
            names = ", ".join(self._columns[name].title if name in self._columns else name for name in columns)
            raise UserError(names, [low, median, high], "three rising numbers", self._where)
        return [low, median, high]

    def channel(self, channel: str) -> list[float]:
        """Return a channel's parameters in the order of `QUANTITIES`, then the limit of a censored IC50.

        A blank Hill is 1, a blank correlation 0.
        """
        ic50_nM, limit_nM = self.ic50(f"{channel}_ic50_nM")
        hill = self.positive(f"{channel}_hill", blank="1")
        hill = 1.0 if np.isnan(hill) else hill
        ic50_posterior_nM = self.quantiles([f"{channel}_{quantity}" for quantity in IC50_POSTERIOR], ic50_nM)
        if np.isnan(ic50_nM) and not np.isnan(ic50_posterior_nM[0]):
            raise self.error(f"{channel}_ic50_nM", "a finite number above 0, because its quantiles are given")
        if limit_nM > 0:
            ic50_posterior_nM = [limit_nM ** (1 - p) * LARGEST_IC50_NM**p for p in (0.025, 0.5, 0.975)]
        hill_posterior = self.quantiles([f"{channel}_{quantity}" for quantity in HILL_POSTERIOR], hill)
        expected = "a number between -1 and 1"
        correlation = float(np.nan_to_num(self.number(f"{channel}_correlation", expected)))
        if not -1 < correlation < 1:
            raise self.error(f"{channel}_correlation", expected)
        return [ic50_nM, hill, *ic50_posterior_nM, *hill_posterior, correlation, limit_nM]

    def _parsed(self, column: str, text: str, expected: str) -> float:
        value = number(text) * self._columns[column].factor
        if not np.isfinite(value):
            point = " (with a decimal point: no comma is read)" if "," in text else ""
            raise self.error(column, expected + point)
        return value
