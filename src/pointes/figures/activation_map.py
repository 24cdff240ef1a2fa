"""When a tissue activates and how long its action potentials last: isochrones and a map of APD90."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from pointes.figures import section, style

if TYPE_CHECKING:
    import xarray as xr

ISOCHRONES = 10  # about so many


def summarise(maps: "xr.Dataset") -> "xr.Dataset":
    """Return activation time and APD90 over a line or plane of the tissue."""
    fields = {name: section.middle(maps[name]) for name in ("activation_ms", "apd90_ms")}
    return maps[[]].assign(fields)


def isochrones(activation: "xr.DataArray") -> np.ndarray:
    """Return round times [ms] between the first and the last activation, at which lines are drawn."""
    first, last = float(activation.min()), float(activation.max())
    if not last > first:
        return np.empty(0)
    times = MaxNLocator(ISOCHRONES, steps=[1, 2, 5, 10]).tick_values(first, last)
    return times[(times > first) & (times < last)]


@style.styled
def draw(maps: "xr.Dataset") -> Figure:
    """Draw activation times with isochrones, and APD90; of a cable as curves.

    Parameters
    ----------
    maps
        ``activation_ms`` and ``apd90_ms`` over ``z``, ``y`` and ``x`` [mm], of one beat; NaN where there is none.

    Notes
    -----
    What does not conduct, or has no such beat, is grey. Isochrones that lie close together mean slow conduction. In a
    solid only the plane through the middle of its shortest axis is seen, and a wave that comes from outside the plane
    looks like one that begins in it.
    """
    fields = summarise(maps)
    if section.is_line(fields["activation_ms"]):
        return _curves(fields)
    activation, apd = fields["activation_ms"], fields["apd90_ms"]
    width, height = section.panel_size(activation, 3.6, 3.6)
    figure = Figure(figsize=(2 * width + 2.6, height + 0.8), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    _map(left, activation, "viridis", "activation time (ms)")
    times = isochrones(activation)
    if len(times):
        _isochrones(left, activation, times)
    _map(right, apd, "cividis", "APD90 (ms)")
    right.set_ylabel("")
    section.tell_place(figure, activation)
    return figure


def _map(axes: Axes, field: "xr.DataArray", colours: str, label: str) -> None:
    image = section.show(axes, field, colours, float(field.min()), float(field.max()))
    axes.figure.colorbar(image, ax=axes, label=label, shrink=0.85)


def _isochrones(axes: Axes, activation: "xr.DataArray", times: np.ndarray) -> None:
    vertical, horizontal = section.axes_of(activation)
    values = activation.transpose(vertical, horizontal)
    lines = axes.contour(values[horizontal], values[vertical], values, levels=times, colors="black", linewidths=0.8)
    lines.set_path_effects([withStroke(linewidth=1.8, foreground="#ffffff90")])
    labels = axes.clabel(lines, fontsize=6, fmt="%g")
    for label in labels:
        label.set_path_effects([withStroke(linewidth=1.8, foreground="white")])
    axes.set_title(f"isochrones every {times[1] - times[0]:g} ms" if len(times) > 1 else "")


def _curves(fields: "xr.Dataset") -> Figure:
    figure = Figure(figsize=(7.2, 2.6), layout="constrained")
    names = {"activation_ms": "activation time (ms)", "apd90_ms": "APD90 (ms)"}
    for axes, (name, label) in zip(figure.subplots(1, 2), names.items(), strict=True):
        section.plot(axes, fields[name], label, color=style.BLUE)
    return figure
