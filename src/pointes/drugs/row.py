"""One line of a drug table: every cell is checked where it is read, and a mistake names its line, drug and column."""

import numpy as np

from pointes.errors import UserError, unknown

RISKS = ("high", "intermediate", "low")

IC50_POSTERIOR = ("ic50_q025_nM", "ic50_median_nM", "ic50_q975_nM")
HILL_POSTERIOR = ("hill_q025", "hill_median", "hill_q975")
QUANTITIES = ("ic50_nM", "hill", *IC50_POSTERIOR, *HILL_POSTERIOR, "correlation")


class Row:
    """The cells of one drug.

    Parameters
    ----------
    where
        File and line, the beginning of every message.
    cells
        Text by column, the channel IKr always under that name.
    titles
        What the file calls each of these columns.
    """

    def __init__(self, where: str, cells: dict[str, str], titles: dict[str, str]) -> None:
        self._where, self._cells, self._titles = where, cells, titles
        self.name = cells["drug"]
        if not self.name:
            raise self.error("drug", "a name")
        self._where += f" ({self.name})"

    def error(self, column: str, expected: str) -> UserError:
        """Return the error that says what the cell holds and what it should."""
        return UserError(f"{self._where}: {self._titles[column]} is {self._cells[column]!r}; expected {expected}")

    def risk(self) -> str:
        """Return the risk category; blank for a drug without a label."""
        risk = self._cells.get("risk", "")
        if risk and risk not in RISKS:
            raise unknown("risk category", risk, RISKS, where=f"column risk of {self._where}")
        return risk

    def number(self, column: str, expected: str) -> float:
        """Return a finite number; NaN for a blank cell or an absent column."""
        text = self._cells.get(column, "")
        if not text:
            return np.nan
        try:
            value = float(text)
        except ValueError:
            raise self.error(column, expected) from None
        if not np.isfinite(value):
            raise self.error(column, expected)
        return value

    def positive(self, column: str, blank: str = "") -> float:
        """Return a number above 0; a blank cell is NaN if ``blank`` says what it means, and a mistake otherwise."""
        expected = f"a finite number above 0{f', or blank for {blank}' if blank else ''}"
        value = self.number(column, expected)
        if value <= 0 or (np.isnan(value) and not blank):
            raise self.error(column, expected)
        return value

    def quantiles(self, columns: list[str], best_fit: float) -> list[float]:
        """Return the 2.5, 50 and 97.5 % quantiles, or NaNs when all are blank; a blank median is the best fit."""
        low, median, high = (self.positive(column, blank="not published") for column in columns)
        if np.isnan([low, median, high]).all():
            return [np.nan] * 3
        if np.isnan(median) and low <= high:  # a failed search for the best fit may lie outside the bounds
            median = best_fit if low <= best_fit <= high else np.sqrt(low * high)
        if not low <= median <= high:
            names = ", ".join(self._titles.get(column, column) for column in columns)
            raise UserError(f"{self._where}: {names} are {low:g}, {median:g}, {high:g}; expected three rising numbers")
        return [low, median, high]

    def channel(self, channel: str) -> list[float]:
        """Return a channel's parameters in the order of ``QUANTITIES``; a blank Hill is 1, a blank correlation 0."""
        ic50_nM = self.positive(f"{channel}_ic50_nM", blank="no block known")
        hill = self.positive(f"{channel}_hill", blank="1")
        hill = 1.0 if np.isnan(hill) else hill
        ic50_posterior_nM = self.quantiles([f"{channel}_{quantity}" for quantity in IC50_POSTERIOR], ic50_nM)
        if np.isnan(ic50_nM) and not np.isnan(ic50_posterior_nM[0]):
            raise self.error(f"{channel}_ic50_nM", "a finite number above 0, because its quantiles are given")
        hill_posterior = self.quantiles([f"{channel}_{quantity}" for quantity in HILL_POSTERIOR], hill)
        correlation = float(
            np.nan_to_num(self.number(f"{channel}_correlation", between := "a number between -1 and 1"))
        )
        if not -1 < correlation < 1:
            raise self.error(f"{channel}_correlation", between)
        return [ic50_nM, hill, *ic50_posterior_nM, *hill_posterior, correlation]
