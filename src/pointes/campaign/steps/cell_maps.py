"""Labels of the single cells of a tissue, on a grid of the plane that the risk map shows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointes import cells
from pointes.campaign.files import store
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.files.samples import Ranges
from pointes.campaign.steps.risk_map import plane

POINTS = 31
"""Points along each axis of the grid."""


def write_cell_maps(
    path: Path | str, ranges: Ranges, model: str, celltypes: Sequence[str | None], protocol: Mapping[str, Any]
) -> None:
    """Pace cells of some types on their own and write their labels to netCDF4.

    The first two parameters vary and the others are at their lower bound, as in the risk map. ``protocol`` has the
    arguments of `pointes.cells.pace`, and ``stimulus_level``.
    """
    axes, points = plane(ranges, POINTS)
    x, y = axes
    blocks = dict(zip(ranges, points.T, strict=True))
    protocol = dict(protocol)
    level = protocol.pop("stimulus_level", None)
    models = [cells.load(model, celltype=celltype, stimulus_level=level) for celltype in celltypes]
    labels = np.array([cells.pace(one, blocks, **protocol)["label"].reshape(POINTS, POINTS) for one in models])
    flags = store.flags(("safe", "arrhythmic"))
    celltype = variable(("celltype",), np.array([one.celltype for one in models]), "cell type")
    label = variable(("celltype", y, x), labels.astype(np.int8), "whether the single cell is arrhythmic", **flags)
    attributes = {"title": "Single cells of a tissue", "parameters": f"{x} {y}"}
    write_netcdf(path, {"celltype": celltype, **axes, "label": label}, attributes)
