"""Labels of the single cells of a tissue, on a grid of the plane that the risk map shows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointes import cells
from pointes.campaign.files.results import write_netcdf
from pointes.campaign.files.samples import Ranges
from pointes.netcdf import Variable

POINTS = 31
"""Points along each axis of the grid."""


def write_cell_maps(
    path: Path | str, ranges: Ranges, model: str, celltypes: Sequence[str | None], protocol: Mapping[str, Any]
) -> None:
    """Pace cells of some types on their own and write their labels to netCDF4.

    The first two parameters vary and the others are at their lower bound, as in the risk map. ``protocol`` has the
    arguments of `pointes.cells.pace`, and ``stimulus_level``.
    """
    x, y = list(ranges)[:2]
    along_x, along_y = (np.linspace(*ranges[name], POINTS) for name in (x, y))
    blocks = {name: np.full(POINTS**2, low) for name, (low, _) in ranges.items()}
    blocks[x], blocks[y] = (grid.ravel() for grid in np.meshgrid(along_x, along_y))
    protocol = dict(protocol)
    level = protocol.pop("stimulus_level", None)
    models = [cells.load(model, celltype=celltype, stimulus_level=level) for celltype in celltypes]
    labels = np.array([cells.pace(one, blocks, **protocol)["label"].reshape(POINTS, POINTS) for one in models])
    flags = {"flag_values": np.arange(2, dtype="i1"), "flag_meanings": "safe arrhythmic"}
    variables = {
        "celltype": Variable(("celltype",), np.array([one.celltype for one in models]), {"long_name": "cell type"}),
        x: Variable((x,), along_x, {"long_name": f"block of {x}", "units": "1"}),
        y: Variable((y,), along_y, {"long_name": f"block of {y}", "units": "1"}),
        "label": Variable(
            ("celltype", y, x), labels.astype(np.int8), {"long_name": "whether the single cell is arrhythmic", **flags}
        ),
    }
    write_netcdf(path, variables, {"title": "Single cells of a tissue", "parameters": f"{x} {y}"})
