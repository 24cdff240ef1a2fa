"""Critical multiples of Cmax of compounds on the map of a campaign."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pointes import drugs
from pointes.campaign.files import identity, surrogate
from pointes.campaign.steps.drugs import MEANINGS, risks_on_map
from pointes.drugs import CriticalStatus, DrugTable
from pointes.drugs.risk import LARGEST
from pointes.errors import UserError


@dataclass(frozen=True)
class CriticalDose:
    """The multiple of Cmax from which on arrhythmia is more likely than not, with 95 % bounds.

    A multiple is None unless its status, of `pointes.drugs.CriticalStatus`, is ``reached``.
    """

    multiple: float | None
    status: str
    q025: float | None
    q025_status: str
    q975: float | None
    q975_status: str
    parameters: tuple[str, ...]  # channels of the map; others are not blocked there
    model: str
    path: str


def critical_doses(table: DrugTable, folder: Path, seed: int) -> list[CriticalDose]:
    """Return the critical multiples of the compounds of a table on the map of a campaign's results folder.

    Raises
    ------
    UserError
        The folder is not that of a finished campaign, or its map has a parameter that is no channel of the table.
    """
    config = identity.read(folder)["config"]
    path = folder / "surrogate.nc"
    if not path.is_file():
        raise UserError("no surrogate.nc yet; let `snakemake` finish this campaign first", where=folder)
    classifier, space = surrogate.read_classifier(path)
    for name in space.blocks:
        if name not in table.channels:
            raise UserError(
                "parameter of the map", name, f"a channel of the compound: {', '.join(table.channels)}", path
            )
    risks = risks_on_map(
        table,
        surrogate.predictor(classifier, space),
        space,
        (1.0,),
        largest=LARGEST,
        draws=200,
        seed=seed,
        nothing_learned=surrogate.nothing_learned(path),
    )
    model = f"{config['model']['name']}, {config['model'].get('celltype') or 'first cell type'}"

    def at(critical: drugs.Critical, row: int) -> tuple[float | None, str]:
        known = float(critical.known[row])
        return None if np.isnan(known) else known, MEANINGS[CriticalStatus(int(critical.status[row]))]

    return [
        CriticalDose(
            *at(risks.median, row), *at(risks.q025, row), *at(risks.q975, row), tuple(space), model, str(folder)
        )
        for row in range(len(table.names))
    ]
