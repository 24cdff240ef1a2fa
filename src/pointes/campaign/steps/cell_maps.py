"""Labels of the single cells of a tissue, on a grid of the plane that the risk map shows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pointes.campaign.files import store
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.space import Space
from pointes.campaign.steps.risk_map import plane

POINTS = 31
"""Points along each axis of the grid."""


def write_cell_maps(path: Path | str, space: Space, simulators: Sequence[CellSimulator]) -> None:
    """Pace cells of some types on their own and write their labels to netCDF4.

    The first two axes vary and the others are held, as in the risk map.
    """
    axes, points = plane(space, POINTS)
    x, y = axes
    labels = np.array([one.run(points, space.names)["label"].reshape(POINTS, POINTS) for one in simulators])
    flags = store.flags(("safe", "arrhythmic"))
    celltype = variable(("celltype",), np.array([one.load().celltype for one in simulators]), "cell type")
    label = variable(("celltype", y, x), labels.astype(np.int8), "whether the single cell is arrhythmic", **flags)
    attributes = {"title": "Single cells of a tissue", "parameters": f"{x} {y}"}
    write_netcdf(path, {"celltype": celltype, **axes, "label": label}, attributes)
