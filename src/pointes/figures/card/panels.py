"""Figures of a compound's card: its position beside the drugs of the panel, qNet against dose, and attribution."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pointes.figures.card.words import NEGLIGIBLE, Panel, Score, by_metric
from pointes.figures.shared import style

HEIGHT = 108  # [mm]
METRIC = "torsade metric (µC/µF)"


@style.styled
def draw(score: Score, panel: Panel) -> Figure:
    """Draw the three panels of a card from the plain values of a report (`pointes.figures.card.words`)."""
    figure = style.new_figure("double", HEIGHT)
    sides = figure.add_gridspec(1, 2, wspace=0.06)
    _draw_position(figure.add_subplot(sides[0]), score, panel)
    right = sides[1].subgridspec(2, 1, height_ratios=[1.45, 1], hspace=0.08)
    _draw_qnet(figure.add_subplot(right[0]), score, panel)
    _draw_attribution(figure.add_subplot(right[1]), score)
    return figure


def _draw_position(axes: Axes, score: Score, panel: Panel) -> None:
    """Draw the torsade metric of the compound among those of the drugs, the riskiest at the top."""
    rows = [(drug["drug"], drug["category"], drug["metric"]) for drug in panel["drugs"]]
    rows.append((score["name"], None, score["metric"]))
    rows.sort(key=lambda row: by_metric({"metric": row[2]}))
    known = [value for _, _, metric in rows for value in metric.values() if value is not None]
    left = min(known) - 0.06 * (max(known) - min(known))
    for place, (_, category, metric) in enumerate(rows):
        look = style.CATEGORIES.get(category, style.Look("", style.BLACK, "*"))
        size = 8 if category is None else 4
        if category is None:
            axes.axhspan(place - 0.5, place + 0.5, color="#e8e8e8", zorder=0)
        low, median, high = (left if metric[name] is None else metric[name] for name in ("q025", "median", "q975"))
        axes.plot([low, high], [place] * 2, color=look.colour, linewidth=1)
        axes.plot(median, place, look.marker, color=look.colour, markersize=size)
        if metric["median"] is None:
            axes.annotate("arrhythmic", (high, place), (7, 0), textcoords="offset points", va="center", fontsize=6)
    _add_thresholds(axes.axvline, panel)
    axes.set_yticks(range(len(rows)), [_short(name) for name, _, _ in rows], fontsize=6)
    for text, (_, category, _) in zip(axes.get_yticklabels(), rows, strict=True):
        text.set_fontweight("bold" if category is None else "normal")
    axes.tick_params("y", length=0)
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel=METRIC)
    handles = style.category_entries(drug["category"] for drug in panel["drugs"])
    handles.append(style.marker_entry("*", style.BLACK, "this compound"))
    style.add_heading(axes, f"Beside the {len(panel['drugs'])} drugs of the panel", handles[:2], handles[2:])


def _short(name: str) -> str:
    return name if len(name) <= 22 else f"{name[:20]}…"


def _draw_qnet(axes: Axes, score: Score, panel: Panel) -> None:
    """Draw qNet along the dose, with its 95 % interval and the thresholds of the torsade metric."""
    doses = np.array(score["doses"])
    median, low, high = (
        np.array([np.nan if one[name] is None else one[name] for one in score["qnet"]])
        for name in ("median", "q025", "q975")
    )
    axes.fill_between(doses, low, high, color=style.SKY, alpha=0.45, linewidth=0)
    (line,) = axes.plot(doses, median, "o-", color=style.BLACK)
    (control,) = axes.plot([0], [panel["control_qnet"]], "o", color="white", markeredgecolor=style.BLACK)
    _add_thresholds(axes.axhline, panel)
    line.set_label("median, 95 % interval")
    control.set_label("without drug")
    axes.set(xlabel="dose (× free Cmax)", ylabel="qNet (µC/µF)", xticks=[0, *doses], xlim=(-0.15, doses[-1] + 0.15))
    axes.margins(y=0.12)
    # Beside the panel, where no curve is
    for name, place, alignment in (
        ("low", panel["low_intermediate"], "bottom"),
        ("high", panel["intermediate_high"], "top"),
    ):
        axes.annotate(
            name,
            (1, place),
            (2, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            va=alignment,
            fontsize=6.5,
            color=style.CATEGORIES[name].text,
        )
    style.add_heading(axes, "qNet against dose", [line, control])


def _draw_attribution(axes: Axes, score: Score) -> None:
    """Draw how much the block of each channel changes the torsade metric, and their sum."""
    effects = [(one["channel"], one["attribution"]) for one in score["channels"] if one["attribution"] is not None]
    axes.set_title("Channels that drive it (left: riskier)")
    if len(effects) < len(score["channels"]):
        style.write_message(axes, "The cell is arrhythmic:\nqNet does not measure what its channels do.")
        return
    effects = sorted((one for one in effects if abs(one[1]) >= NEGLIGIBLE), key=lambda one: -abs(one[1]))
    rows = [*effects, ("together", sum(effect for _, effect in effects))]
    reach = max(abs(effect) for _, effect in rows) or 1e-3
    for place, (name, effect) in enumerate(rows):
        colour = style.RUST if effect < 0 else style.BLUE
        axes.barh(place, effect, 0.65, color="#555555" if name == "together" else colour)
        axes.annotate(
            f"{effect:+.4f}".replace("-", "−"),
            (effect, place),
            (-3 if effect < 0 else 3, 0),
            textcoords="offset points",
            ha="right" if effect < 0 else "left",
            va="center",
            fontsize=6.5,
        )
    axes.axvline(0, color=style.GREY, linewidth=0.7)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.tick_params("y", length=0)
    lowest, highest = min(0.0, *(effect for _, effect in rows)), max(0.0, *(effect for _, effect in rows))
    axes.set(ylim=(len(rows) - 0.4, -0.6), xlim=(lowest - 0.7 * reach, highest + 0.7 * reach))
    axes.set_xlabel("change of the torsade metric (µC/µF)")
    axes.locator_params("x", nbins=5)


def _add_thresholds(draw_line: Callable[..., Line2D], panel: Panel) -> None:
    for name, place in (("low", "low_intermediate"), ("high", "intermediate_high")):
        draw_line(panel[place], color=style.CATEGORIES[name].colour, linewidth=0.8, linestyle="--", zorder=1)
