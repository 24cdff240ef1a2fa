"""Snapshots of the membrane potential in a chunked, compressed netCDF4 file.

The file appears when it is finished. Until `Snapshots.finish`, frames are in part files beside it, one for every
checkpoint, closed when the checkpoint is made. A run that continues from a checkpoint keeps the parts before it and
writes later ones again, so that a crash in the middle of a frame does no harm.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.errors import UserError
from pointes.files import replacing
from pointes.libraries import netCDF4
from pointes.software import made

if TYPE_CHECKING:
    from pointes.tissue.geometry.grid import Grid

CHUNK = 64  # nodes along each axis


class Snapshots:
    """Observer that writes the potential of all nodes to a netCDF file, whose folder is made if it is missing.

    The file holds ``v_mV`` over ``time_ms``, ``z``, ``y`` and ``x`` in single precision, NaN where no node conducts,
    also for dimensionless models; ``tag`` with the names of the regions; and the coordinates in mm.
    """

    def __init__(self, path: Path | str, grid: "Grid", interval_ms: float = 5.0) -> None:
        self.interval_ms = interval_ms
        self.path = Path(path)
        self._grid = grid
        self._parts = 0
        self._file: netCDF4.Dataset | None = None

    def observe(self, times_ms: np.ndarray, potentials: np.ndarray) -> None:
        """Write the potentials of all nodes, (n_times, n_nodes), at times, (n_times,)."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _create(self._part(self._parts), self._grid)
            self._parts += 1
        for time, v in zip(times_ms, potentials, strict=True):
            frame = len(self._file.dimensions["time_ms"])
            self._file["time_ms"][frame] = time
            self._file["v_mV"][frame] = self._grid.scatter(v).astype(np.float32)

    def finish(self) -> None:
        """Put the parts together, move the file into place and remove the parts."""
        self._close()
        parts = [self._part(number) for number in range(self._parts)]
        if len(parts) == 1:
            os.replace(parts[0], self.path)
        elif parts:
            with replacing(self.path) as temporary:
                _join(parts, temporary, self._grid)
        number = 0
        while number < self._parts or self._part(number).exists():  # an earlier run may have left more
            self._part(number).unlink(missing_ok=True)
            number += 1

    def state(self) -> dict[str, np.ndarray]:
        """Close the present part, and return the number of parts for a checkpoint."""
        self._close()
        return {"parts": np.array(self._parts)}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Continue after the parts of a checkpoint; raise a UserError if one is missing."""
        self._close()
        self._parts = int(state["parts"])
        for number in range(self._parts):
            if not self._part(number).exists():
                raise UserError("missing", expected="the snapshots until the checkpoint", where=self._part(number))

    def _part(self, number: int) -> Path:
        return self.path.with_name(f".{self.path.name}.part{number}")

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def tag_attributes(grid: "Grid") -> dict[str, Any]:
    """Return the attributes of the variable of tags, with the names of the regions as in the CF conventions."""
    names = {0: "none", **grid.regions}
    return {
        "long_name": "region; does not conduct where 0",
        "flag_values": np.array(list(names), np.int16),
        "flag_meanings": " ".join(name.replace(" ", "_") for name in names.values()),
    }


def _create(path: Path, grid: "Grid") -> "netCDF4.Dataset":
    file = netCDF4.Dataset(path, "w")
    file.setncatts({**made(), "title": "Membrane potential of a tissue"})
    file.createDimension("time_ms", None)
    time = file.createVariable("time_ms", np.float64, ("time_ms",), chunksizes=(1024,))
    time.setncatts({"units": "ms", "long_name": "time since the begin of the run"})
    dimensions = tuple(grid.coordinates)
    for axis, coordinates in grid.coordinates.items():
        file.createDimension(axis, len(coordinates))
        variable = file.createVariable(axis, np.float64, (axis,))
        variable.setncatts({"long_name": f"position along {axis}", "units": "mm"})
        variable[:] = coordinates
    chunk = tuple(min(size, CHUNK) for size in grid.tags.shape)
    tag = file.createVariable("tag", np.int16, dimensions, zlib=True, complevel=1, shuffle=True, chunksizes=chunk)
    tag.setncatts(tag_attributes(grid))
    tag[:] = grid.tags
    v = file.createVariable(
        "v_mV", np.float32, ("time_ms", *dimensions), zlib=True, complevel=1, shuffle=True, chunksizes=(1, *chunk),
        fill_value=np.float32(np.nan),
    )  # fmt: skip
    v.setncatts({"units": "mV", "long_name": "membrane potential"})
    return file


def _join(parts: list[Path], path: Path, grid: "Grid") -> None:
    with _create(path, grid) as joined:
        frame = 0
        for part in parts:
            with netCDF4.Dataset(part) as file:
                for time, v in zip(file["time_ms"][:], file["v_mV"], strict=True):
                    joined["time_ms"][frame], joined["v_mV"][frame] = time, v
                    frame += 1
