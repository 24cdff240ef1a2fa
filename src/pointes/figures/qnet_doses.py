"""The charge qNet against the dose of each drug, with the spread over the samples."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pointes.figures.shared import classified, style
from pointes.libraries import xarray

COLUMNS = 7
SIZE = 26  # height of a panel [mm]
WIDEST = 8  # ratio of the largest dose to the smallest up to which the axis of doses is linear


class Curve(NamedTuple):
    """Median qNet of a drug at each dose [µC/µF], the ends of its 95 % interval, and the share of samples with EADs."""

    drug: str
    category: str
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ead: np.ndarray


def summarise(panel: "xarray.Dataset") -> list[Curve]:
    """Return the curves of the drugs, the riskiest category first and within it the smallest qNet at the last dose."""
    qnet = panel["qnet_uC_per_uF"].transpose("drug", "dose", "sample").values
    ead = panel["ead"].transpose("drug", "dose", "sample").values if "ead" in panel else np.zeros(qnet.shape)
    categories = panel["category"].values.astype(str).tolist()
    drugs = panel["drug"].values.astype(str).tolist()
    known = np.isfinite(qnet)
    low, median, high = np.full((3, *qnet.shape[:2]), np.nan)
    some = known.any(axis=2)
    low[some], median[some], high[some] = np.nanquantile(qnet[some], [0.025, 0.5, 0.975], axis=1)
    share = np.where(some, (known & (ead == 1)).sum(axis=2) / np.maximum(known.sum(axis=2), 1), 0.0)
    order = classified.by_risk(categories, median[:, -1])
    return [Curve(drugs[k], categories[k], median[k], low[k], high[k], share[k]) for k in order]


@style.styled
def draw(panel: "xarray.Dataset") -> Figure:
    """Draw the median of qNet and its 95 % interval over the samples against the dose, with one panel per drug.

    The horizontal line is the control. Samples that failed are left out. A cross marks doses at which samples have
    early afterdepolarisations, where qNet is no longer the charge of a normal beat.

    Parameters
    ----------
    panel
        ``qnet_uC_per_uF`` and, if wanted, ``ead`` over ``drug``, ``dose`` [multiples of Cmax] and ``sample``;
        ``category`` over ``drug``; attribute ``control_qnet_uC_per_uF``.
    """
    curves = summarise(panel)
    doses = panel["dose"].values.astype(float)
    control = float(panel.attrs.get("control_qnet_uC_per_uF", np.nan))
    columns = min(COLUMNS, len(curves))
    rows = -(-len(curves) // columns)
    figure = style.new_figure("single" if columns <= 3 else "double", SIZE * rows + 18)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, curve in zip(grid.flat, curves, strict=False):
        _draw_curve(axes, doses, curve, control)
    for axes in grid.flat[len(curves) :]:
        axes.set_axis_off()
    figure.supxlabel("dose (× Cmax)")
    figure.supylabel("qNet (µC/µF)")
    handles = style.category_entries(curve.category for curve in curves)
    if np.isfinite(control):
        (line,) = grid[0, 0].plot([], [], color=style.GREY, linewidth=0.8, linestyle="--", label="control")
        handles.append(line)
    if any((curve.ead > 0).any() for curve in curves):
        handles.append(style.marker_entry("x", style.BLACK, "some samples with EADs"))
        handles[-1].set_markeredgecolor(style.BLACK)
    figure.legend(handles=handles, loc="outside upper left", ncols=5, handletextpad=0.3, columnspacing=1.2)
    return figure


def _draw_curve(axes: Axes, doses: np.ndarray, curve: Curve, control: float) -> None:
    look = style.CATEGORIES[curve.category]
    axes.fill_between(doses, curve.low, curve.high, color=look.colour, alpha=0.25, linewidth=0)
    axes.plot(doses, curve.median, look.marker, linestyle="-", color=look.colour, markersize=2.5, linewidth=1)
    early = curve.ead > 0
    axes.plot(doses[early], curve.median[early], "x", color=style.BLACK, markersize=5, markeredgewidth=0.8)
    if np.isfinite(control):
        axes.axhline(control, color=style.GREY, linewidth=0.8, linestyle="--", zorder=0)
    if doses.min() > 0 and doses.max() > WIDEST * doses.min():
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
    axes.set_title(curve.drug, fontsize=6.5, pad=2)
    axes.tick_params(labelsize=6)
