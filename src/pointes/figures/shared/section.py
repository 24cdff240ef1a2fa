"""Views of fields over a tissue: a cable as a line, a sheet as it is, a solid by a plane through its middle."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from pointes.libraries import xarray

AXES = ("z", "y", "x")
OUTSIDE = "#d9d9d9"  # colour of places that do not conduct
POTENTIAL = "membrane potential (mV)"
POTENTIAL_COLOURS = "viridis"


def middle(field: "xarray.DataArray") -> "xarray.DataArray":
    """Return a field over a line or a plane: without axes of one node, and a solid cut across its shortest axis.

    The field is over ``z``, ``y`` and ``x`` [mm], and perhaps over other dimensions. The position of a cut remains as a
    scalar coordinate.
    """
    alone = [axis for axis in AXES if field.sizes[axis] == 1][:2]
    field = field.isel({axis: 0 for axis in alone}, drop=True)
    if alone:
        return field
    shortest = min(AXES, key=lambda axis: field.sizes[axis])
    return field.isel({shortest: field.sizes[shortest] // 2})


def axes_of(field: "xarray.DataArray") -> list[str]:
    """Return the spatial axes of a field, the vertical one first."""
    return [axis for axis in AXES if axis in field.dims]


def cut_position(field: "xarray.DataArray") -> str:
    """Return the place at which a solid was cut, as "z = 1.5 mm"; empty if it was not cut."""
    return "".join(
        f"{axis} = {float(field[axis]):g} mm" for axis in AXES if axis in field.coords and axis not in field.dims
    )


def annotate_cut(figure: Figure, field: "xarray.DataArray") -> None:
    """Write the place at which a solid was cut above a figure."""
    if position := cut_position(field):
        figure.suptitle(f"Plane at {position}")


def is_line(field: "xarray.DataArray") -> bool:
    """Return whether a field is shown along a line, as that of a cable, and not over a plane."""
    return len(axes_of(field)) == 1


def draw_line(axes: Axes, field: "xarray.DataArray", quantity: str, **look: Any) -> None:
    """Draw a field along a line; ``look`` has the keywords of :meth:`matplotlib.axes.Axes.plot`."""
    (along,) = axes_of(field)
    axes.plot(field[along], field, **look)
    axes.set(xlabel=f"{along} (mm)", ylabel=quantity)


def extent(field: "xarray.DataArray") -> tuple[float, float, float, float]:
    """Return the outer edges of the pixels of a plane [mm]: left, right, bottom, top."""
    vertical, horizontal = (field[axis].values for axis in axes_of(field))
    return (*_edges(horizontal), *_edges(vertical))


def _edges(positions: np.ndarray) -> tuple[float, float]:
    half = (positions[1] - positions[0]) / 2
    return positions[0] - half, positions[-1] + half


def draw_plane(axes: Axes, field: "xarray.DataArray", colours: str, low: float, high: float) -> AxesImage:
    """Draw a plane in true proportions, with grey where nothing conducts."""
    axes.set_facecolor(OUTSIDE)
    vertical, horizontal = axes_of(field)
    axes.set(xlabel=f"{horizontal} (mm)", ylabel=f"{vertical} (mm)")
    return axes.imshow(
        field.transpose(vertical, horizontal).values,
        origin="lower",
        extent=extent(field),
        cmap=colours,
        vmin=low,
        vmax=high,
        interpolation="nearest",
    )


def panel_size(field: "xarray.DataArray", width: float, height: float) -> tuple[float, float]:
    """Return the width and height of the largest panel that fits and has the proportions of a plane."""
    left, right, bottom, top = extent(field)
    proportion = (top - bottom) / (right - left)
    return min(width, height / proportion), min(height, width * proportion)
