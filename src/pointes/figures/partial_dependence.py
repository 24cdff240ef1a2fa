"""How the risk changes with one parameter, and with pairs of them, averaged over all others."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pointes.figures import style
from pointes.figures.trajectories import log_odds

if TYPE_CHECKING:
    import xarray as xr

COLUMNS = 4
LINES = {0.1: (":", 0.9), 0.5: ("-", 1.4), 0.9: ("--", 0.9)}  # style and width of the line of each risk
PANEL = 2.05  # inches


@style.styled
def draw(partial_dependence: "xr.Dataset") -> Figure:
    """Draw a panel per parameter, and below a panel per pair.

    Parameters
    ----------
    partial_dependence
        ``risk`` by ``parameter``, ``step`` of its ``value``, and ``bound``: mean, lower and upper end of the 95 %
        interval; ``pair_risk`` by ``pair`` of the parameters ``x`` and ``y``, and steps of ``x_value`` and ``y_value``.
    """
    if unlearned := style.unlearned(partial_dependence):
        return style.nothing(unlearned)
    single, pairs = (partial_dependence.sizes[dimension] for dimension in ("parameter", "pair"))
    columns = min(COLUMNS, max(single, pairs))
    upper, lower = -(-single // columns), -(-pairs // columns)
    size = (PANEL * columns + 0.5, PANEL * 0.9 * upper + PANEL * lower + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(upper + lower, columns, squeeze=False)
    said = "Risk averaged over all other parameters; band: 95 % interval of plausible boundaries"
    figure.suptitle(said, fontsize=8)
    risks = [one.values for one in partial_dependence["pair_risk"].transpose("pair", ...)]
    handles = [
        Line2D([], [], color=style.BLACK, linestyle=line, linewidth=width, label=f"risk {level:g}")
        for level, (line, width) in LINES.items()
        if any(_crosses(risk, level) for risk in risks)
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


def _curve(axes: Axes, one: "xr.Dataset") -> None:
    x = one["value"].values
    risk, low, high = one["risk"].transpose("bound", "step").values
    axes.fill_between(x, low, high, color=style.SKY, alpha=0.45, linewidth=0)
    axes.plot(x, risk, color=style.BLACK)
    axes.set(xlabel=_label(one["parameter"]), ylim=(-0.02, 1.02), xlim=(x[0], x[-1]))


def _crosses(risk: np.ndarray, level: float) -> bool:
    """Return whether a plane has a line of this risk."""
    return bool(risk.min() < level < risk.max())


def _plane(axes: Axes, one: "xr.Dataset") -> None:
    x, y, risk = one["x_value"].values, one["y_value"].values, one["pair_risk"].transpose("y_step", "x_step").values
    style.show_risk(axes, x, y, risk)
    for level, (line, width) in LINES.items():
        if _crosses(risk, level):
            # From one grid point to the next risk may jump from 0 to 1: contours are smoother in the log odds.
            drawn = {"colors": style.BLACK, "linestyles": line, "linewidths": width}
            axes.contour(x, y, log_odds(risk), levels=[log_odds(level)], **drawn)
    axes.set(xlabel=_label(one["x"]), ylabel=_label(one["y"]))


def _label(name: "xr.DataArray") -> str:
    return f"block of {name.item()} (fraction)"
