"""Risk against one parameter, and against pairs of parameters, averaged over all others."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from pointes.figures.shared import style
from pointes.figures.shared.trajectories import log_odds
from pointes.libraries import xarray

COLUMNS = 4
LINES: dict[float, tuple[LineStyleType, float]] = {0.1: (":", 0.9), 0.5: ("-", 1.4), 0.9: ("--", 0.9)}
"""Style and width of the line of each risk."""
PANEL = 46  # height of a panel [mm]


@style.styled
def draw(partial_dependence: "xarray.Dataset") -> Figure:
    """Draw a panel per parameter, and below them a panel per pair.

    The dataset has ``risk`` by ``parameter``, by ``step`` of its ``value`` and by ``bound`` (mean, lower and upper end
    of the 95 % interval), and ``pair_risk`` by ``pair`` of parameters ``x`` and ``y`` and by steps of their values.
    """
    if reason := style.why_unlearned(partial_dependence):
        return style.message_figure(reason)
    single, pairs = (partial_dependence.sizes[dimension] for dimension in ("parameter", "pair"))
    columns = min(COLUMNS, max(single, pairs))
    upper, lower = -(-single // columns), -(-pairs // columns)
    figure = style.new_figure("double", PANEL * (0.9 * upper + lower) + 13)
    grid = figure.subplots(upper + lower, columns, squeeze=False)
    title = "Risk averaged over all other parameters; band: 95 % interval of plausible boundaries"
    figure.suptitle(title)
    risks = [one.values for one in partial_dependence["pair_risk"].transpose("pair", ...)]
    handles = [
        Line2D([], [], color=style.BLACK, linestyle=line, linewidth=width, label=f"risk {value:g}")
        for value, (line, width) in LINES.items()
        if any(_crosses(risk, value) for risk in risks)
    ]
    if handles:
        figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), handlelength=2.4)
    curves, planes = grid[:upper].flat, grid[upper:].flat
    for axes in [*curves[single:], *planes[pairs:]]:
        axes.set_visible(False)
    for axes, one in zip(curves, range(single), strict=False):
        _curve(axes, partial_dependence.isel(parameter=one))
    for axes, one in zip(planes, range(pairs), strict=False):
        _plane(axes, partial_dependence.isel(pair=one))
    for row in grid[:upper]:
        row[0].set_ylabel("mean risk")
    return figure


def _curve(axes: Axes, one: "xarray.Dataset") -> None:
    x = one["value"].values
    risk, low, high = one["risk"].transpose("bound", "step").values
    axes.fill_between(x, low, high, color=style.SKY, alpha=0.45, linewidth=0)
    axes.plot(x, risk, color=style.BLACK)
    axes.set(xlabel=label_of(one, one["parameter"]), ylim=(-0.02, 1.02), xlim=(x[0], x[-1]))
    if is_logarithmic(one, one["parameter"]):
        style.make_logarithmic(axes.xaxis)


def _crosses(risk: np.ndarray, value: float) -> bool:
    """Return whether a plane has a line of a value of the risk."""
    return bool(risk.min() < value < risk.max())


def _plane(axes: Axes, one: "xarray.Dataset") -> None:
    x, y, risk = one["x_value"].values, one["y_value"].values, one["pair_risk"].transpose("y_step", "x_step").values
    style.draw_risk(axes, x, y, risk)
    for value, (line, width) in LINES.items():
        if _crosses(risk, value):
            # The risk may jump from 0 to 1 between grid points: contours of the log odds are smoother
            lines = axes.contour(x, y, log_odds(risk), levels=[log_odds(value)], colors=style.BLACK, linewidths=width)
            lines.set_linestyle(line)
    axes.set(xlabel=label_of(one, one["x"]), ylabel=label_of(one, one["y"]))
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        if is_logarithmic(one, one[name]):
            style.make_logarithmic(axis)


def label_of(dataset: "xarray.Dataset", name: "xarray.DataArray") -> str:
    """Return the label of the axis of a parameter: a block, unless the dataset says otherwise."""
    if "label" not in dataset:
        return f"block of {name.item()} (fraction)"
    return str(_of_parameter(dataset, "label", name)).replace(" (1)", "")


def is_logarithmic(dataset: "xarray.Dataset", name: "xarray.DataArray") -> bool:
    """Return whether the axis of a parameter is logarithmic."""
    return "logarithmic" in dataset and bool(_of_parameter(dataset, "logarithmic", name))


def _of_parameter(dataset: "xarray.Dataset", variable: str, name: "xarray.DataArray") -> Any:
    """Return the value of a variable for the parameter of a name."""
    rows = np.flatnonzero(np.atleast_1d(dataset["parameter"].values) == name.item())
    return np.atleast_1d(dataset[variable].values)[rows[0]]
