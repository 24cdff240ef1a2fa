"""One drug at one dose, for commands that take blocks: which currents it blocks, and how much of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pointes.errors import UserError

DEFAULT_TABLE = "config/drugs/cipa28.csv"


@dataclass(frozen=True)
class Dose:
    """A drug of a table at a concentration.

    Attributes
    ----------
    drug
        Name of the drug in the table.
    multiple
        Free concentration [multiples of Cmax].
    table
        Path of the drug table.
    """

    drug: str
    multiple: float
    table: Path

    def blocks_of(self, currents: Sequence[str]) -> dict[str, float]:
        """Return the blocked fraction of each of these currents, for all of which the table must have columns.

        Raises
        ------
        UserError
            The table cannot be read, or has no such drug or no column for a current; or the dose is negative.
        """
        from pointes.drugs import blocks_at_dose, read_drug_table

        return blocks_at_dose(read_drug_table(self.table, currents), self.drug, self.multiple, currents)

    def blocks_among(self, currents: Sequence[str]) -> dict[str, float]:
        """Return the blocked fraction of those of a model's currents that the table has columns for.

        Raises
        ------
        UserError
            The table cannot be read, or has no such drug or none of the currents; or the dose is negative.
        """
        from pointes.drugs import blocks_at_dose, read_drug_table

        table = read_drug_table(self.table, (), currents)
        if not table.channels:
            expected = ", ".join(f"{current}_ic50_nM" for current in currents) or "a model with currents of known names"
            raise UserError(f"{self.table}: no column for a current of the model; expected {expected}")
        return blocks_at_dose(table, self.drug, self.multiple)


def add_blocks(blocks: Mapping[str, float], others: Mapping[str, float]) -> dict[str, float]:
    """Return the blocks by current of two causes that act independently: open channels are a share of those left open.

    Examples
    --------
    >>> add_blocks({"IKr": 0.5, "INaL": 0.2}, {"IKr": 0.5})
    {'IKr': 0.75, 'INaL': 0.2}
    """
    return {
        name: (block := blocks.get(name, 0.0)) + (1 - block) * others.get(name, 0.0) for name in {**blocks, **others}
    }


def table_path(given: Path | None, configured: str | None = DEFAULT_TABLE) -> Path:
    """Return the drug table that a command reads: the one that is given, or that of the configuration.

    Raises
    ------
    UserError
        There is no such file.
    """
    path = given or Path(configured or DEFAULT_TABLE)
    if not path.is_file():
        raise UserError(f"{path}: no such file; expected a CSV table of drugs, as option --drugs")
    return path
