"""Bars of Sobol indices, first-order and total, for the figures that show them."""

import numpy as np
from matplotlib.axes import Axes

from pointes.figures.shared import style
from pointes.libraries import xarray

BAR = 0.36  # height of a bar; a parameter has a row of height 1
FIRST = style.Look("first order: by itself", style.BLUE, "")
TOTAL = style.Look("total: with all others", style.ORANGE, "//")


def draw_bars(axes: Axes, indices: "xarray.Dataset", share_of: str, heading: str) -> bool:
    """Draw two bars per parameter, the most influential first; return False, without drawing, if none is known.

    The dataset has ``first`` and ``total`` by ``parameter`` and ``bound`` (estimate, lower and upper end of the 95 %
    interval). ``share_of`` is the variance that the indices are shares of, as words for the axis.
    """
    first, total = (indices[name].transpose("parameter", "bound").values for name in ("first", "total"))
    if np.isnan(total).all():
        return False
    order = np.argsort(-total[:, 0], kind="stable")
    rows, handles = np.arange(len(order)), []
    for shift, look, index in ((-BAR / 2, FIRST, first[order]), (BAR / 2, TOTAL, total[order])):
        bars = axes.barh(rows + shift, index[:, 0], BAR, color=look.colour, hatch=look.marker, edgecolor="white", lw=0)
        bars.set_label(look.name)
        handles.append(bars)
        # An interval of resampled values need not hold the estimate
        reach = np.maximum([index[:, 0] - index[:, 1], index[:, 2] - index[:, 0]], 0)
        axes.errorbar(index[:, 0], rows + shift, xerr=reach, fmt="none", ecolor=style.BLACK, elinewidth=1, capsize=2)
    axes.axvline(0, color=style.BLACK, linewidth=0.7)
    axes.set_yticks(rows, indices["parameter"].values[order])
    axes.tick_params("y", length=0)
    axes.set(ylim=(len(order) - 0.4, -0.6), xlabel=f"Sobol index (95 % interval):\nshare of {share_of}")
    style.add_heading(axes, heading, handles)
    return True
