"""What the uncertainty of the axes makes of the target: quantiles beside direct simulations, and Sobol indices."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.figures.shared.sobol_bars import draw_bars
from pointes.libraries import xarray

OFFSET = 0.012  # shift of markers that would hide each other


@style.styled
def draw(uncertainty: "xarray.Dataset") -> Figure:
    """Draw a row of two panels for each quantity, or one for a class: quantiles or share, and Sobol indices.

    The dataset has, for quantities, ``value``, ``surrogate_low``, ``surrogate_high`` and perhaps ``direct`` by
    ``quantity`` and ``level``; for a class ``share`` and perhaps ``direct``, by ``bound``. Both have the Sobol indices
    ``first`` and ``total`` by ``parameter`` and ``bound``.
    """
    if reason := style.why_unlearned(uncertainty):
        return style.message_figure(reason)
    if "quantities" not in uncertainty.attrs:
        figure = style.new_figure("double", 66)
        left, right = figure.subplots(1, 2)
        _draw_share(left, uncertainty)
        _draw_indices(right, uncertainty, style.class_names(uncertainty)[1])
        return figure
    names = uncertainty.attrs["quantities"].split()
    figure = style.new_figure("double", 72 * len(names))
    rows = figure.subplots(len(names), 2, squeeze=False)
    for (left, right), name in zip(rows, names, strict=True):
        one = uncertainty.isel(quantity=names.index(name))
        _draw_quantiles(left, one, name, uncertainty.attrs["direct_simulations"])
        _draw_indices(right, one, name)
    return figure


def _draw_quantiles(axes: Axes, one: "xarray.Dataset", name: str, count: int) -> None:
    level, value = one["level"].values, one["value"].values
    axes.fill_betweenx(
        level,
        one["surrogate_low"],
        one["surrogate_high"],
        color=style.SKY,
        alpha=0.45,
        linewidth=0,
        label="what the surrogate leaves open (95 %)",
    )
    axes.plot(value, level, "-o", color=style.BLACK, markersize=3, label="through the surrogate")
    if "direct" in one:
        middle, low, high = one["direct"].transpose("bound", "level").values
        spread = np.maximum([middle - low, high - middle], 0)
        axes.errorbar(
            middle, level + OFFSET, xerr=spread, fmt="s", color=style.VERMILLION, markersize=3, linewidth=1, capsize=2
        ).set_label(f"{count} direct simulations (95 %)")
    unit = style.UNITS.get(str(one["unit"].item()), str(one["unit"].item()))
    axes.set(xlabel=f"{name} ({unit})" if unit not in ("", "1") else name, ylabel="probability", ylim=(0, 1.04))
    axes.set_title("quantiles", pad=6 + len(axes.get_legend_handles_labels()[0]) * style.LEGEND_LINE)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0))
    defined = float(one["defined"])
    if defined < 1:
        text = f"{(1 - defined) * 100:.1f} % of the distribution is without a value"
        axes.text(0.98, 0.02, text, transform=axes.transAxes, ha="right", fontsize=7)


def _draw_share(axes: Axes, uncertainty: "xarray.Dataset") -> None:
    rows = [("through the surrogate", uncertainty["share"].values, style.BLACK, "o")]
    if "direct" in uncertainty:
        count = uncertainty.attrs["direct_simulations"]
        rows.append((f"{count} direct simulations", uncertainty["direct"].values, style.VERMILLION, "s"))
    for row, (_, (value, low, high), colour, marker) in enumerate(rows):
        spread = np.maximum([[value - low], [high - value]], 0)
        axes.errorbar(value, row, xerr=spread, fmt=marker, color=colour, capsize=3)
    axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
    second = style.class_names(uncertainty)[1]
    axes.set(ylim=(len(rows) - 0.4, -0.6), xlabel=f"share that is {second} (95 % interval)")
    axes.set_title("share of the distribution")


def _draw_indices(axes: Axes, one: "xarray.Dataset", name: str) -> None:
    if not draw_bars(axes, one, f"the variance of {name}", "what the spread comes from"):
        style.write_message(axes, "no Sobol indices: the target is constant,\nor not defined everywhere")
