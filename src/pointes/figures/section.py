"""What of a tissue is shown on paper: a cable as a line, a sheet as it is, a solid by a plane through its middle."""

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

if TYPE_CHECKING:
    import xarray as xr

AXES = ("z", "y", "x")
OUTSIDE = "#d9d9d9"  # where nothing conducts
POTENTIAL = "membrane potential (mV)"
POTENTIAL_COLOURS = "viridis"


def middle(field: "xr.DataArray") -> "xr.DataArray":
    """Return a field over a line or a plane: axes of one node are dropped, and of three the shortest is cut in half.

    Parameters
    ----------
    field
        Over ``z``, ``y`` and ``x`` [mm], perhaps also over other dimensions.

    Returns
    -------
    xarray.DataArray
        With one or two of these axes; where a solid was cut remains as a scalar coordinate.
    """
    alone = [axis for axis in AXES if field.sizes[axis] == 1][:2]
    field = field.isel({axis: 0 for axis in alone}, drop=True)
    if alone:
        return field
    shortest = min(AXES, key=lambda axis: field.sizes[axis])
    return field.isel({shortest: field.sizes[shortest] // 2})


def axes_of(field: "xr.DataArray") -> list[str]:
    """Return along which axes a field is shown, the vertical one first."""
    return [axis for axis in AXES if axis in field.dims]


def place(field: "xr.DataArray") -> str:
    """Return where a solid was cut, as "z = 1.5 mm"; nothing if it was not."""
    return "".join(
        f"{axis} = {float(field[axis]):g} mm" for axis in AXES if axis in field.coords and axis not in field.dims
    )


def tell_place(figure: Figure, field: "xr.DataArray") -> None:
    """Write above a figure where a solid was cut."""
    if place(field):
        figure.suptitle(f"Plane at {place(field)}", fontsize=8)


def is_line(field: "xr.DataArray") -> bool:
    """Return whether a field is shown along a line, as that of a cable, and not over a plane."""
    return len(axes_of(field)) == 1


def plot(axes: Axes, field: "xr.DataArray", quantity: str, **look: Any) -> None:
    """Draw a field along a line."""
    (along,) = axes_of(field)
    axes.plot(field[along], field, **look)
    axes.set(xlabel=f"{along} (mm)", ylabel=quantity)


def extent(field: "xr.DataArray") -> tuple[float, float, float, float]:
    """Return the outer edges of a plane's pixels [mm]: left, right, bottom, top."""
    edges = []
    for axis in reversed(axes_of(field)):
        places = field[axis].values
        half = (places[1] - places[0]) / 2
        edges += [places[0] - half, places[-1] + half]
    return tuple(edges)


def show(axes: Axes, field: "xr.DataArray", colours: str, low: float, high: float) -> AxesImage:
    """Draw a plane in true proportions; what does not conduct is grey."""
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


def panel_size(field: "xr.DataArray", width: float, height: float) -> tuple[float, float]:
    """Return the largest size of a panel (width, height) in inches that fits and has a plane's proportions."""
    left, right, bottom, top = extent(field)
    proportion = (top - bottom) / (right - left)
    return min(width, height / proportion), min(height, width * proportion)
