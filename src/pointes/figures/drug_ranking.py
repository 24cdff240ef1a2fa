"""The ranking of the drugs: how many times its therapeutic concentration each one is away from the boundary."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from pointes.figures import style

if TYPE_CHECKING:
    import xarray as xr

GROUPS = {"high_vs_rest": "high risk against the rest", "low_vs_rest": "low risk against the rest"}
"""What an AUC of the classification separates."""


class Rank(NamedTuple):
    """A drug's critical multiple of Cmax with its 95 % interval.

    Infinite means beyond the largest dose that was searched, 0 below the smallest; the interval is nan when the
    uncertainty of the drug's IC50 values is unknown.
    """

    drug: str
    category: str
    critical: float
    low: float
    high: float


def summarise(drugs: "xr.Dataset") -> list[Rank]:
    """Return the drugs, the one closest to arrhythmia (smallest critical multiple) first, ties by interval and name."""
    numbers = (drugs[f"critical_multiple{bound}"].values.astype(float) for bound in ("", "_low", "_high"))
    rows = zip(drugs["drug"].values.astype(str), drugs["category"].values.astype(str), *numbers, strict=True)
    ranks = [Rank(drug, category, *map(float, values)) for drug, category, *values in rows]
    return sorted(ranks, key=lambda rank: (rank.critical, np.nan_to_num(rank.low, nan=0), rank.drug))


def limits(ranks: list[Rank]) -> tuple[float, float]:
    """Return the doses between which the ranking is drawn: the finite positive ones and 1 x Cmax, with some room."""
    values = np.array([1.0, *(value for rank in ranks for value in rank[2:])])
    shown = values[np.isfinite(values) & (values > 0)]
    return float(shown.min() / 2), float(shown.max() * 2)


@style.styled
def draw(drugs: "xr.Dataset", drug_classification: Mapping[str, Any]) -> Figure:
    """Draw each drug's critical multiple of Cmax with its interval, and how well the ranking separates the categories.

    Parameters
    ----------
    drugs
        ``critical_multiple`` with ``_low`` and ``_high``, and ``category``, over ``drug``.
    drug_classification
        AUCs by score: ``{score: {"high_vs_rest": {"value", "q025", "q975"}, "low_vs_rest": ...}}``.

    Notes
    -----
    The interval holds the uncertainty of the IC50 and Hill values alone: neither that of Cmax, nor that of the map, nor
    what the channels outside the map would do.
    """
    ranks = summarise(drugs)
    figure = Figure(figsize=(8.2, 0.165 * len(ranks) + 1.1), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=[2.6, 1])
    _ranking(figure.add_subplot(grid[:, 0]), ranks)
    _separation(figure.add_subplot(grid[0, 1]), drug_classification)
    return figure


def _ranking(axes: Axes, ranks: list[Rank]) -> None:
    low, high = limits(ranks)
    for row, rank in enumerate(ranks):
        look = style.CATEGORIES[rank.category]
        if not np.isnan(rank.low):
            axes.hlines(row, *np.clip([rank.low, rank.high], low, high), color=look.colour, linewidth=1.3)
        for edge, marker, beyond in ((low, "<", rank[2:].count(0)), (high, ">", rank[2:].count(np.inf))):
            if beyond:
                axes.plot(edge, row, marker, color=look.colour, markersize=5, clip_on=False)
        if low <= rank.critical <= high:
            edge = {"markeredgecolor": "white", "markeredgewidth": 0.4}
            axes.plot(rank.critical, row, look.marker, color=look.colour, markersize=5, **edge)
    axes.axvline(1, color=style.GREY, linewidth=0.7, zorder=0)
    axes.set(xscale="log", xlim=(low, high), ylim=(len(ranks) - 0.5, -0.5), xlabel="critical multiple of Cmax (× Cmax)")
    # The labels that matplotlib gives to minor ticks, when there are few decades, read 6×10⁻¹.
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(ranks)), [rank.drug for rank in ranks])
    axes.tick_params("y", length=0)
    beyond = style.mark(">", style.BLACK, "beyond the doses searched")
    style.heading(axes, f"{len(ranks)} drugs", [*style.category_entries(rank.category for rank in ranks), beyond])


def _separation(axes: Axes, classification: Mapping[str, Any]) -> None:
    rows: list[str] = []
    for group, title in GROUPS.items():
        rows.append(title)
        for score, result in classification.items():
            auc = result[group]
            if auc["value"] is None:
                rows.append(f"{score}: no such drugs")
                continue
            axes.plot([auc["q025"], auc["q975"]], [len(rows)] * 2, color=style.BLACK, linewidth=1)
            axes.plot(auc["value"], len(rows), "o", color=style.BLACK, markersize=4.5)
            rows.append(f"{score}  {auc['value']:.2f}")
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params("y", length=0)
    for text in axes.get_yticklabels():
        text.set_fontweight("bold" if text.get_text() in GROUPS.values() else "normal")
    axes.set(xlabel="area under the ROC curve (–)", xlim=(None, 1.01), ylim=(len(rows) - 0.4, -0.6))
    axes.set_title("AUC (95 % interval)")
    axes.axvline(0.5, color=style.GREY, linewidth=0.7, zorder=0)
