"""Figures in the report of a campaign, as data for the rules that draw them.

A package outside pointes adds a figure by an entry point to a `ReportFigure`, for instance::

    [project.entry-points."pointes.figures"]
    my_figure = "my_package:MY_FIGURE"
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from pointes.registry import Registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure


FORMATS = ("svg", "pdf", "png")
"""Formats in which each figure is written: for the report and the web, for journals, and for slides."""


@dataclass(frozen=True)
class ReportFigure:
    """A figure in the report of a campaign.

    Parameters
    ----------
    draw
        Function that returns the figure, as ``"module:function"``.
    category
        Section of the report that holds the figure.
    files
        Files of the results folder that it shows, by argument of ``draw``; campaigns that lack one have no such figure.
    optional
        Files that it shows, too, in campaigns that make them, by argument of ``draw``.
    needs
        Files that it does not show, but without which campaigns have no such figure.
    of_tissue
        True or False if only campaigns of tissue or of cells have the figure.
    caption
        Path of the caption, a reStructuredText template; ``workflow/report/NAME.rst`` by default.
    """

    draw: str
    category: str
    files: Mapping[str, str]
    optional: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    of_tissue: bool | None = None
    caption: str = ""

    def load(self) -> "Callable[..., Figure]":
        """Return the function that draws the figure."""
        return resolve_name(self.draw)  # type: ignore[no-any-return]  # the function is known by its name only

    def inputs(self, made: Container[str], of_tissue: bool) -> dict[str, str]:
        """Return the files that the figure shows by argument; empty if a campaign that made these has no such figure.

        Examples
        --------
        >>> FIGURES["learning_curve"].inputs({"learning.csv", "risk_map.nc"}, of_tissue=False)
        {'learning': 'learning.csv'}
        """
        if not all(file in made for file in (*self.files.values(), *self.needs)) or self.of_tissue not in (
            None,
            of_tissue,
        ):
            return {}
        return {**self.files, **{argument: file for argument, file in self.optional.items() if file in made}}


RISK_MAP = ReportFigure(
    "pointes.figures.risk_map:draw",
    "Risk map",
    {"risk_map": "risk_map.nc", "simulations": "simulations.nc", "control": "control.json"},
    {"drugs": "drugs.nc"},
)
LEARNING_CURVE = ReportFigure(
    "pointes.figures.learning_curve:draw",
    "Learning",
    {"learning": "learning.csv"},
    {"replays": "replays.nc"},
    needs=("risk_map.nc",),
)
CALIBRATION = ReportFigure(
    "pointes.figures.calibration:draw", "Learning", {"simulations": "simulations.nc"}, needs=("risk_map.nc",)
)
QUERY_DISTANCE = ReportFigure(
    "pointes.figures.query_distance:draw", "Learning", {"risk_map": "risk_map.nc", "simulations": "simulations.nc"}
)
DRUG_RANKING = ReportFigure(
    "pointes.figures.drug_ranking:draw",
    "Drugs",
    {"drugs": "drugs.nc", "drug_classification": "drug_classification.json"},
)
PAIRS = {"traces": "traces.nc", "risk_map": "risk_map.nc"}
ACTION_POTENTIALS = ReportFigure("pointes.figures.action_potentials:draw", "Cells", PAIRS, of_tissue=False)
SCALES = ReportFigure(
    "pointes.figures.scales:draw",
    "Tissue",
    {"risk_map": "risk_map.nc", "cells": "cells.nc", "simulations": "simulations.nc"},
    of_tissue=True,
)
ECGS = ReportFigure("pointes.figures.ecgs:draw", "Tissue", PAIRS, of_tissue=True)
SENSITIVITY = ReportFigure("pointes.figures.sensitivity:draw", "Parameters", {"sensitivity": "sensitivity.nc"})
PARTIAL_DEPENDENCE = ReportFigure(
    "pointes.figures.partial_dependence:draw", "Parameters", {"partial_dependence": "partial_dependence.nc"}
)
SHAP_SUMMARY = ReportFigure("pointes.figures.shap_summary:draw", "Parameters", {"shapley": "shapley.nc"})
UNCERTAINTY = ReportFigure("pointes.figures.uncertainty:draw", "Uncertainty", {"uncertainty": "uncertainty.nc"})
SWEEP_RESPONSES = ReportFigure(
    "pointes.figures.sweep:draw_responses", "Sweep", {"simulations": "simulations.nc"}, needs=("sweep.csv",)
)
SWEEP_DISTRIBUTIONS = ReportFigure(
    "pointes.figures.sweep:draw_distributions", "Sweep", {"simulations": "simulations.nc"}, needs=("sweep.csv",)
)
SWEEP_PAIRS = ReportFigure(
    "pointes.figures.sweep:draw_pairs", "Sweep", {"simulations": "simulations.nc"}, needs=("sweep.csv",)
)
RESPONSE_MAP = ReportFigure(
    "pointes.figures.response_map:draw",
    "Quantities",
    {"response_map": "response_map.nc", "simulations": "simulations.nc"},
)
RESPONSES = ReportFigure("pointes.figures.responses:draw", "Quantities", {"responses": "responses.nc"})
STREAM_ERRORS = ReportFigure(
    "pointes.figures.stream_errors:draw",
    "Learning",
    {"response_map": "response_map.nc", "simulations": "simulations.nc", "learning": "learning.csv"},
)
CLASSIFICATION = {"classification": "classification.csv"}
TORSADE_RANKING = ReportFigure("pointes.figures.torsade_ranking:draw", "Panel", CLASSIFICATION)
QNET_DOSES = ReportFigure("pointes.figures.qnet_doses:draw", "Panel", {"panel": "panel.nc"})
CONFUSION = ReportFigure("pointes.figures.confusion:draw", "Panel", CLASSIFICATION)
CLASS_FLIPS = ReportFigure("pointes.figures.class_flips:draw", "Panel", CLASSIFICATION)
DRUG_CLUSTERS = ReportFigure("pointes.figures.drug_clusters:draw", "Panel", {"drug_clusters": "drug_clusters.nc"})
FAILING_CELLS = ReportFigure("pointes.figures.failing_cells:draw", "Panel", {"failing_cells": "failing_cells.nc"})
CELL_CLUSTERS = ReportFigure("pointes.figures.cell_clusters:draw", "Panel", {"cell_clusters": "cell_clusters.nc"})
HUMAN_APD = ReportFigure(
    "pointes.figures.human_apd:draw",
    "People",
    {"human_apd": "human_apd.csv", "human_apd_agreement": "human_apd_agreement.csv"},
)
HUMAN_QT = ReportFigure(
    "pointes.figures.human_qt:draw",
    "People",
    {"human_qt": "human_qt.csv", "human_qt_effects": "human_qt_effects.csv"},
)
TRAJECTORIES = ReportFigure("pointes.figures.trajectories:draw", "Panel", {"trajectories": "trajectories.nc"})
ATTRIBUTION = ReportFigure("pointes.figures.attribution:draw", "Panel", {"attribution": "attribution.csv"})
ROC = ReportFigure("pointes.figures.roc:draw", "Panel", {"methods": "method_classification.csv"})

NAMES = (
    *("risk_map", "learning_curve", "calibration", "query_distance", "drug_ranking", "action_potentials"),
    *("scales", "ecgs", "sensitivity", "partial_dependence", "shap_summary"),
    *("response_map", "responses", "stream_errors", "uncertainty"),
    *("sweep_responses", "sweep_distributions", "sweep_pairs"),
    *("torsade_ranking", "qnet_doses", "confusion", "class_flips", "roc"),
    *("drug_clusters", "failing_cells", "cell_clusters", "trajectories", "attribution", "human_apd", "human_qt"),
)
FIGURES: Registry[ReportFigure] = Registry(
    "figure", "pointes.figures", {name: f"pointes.figures.catalogue:{name.upper()}" for name in NAMES}
)
"""Figures of a report by name, those of other packages included, in the order of the report."""
