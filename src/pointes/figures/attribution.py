"""Attribution: what the block of each channel adds to the torsade metric of the drugs of a panel."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pointes.figures.shared import classified, style

ROW = 3.6  # height of the row of a drug [mm]
NAME_SIZE = 6.5  # [points]
LOOKS = {
    "IKr": (style.RUST, ""),
    "ICaL": (style.BLUE, "////"),
    "INaL": (style.GREEN, "...."),
    "INa": (style.SKY, "\\\\\\\\"),
    "Ito": (style.ORANGE, "xx"),
    "IKs": (style.PURPLE, "++"),
    "IK1": (style.GREY, "--"),
}
"""Colour and hatch of each channel."""


@style.styled
def draw(attribution: Mapping[str, np.ndarray]) -> Figure:
    """Draw the effects of the channels of each drug as a stacked bar, to the left where they make it riskier.

    Parameters
    ----------
    attribution
        Columns of ``attribution.csv``: ``drug``, ``category``, ``channel`` and ``effect_uC_per_uF``. Effects are NaN
        for a drug under which the cell is arrhythmic.
    """
    drugs = list(dict.fromkeys(attribution["drug"].tolist()))
    rows = {drug: np.flatnonzero(attribution["drug"] == drug) for drug in drugs}
    categories = [str(attribution["category"][rows[drug][0]]) for drug in drugs]
    effect = attribution["effect_uC_per_uF"].astype(float)
    totals = np.array([effect[rows[drug]].sum() for drug in drugs])
    order = classified.by_risk(categories, np.where(np.isnan(totals), -np.inf, totals))
    figure = style.new_figure("single", ROW * len(drugs) + 33)
    axes = figure.subplots()
    for place, k in enumerate(order):
        _draw_bar(
            axes, place, dict(zip(attribution["channel"][rows[drugs[k]]].tolist(), effect[rows[drugs[k]]], strict=True))
        )
    axes.axvline(0, color=style.BLACK, lw=0.7)
    axes.set_yticks(range(len(order)), [drugs[k] for k in order], fontsize=NAME_SIZE)
    for label, k in zip(axes.get_yticklabels(), order, strict=True):
        label.set_color(style.CATEGORIES[categories[k]].text or style.BLACK)
    axes.set(ylim=(len(order) - 0.5, -0.5), xlabel="change of the torsade metric (µC/µF); left: riskier")
    axes.tick_params("y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    shown = [name for name in LOOKS if name in attribution["channel"]]
    handles = [Patch(facecolor=LOOKS[name][0], hatch=LOOKS[name][1], edgecolor="white", label=name) for name in shown]
    figure.legend(handles=handles, title="block of", loc="outside upper left", ncols=4, alignment="left")
    return figure


def _draw_bar(axes: Axes, place: int, effects: Mapping[str, float]) -> None:
    if np.isnan(list(effects.values())).any():
        axes.text(0, place, "  arrhythmic", va="center", fontsize=NAME_SIZE)
        return
    ends = {True: 0.0, False: 0.0}
    for channel, effect in effects.items():
        colour, hatch = LOOKS.get(channel, (style.BLACK, ""))
        axes.barh(place, effect, 0.8, ends[effect < 0], color=colour, hatch=hatch, edgecolor="white", linewidth=0)
        ends[effect < 0] += effect
