"""Contributions of the parameters to the predictions of the cross-check: Shapley values of all points."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pointes.figures.shared import style
from pointes.libraries import xarray

VALUE_COLOURS = LinearSegmentedColormap.from_list("value", [style.BLUE, "#b9b9b9", style.ORANGE])
"""Colours from the lower to the upper bound of a parameter, which colour-blind readers can tell apart on white."""
HALF_WIDTH = 0.38  # half the height of a swarm, in rows
COLUMNS = 60  # number of columns in which points are stacked


def offsets(values: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Return heights (n,) within ± `HALF_WIDTH` at which points of similar ``values`` (n,) do not hide each other.

    Points that fall into the same column of ``width`` are stacked alternately above and below the middle.

    Examples
    --------
    >>> offsets(np.array([0.1, 0.1, 0.1, 5.0]), 1.0).round(2).tolist()
    [0.0, -0.38, 0.38, 0.0]
    """
    column = np.floor(values / width).astype(int)
    place = np.zeros(len(values))
    for one in np.unique(column):
        rows = np.flatnonzero(column == one)
        k = np.arange(len(rows))
        place[rows] = (k + 1) // 2 * np.where(k % 2, -1, 1)
    return np.asarray(HALF_WIDTH * place / max(np.abs(place).max(initial=0), 1))


@style.styled
def draw(shapley: "xarray.Dataset") -> Figure:
    """Draw a swarm of points per parameter, the one that contributes most first.

    The dataset has ``contribution`` to the log odds of arrhythmia and ``value``, by ``sample`` and ``parameter``, and
    the ``lower`` and ``upper`` bound of each parameter, between which the value has its colour.
    """
    if reason := style.why_unlearned(shapley):
        return style.message_figure(reason)
    names, low, high = (shapley[name].values for name in ("parameter", "lower", "upper"))
    values, points = (shapley[name].transpose("sample", "parameter").values for name in ("contribution", "value"))
    strength = np.abs(values).mean(axis=0)
    order = np.argsort(-strength, kind="stable")
    unit = (points - low) / (high - low)
    width = max(float(np.ptp(values)), np.finfo(float).tiny) / COLUMNS
    figure = style.new_figure("single", 11 * len(order) + 22)
    axes = figure.subplots()
    for row, k in enumerate(order):
        heights = row + offsets(values[:, k], width)
        swarm = axes.scatter(values[:, k], heights, 9, unit[:, k], cmap=VALUE_COLOURS, vmin=0, vmax=1, linewidths=0)
        swarm.set_zorder(2)
    axes.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
    axes.set_yticks(range(len(order)), [f"{names[k]}\n{strength[k]:.2f}" for k in order])
    axes.tick_params("y", length=0)
    axes.set(
        ylim=(len(order) - 0.5, -0.5),
        xlabel="Shapley value: contribution to the\nlog odds of arrhythmia (xgboost)",
        title=f"{len(values)} points; under each name\nthe mean size of its contributions",
    )
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), VALUE_COLOURS), ax=axes, pad=0.02, aspect=30)
    bar.set_ticks([0, 1], labels=["lower\nbound", "upper\nbound"])
    bar.set_label("value of the parameter", labelpad=-16)
    bar.outline.set_visible(False)
    return figure
