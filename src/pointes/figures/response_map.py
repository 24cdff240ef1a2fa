"""Learned quantities over the plane of the first two axes, with the simulations and the uncertainty."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pointes.figures.shared import style
from pointes.figures.shared.outcomes import high_fidelity, is_control
from pointes.libraries import xarray
from pointes.vocabulary import Status

CONTOURS = 9
VALUES, DOUBT = "viridis", "Greys"
"""Colour maps of quantities and of their standard deviations; the lightness of both rises or falls evenly."""


@style.styled
def draw(response_map: "xarray.Dataset", simulations: "xarray.Dataset") -> Figure:
    """Draw a row of two panels for each quantity: its prediction with the simulated points, and its uncertainty.

    Points have the colour of the simulated value. Where a quantity is not expected to be defined the plane is hatched.

    Parameters
    ----------
    response_map
        Each of the ``quantities`` that its attribute names, their standard deviations ``<name>_sd`` and the probability
        ``regular``, over two parameters, the last one on the horizontal axis.
    simulations
        Quantities, ``label``, ``status``, ``purpose`` and parameters of each ``sample``.
    """
    if reason := style.why_unlearned(response_map):
        return style.message_figure(reason)
    simulations = high_fidelity(simulations)
    names = response_map.attrs["quantities"].split()
    figure = style.new_figure("double", 72 * len(names) + 8)
    rows = figure.subplots(len(names), 2, squeeze=False)
    for (left, right), name in zip(rows, names, strict=True):
        _draw_values(left, response_map, simulations, name)
        _draw_doubt(right, response_map, name)
    if fixed := [f"{name} {value:g}" for name, value in style.held(response_map).items()]:
        figure.suptitle(f"Slice at {', '.join(fixed)}; points are projected onto it\n")
    return figure


def _draw_values(axes: Axes, response_map: "xarray.Dataset", simulations: "xarray.Dataset", name: str) -> None:
    x, y = _plane(response_map, name)
    shown = np.where(response_map["regular"].values >= 0.5, response_map[name].values, np.nan)
    simulated = simulations.isel(sample=~is_control(simulations))
    ok = (simulated["status"].values == Status.OK) & (simulated["label"].values == 0)
    ok &= np.isfinite(simulated[name].values)
    known = np.concatenate([shown[np.isfinite(shown)], simulated[name].values[ok]])
    norm = Normalize(float(known.min()), float(known.max()))
    scale = ScalarMappable(norm, VALUES)
    grid = response_map[x].values, response_map[y].values
    axes.pcolormesh(*grid, shown, cmap=VALUES, norm=norm, shading="nearest", rasterized=True)
    if np.isfinite(shown).sum() > 1 and np.nanmin(shown) < np.nanmax(shown):
        lines = axes.contour(*grid, shown, levels=CONTOURS, colors="white", linewidths=0.6)
        axes.clabel(lines, fontsize=6.5)
    handles = _draw_points(axes, simulated, (x, y), ok, name, scale)
    _hatch(axes, grid, response_map, handles)
    style.label_plane(axes, response_map[x], response_map[y])
    style.add_heading(axes, f"prediction and {len(simulated['sample'])} simulations", handles)
    axes.figure.colorbar(scale, ax=axes, label=_label(response_map[name], name))


def _draw_points(
    axes: Axes,
    simulated: "xarray.Dataset",
    plane: tuple[str, str],
    ok: np.ndarray,
    name: str,
    scale: ScalarMappable,
) -> list[Line2D | Patch]:
    """Draw the simulated points and return their entries of the legend."""
    x, y = (simulated[parameter].values for parameter in plane)
    faces = scale.to_rgba(simulated[name].values[ok])
    axes.scatter(x[ok], y[ok], 22, faces, edgecolors="white", linewidths=0.7, zorder=3, clip_on=False)
    handles: list[Line2D | Patch] = [style.marker_entry("o", style.SKY, f"value simulated ({ok.sum()})")]
    if not ok.all():
        axes.plot(x[~ok], y[~ok], style.FAILED.marker, color=style.VERMILLION, markersize=5, zorder=3, clip_on=False)
        entry = Line2D([], [], linestyle="", marker=style.FAILED.marker, color=style.VERMILLION)
        entry.set_label(f"arrhythmic or failed ({(~ok).sum()})")
        handles.append(entry)
    return handles


def _draw_doubt(axes: Axes, response_map: "xarray.Dataset", name: str) -> None:
    x, y = _plane(response_map, name)
    shown = np.where(response_map["regular"].values >= 0.5, response_map[f"{name}_sd"].values, np.nan)
    grid = response_map[x].values, response_map[y].values
    drawn = axes.pcolormesh(*grid, shown, cmap=DOUBT, vmin=0, shading="nearest", rasterized=True)
    handles: list[Line2D | Patch] = []
    _hatch(axes, grid, response_map, handles)
    style.label_plane(axes, response_map[x], response_map[y])
    style.add_heading(axes, "uncertainty of the prediction", handles)
    axes.figure.colorbar(drawn, ax=axes, label=_label(response_map[name], "standard deviation"))


def _hatch(
    axes: Axes, grid: tuple[np.ndarray, np.ndarray], response_map: "xarray.Dataset", handles: list[Line2D | Patch]
) -> None:
    """Hatch where quantities are not expected to be defined, and add the entry of the legend."""
    regular = response_map["regular"].values
    if regular.min() >= 0.5:
        return
    axes.contourf(*grid, regular, levels=[0.0, 0.5], colors="none", hatches=["////"])
    handles.append(Patch(facecolor="none", edgecolor=style.GREY, hatch="////", label="not defined"))


def _plane(response_map: "xarray.Dataset", name: str) -> tuple[str, str]:
    """Return the names of the parameters on the horizontal axis (the last dimension) and on the vertical one."""
    vertical, horizontal = response_map[name].dims
    return str(horizontal), str(vertical)


def _label(variable: "xarray.DataArray", title: str) -> str:
    """Return the label of a scale with its unit."""
    unit = style.unit_of(variable)
    return f"{title} ({unit})" if unit not in ("", "1") else title
