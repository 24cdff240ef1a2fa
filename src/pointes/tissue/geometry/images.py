"""Tissue from an image: a mask of voxels with tags in a netCDF or a VTK image file.

NetCDF: an integer variable with the dimensions (z, y, x), and the size of the voxels either as its attribute
``spacing_mm`` or by coordinate variables with the unit m, cm, mm or um. Attributes ``flag_values`` and
``flag_meanings`` of the CF conventions name the tags. VTK: an integer array of the points or the cells of a legacy file
with STRUCTURED_POINTS (.vtk) or an XML file with ImageData (.vti), lengths in mm.

The nodes are the centres of the voxels; where the image lies in space and how it is turned is not read.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes.errors import UserError, unknown
from pointes.files import reading_netcdf
from pointes.tissue.geometry import memory
from pointes.tissue.geometry.grid import Geometry

if TYPE_CHECKING:
    from netCDF4 import Variable
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkCommonExecutionModel import vtkImageAlgorithm

MILLIMETRES = {"m": 1e3, "cm": 10.0, "mm": 1.0, "um": 1e-3}
ISOTROPY = 1e-3  # relative, by which the edges of a voxel may differ; files round them


def read_image(path: Path | str, variable: str = "tags", regions: Mapping[int, str] | None = None) -> Geometry:
    """Read a tissue from an image.

    Parameters
    ----------
    path
        A file whose name ends with .nc, .vtk or .vti.
    variable
        Holds the tags: integers from 0, which does not conduct, to 32767.
    regions
        Name of each tag; None: those of the file, or the tags themselves, as ``"1"``.

    Raises
    ------
    UserError
        When the file cannot be read, does not hold such a variable, its voxels are no cubes, no voxel conducts, a tag
        has no name, the image does not fit into memory, or the package vtk is not installed but needed.
    """
    path = Path(path)
    readers = {".nc": _read_netcdf, ".vtk": _read_vtk, ".vti": _read_vtk}
    if path.suffix not in readers:
        raise UserError(f"{path}: format {path.suffix!r} is not known; expected a name with {', '.join(readers)}")
    if not path.is_file():
        raise UserError(f"{path}: no such file; expected an image with voxels")
    values, spacing_mm, names = readers[path.suffix](path, variable)
    tags = _tags(values, path, variable)
    return Geometry(_isotropic(spacing_mm, path), tags, _regions(tags, regions or names, path), on_faces=False)


def _read_netcdf(path: Path, variable: str) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    """Return the values (nz, ny, nx), the edges of the voxels along x, y and z [mm], and the names of tags."""
    try:
        with reading_netcdf(path) as file:
            file.set_auto_mask(True)
            if variable not in file.variables:
                raise unknown("variable", variable, file.variables, str(path))
            image = file.variables[variable]
            if image.ndim != 3:
                raise UserError(f"{path}: {variable} has the dimensions {image.dimensions}; expected three, (z, y, x)")
            memory.check(image.shape)
            names = {}
            if {"flag_values", "flag_meanings"} <= set(image.ncattrs()):
                values = np.atleast_1d(image.flag_values).tolist()
                names = dict(zip(values, image.flag_meanings.split(), strict=False))
            return np.ma.filled(image[:], 0), _netcdf_spacing(image, path), names
    except (OSError, RuntimeError) as error:
        raise UserError(f"{path}: not a readable netCDF file: {str(error).splitlines()[0]}") from error


def _netcdf_spacing(image: "Variable", path: Path) -> np.ndarray:
    if "spacing_mm" in image.ncattrs():
        return np.broadcast_to(np.asarray(image.spacing_mm, dtype=float), 3)
    spacing = np.full(3, np.nan)
    for axis, (name, size) in enumerate(zip(image.dimensions[::-1], image.shape[::-1], strict=True)):
        if size == 1:
            continue  # a sheet or a cable: nothing to tell the size from, nor does it matter
        coordinate = image.group().variables.get(name)
        if coordinate is None:
            raise UserError(f"{path}: {image.name} has no attribute spacing_mm, and {name} no coordinates; add either")
        unit = getattr(coordinate, "units", None)
        if unit not in MILLIMETRES:
            raise unknown(f"unit of {name}", unit, MILLIMETRES, str(path))
        steps = np.diff(np.asarray(coordinate[:], dtype=float)) * MILLIMETRES[unit]
        spacing[axis] = abs(steps.mean())
        if np.ptp(steps) > ISOTROPY * spacing[axis]:
            low, high = np.sort(np.abs(steps))[[0, -1]]
            raise UserError(f"{path}: {name} goes in steps from {low:g} to {high:g} mm; expected equal steps")
    return spacing


def _read_vtk(path: Path, variable: str) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    """Return the values (nz, ny, nx), the edges of the voxels along x, y and z [mm], and no names of tags."""
    try:
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkIOLegacy import vtkStructuredPointsReader
        from vtkmodules.vtkIOXML import vtkXMLImageDataReader
    except ImportError as error:
        raise UserError(f"{path}: reading it needs the package vtk; install it with: pip install vtk") from error

    if path.suffix == ".vti":
        reader = vtkXMLImageDataReader()
    else:
        reader = vtkStructuredPointsReader()
        reader.ReadAllScalarsOn()
    reader.SetFileName(str(path))
    image = _update(reader, path)
    dimensions = np.array(image.GetDimensions())
    arrays = {}
    for data, shape in (
        (image.GetCellData(), np.maximum(dimensions - 1, 1)),
        (image.GetPointData(), dimensions),
    ):
        for k in range(data.GetNumberOfArrays()):
            arrays[data.GetArrayName(k)] = data.GetArray(k), shape[::-1]
    if variable not in arrays:
        raise unknown("array", variable, arrays, str(path))
    array, shape = arrays[variable]
    if array.GetNumberOfComponents() != 1:
        raise UserError(f"{path}: {variable} has {array.GetNumberOfComponents()} components; expected one")
    return vtk_to_numpy(array).reshape(shape), np.array(image.GetSpacing()), {}


def _update(reader: "vtkImageAlgorithm", path: Path) -> "vtkImageData":
    """Read a file; VTK does not raise exceptions but prints, and goes on with an empty or incomplete image."""
    from vtkmodules.vtkCommonCore import vtkLogger

    failures = []
    reader.AddObserver("ErrorEvent", lambda *_: failures.append(True))
    verbosity = vtkLogger.GetCurrentVerbosityCutoff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    try:
        reader.UpdateInformation()
        extent = reader.GetOutputInformation(0).Get(reader.GetExecutive().WHOLE_EXTENT())
        if not failures and extent is not None:
            memory.check(tuple(extent[2 * axis + 1] - extent[2 * axis] + 1 for axis in (2, 1, 0)))
            reader.Update()
    finally:
        vtkLogger.SetStderrVerbosity(verbosity)
    if failures or extent is None:
        kind = "ImageData" if path.suffix == ".vti" else "STRUCTURED_POINTS"
        raise UserError(f"{path}: not a readable VTK file, or a damaged one; expected {kind}")
    return reader.GetOutput()


def _tags(values: np.ndarray, path: Path, variable: str) -> np.ndarray:
    if not np.issubdtype(values.dtype, np.integer):
        raise UserError(f"{path}: {variable} has the type {values.dtype}; expected integers, the tags of the voxels")
    largest = np.iinfo(np.int16).max
    if values.min() < 0 or values.max() > largest:
        raise UserError(
            f"{path}: {variable} goes from {values.min()} to {values.max()}; expected tags from 0 to {largest}"
        )
    if not values.any():
        raise UserError(f"{path}: {variable} is 0 everywhere, so no voxel conducts; expected tags other than 0")
    return values.astype(np.int16)


def _isotropic(spacing_mm: np.ndarray, path: Path) -> float:
    """Return the edge of cubic voxels; NaN is an edge that nobody knows."""
    known = spacing_mm[~np.isnan(spacing_mm)]
    if not (known.size and np.isfinite(known).all() and (known > 0).all()):
        raise UserError(f"{path}: voxels of {_edges(spacing_mm)} mm; expected positive edges")
    if np.ptp(known) > ISOTROPY * known.min():
        raise UserError(f"{path}: voxels of {_edges(spacing_mm)} mm; expected cubes: resample the image")
    return float(known[0])


def _edges(spacing_mm: np.ndarray) -> str:
    return " × ".join(f"{edge:g}" for edge in spacing_mm)


def _regions(tags: np.ndarray, names: Mapping[int, str], path: Path) -> dict[int, str]:
    present = np.unique(tags[tags != 0]).tolist()
    if not names:
        return {tag: str(tag) for tag in present}
    nameless = [tag for tag in present if tag not in names]
    if nameless:
        raise UserError(f"regions: tag {nameless[0]} in {path} has no name; expected one for each of {present}")
    return {tag: names[tag] for tag in present}
