"""Ranking of drugs by the multiple of the therapeutic concentration at which they reach the boundary."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from pointes.figures.shared import style
from pointes.libraries import xarray

GROUPS = {"high_vs_rest": "high risk against the rest", "low_vs_rest": "low risk against the rest"}
"""Groups of drugs that an AUC of the classification compares."""

REACHED, NOT_REACHED, BELOW, BEYOND = "reached", "not_reached", "below_smallest_dose", "beyond_map"
"""Statuses of a critical multiple that are drawn; with other statuses nothing is known."""

ROW = 3.4  # height of the row of a drug [mm]
NAME_SIZE = 6.5  # size of the name of a drug [points]
ROWS = 50  # rows of a column; columns are longer when there are more drugs than two columns hold
COLUMNS = 2  # largest number of columns
AUC_ROW = 4.3  # height of the row of an AUC [mm]


class Bound(NamedTuple):
    """A critical multiple of Cmax, which is nan unless its status is `REACHED`."""

    multiple: float
    status: str


class Rank(NamedTuple):
    """Critical multiple of Cmax of a drug, and the ends of its 95 % interval."""

    drug: str
    category: str
    critical: Bound
    low: Bound
    high: Bound


def summarise(drugs: "xarray.Dataset") -> list[Rank]:
    """Return the ranks of the drugs, the one closest to arrhythmia first and those that are not placed last."""
    names, categories = drugs["drug"].values.astype(str), drugs["category"].values.astype(str)
    bounds = (_bounds(drugs, f"critical_multiple{end}") for end in ("", "_low", "_high"))
    rows = zip(names, categories, *bounds, strict=True)
    return sorted((Rank(str(name), str(category), *ends) for name, category, *ends in rows), key=_order)


def _bounds(drugs: "xarray.Dataset", name: str) -> list[Bound]:
    status = drugs[f"{name}_status"]
    words = np.array(status.attrs["flag_meanings"].split())[status.values.astype(int)]
    return [Bound(float(value), str(word)) for value, word in zip(drugs[name].values, words, strict=True)]


def _order(rank: Rank) -> tuple[int, float, float, str]:
    """Return the key that sorts ranks: by critical multiple, lower end of its interval, and name."""
    order = {BELOW: 0, REACHED: 1, NOT_REACHED: 2}
    critical, low = (
        {REACHED: bound.multiple, BELOW: 0.0}.get(bound.status, np.inf) for bound in (rank.critical, rank.low)
    )
    return order.get(rank.critical.status, 3), critical, low, rank.drug


def limits(ranks: Sequence[Rank]) -> tuple[float, float]:
    """Return the range of doses [Cmax] over which the ranking is drawn: all that are known and 1, with some room."""
    values = np.array([1.0, *(bound.multiple for rank in ranks for bound in rank[2:])])
    return float(np.nanmin(values) / 2), float(np.nanmax(values) * 2)


@style.styled
def draw(drugs: "xarray.Dataset", drug_classification: Mapping[str, Any]) -> Figure:
    """Draw the critical multiple of Cmax of each drug with its interval, and AUCs between the risk categories.

    The interval holds the uncertainty of IC50 and Hill coefficients only: neither that of Cmax nor that of the map, nor
    the effects of block of channels outside the map.

    Parameters
    ----------
    drugs
        ``critical_multiple`` with ``_low`` and ``_high``, each with its ``_status``, and ``category``, over ``drug``;
        ``smallest_multiple`` and ``largest_multiple``, the ends of the range that was searched.
    drug_classification
        AUCs by score: ``{score: {"high_vs_rest": {"value", "q025", "q975"}, "low_vs_rest": ...}}``.
    """
    if reason := style.why_unlearned(drugs):
        return style.message_figure(f"{reason}\nNo drug is placed.")
    ranks = summarise(drugs)
    columns = min(-(-len(ranks) // ROWS), COLUMNS)
    rows = -(-len(ranks) // columns)
    separates = any(result[group]["value"] is not None for result in drug_classification.values() for group in GROUPS)
    heights = ROW * rows + 13, 0.0
    if separates:
        heights = heights[0], AUC_ROW * (1 + len(drug_classification)) * len(GROUPS) + 15
    beside = columns == 1 and separates
    figure = style.new_figure("double", (max if beside else sum)(heights) + 16)
    axes, separation = _panels(figure, columns, heights, beside)
    edges: set[str] = set()
    for column, panel in enumerate(axes):
        edges |= _draw_ranks(panel, ranks[column * rows : (column + 1) * rows], limits(ranks))
    if separation is not None:
        _draw_aucs(separation, drug_classification)
    _add_legend(figure, ranks, edges, float(drugs["smallest_multiple"]), float(drugs["largest_multiple"]))
    return figure


def _panels(figure: Figure, columns: int, heights: tuple[float, float], beside: bool) -> tuple[list[Axes], Axes | None]:
    """Return the panels of the ranking, and that of the AUCs if they have a height: beside one column, or below two."""
    ranking, separation = heights
    if beside:
        room = max(heights) + 1e-3
        sides = figure.add_gridspec(1, 2, width_ratios=[1.8, 1])
        left, right = (
            figure.add_subplot(sides[side].subgridspec(2, 1, height_ratios=[height, room - height])[0])
            for side, height in enumerate(heights)
        )
        return [left], right
    grid = figure.add_gridspec(2, columns, height_ratios=[ranking, max(separation, 1e-3)])
    below = figure.add_subplot(grid[1, :]) if separation else None
    return [figure.add_subplot(grid[0, column]) for column in range(columns)], below


def _draw_ranks(axes: Axes, ranks: Sequence[Rank], doses: tuple[float, float]) -> set[str]:
    """Draw ranks, one in each row, and return the markers of values that are not known, at the edges of the panel."""
    low, high = doses
    edges = {BELOW: (low, "<"), NOT_REACHED: (high, ">")}
    marks = set()
    for row, rank in enumerate(ranks):
        look = style.CATEGORIES[rank.category]
        ends = []
        # Beyond the map, a lower end stands at the left edge, and everything else at the right one
        for bound, side in ((rank.low, low), (rank.critical, high), (rank.high, high)):
            at, mark = {REACHED: (bound.multiple, ""), BEYOND: (side, "x"), **edges}.get(bound.status, (np.nan, ""))
            ends.append(at)
            if mark:
                axes.plot(at, row, mark, color=look.colour, markersize=4.5, clip_on=False)
                marks.add(mark)
        if not np.isnan(ends[0]):
            axes.hlines(row, ends[0], ends[2], color=look.colour, linewidth=1.2)
        if rank.critical.status == REACHED:
            (marker,) = axes.plot(rank.critical.multiple, row, look.marker, color=look.colour, markersize=4.5)
            marker.set(markeredgecolor="white", markeredgewidth=0.4)
    axes.axvline(1, color=style.GREY, linewidth=0.7, zorder=0)
    axes.set(xscale="log", xlim=doses, ylim=(len(ranks) - 0.5, -0.5), xlabel="critical multiple (× Cmax)")
    # Over few decades matplotlib would label minor ticks, with texts such as 6×10⁻¹
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(ranks)), [rank.drug for rank in ranks], fontsize=NAME_SIZE)
    axes.tick_params("y", length=0)
    return marks


def _add_legend(figure: Figure, ranks: Sequence[Rank], marks: set[str], smallest: float, largest: float) -> None:
    """Explain the colours and the markers that are shown above the panels."""
    meanings = {
        "<": f"below {smallest:g} × Cmax",
        ">": f"not reached up to {largest:g} × Cmax",
        "x": "beyond the explored blocks",
    }
    handles = style.category_entries(rank.category for rank in ranks)
    handles += [style.marker_entry(marker, style.BLACK, text) for marker, text in meanings.items() if marker in marks]
    legend = figure.legend(handles=handles, loc="outside upper left", ncols=3, handletextpad=0.3, columnspacing=1.2)
    legend.set_title("1 drug" if len(ranks) == 1 else f"{len(ranks)} drugs")
    legend.get_title().set_fontsize(7.5)
    legend.set_alignment("left")


def _draw_aucs(axes: Axes, classification: Mapping[str, Any]) -> None:
    rows: list[str] = []
    for group, title in GROUPS.items():
        rows.append(title)
        for score, result in classification.items():
            auc = result[group]
            if auc["value"] is None:
                rows.append(f"{score}: no drugs to compare")
                continue
            axes.plot([auc["q025"], auc["q975"]], [len(rows)] * 2, color=style.BLACK, linewidth=1)
            axes.plot(auc["value"], len(rows), "o", color=style.BLACK, markersize=4)
            rows.append(f"{score}  {auc['value']:.2f}")
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params("y", length=0)
    for text in axes.get_yticklabels():
        text.set_fontweight("bold" if text.get_text() in GROUPS.values() else "normal")
    axes.set(xlim=(None, 1.01), ylim=(len(rows) - 0.4, -0.6))
    axes.set_xlabel("AUC (95 % interval)", loc="right")
    axes.axvline(0.5, color=style.GREY, linewidth=0.7, zorder=0)
