"""QT under drugs, of a simulated transmural cable against that of people."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from pointes.figures.shared import drug_marks, style

Columns = Mapping[str, np.ndarray]

MODELS = ((style.BLUE, "-"), (style.VERMILLION, "--"), (style.GREEN, "-."), (style.PURPLE, ":"))
"""Colour and line style of each model, in the order of the table."""


@style.styled
def draw(human_qt: Columns, human_qt_effects: Columns) -> Figure:
    """Draw the effect on QT at the mean peak concentration, and QT against concentration where the trial has bounds.

    Above is a panel for each model, with a marker for each drug and study, filled and hollow for the two tables of its
    channels. Below is a panel for each drug of the trial, with the first table of channels. A clinical line is that
    through all samples of all subjects, with an intercept, and its band the 95 % interval of the slope.

    The arguments are the columns of the tables that `pointes.campaign.panel.human_qt` computes.
    """
    effects = _where(human_qt_effects, measure="QTc")
    models = list(dict.fromkeys(effects["model"]))
    bounded = effects["drug"][np.isfinite(effects["clinical_effect_q025_ms"])]
    trial = list(dict.fromkeys(bounded))
    figure = style.new_figure("double", 140)
    grid = figure.add_gridspec(2, 1, height_ratios=(1.35, 1))
    below = figure.add_subfigure(grid[1])
    _draw_effects(figure.add_subfigure(grid[0]), effects, models)
    panels = below.subplots(1, max(len(trial), 1), squeeze=False)[0]
    for axes, drug in zip(panels, trial, strict=False):
        _draw_doses(axes, human_qt, effects, drug, models)
    panels[0].set_ylabel("change of QT (ms)")
    below.supxlabel("total concentration in plasma (nM)")
    handles = [
        Line2D([], [], color=colour, ls=line, label=model)
        for model, (colour, line) in zip(models, MODELS, strict=False)
    ]
    clinical = Line2D([], [], color=style.BLACK, lw=2, label="people")
    below.legend(handles=[clinical, *handles], loc="outside upper left", ncols=len(handles) + 1)
    return figure


def _draw_effects(figure: SubFigure, effects: Columns, models: list[str]) -> None:
    names = np.char.add(np.char.add(effects["drug"].astype(str), ", "), effects["study"].astype(str))
    looks = drug_marks.drug_looks(names)
    tables = list(dict.fromkeys(effects["channels"]))
    panels = figure.subplots(1, len(models), sharex=True, sharey=True, squeeze=False)[0]
    for axes, model in zip(panels, models, strict=True):
        for name, look in looks.items():
            for table in tables:
                rows = (effects["model"] == model) & (names == name) & (effects["channels"] == table)
                clinical = effects["clinical_effect_ms"][rows]
                ends = [effects[f"clinical_effect_{end}_ms"][rows] for end in ("q025", "q975")]
                reach = np.nan_to_num(np.abs(np.array(ends) - clinical))
                simulated = effects["simulated_effect_ms"][rows]
                drug_marks.scatter(axes, look, clinical, simulated, reach, filled=table == tables[0])
        drug_marks.draw_identity(axes)
        axes.set_title(model)
    panels[0].set_ylabel("simulated change of QT (ms)")
    figure.supxlabel("change of QTc in people at the mean peak concentration (ms, bars: 95 % interval)")
    handles = drug_marks.entries(looks.values(), [f"channels of {table}" for table in tables])
    figure.legend(handles=handles, loc="outside upper left", ncols=4, handletextpad=0.2, columnspacing=1.0)


def _draw_doses(axes: Axes, simulated: Columns, effects: Columns, drug: str, models: list[str]) -> None:
    """Draw QT against the total concentration: the clinical line with its band, and a line for each model."""
    here = _where(effects, drug=drug, study=effects["study"][np.flatnonzero(effects["drug"] == drug)[0]])
    cmax, effect = here["cmax_total_nM"][0], here["clinical_effect_ms"][0]
    total = np.linspace(0, cmax, 50)
    slopes = [here[f"clinical_slope_{end}ms_per_nM"][0] for end in ("", "q025_", "q975_")]
    line, low, high = (effect + slope * (total - cmax) for slope in slopes)
    axes.plot(total, line, color=style.BLACK, lw=2)
    axes.fill_between(total, low, high, color=style.GREY, alpha=0.2, lw=0)
    axes.errorbar(
        [cmax],
        [effect],
        yerr=[[effect - here["clinical_effect_q025_ms"][0]], [here["clinical_effect_q975_ms"][0] - effect]],
        fmt="o",
        color=style.BLACK,
        ms=4,
        elinewidth=1,
    )
    for model, (colour, style_of_line) in zip(models, MODELS, strict=False):
        control = _where(simulated, model=model, drug="")["qt_ms"][0]
        doses = _where(simulated, model=model, drug=drug, study=here["study"][0], channels=here["channels"][0])
        change = np.concatenate([[0.0], doses["qt_ms"] - control])
        axes.plot(np.concatenate([[0.0], doses["total_nM"]]), change, color=colour, ls=style_of_line, marker=".")
    axes.axhline(0, color=style.GREY, lw=0.6, ls=":", zorder=0)
    axes.set_title(drug)


def _where(columns: Columns, **values: str) -> dict[str, np.ndarray]:
    """Return the rows in which columns have the given values."""
    rows = np.all([columns[name] == value for name, value in values.items()], axis=0)
    return {name: column[rows] for name, column in columns.items()}
