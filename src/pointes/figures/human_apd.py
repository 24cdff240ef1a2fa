"""Change of APD90 in human tissue under drugs, simulated by several cell models against measured."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from pointes.figures.shared import drug_marks, style

Columns = Mapping[str, np.ndarray]

ACROSS = 4  # panels in a row
PROTOCOLS = {"cipa": "CiPA protocol", "pharm": "Pharm protocol"}
LINEAR_MS = 50.0  # up to which the axes are linear; they are logarithmic beyond
TICKS_MS = (-100, -50, 0, 50, 100, 200, 500)
MARGIN = 1.15  # of the axes beyond the outermost points


@style.styled
def draw(human_apd: Columns, human_apd_agreement: Columns) -> Figure:
    """Draw a panel for each cell, a marker for each drug, filled and hollow for the two protocols of its block.

    The bars are standard deviations of the measurement. All axes have the same scale, which is linear up to 50 ms and
    logarithmic beyond, so that distances of large changes look small. The points of one drug are not independent of
    each other, and the same measurement stands twice in a panel.

    The arguments are the columns of the tables that `pointes.campaign.panel.human_apd` computes.
    """
    cells = list(dict.fromkeys(zip(human_apd["model"], human_apd["celltype"], strict=True)))
    down = -(-len(cells) // ACROSS)
    figure = style.new_figure("double", 52 * down + 23)
    panels = figure.subplots(down, min(ACROSS, len(cells)), sharex=True, sharey=True, squeeze=False).ravel()
    looks = drug_marks.drug_looks(human_apd["drug"])
    for axes, (model, celltype) in zip(panels, cells, strict=False):
        rows = _where(human_apd, model=model, celltype=celltype)
        for protocol in PROTOCOLS:
            for drug, look in looks.items():
                points = _where(rows, protocol=protocol, drug=drug)
                reach = np.tile(points["measured_sd_ms"], (2, 1))
                simulated = points["simulated_ms"]
                drug_marks.scatter(axes, look, points["measured_ms"], simulated, reach, filled=protocol == "cipa")
        drug_marks.draw_identity(axes)
        found = _where(human_apd_agreement, model=model, celltype=celltype)
        errors = " / ".join(f"{value:.0f}" for value in found["rmse_ms"])
        failed = " / ".join(f"{value:.0f}" for value in found["failed"])
        remark = f"{failed} failed\n" if found["failed"].any() else ""
        axes.set_title(f"{model} {celltype}\n{remark}RMSE {errors} ms", pad=8)
        axes.tick_params("x", rotation=90)
    for axes in panels[len(cells) :]:
        axes.set_axis_off()
    _scale(panels[0], human_apd)
    figure.supxlabel("measured change of APD90 (ms, bars: SD)")
    figure.supylabel("simulated change of APD90 (ms)")
    figure.legend(
        handles=drug_marks.entries(looks.values(), list(PROTOCOLS.values())),
        loc="outside upper left",
        ncols=6,
        handletextpad=0.2,
        columnspacing=1.0,
    )
    return figure


def _where(columns: Columns, **values: str) -> dict[str, np.ndarray]:
    """Return the rows in which columns have the given values."""
    rows = np.all([columns[name] == value for name, value in values.items()], axis=0)
    return {name: column[rows] for name, column in columns.items()}


def _scale(axes: Axes, columns: Columns) -> None:
    """Give both axes the same scale and limits, which hold all values and bars."""
    reach = columns["measured_sd_ms"]
    ends = (columns["measured_ms"] - reach, columns["measured_ms"] + reach, columns["simulated_ms"])
    values = np.concatenate([*ends, [-LINEAR_MS, LINEAR_MS]])
    limits = MARGIN * float(np.nanmin(values)), MARGIN * float(np.nanmax(values))
    axes.set_xscale("symlog", linthresh=LINEAR_MS)
    axes.set_yscale("symlog", linthresh=LINEAR_MS)
    axes.set(xlim=limits, ylim=limits, xticks=TICKS_MS, yticks=TICKS_MS)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_locator(NullLocator())
