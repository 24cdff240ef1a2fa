"""The ranking of the drugs: how many times its therapeutic concentration each one is away from the boundary."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from pointes.figures import style

if TYPE_CHECKING:
    import xarray as xr

GROUPS = {"high_vs_rest": "high risk against the rest", "low_vs_rest": "low risk against the rest"}
"""What an AUC of the classification separates."""

REACHED, NOT_REACHED, BELOW, BEYOND = "reached", "not_reached", "below_smallest_dose", "beyond_map"
"""What is known of a critical multiple; of others nothing was learned, or the uncertainty is unknown."""

WIDTH = 7.1  # inches: two columns of a journal, so that no text is smaller there than here
ROW, NAME_SIZE = 0.135, 6.5  # height of a drug's row in inches, and of its name in points
ROWS, COLUMNS = 50, 2  # rows of a column, and columns at most; of more drugs the columns are longer
AUC_ROW = 0.17


class Bound(NamedTuple):
    """A critical multiple of Cmax, nan unless it is known, and what is known of it."""

    multiple: float
    status: str


class Rank(NamedTuple):
    """A drug's critical multiple of Cmax with its 95 % interval."""

    drug: str
    category: str
    critical: Bound
    low: Bound
    high: Bound


def summarise(drugs: "xr.Dataset") -> list[Rank]:
    """Return the drugs, the one closest to arrhythmia first, ties by interval and name; those not placed come last."""
    bounds = (_bounds(drugs, f"critical_multiple{bound}") for bound in ("", "_low", "_high"))
    rows = zip(drugs["drug"].values.astype(str), drugs["category"].values.astype(str), *bounds, strict=True)
    return sorted((Rank(str(drug), str(category), *known) for drug, category, *known in rows), key=_place)


def _bounds(drugs: "xr.Dataset", name: str) -> list[Bound]:
    status = drugs[f"{name}_status"]
    words = np.array(status.attrs["flag_meanings"].split())[status.values.astype(int)]
    return [Bound(float(value), str(word)) for value, word in zip(drugs[name].values, words, strict=True)]


def _place(rank: Rank) -> tuple[int, float, float, str]:
    order = {BELOW: 0, REACHED: 1, NOT_REACHED: 2}
    critical, low = (
        {REACHED: bound.multiple, BELOW: 0.0}.get(bound.status, np.inf) for bound in (rank.critical, rank.low)
    )
    return order.get(rank.critical.status, 3), critical, low, rank.drug


def limits(ranks: Sequence[Rank]) -> tuple[float, float]:
    """Return the doses between which the ranking is drawn: those that are known and 1 x Cmax, with some room."""
    values = np.array([1.0, *(bound.multiple for rank in ranks for bound in rank[2:])])
    return float(np.nanmin(values) / 2), float(np.nanmax(values) * 2)


@style.styled
def draw(drugs: "xr.Dataset", drug_classification: Mapping[str, Any]) -> Figure:
    """Draw each drug's critical multiple of Cmax with its interval, and how well the ranking separates the categories.

    Parameters
    ----------
    drugs
        ``critical_multiple`` with ``_low`` and ``_high``, each with its ``_status``, and ``category``, over ``drug``;
        ``smallest_multiple`` and ``largest_multiple``, between which it was searched.
    drug_classification
        AUCs by score: ``{score: {"high_vs_rest": {"value", "q025", "q975"}, "low_vs_rest": ...}}``.

    Notes
    -----
    The interval holds the uncertainty of the IC50 and Hill values alone: neither that of Cmax, nor that of the map, nor
    what the channels outside the map would do.
    """
    if unlearned := style.unlearned(drugs):
        return style.nothing(f"{unlearned}\nNo drug is placed.")
    ranks = summarise(drugs)
    columns = min(-(-len(ranks) // ROWS), COLUMNS)
    rows = -(-len(ranks) // columns)
    separates = any(result[group]["value"] is not None for result in drug_classification.values() for group in GROUPS)
    scores = (1 + len(drug_classification)) * len(GROUPS)
    heights = ROW * rows + 0.5, separates * (AUC_ROW * scores + 0.6)
    beside = columns == 1 and separates
    figure = Figure(figsize=(WIDTH, (max if beside else sum)(heights) + 0.6), layout="constrained")
    axes, separation = _panels(figure, columns, heights, beside)
    marks = set()
    for column, panel in enumerate(axes):
        marks |= _ranking(panel, ranks[column * rows : (column + 1) * rows], limits(ranks))
    if separates:
        _separation(separation, drug_classification)
    _legend(figure, ranks, marks, float(drugs["smallest_multiple"]), float(drugs["largest_multiple"]))
    return figure


def _panels(figure: Figure, columns: int, heights: tuple[float, float], beside: bool) -> tuple[list[Axes], Axes | None]:
    """Return the panels of the ranking and that of the AUCs: beside a single column, and below several."""
    ranking, separation = heights
    if beside:
        room = max(heights) + 1e-3
        left, right = figure.add_gridspec(1, 2, width_ratios=[1.8, 1])
        panels = [
            figure.add_subplot(side.subgridspec(2, 1, height_ratios=[height, room - height])[0])
            for side, height in ((left, ranking), (right, separation))
        ]
        return panels[:1], panels[1]
    grid = figure.add_gridspec(2, columns, height_ratios=[ranking, max(separation, 1e-3)])
    below = figure.add_subplot(grid[1, :]) if separation else None
    return [figure.add_subplot(grid[0, column]) for column in range(columns)], below


def _ranking(axes: Axes, ranks: Sequence[Rank], doses: tuple[float, float]) -> set[str]:
    """Draw some ranks, one in each row, and return the markers at the edges of the panel."""
    low, high = doses
    marks = set()
    for row, rank in enumerate(ranks):
        look = style.CATEGORIES[rank.category]
        # Where the value or a bound stands that is not known: a lower bound to the left, all else to the right.
        edges = {BELOW: (low, "<"), NOT_REACHED: (high, ">")}
        ends = []
        for bound, side in ((rank.low, low), (rank.critical, high), (rank.high, high)):
            at, mark = {REACHED: (bound.multiple, ""), BEYOND: (side, "x"), **edges}.get(bound.status, (np.nan, ""))
            ends.append(at)
            if mark:
                axes.plot(at, row, mark, color=look.colour, markersize=4.5, clip_on=False)
                marks.add(mark)
        if not np.isnan(ends[0]):
            axes.hlines(row, ends[0], ends[2], color=look.colour, linewidth=1.2)
        if rank.critical.status == REACHED:
            edge = {"markeredgecolor": "white", "markeredgewidth": 0.4}
            axes.plot(rank.critical.multiple, row, look.marker, color=look.colour, markersize=4.5, **edge)
    axes.axvline(1, color=style.GREY, linewidth=0.7, zorder=0)
    axes.set(xscale="log", xlim=doses, ylim=(len(ranks) - 0.5, -0.5), xlabel="critical multiple (× Cmax)")
    # The labels that matplotlib gives to minor ticks, when there are few decades, read 6×10⁻¹.
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(ranks)), [rank.drug for rank in ranks], fontsize=NAME_SIZE)
    axes.tick_params("y", length=0)
    return marks


def _legend(figure: Figure, ranks: Sequence[Rank], marks: set[str], smallest: float, largest: float) -> None:
    """Say above the panels what the colours and the markers that are shown mean."""
    meanings = {
        "<": f"below {smallest:g} × Cmax",
        ">": f"not reached up to {largest:g} × Cmax",
        "x": "beyond the explored blocks",
    }
    handles: list[Artist] = style.category_entries(rank.category for rank in ranks)
    handles += [style.mark(marker, style.BLACK, text) for marker, text in meanings.items() if marker in marks]
    title = f"{len(ranks)} drug{'s' * (len(ranks) > 1)}"
    look = {"ncols": 3, "alignment": "left", "title_fontsize": 9, "handletextpad": 0.3, "columnspacing": 1.2}
    figure.legend(handles=handles, title=title, loc="outside upper left", **look)


def _separation(axes: Axes, classification: Mapping[str, Any]) -> None:
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
