"""Writing arrays to netCDF4 files, whole or not at all, and reading them; equal content gives equal bytes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pointes.errors import damaged
from pointes.files import replacing

if TYPE_CHECKING:
    import xarray
    from netCDF4 import Dataset

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


@contextmanager
def reading(path: Path | str) -> Iterator["Dataset"]:
    """Open a file to read from it within the block; missing values stay as they are stored.

    Raises
    ------
    UserError
        When the file is damaged, noticed as it is opened or later.
    """
    from netCDF4 import Dataset

    with _refusing_damage(path), Dataset(path) as file:
        file.set_auto_mask(False)
        yield file


def open_dataset(path: Path | str) -> "xarray.Dataset":
    """Return a file for xarray, which reads arrays when they are first used; a UserError if the file is damaged."""
    import xarray

    with _refusing_damage(path):
        return xarray.open_dataset(path, engine="netcdf4")


@contextmanager
def _refusing_damage(path: Path | str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, PermissionError):  # nothing that removing the file would mend
        raise
    except (OSError, RuntimeError) as error:  # of opening, and of reading
        raise damaged(path, getattr(error, "strerror", None) or error) from None
