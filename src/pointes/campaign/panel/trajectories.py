"""Block of the channels by each drug of a table along its dose, at the point estimates."""

import numpy as np

from pointes.campaign.files.results import variable
from pointes.drugs import DrugTable, block_along_doses
from pointes.netcdf import Variable

MULTIPLES = np.geomspace(0.1, 100.0, 61)
"""Doses of a trajectory [multiples of Cmax]."""


def trajectories(table: DrugTable) -> dict[str, Variable]:
    """Return the block of each channel of a table, by its name, along ``drug`` and ``multiple``."""
    block = block_along_doses(table.cmax_nM, *table.point_estimate(), MULTIPLES)
    return {
        "drug": variable(("drug",), np.array(table.names), "drug"),
        "multiple": variable(("multiple",), MULTIPLES, "concentration as a multiple of free Cmax", "1"),
        "category": variable(("drug",), np.array(table.risk), "published risk category"),
        **{
            name: variable(("drug", "multiple"), block[..., column], f"block of {name}", "1")
            for column, name in enumerate(table.channels)
        },
    }
