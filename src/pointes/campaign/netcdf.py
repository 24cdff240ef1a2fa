"""Writing arrays to netCDF4 files, whole or not at all; equal content gives equal bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pointes.files import replacing

CONVENTIONS = "CF-1.11"


class Variable(NamedTuple):
    """An array with its dimension names and attributes; one named as its only dimension is a coordinate."""

    dimensions: tuple[str, ...]
    values: np.ndarray
    attributes: Mapping[str, Any] = {}
    fill_value: Any = None


def write(path: Path | str, variables: Mapping[str, Variable], attributes: Mapping[str, Any]) -> None:
    """Write variables and global attributes; dimensions have the sizes of the arrays that use them."""
    from netCDF4 import Dataset

    with replacing(path) as temporary, Dataset(temporary, "w") as file:
        file.setncatts({"Conventions": CONVENTIONS, **attributes})
        for name, variable in variables.items():
            values = np.asarray(variable.values)
            for dimension, size in zip(variable.dimensions, values.shape, strict=True):
                if dimension not in file.dimensions:
                    file.createDimension(dimension, size)
            kind = str if values.dtype.kind in "UO" else values.dtype
            stored = file.createVariable(name, kind, variable.dimensions, fill_value=variable.fill_value)
            stored.setncatts(dict(variable.attributes))
            stored[...] = values
