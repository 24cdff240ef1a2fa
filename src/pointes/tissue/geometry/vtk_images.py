"""Reading of VTK images, by a process of its own: some damaged files make VTK crash, and the process with it."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes.errors import UserError, unknown
from pointes.tissue.geometry import memory

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkIOLegacy import vtkStructuredPointsReader
    from vtkmodules.vtkIOXML import vtkXMLImageDataReader

MISTAKE = 3
"""Exit code of the process for a mistake in the file, which it prints."""


def read(path: Path, array: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (nz, ny, nx) and the edges of the voxels along x, y and z [mm]."""
    try:
        import vtkmodules as vtkmodules  # an optional dependency
    except ImportError as error:
        raise UserError("reading it needs the package vtk; install it with: pip install vtk", where=path) from error
    # Without -P a module in the working directory could take the place of one of Python's
    command = [sys.executable, "-P", "-m", __name__]
    done = subprocess.run(command, input=json.dumps([str(path), array]).encode(), capture_output=True, check=False)
    if done.returncode == MISTAKE:
        raise UserError(done.stderr.decode(errors="replace").splitlines()[-1])
    if done.returncode != 0:
        raise _unreadable(path)
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as found:
        return found["values"], found["spacing"]


def main() -> None:
    """Write the values and the edges of the image that standard input names to standard output, as NumPy's archive."""
    path, array = json.loads(sys.stdin.read())
    try:
        values, spacing_mm = _read(Path(path), array)
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(MISTAKE)
    archive = io.BytesIO()
    np.savez(archive, values=values, spacing=spacing_mm)
    sys.stdout.buffer.write(archive.getbuffer())


def _read(path: Path, array: str) -> tuple[np.ndarray, np.ndarray]:
    from vtkmodules.util import numpy_support
    from vtkmodules.vtkIOLegacy import vtkStructuredPointsReader
    from vtkmodules.vtkIOXML import vtkXMLImageDataReader

    legacy = vtkStructuredPointsReader()
    legacy.ReadAllScalarsOn()
    reader = vtkXMLImageDataReader() if path.suffix == ".vti" else legacy
    reader.SetFileName(str(path))
    image = _update(reader, path)
    dimensions = np.array(image.GetDimensions())
    arrays = {}
    for data, shape in (image.GetCellData(), np.maximum(dimensions - 1, 1)), (image.GetPointData(), dimensions):
        for k in range(data.GetNumberOfArrays()):
            arrays[data.GetArrayName(k)] = data.GetArray(k), shape[::-1]
    if array not in arrays:
        raise unknown("array", array, map(str, arrays), path)
    found, shape = arrays[array]
    if found is None:  # an array of text
        raise UserError(f"type of {array}", expected="integers, the tags of the voxels", where=path)
    if found.GetNumberOfComponents() != 1:
        raise UserError(f"components of {array}", found.GetNumberOfComponents(), "one", path)
    to_numpy: Callable[[object], np.ndarray] = numpy_support.vtk_to_numpy  # which has no types
    return to_numpy(found).reshape(shape), np.array(image.GetSpacing())


def _update(reader: "vtkXMLImageDataReader | vtkStructuredPointsReader", path: Path) -> "vtkImageData":
    """Read a file, or raise a UserError, as VTK prints errors and goes on with an incomplete image."""
    from vtkmodules.vtkCommonCore import vtkCommand, vtkLogger
    from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline

    failures = []
    reader.AddObserver(vtkCommand.ErrorEvent, lambda *_: failures.append(True))
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    reader.UpdateInformation()
    extent = reader.GetOutputInformation(0).Get(vtkStreamingDemandDrivenPipeline.WHOLE_EXTENT())
    if not failures and extent is not None:
        memory.check(tuple(extent[2 * axis + 1] - extent[2 * axis] + 1 for axis in (2, 1, 0)))
        reader.Update()
    if failures or extent is None:
        raise _unreadable(path)
    image: vtkImageData = reader.GetOutput()
    return image


def _unreadable(path: Path) -> UserError:
    kind = "ImageData" if path.suffix == ".vti" else "STRUCTURED_POINTS"
    return UserError("not a readable VTK file, or a damaged one", expected=kind, where=path)


if __name__ == "__main__":
    main()
