"""Writing arrays to netCDF4 files, whole or not at all, and reading them; equal content gives equal bytes."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pointes.errors import damaged
from pointes.files import damage_in, reading_netcdf, replacing
from pointes.libraries import netCDF4, xarray

if TYPE_CHECKING:
    from netCDF4 import Dataset

ITEM_BYTES = 8
"""Size of the largest numbers in files of pointes."""
LARGEST_EXPANSION = 2000
"""Largest ratio of the size of arrays to that of their file: zeros can be compressed by a factor of 1000."""


class Variable(NamedTuple):
    """An array with its dimension names and attributes; one named as its only dimension is a coordinate.

    Text is stored as characters, for CF has no coordinates of strings; xarray and netCDF4 show it as text.
    """

    dimensions: tuple[str, ...]
    values: np.ndarray
    attributes: Mapping[str, Any] = {}
    fill_value: Any = None


@contextmanager
def writing(path: Path | str, attributes: Mapping[str, Any]) -> Iterator["netCDF4.Dataset"]:
    """Open a new file with these attributes to write to it within the block; it appears when the block succeeds."""
    with replacing(path) as temporary, netCDF4.Dataset(temporary, "w") as file:
        file.setncatts(dict(attributes))
        yield file


def write(path: Path | str, variables: Mapping[str, Variable], attributes: Mapping[str, Any]) -> None:
    """Write variables and attributes of the file; dimensions have the sizes of the arrays that use them."""
    with writing(path, attributes) as file:
        for name, variable in variables.items():
            add(file, name, variable)


def write_parts(
    path: Path | str,
    parts: Iterable[Mapping[str, Variable]],
    dimension: str,
    size: int,
    attributes: Mapping[str, Any],
) -> None:
    """Write variables that come in parts along a dimension of this name and size, one part after the other.

    All parts have the same variables. One without the dimension is written with the first part.
    """
    with writing(path, attributes) as file:
        file.createDimension(dimension, size)
        start = stop = 0
        for variables in parts:
            for name, variable in variables.items():
                if variable.dimensions[0] == dimension:
                    stop = start + len(variable.values)
                    add(file, name, variable, slice(start, stop))
                elif start == 0:
                    add(file, name, variable)
            start = stop


def add(file: "netCDF4.Dataset", name: str, variable: Variable, rows: slice = slice(None)) -> None:
    """Write the values of a variable, or of some of its rows, to an open file.

    The variable, and those of its dimensions that the file does not have yet, are made first.
    """
    values = np.asarray(variable.values)
    for dimension, size in zip(variable.dimensions, values.shape, strict=True):
        if dimension not in file.dimensions:
            file.createDimension(dimension, size)
    if values.dtype.kind in "UO":
        _write_text(file, name, variable, values)
        return
    if name not in file.variables:
        stored = file.createVariable(name, values.dtype, variable.dimensions, fill_value=variable.fill_value)
        stored.setncatts(dict(variable.attributes))
    file[name][rows if values.shape else ...] = values


def _write_text(file: "Dataset", name: str, variable: Variable, values: np.ndarray) -> None:
    encoded = np.char.encode(values.astype(str), "utf-8")
    length = max(1, encoded.dtype.itemsize)
    characters = f"string{length}"
    if characters not in file.dimensions:
        file.createDimension(characters, length)
    stored = file.createVariable(name, "S1", (*variable.dimensions, characters))
    stored.setncatts({**variable.attributes, "_Encoding": "utf-8"})
    stored.set_auto_chartostring(False)
    stored[...] = encoded.astype(f"S{length}").view("S1").reshape(*values.shape, length)


@contextmanager
def reading(path: Path | str) -> Iterator["Dataset"]:
    """Open a file as `reading_netcdf` does; if it or the block cannot read it, it is damaged, as the UserError says."""
    try:
        with reading_netcdf(path) as file, damage_in(path):
            check_sizes(file, path)
            yield file
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError) as error:  # of opening, and of reading
        raise damaged(path, getattr(error, "strerror", None) or error) from None


def check_sizes(file: "Dataset", path: Path | str) -> None:
    """Raise a RuntimeError for a file of pointes that declares far larger arrays than it can hold."""
    declared = sum(prod(variable.shape) * ITEM_BYTES for variable in file.variables.values())
    if declared > LARGEST_EXPANSION * os.path.getsize(path):
        raise RuntimeError(f"arrays of {declared / 1e9:.3g} GB in a file of {os.path.getsize(path)} bytes")


def load_dataset(path: Path | str) -> "xarray.Dataset":
    """Return the content of a file for xarray, all of it in memory; errors are those of `reading`."""
    with reading(path) as file:
        dataset = xarray.open_dataset(xarray.backends.NetCDF4DataStore(file)).load()
    dataset.set_close(None)  # nothing is left to be closed
    return dataset
