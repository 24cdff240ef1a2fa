"""Maps of the activation times and the APD90 of a tissue."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from pointes.figures.shared import section, style
from pointes.libraries import xarray

ISOCHRONES = 10  # approximate number
SCALE = 25  # width of a colour scale with its texts [mm]


def isochrones(activation: "xarray.DataArray") -> np.ndarray:
    """Return the times [ms] of isochrones: round numbers between the first and the last activation."""
    first, last = float(activation.min()), float(activation.max())
    if not last > first:
        return np.empty(0)
    times = np.asarray(MaxNLocator(ISOCHRONES, steps=[1, 2, 5, 10]).tick_values(first, last))
    return times[(times > first) & (times < last)]


@style.styled
def draw(run: "xarray.Dataset") -> Figure:
    """Draw activation times with isochrones, and APD90: as maps, or as curves along a cable.

    Grey places do not conduct or had no such beat. Isochrones that lie close together mean slow conduction. A solid is
    shown by the plane through the middle of its shortest axis: a wave that enters that plane seems to begin in it.

    ``run`` has ``activation_ms`` and ``apd90_ms`` of one beat over ``z``, ``y`` and ``x`` [mm], or NaN.
    """
    activation, apd = section.middle(run["activation_ms"]), section.middle(run["apd90_ms"])
    if activation.isnull().all():
        return style.message_figure("the last beat activated no place that is shown")
    if section.is_line(activation):
        return _draw_curves(activation, apd)
    _, height = section.panel_size(activation, style.WIDTHS["double"] / 2 - SCALE, 80)
    figure = style.new_figure("double", height + 20)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    _draw_map(left, activation, "viridis", "activation time (ms)")
    times = isochrones(activation)
    if len(times):
        _draw_isochrones(left, activation, times)
    _draw_map(right, apd, "plasma", "APD90 (ms)")
    right.set_ylabel("")
    section.annotate_cut(figure, activation)
    return figure


def _draw_map(axes: Axes, field: "xarray.DataArray", colours: str, label: str) -> None:
    image = section.draw_plane(axes, field, colours, float(field.min()), float(field.max()))
    axes.figure.colorbar(image, ax=axes, label=label, shrink=0.85)


def _draw_isochrones(axes: Axes, activation: "xarray.DataArray", times: np.ndarray) -> None:
    vertical, horizontal = section.axes_of(activation)
    values = activation.transpose(vertical, horizontal)
    lines = axes.contour(values[horizontal], values[vertical], values, levels=times, colors="black", linewidths=0.8)
    lines.set_path_effects([withStroke(linewidth=1.8, foreground="#ffffff90")])
    vertices = [np.asarray(path.vertices) for path in lines.get_paths()]
    middles = [line[len(line) // 2] for line in vertices if len(line)]
    for label in axes.clabel(lines, fontsize=6, fmt="%g", manual=middles):
        label.set_path_effects([withStroke(linewidth=1.8, foreground="white")])
    axes.set_title(f"isochrones every {times[1] - times[0]:g} ms" if len(times) > 1 else "")


def _draw_curves(activation: "xarray.DataArray", apd: "xarray.DataArray") -> Figure:
    figure = style.new_figure("double", 62)
    left, right = figure.subplots(1, 2)
    section.draw_line(left, activation, "activation time (ms)", color=style.BLUE)
    section.draw_line(right, apd, "APD90 (ms)", color=style.BLUE)
    return figure
