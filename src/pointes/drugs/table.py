"""Drug tables: a CSV file with one row per drug, read into arrays.

Columns: ``drug``; ``cmax_nM`` (free), or ``cmax_total_nM`` with ``fraction_unbound``; if wanted ``risk``; and for each
channel ``<channel>_ic50_nM`` with any of ``_hill``, ``_ic50_q025_nM``, ``_ic50_median_nM``, ``_ic50_q975_nM``,
``_hill_q025``, ``_hill_median``, ``_hill_q975``, ``_correlation`` (of log IC50 with Hill). Concentrations may be given
in micromolar, with ``_uM`` for ``_nM``. hERG is another name of IKr. Other columns are not read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pointes.drugs.header import QUANTITIES, Column, Header, read_header
from pointes.drugs.row import Row
from pointes.tables import read_table

CHANNELS = ("IKr", "ICaL", "INaL", "INa", "Ito", "IKs", "IK1")
"""Channels that are read where a table has them; a table may have any others."""


@dataclass(frozen=True, eq=False)
class DrugTable:
    """Drugs with the parameters of their static block; NaN means that nothing is known.

    A censored IC50 has no best fit. Its posterior is flat in log IC50 from the limit to 1e10 nM.
    """

    names: tuple[str, ...]
    risk: tuple[str, ...]  # "high", "intermediate", "low", or "" without a label
    channels: tuple[str, ...]
    cmax_nM: np.ndarray  # free peak plasma concentration [nM], (n_drugs,)
    ic50_nM: np.ndarray  # best fit, (n_drugs, n_channels); NaN for a channel without known block
    hill: np.ndarray  # best fit [-], (n_drugs, n_channels)
    ic50_posterior_nM: np.ndarray  # quantiles 2.5, 50 and 97.5 %, (n_drugs, n_channels, 3); NaN where not given
    hill_posterior: np.ndarray  # quantiles 2.5, 50 and 97.5 %, (n_drugs, n_channels, 3); NaN where not given
    correlation: np.ndarray  # of log IC50 with Hill in the posterior, (n_drugs, n_channels); 0 where not given
    limit_nM: np.ndarray  # concentration up to which there is no block, (n_drugs, n_channels); NaN unless censored
    notes: tuple[str, ...] = ()  # clauses that say what was converted, computed or left out

    def select(self, channels: Iterable[str]) -> "DrugTable":
        """Return the table with only these of its channels, in this order."""
        channels = tuple(channels)
        columns = [self.channels.index(channel) for channel in channels]
        arrays = ("ic50_nM", "hill", "ic50_posterior_nM", "hill_posterior", "correlation", "limit_nM")
        return replace(self, channels=channels, **{name: getattr(self, name)[:, columns] for name in arrays})

    def point_estimate(self) -> tuple[np.ndarray, np.ndarray]:
        """Return IC50 [nM] and Hill [-], (n_drugs, n_channels): posterior medians, else the best fit.

        The median comes first because a least-squares search can stop at a bound, far outside its own posterior. A
        censored IC50 is NaN, which stands for no block: the median of its posterior is that of the prior.
        """
        ic50_nM, hill = self.ic50_posterior_nM[..., 1], self.hill_posterior[..., 1]
        fitted = np.isnan(ic50_nM) | ~np.isnan(self.limit_nM)
        return np.where(fitted, self.ic50_nM, ic50_nM), np.where(np.isnan(hill), self.hill, hill)


def read_drug_table(path: str | Path, channels: Iterable[str], others: Iterable[str] = CHANNELS) -> DrugTable:
    """Read and check a drug table.

    Parameters
    ----------
    path
        CSV file, comma separated, in UTF-8, or in UTF-16 with a byte order mark.
    channels
        Channels that need an IC50 column.
    others
        Channels that are read as well if the table has them; they follow ``channels``. Columns of all further channels
        are allowed, and neither read nor checked.

    Raises
    ------
    UserError
        The file cannot be read, is empty, or has another encoding or separator; a column is missing or misspelt; a drug
        is repeated; or a cell does not hold what its column should.
    """
    channels, others = list(channels), list(others)
    table = read_table(path, "drug")
    header = read_header(path, table.header, channels, others)
    present = [c for c in dict.fromkeys([*channels, *others]) if f"{c}_ic50_nM" in header.columns]
    rows = _rows(path, table.lines, header.columns)

    values = np.array([[row.channel(channel) for channel in present] for row in rows])
    values = values.reshape(len(rows), len(present), len(QUANTITIES) + 1)
    cmax = [row.cmax() for row in rows]
    return DrugTable(
        names=tuple(row.name for row in rows),
        risk=tuple(row.risk() for row in rows),
        channels=tuple(present),
        cmax_nM=np.array([value for value, _ in cmax]),
        ic50_nM=values[..., 0],
        hill=values[..., 1],
        ic50_posterior_nM=values[..., 2:5],
        hill_posterior=values[..., 5:8],
        correlation=values[..., 8],
        limit_nM=values[..., 9],
        notes=_notes(
            header, from_total=sum(computed for _, computed in cmax), censored=int(np.isfinite(values[..., 9]).sum())
        ),
    )


def _rows(path: str | Path, lines: Iterable[tuple[int, Sequence[str]]], columns: Mapping[str, Column]) -> list[Row]:
    rows: list[Row] = []
    first_line: dict[str, int] = {}
    for line, cells in lines:
        row = Row(f"{path}: line {line}", cells, columns)
        if row.name.lower() in first_line:
            raise row.error("drug", f"every drug once; it is on line {first_line[row.name.lower()]} already")
        first_line[row.name.lower()] = line
        rows.append(row)
    return rows


def _notes(header: Header, from_total: int, censored: int) -> tuple[str, ...]:
    converted = ", ".join(column.title for column in header.columns.values() if column.factor != 1)
    notes = {
        f"µM converted to nM: {converted}": converted,
        f"free Cmax computed from total Cmax and fraction unbound: {from_total} drugs": from_total,
        f"IC50 values that are limits (>), read as no block up to there: {censored}": censored,
        f"columns for currents that are not explored: {', '.join(header.unexplored)}": header.unexplored,
    }
    return tuple(note for note, applies in notes.items() if applies)
