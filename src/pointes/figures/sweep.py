"""Simulations of a sweep: results along each axis, their distributions, and where runs were arrhythmic or failed."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pointes.figures.shared import style
from pointes.figures.shared.outcomes import is_control
from pointes.libraries import xarray
from pointes.vocabulary import Status

USUAL = (
    *("apd90_ms", "triangulation_ms", "catd90_ms", "qnet_uC_per_uF"),
    *("qt_ms", "conduction_velocity_m_per_s", "apd90_mean_ms", "total_activation_ms"),
)
"""Results that are shown, of those that a simulation has."""
MOST_POINTS = 2000  # points that are drawn
BINS = 16  # parts of an axis in each of which the median is taken
PANEL = 48  # height of a panel [mm]
SMALL = 5  # area of a point [points²]


@style.styled
def draw_responses(simulations: "xarray.Dataset") -> Figure:
    """Draw each of the usual results against each axis: a point per simulation, and the median along the axis."""
    swept, names, axes_names = _shown(simulations)
    if not names:
        return style.message_figure("no simulation has a result to show")
    figure = _figure(len(axes_names), len(names))
    grid = figure.subplots(len(names), len(axes_names), squeeze=False, sharex="col", sharey="row")
    for row, name in zip(grid, names, strict=True):
        for axes, axis in zip(row, axes_names, strict=True):
            _draw_response(axes, swept, axis, name)
        row[0].set_ylabel(_label(swept[name], name))
    for axes, axis in zip(grid[-1], axes_names, strict=True):
        axes.set_xlabel(style.axis_label(swept[axis]))
    _add_classes(figure, swept)
    return figure


@style.styled
def draw_distributions(simulations: "xarray.Dataset") -> Figure:
    """Draw a histogram of each of the usual results, over the simulations of each class, and mark the control."""
    swept, names, _ = _shown(simulations)
    if not names:
        return style.message_figure("no simulation has a result to show")
    columns = min(4, len(names))
    rows = -(-len(names) // columns)
    figure = _figure(columns, rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat[len(names) :]:
        axes.set_visible(False)
    control = simulations.isel(sample=is_control(simulations))
    for axes, name in zip(grid.flat, names, strict=False):
        values = swept[name].values
        edges = np.histogram_bin_edges(values[np.isfinite(values)], 30)
        for value, look in style.labels(swept).items():
            chosen = values[(swept["label"].values == value) & np.isfinite(values)]
            if len(chosen):
                axes.hist(chosen, edges, color=look.colour, alpha=0.55, label=f"{look.name} ({len(chosen)})")
        if np.isfinite(control[name].values).any():
            axes.axvline(
                float(control[name].values[0]), color=style.BLACK, linewidth=1, linestyle="--", label="control"
            )
        missing = int(np.sum(~np.isfinite(values)))
        axes.set_title(f"{missing} of {len(values)} missing" if missing else f"{len(values)} values", fontsize=7)
        axes.set(xlabel=_label(swept[name], name), ylabel="simulations")
        axes.legend(fontsize=6, frameon=True, framealpha=0.8, edgecolor="none")
    return figure


@style.styled
def draw_pairs(simulations: "xarray.Dataset") -> Figure:
    """Draw the points of a sweep in the plane of each pair of axes, with the class of each simulation."""
    swept, _, names = _shown(simulations)
    if len(names) < 2:
        return style.message_figure("the sweep has one axis, and no pair of axes")
    count = len(names) - 1
    figure = _figure(count, count)
    grid = figure.subplots(count, count, squeeze=False)
    for i, y in enumerate(names[1:]):
        for j, x in enumerate(names[:-1]):
            axes = grid[i][j]
            if j > i:
                axes.set_visible(False)
                continue
            _scatter(axes, swept, swept[x].values, swept[y].values)
            for parameter, axis in ((x, axes.xaxis), (y, axes.yaxis)):
                if style.is_logarithmic(swept[parameter]):
                    style.make_logarithmic(axis)
            axes.set(xlabel=style.axis_label(swept[x]) if i == count - 1 else "")
            axes.set(ylabel=style.axis_label(swept[y]) if j == 0 else "")
    _add_classes(figure, swept)
    return figure


def running_median(x: np.ndarray, y: np.ndarray, logarithmic: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the medians of y in parts of the range of x, (k,), and the middles of these parts.

    Examples
    --------
    >>> middle, median = running_median(np.array([0.0, 0.1, 0.9, 1.0]), np.array([1.0, 3.0, 5.0, 7.0]), False)
    >>> median[[0, -1]].tolist()
    [1.0, 7.0]
    """
    at = np.log10(x) if logarithmic else x
    known = np.isfinite(y)
    edges = np.linspace(at.min(), at.max(), BINS + 1)
    part = np.clip(np.digitize(at, edges) - 1, 0, BINS - 1)
    found = [np.median(y[known & (part == k)]) if (known & (part == k)).any() else np.nan for k in range(BINS)]
    middle = (edges[:-1] + edges[1:]) / 2
    return (10.0**middle if logarithmic else middle), np.array(found)


def _shown(simulations: "xarray.Dataset") -> tuple["xarray.Dataset", list[str], list[str]]:
    """Return the simulations but the control, the results that are shown, and the axes."""
    swept = simulations.isel(sample=~is_control(simulations))
    of_results = [name for name in USUAL if name in swept]
    swept = swept.assign({name: swept[name].where(swept["status"] == Status.OK) for name in of_results})
    names = [name for name in of_results if np.isfinite(swept[name].values).any()]
    return swept, names, simulations.attrs["parameters"].split()


def _figure(columns: int, rows: int) -> Figure:
    return style.new_figure("single" if columns <= 2 else "double", PANEL * rows + 15)


def _draw_response(axes: Axes, swept: "xarray.Dataset", axis: str, name: str) -> None:
    x, y = swept[axis].values, swept[name].values
    _scatter(axes, swept, x, y)
    logarithmic = style.is_logarithmic(swept[axis])
    axes.plot(*running_median(x, y, logarithmic), color=style.BLACK, linewidth=1.2)
    if logarithmic:
        style.make_logarithmic(axes.xaxis)


def _scatter(axes: Axes, swept: "xarray.Dataset", x: np.ndarray, y: np.ndarray) -> None:
    """Draw simulations in the looks of their classes; of very many only the first ones, which are spread as evenly."""
    rows = np.arange(len(x)) < MOST_POINTS
    ok = swept["status"].values == Status.OK
    for value, look in style.labels(swept).items():
        chosen = rows & ok & (swept["label"].values == value)
        size = SMALL if value == 0 else 3 * SMALL
        axes.scatter(x[chosen], y[chosen], size, look.colour, marker=look.marker, linewidths=0, alpha=0.6)
    failed = rows & ~ok
    axes.scatter(x[failed], y[failed], 2 * SMALL, style.GREY, marker=style.FAILED.marker, linewidths=0.6)


def _add_classes(figure: Figure, swept: "xarray.Dataset") -> None:
    ok = swept["status"].values == Status.OK
    counts = [(look, int(np.sum(ok & (swept["label"].values == value)))) for value, look in style.labels(swept).items()]
    counts.append((style.FAILED, int(np.sum(~ok))))
    handles = [
        Line2D([], [], linestyle="", marker=look.marker, color=look.colour, label=f"{look.name} ({count})")
        for look, count in counts
        if count
    ]
    shown = min(len(ok), MOST_POINTS)
    title = f"{shown} of {len(ok)} simulations drawn" if shown < len(ok) else None
    figure.legend(handles=handles, title=title, loc="outside lower left", ncols=3)


def _label(variable: "xarray.DataArray", name: str) -> str:
    unit = style.unit_of(variable)
    return f"{name} ({unit})" if unit not in ("", "1") else name
