"""The options --drug, --dose and --drugs: the blocks of a drug at a concentration."""

import sys
from pathlib import Path

from pointes.campaign.commands.dosing import Dose, add_blocks, table_path
from pointes.errors import UserError


def read_dose(
    drug: str | None, multiple: float | None, table: Path | None, configured: str | None = None
) -> Dose | None:
    """Return the drug at the dose that --drug, --dose and --drugs give, or None without a drug.

    Without --drugs the table of the campaign, ``configured``, is read, or else the default one.
    """
    if drug is not None:
        return Dose(drug, 1.0 if multiple is None else multiple, table_path(table, configured))
    if multiple is not None or table is not None:
        raise UserError("--dose and --drugs", expected="both only with --drug NAME")
    return None


def add_drug(blocks: dict[str, float], dose: Dose | None, currents: list[str]) -> dict[str, float]:
    """Return blocks by current with those of a drug added, and print the latter."""
    if dose is None:
        return blocks
    of_drug = dose.blocks_among(currents)
    shares = ", ".join(f"{name} {block:.3f}" for name, block in of_drug.items() if block >= 0.0005) or "no current"
    print(f"{dose.drug} at {dose.multiple:g} x Cmax: block of {shares}", file=sys.stderr)
    return add_blocks(blocks, of_drug)
