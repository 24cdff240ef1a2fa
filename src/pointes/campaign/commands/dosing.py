"""Blocks of a drug at a dose, for commands that take blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pointes import drugs
from pointes.errors import UserError
from pointes.project import PROJECT

DEFAULT_TABLE = "config/drugs/cipa28.csv"


@dataclass(frozen=True)
class Dose:
    """A drug of a drug table at a free concentration, ``multiple`` of Cmax."""

    drug: str
    multiple: float
    table: Path

    def blocks_of(self, currents: Sequence[str]) -> dict[str, float]:
        """Return the blocked fraction of each of these currents, all of which the table must have."""
        return drugs.blocks_at_dose(drugs.read_drug_table(self.table, currents), self.drug, self.multiple, currents)

    def blocks_among(self, currents: Sequence[str]) -> dict[str, float]:
        """Return the blocked fraction of each of a model's currents for which the table has a column."""
        table = drugs.read_drug_table(self.table, (), currents)
        if not table.channels:
            expected = ", ".join(f"{current}_ic50_nM" for current in currents) or "a model with currents of known names"
            raise UserError("no column for a current of the model", expected=expected, where=self.table)
        return drugs.blocks_at_dose(table, self.drug, self.multiple)


def add_blocks(blocks: Mapping[str, float], others: Mapping[str, float]) -> dict[str, float]:
    """Return the blocks by current of two causes, each of which acts on the channels that the other leaves open.

    Examples
    --------
    >>> add_blocks({"IKr": 0.5, "INaL": 0.2}, {"IKr": 0.5})
    {'IKr': 0.75, 'INaL': 0.2}
    """
    both = dict(blocks)
    for name, block in others.items():
        first = blocks.get(name, 0.0)
        both[name] = first + (1 - first) * block
    return both


def table_path(option: Path | None, configured: str | None = DEFAULT_TABLE) -> Path:
    """Return the path of a drug table: that of option --drugs, of the configuration, or the default."""
    from pointes.campaign.configuration.loading import find_table  # imports numpy

    return find_table(str(option or configured or DEFAULT_TABLE), PROJECT, key="--drugs")
