"""A calibrated population as the cells of a scenario: sample i is cell i, with the drug's point estimate."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from pointes import populations
from pointes.cells import CellModel
from pointes.errors import UserError

CYCLE_LENGTH_MS, BEATS = 1000.0, 100
"""Pacing of a population before its cells are accepted: the ranges are those of cells at 1 Hz."""


@dataclass(frozen=True)
class PopulationPlan:
    """A population that is drawn until enough of its cells behave as human ventricular cells do."""

    model: str
    celltype: str | None
    cells: int  # number of accepted cells
    scale: Mapping[str, tuple[float, float]]  # range of the factor of each current's conductance
    seed: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the plan from the values of a params directive of Snakemake."""
        scale = {name: (float(low), float(high)) for name, (low, high) in params["scale"].items()}
        return cls(**{**params, "scale": scale})

    def make(self, output: Path, workers: int) -> None:
        """Draw and pace cells until enough are accepted, and write all of them to a file.

        Raises a UserError if one cell in `pointes.populations.DRAWN_PER_ACCEPTED`, or less, is accepted.
        """
        protocol = populations.PopulationProtocol(self.model, self.celltype, cycle_length=CYCLE_LENGTH_MS, beats=BEATS)
        model = protocol.load()
        factors = {name: populations.Uniform(*limits) for name, limits in self.scale.items()}
        summary = populations.simulate_until_accepted(
            protocol,
            lambda lot: populations.draw(model, factors, 4 * self.cells, seed=self.seed, lot=lot),
            self.cells,
            output,
            populations.read_ranges(),
            workers=workers,
        )
        if summary["accepted"] < self.cells:
            expected = f"{self.cells} of {summary['variants']} drawn cells in the ranges of human ventricular cells"
            raise UserError("accepted cells", summary["accepted"], expected)


def accepted_factors(path: Path) -> dict[str, np.ndarray]:
    """Return the factors of the accepted cells of a population's file by current, (n_cells,) each."""
    return {name: np.asarray(column) for name, column in populations.read_variants(path).columns.items()}


def conductance_values(model: CellModel, factors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the conductances, (1 + n_cells,), of the published cell and of cells with these factors by current.

    They are in the units of the model file, by qualified name.
    """
    names = {model.conductances[current]: column for current, column in factors.items()}
    return {name: model.parameters[name] * np.concatenate([[1.0], column]) for name, column in names.items()}
