"""How the risk changes with one parameter, and with pairs of them, averaged over all others."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pointes.figures import style

if TYPE_CHECKING:
    from pointes.learning.partial_dependence import PartialDependence

COLUMNS = 4
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
PANEL = 2.05  # inches


@style.styled
def draw(
    names: Sequence[str], single: Sequence["PartialDependence"], pairs: Sequence["PartialDependence"] = ()
) -> Figure:
    """Draw a panel per parameter, and below a panel per pair.

    Parameters
    ----------
    names
        Of all parameters; the dependences name theirs by index.
    single
        Dependences on one parameter, with their intervals.
    pairs
        Dependences on two.
    """
    columns = min(COLUMNS, max(len(single), len(pairs)))
    upper, lower = -(-len(single) // columns), -(-len(pairs) // columns)
    size = (PANEL * columns + 0.5, PANEL * 0.9 * upper + PANEL * lower + 0.3)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(upper + lower, columns, squeeze=False)
    said = "Risk averaged over all other parameters; band: 95 % interval of plausible boundaries"
    figure.suptitle(said + "; lines: mean risk of pairs" * bool(pairs), fontsize=8)
    curves, planes = grid[:upper].flat, grid[upper:].flat
    for axes in [*curves[len(single) :], *planes[len(pairs) :]]:
        axes.set_visible(False)
    for axes, one in zip(curves, single, strict=False):
        _curve(axes, names, one)
    for axes, one in zip(planes, pairs, strict=False):
        _plane(axes, names, one)
    for row in grid[:upper]:
        row[0].set_ylabel("mean risk")
    return figure


def _curve(axes: Axes, names: Sequence[str], one: "PartialDependence") -> None:
    (x,) = one.grids
    axes.fill_between(x, one.low, one.high, color=style.SKY, alpha=0.45, linewidth=0)
    axes.plot(x, one.risk, color=style.BLACK)
    axes.set(xlabel=names[one.axes[0]], ylim=(-0.02, 1.02), xlim=(x[0], x[-1]))


def _plane(axes: Axes, names: Sequence[str], one: "PartialDependence") -> None:
    x, y = one.grids
    style.show_risk(axes, x, y, one.risk.T)
    widths = np.where(np.array(LEVELS) == 0.5, 1.4, 0.6)
    lines = axes.contour(x, y, one.risk.T, levels=LEVELS, colors=style.BLACK, linewidths=widths)
    axes.clabel(lines, fontsize=6, fmt="%g")
    axes.set(xlabel=names[one.axes[0]], ylabel=names[one.axes[1]])
