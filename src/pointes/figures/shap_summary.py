"""What each parameter contributed to the cross-check's predictions: Shapley values of all points."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pointes.figures import style

if TYPE_CHECKING:
    import xarray as xr

# From the lower to the upper bound of a parameter; light in neither, and apart for every kind of colour blindness.
VALUE_COLOURS = LinearSegmentedColormap.from_list("value", [style.BLUE, "#b9b9b9", style.ORANGE])
HALF_WIDTH = 0.38  # of a swarm; a parameter has a row of height 1
COLUMNS = 60  # in which points are stacked


def offsets(values: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Return heights, (n,) in ±`HALF_WIDTH`, at which points of similar ``values`` do not hide each other.

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
    return HALF_WIDTH * place / max(np.abs(place).max(initial=0), 1)


@style.styled
def draw(shapley: "xr.Dataset") -> Figure:
    """Draw a swarm of points per parameter, the one that contributes most first.

    Parameters
    ----------
    shapley
        ``contribution`` to the log odds of arrhythmia and ``value`` by ``sample`` and ``parameter``; the colour tells
        the value between the parameter's ``lower`` and ``upper`` bound.
    """
    if unlearned := style.unlearned(shapley):
        return style.nothing(unlearned)
    names, low, high = (shapley[name].values for name in ("parameter", "lower", "upper"))
    values, points = (shapley[name].transpose("sample", "parameter").values for name in ("contribution", "value"))
    strength = np.abs(values).mean(axis=0)
    order = np.argsort(-strength, kind="stable")
    unit = (points - low) / (high - low)
    width = max(float(np.ptp(values)), np.finfo(float).tiny) / COLUMNS
    figure = Figure(figsize=(6.2, 0.5 * len(order) + 1.1), layout="constrained")
    axes = figure.subplots()
    for row, k in enumerate(order):
        colours = {"c": unit[:, k], "cmap": VALUE_COLOURS, "vmin": 0, "vmax": 1}
        axes.scatter(values[:, k], row + offsets(values[:, k], width), s=9, linewidths=0, zorder=2, **colours)
    axes.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
    axes.set_yticks(range(len(order)), [f"{names[k]}\n{strength[k]:.2f}" for k in order])
    axes.tick_params("y", length=0)
    axes.set(
        ylim=(len(order) - 0.5, -0.5),
        xlabel="Shapley value: contribution to the log odds of arrhythmia (xgboost)",
        title=f"{len(values)} points; under each name the mean size of its contributions",
    )
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), VALUE_COLOURS), ax=axes, pad=0.02, aspect=30)
    bar.set_ticks([0, 1], labels=["lower\nbound", "upper\nbound"])
    bar.set_label("value of the parameter", labelpad=-16)
    bar.outline.set_visible(False)
    return figure
