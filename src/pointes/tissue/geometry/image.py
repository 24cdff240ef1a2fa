"""Tissue from an image: a mask of voxels with tags in a netCDF or a VTK image file.

NetCDF: an integer variable with the dimensions (z, y, x), and the size of the voxels either as its attribute
``spacing_mm`` or by coordinate variables with the unit m, cm, mm or um. VTK: an integer array of the points or the
cells of a legacy file with STRUCTURED_POINTS (.vtk) or an XML file with ImageData (.vti), lengths in mm.

The nodes are the centres of the voxels. Position and orientation of the image in space are not read.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.errors import UserError, unknown
from pointes.files import read_bytes, reading_netcdf
from pointes.tissue.geometry import memory, vtk_images
from pointes.tissue.geometry.base import Geometry
from pointes.tissue.geometry.grid import WHOLE, Grid

if TYPE_CHECKING:
    from netCDF4 import Variable

    from pointes.tissue.description import ImageFile

MILLIMETRES = {"m": 1e3, "cm": 10.0, "mm": 1.0, "um": 1e-3}
ISOTROPY = 1e-3
"""Relative difference of the edges of a voxel that is taken for the round-off of files."""


class Image(Geometry):
    """Tissue from an image file. The image gives the spacing of the nodes; fibres are along x."""

    noun, plural = "an image", "images"
    cheap_to_build = False

    def check(self) -> None:
        """Raise a UserError if there is no image file, or lengths, layers or fibres beside it."""
        description = self.description
        if description.image is None:
            raise UserError("image", None, f"a file for {self.noun}")
        for name in ("size_mm", "layers", "fibre_angles_deg"):
            if value := getattr(description, name):
                raise UserError(name, value, f"none for {self.noun}")

    @property
    def regions(self) -> tuple[str, ...]:
        """Cell types that have a tag; none: all cells are of one type."""
        return tuple(self._file.tags)

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """Hash of the content of the image file."""
        path = Path(self._file.file)
        try:
            return (hashlib.sha256(read_bytes(path)).hexdigest(),)
        except FileNotFoundError:
            raise UserError("image.file", path, "an image that is there") from None

    def grid(self) -> Grid:
        """Return the conducting voxels of the image."""
        return read_image(self._file.file, self._file.array, self._file.tags)

    @property
    def _file(self) -> "ImageFile":
        assert self.description.image is not None  # else `check` has raised
        return self.description.image


def read_image(path: Path | str, array: str = "tags", tags: Mapping[str, Sequence[int]] | None = None) -> Grid:
    """Read a tissue from an image, a file whose name ends with .nc, .vtk or .vti.

    ``array`` holds the tags of the voxels, integers from 0 to 32767, and ``tags`` gives the tags of each region. Voxels
    with other tags are scar or outside, and do not conduct. Without ``tags``, all voxels but those with the tag 0 are
    one region.

    Raises
    ------
    UserError
        When the file cannot be read or has no such array, its voxels are not cubes, no voxel conducts, a tag is missing
        or names two regions, the image does not fit into memory, or the package vtk is needed but not installed.
    """
    path = Path(path)
    readers = {".nc": _read_netcdf, ".vtk": vtk_images.read, ".vti": vtk_images.read}
    if path.suffix not in readers:
        raise UserError("image.file", path, f"a name with {', '.join(readers)}")
    if not os.path.isfile(path):
        raise UserError("image.file", path, "an image that is there")
    values, spacing_mm = readers[path.suffix](path, array)
    _check_tags(values, path, array)
    region_tags, regions = _regions(values, tags or {})
    return Grid(_isotropic(spacing_mm, path), region_tags, regions, on_faces=False)


def _read_netcdf(path: Path, array: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (nz, ny, nx) and the edges of the voxels along x, y and z [mm]."""
    try:
        with reading_netcdf(path) as file:
            file.set_auto_mask(True)
            if array not in file.variables:
                raise unknown("variable", array, file.variables, path)
            image = file.variables[array]
            if image.ndim != 3:
                raise UserError(f"dimensions of {array}", image.dimensions, "three, (z, y, x)", path)
            if 0 in image.shape:
                raise UserError(f"size of {array}", image.shape, "voxels along each axis", path)
            nz, ny, nx = image.shape
            memory.check((nz, ny, nx))
            return np.ma.filled(image[:], 0), _netcdf_spacing(image, path)
    except (OSError, RuntimeError, TypeError, ValueError) as error:  # the latter of values that are no numbers
        raise UserError(f"not a readable netCDF file: {error}", where=path) from error


@np.errstate(all="ignore")  # the result is checked
def _netcdf_spacing(image: "Variable[Any]", path: Path) -> np.ndarray:
    if "spacing_mm" in image.ncattrs():
        try:
            return np.broadcast_to(np.asarray(image.spacing_mm, dtype=float), 3)
        except ValueError:
            raise UserError(
                "attribute spacing_mm", image.spacing_mm, "a number, or one along each axis", path
            ) from None
    spacing = np.full(3, np.nan)
    for axis, (name, size) in enumerate(zip(image.dimensions[::-1], image.shape[::-1], strict=True)):
        if size == 1:
            continue  # a single coordinate does not tell the edge, and sheets and cables do not need it
        coordinate = image.group().variables.get(name)
        if coordinate is None:
            mistake = f"{image.name} has no attribute spacing_mm, and {name} no coordinates"
            raise UserError(mistake, expected="one of the two", where=path)
        unit = getattr(coordinate, "units", None)
        if unit not in MILLIMETRES:
            raise unknown(f"unit of {name}", unit, MILLIMETRES, path)
        steps = np.diff(np.asarray(coordinate[:], dtype=float)) * MILLIMETRES[unit]
        spacing[axis] = abs(steps.mean())
        if np.ptp(steps) > ISOTROPY * spacing[axis]:
            low, high = np.sort(np.abs(steps))[[0, -1]]
            raise UserError(f"steps of {name}", f"from {low:g} to {high:g} mm", "equal steps", path)
    return spacing


def _check_tags(values: np.ndarray, path: Path, array: str) -> None:
    if not np.issubdtype(values.dtype, np.integer):
        raise UserError(f"type of {array}", str(values.dtype), "integers, the tags of the voxels", path)
    if not values.any():
        raise UserError(f"{array} is 0 everywhere, so no voxel conducts", expected="tags other than 0", where=path)
    largest = np.iinfo(np.int16).max
    if values.min() < 0 or values.max() > largest:
        found = f"from {values.min()} to {values.max()}"
        raise UserError(f"values of {array}", found, f"tags from 0 to {largest}", path)


def _regions(values: np.ndarray, tags: Mapping[str, Sequence[int]]) -> tuple[np.ndarray, dict[int, str]]:
    """Return the number of the region of each voxel, from 1 on in the order of the names, and the names by number."""
    if not tags:
        return (values != 0).astype(np.int16), {1: WHOLE}
    numbers = np.zeros(np.iinfo(np.int16).max + 1, np.int16)
    present = np.unique(values[values != 0]).tolist()
    for number, (name, chosen) in enumerate(tags.items(), start=1):
        for tag in chosen:
            if tag not in present:
                raise UserError(f"image.tags.{name}", tag, f"a tag of the image: {', '.join(map(str, present))}")
            if numbers[tag]:
                raise UserError(f"image.tags.{name}", tag, "a tag that no other cell type has")
            numbers[tag] = number
    return numbers[values], dict(enumerate(tags, start=1))


def _isotropic(spacing_mm: np.ndarray, path: Path) -> float:
    """Return the edge of cubic voxels [mm]; NaN stands for the edge along an axis with a single voxel."""
    known = spacing_mm[~np.isnan(spacing_mm)]
    edges = " × ".join(f"{edge:g}" for edge in spacing_mm) + " mm"
    if not (known.size and np.isfinite(known).all() and (known > 0).all()):
        raise UserError("size of voxels", edges, "positive edges", path)
    if np.ptp(known) > ISOTROPY * known.min():
        raise UserError("size of voxels", edges, "cubes: resample the image", path)
    return float(known[0])
