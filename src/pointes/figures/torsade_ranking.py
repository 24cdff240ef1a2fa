"""Ranking of drugs by the torsade metric, with the thresholds between the risk categories."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pointes.figures.shared import classified, style

ROW = 3.6  # height of the row of a drug [mm]
NAME_SIZE = 6.5  # [points]


class Rank(NamedTuple):
    """Median torsade metric of a drug [µC/µF], and the ends of its 95 % interval over the samples."""

    drug: str
    category: str
    predicted: str  # most frequent category of the samples
    metric: float
    low: float
    high: float


def summarise(classification: classified.Columns) -> list[Rank]:
    """Return the ranks of the drugs in the first scenario, in sample, the smallest median first."""
    rows = classified.first_scenario(classification, classified.IN_SAMPLE)
    columns = ("drug", "category", "majority", "metric", "metric_low", "metric_high")
    ranks = [Rank(*values) for values in zip(*(rows[column].tolist() for column in columns), strict=True)]
    return sorted((rank for rank in ranks if np.isfinite(rank.metric)), key=lambda rank: rank.metric)


@style.styled
def draw(classification: classified.Columns) -> Figure:
    """Draw the torsade metric of each drug with its interval over the samples, and the thresholds fitted to all drugs.

    The metric is the mean qNet at 1, 2, 3 and 4 Cmax; a small one is risky. The interval holds the uncertainty of the
    samples only. The thresholds were fitted to the drugs that are shown, so the figure is no validation.

    Parameters
    ----------
    classification
        Columns of ``classification.csv`` (`pointes.drugs.classification_table`); the first scenario is drawn.
    """
    ranks = summarise(classification)
    if not ranks:
        return style.message_figure("No drug of the panel has a torsade metric.")
    rows = classified.first_scenario(classification, classified.IN_SAMPLE)
    figure = style.new_figure("single", ROW * len(ranks) + 29)
    axes = figure.subplots()
    for row, rank in enumerate(ranks):
        look = style.CATEGORIES[rank.category]
        axes.hlines(row, rank.low, rank.high, color=look.colour, linewidth=1.2)
        right = rank.predicted == rank.category or not rank.category
        face = look.colour if right else "white"
        axes.plot(rank.metric, row, look.marker, color=look.colour, markerfacecolor=face, markersize=4.5)
    axes.set(
        ylim=(len(ranks) - 0.5, -0.5),
        xlabel="mean qNet at 1 to 4 × Cmax (µC/µF)\nmedian and 95 % interval over the samples",
    )
    axes.set_yticks(range(len(ranks)), [rank.drug for rank in ranks], fontsize=NAME_SIZE)
    axes.tick_params("y", length=0)
    _draw_thresholds(axes, *(rows[f"threshold_{pair}"][0] for pair in ("intermediate_high", "low_intermediate")))
    handles = style.category_entries(rank.category for rank in ranks)
    if any(rank.predicted != rank.category and rank.category for rank in ranks):
        handles.append(style.marker_entry("o", "white", "most samples in another category"))
    figure.legend(handles=handles, loc="outside upper left", ncols=2, handletextpad=0.3, columnspacing=1.2)
    return figure


def _draw_thresholds(axes: Axes, high: float, low: float) -> None:
    """Draw the thresholds below which samples count as high risk and above which as low risk."""
    if not np.isfinite([high, low]).all():
        return
    left, right = axes.get_xlim()
    edges = (left, high, low, right)
    for threshold in (high, low):
        axes.axvline(threshold, color=style.BLACK, linewidth=0.8, linestyle="--", zorder=0)
    for name, start, end in zip(classified.RISKS, edges[:-1], edges[1:], strict=True):
        axes.axvspan(start, end, color=style.CATEGORIES[name].colour, alpha=0.06, linewidth=0, zorder=-1)
    axes.set_xlim(left, right)
    axes.set_title(f"high risk below {high:.4f}, low risk above {low:.4f} µC/µF", fontsize=7)
