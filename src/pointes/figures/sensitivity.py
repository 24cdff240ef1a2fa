"""First-order and total Sobol indices of the parameters with their intervals."""

import numpy as np
from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.libraries import xarray

BAR = 0.36  # height of a bar; a parameter has a row of height 1
FIRST = style.Look("first order: by itself", style.BLUE, "")
TOTAL = style.Look("total: with all others", style.ORANGE, "//")


@style.styled
def draw(sensitivity: "xarray.Dataset") -> Figure:
    """Draw two bars per parameter, the most influential parameter first.

    Estimates may be slightly below 0, and total indices add up to more than 1 where parameters act together.

    The dataset has ``first`` and ``total`` Sobol index by ``parameter`` and ``bound`` (estimate, lower and upper end of
    the 95 % interval), which are missing where there is no boundary.
    """
    first, total = (sensitivity[name].transpose("parameter", "bound").values for name in ("first", "total"))
    first_class, second_class = style.class_names(sensitivity)
    if np.isnan(total).all():
        no_boundary = f"no boundary was found: nothing decides between {first_class} and {second_class}"
        return style.message_figure(style.why_unlearned(sensitivity) or no_boundary)
    order = np.argsort(-total[:, 0], kind="stable")
    figure = Figure(figsize=(5.4, 0.42 * len(order) + 1.2), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(order))
    handles = []
    for shift, look, index in ((-BAR / 2, FIRST, first[order]), (BAR / 2, TOTAL, total[order])):
        bars = axes.barh(rows + shift, index[:, 0], BAR, color=look.colour, hatch=look.marker, edgecolor="white", lw=0)
        bars.set_label(look.name)
        handles.append(bars)
        # An interval of resampled values need not hold the estimate
        reach = np.maximum([index[:, 0] - index[:, 1], index[:, 2] - index[:, 0]], 0)
        axes.errorbar(index[:, 0], rows + shift, xerr=reach, fmt="none", ecolor=style.BLACK, elinewidth=1, capsize=2)
    axes.axvline(0, color=style.BLACK, linewidth=0.7)
    axes.set_yticks(rows, sensitivity["parameter"].values[order])
    axes.tick_params("y", length=0)
    axes.set(ylim=(len(order) - 0.4, -0.6), xlabel="Sobol index: share of the label's variance (95 % interval)")
    style.add_heading(axes, f"What decides between {first_class} and {second_class}", handles)
    return figure
