"""Class flips: the categories that the samples of each drug fall into, in one scenario after the other."""

from textwrap import fill
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from pointes.figures.shared import classified, style

ROW = 3.6  # height of the row of a drug [mm]
NARROW = 2  # largest number of scenarios of a figure of one column
NAME_SIZE = 6.5  # [points]
TITLE = 20  # largest number of characters of a line of a title
ORDER = ("low", "intermediate", "high")
HATCHES = {"low": "", "intermediate": "////", "high": "...."}


class Scenario(NamedTuple):
    """Class frequencies of the drugs in a scenario, (n_drugs, 3) in `ORDER`, and the drugs that changed, (n_drugs,)."""

    title: str
    is_reference: bool
    frequency: np.ndarray
    changed: np.ndarray


def summarise(classification: classified.Columns) -> tuple[list[str], list[str], list[Scenario]]:
    """Return names and categories of the drugs, and the scenarios, in sample; the first one is the reference.

    Drugs come by category, the riskiest first, and then by their frequency of high and of low risk. A drug has changed
    where its most frequent category is not that in the reference.
    """
    rows = classified.rows_of(classification, scheme=classified.IN_SAMPLE)
    names = classified.names(rows, "scenario")
    keys = sorted(
        dict.fromkeys(zip(rows["scenario"].tolist(), rows["fitted_to"].tolist(), strict=True)),
        key=lambda key: (names.index(key[0]), key[0] != key[1]),
    )
    reference = classified.rows_of(rows, scenario=keys[0][0], fitted_to=keys[0][1])
    frequency = _frequency(reference)
    order = classified.by_risk(reference["category"].tolist(), frequency[:, 0] - frequency[:, 2])
    drugs = reference["drug"][order].tolist()
    majority = dict(zip(reference["drug"].tolist(), reference["majority"].tolist(), strict=True))
    scenarios: list[Scenario] = []
    for scenario, fitted_to in keys:
        found = classified.rows_of(rows, scenario=scenario, fitted_to=fitted_to)
        place = {drug: k for k, drug in enumerate(found["drug"].tolist())}
        where = [place[drug] for drug in drugs]
        guess = found["majority"][where]
        changed = np.array([bool(one) and one != majority[drug] for drug, one in zip(drugs, guess, strict=True)])
        title = scenario if fitted_to == scenario else f"{scenario}, thresholds of {fitted_to}"
        scenarios.append(Scenario(title, not scenarios, _frequency(found)[where], changed))
    return drugs, reference["category"][order].tolist(), scenarios


def _frequency(rows: classified.Columns) -> np.ndarray:
    return np.stack([rows[f"frequency_{name}"] for name in ORDER], axis=1)


@style.styled
def draw(classification: classified.Columns) -> Figure:
    """Draw the share of samples in each category as a stacked bar per drug, with one column per scenario.

    A triangle marks a drug whose most frequent category is not that of the first scenario. Below each column stand the
    number of these drugs, and the mean share of samples outside the most frequent category of their drug.

    Parameters
    ----------
    classification
        Columns of ``classification.csv`` (`pointes.drugs.classification_table`). Its first scenario is the reference.
    """
    drugs, categories, scenarios = summarise(classification)
    width = "single" if len(scenarios) <= NARROW else "double"
    figure = style.new_figure(width, ROW * len(drugs) + 40)
    grid = figure.subplots(1, len(scenarios), sharey=True, squeeze=False)[0]
    for axes, scenario in zip(grid, scenarios, strict=True):
        _draw_bars(axes, scenario, categories)
    grid[0].set_yticks(range(len(drugs)), drugs, fontsize=NAME_SIZE)
    for label, category in zip(grid[0].get_yticklabels(), categories, strict=True):
        label.set_color(style.CATEGORIES[category].text or style.BLACK)
    handles: list[Artist] = [
        Patch(facecolor=style.CATEGORIES[name].colour, hatch=HATCHES[name], edgecolor="white", label=f"{name} risk")
        for name in ORDER
    ]
    if any(scenario.changed.any() for scenario in scenarios):
        handles.append(
            style.marker_entry("<", style.BLACK, "most samples in another category than in the first column")
        )
    figure.legend(handles=handles, loc="outside upper left", ncols=4 if width == "double" else 2, columnspacing=1.2)
    return figure


def _draw_bars(axes: Axes, scenario: Scenario, categories: list[str]) -> None:
    left = np.zeros(len(categories))
    for column, name in enumerate(ORDER):
        share = np.nan_to_num(scenario.frequency[:, column])
        colour = style.CATEGORIES[name].colour
        axes.barh(
            range(len(share)), share, 0.8, left, color=colour, hatch=HATCHES[name], edgecolor="white", linewidth=0
        )
        left += share
    axes.plot(
        np.full(scenario.changed.sum(), 1.06), np.flatnonzero(scenario.changed), "<", color=style.BLACK, markersize=4
    )
    for row in range(1, len(categories)):
        if categories[row] != categories[row - 1]:
            axes.axhline(row - 0.5, color=style.BLACK, linewidth=0.7)
    flipped = 100 * np.nanmean(1 - scenario.frequency.max(axis=1))
    count = int(scenario.changed.sum())
    changed = "reference" if scenario.is_reference else f"{count} drug{'s' * (count != 1)} changed"
    axes.set_title(fill(scenario.title, TITLE), fontsize=7)
    axes.set(xlim=(0, 1.12), ylim=(len(categories) - 0.5, -0.5))
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100"])
    axes.set_xlabel(f"samples (%)\n{changed}\n{flipped:.1f} % flipped", fontsize=7)
    axes.tick_params("y", length=0)
