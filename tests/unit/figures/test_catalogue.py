"""Every figure of the catalogue: its function, its files and its caption."""

from inspect import signature
from pathlib import Path

import pytest

from pointes.figures import FIGURES, styled
from pointes.figures.catalogue import ReportFigure

PROJECT = Path(__file__).parents[3]
REPORT = PROJECT / "workflow/report"
OWN = list(FIGURES)
ALWAYS = {"simulations.nc", "control.json", "learning.csv", "risk_map.nc", "traces.nc"}
OUTSIDE = """
from matplotlib.figure import Figure
from pointes.figures import ReportFigure, styled

@styled
def draw(points):
    figure = Figure()
    figure.subplots().plot(points["IKr"], points["ICaL"], "o")
    return figure

POINTS = ReportFigure("outside:draw", "Learning", {"points": "simulations.nc"}, caption="caption.rst")
"""


@pytest.mark.parametrize("name", OWN)
def test_a_figure_takes_its_files_as_arguments(name):
    figure = FIGURES[name]
    parameters = signature(figure.load()).parameters
    assert set(parameters) == {*figure.files, *figure.optional}
    assert {name for name, one in parameters.items() if one.default is not one.empty} == set(figure.optional)


@pytest.mark.parametrize("name", OWN)
def test_a_figure_is_styled(name):
    """The wrappers of `styled` share their code."""
    assert FIGURES[name].load().__code__ is styled(print).__code__


@pytest.mark.parametrize("name", OWN)
def test_a_figure_has_a_caption(name):
    assert (REPORT / (FIGURES[name].caption or f"{name}.rst")).is_file()


def drawn(made, of_tissue):
    return {name for name, figure in FIGURES.items() if figure.inputs(made, of_tissue)}


def test_a_campaign_has_the_figures_whose_files_it_makes():
    cells = {"risk_map", "learning_curve", "calibration", "query_distance", "action_potentials"}
    assert drawn(ALWAYS, of_tissue=False) == cells
    assert drawn({*ALWAYS, "drugs.nc", "drug_classification.json"}, of_tissue=False) == {*cells, "drug_ranking"}
    assert drawn({*ALWAYS, "cells.nc"}, of_tissue=True) == (cells - {"action_potentials"}) | {"scales", "ecgs"}
    many = {"sensitivity.nc", "partial_dependence.nc", "shapley.nc"}
    assert drawn(ALWAYS | many, of_tissue=False) == cells | {"sensitivity", "partial_dependence", "shap_summary"}


def test_optional_files_are_shown_where_a_campaign_makes_them():
    assert FIGURES["risk_map"].inputs({*ALWAYS, "drugs.nc"}, of_tissue=False) == {
        "risk_map": "risk_map.nc",
        "simulations": "simulations.nc",
        "control": "control.json",
        "drugs": "drugs.nc",
    }
    assert "drugs" not in FIGURES["risk_map"].inputs(ALWAYS, of_tissue=False)


def test_another_package_adds_a_figure(tmp_path, monkeypatch, simulations):
    installed = tmp_path / "outside-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[pointes.figures]\npoints = outside:POINTS\n")
    (tmp_path / "outside.py").write_text(OUTSIDE)
    monkeypatch.syspath_prepend(tmp_path)
    assert list(FIGURES) == [*OWN, "points"]
    figure = FIGURES["points"]
    assert isinstance(figure, ReportFigure)
    assert figure.inputs(ALWAYS, of_tissue=True) == {"points": "simulations.nc"}
    (axes,) = figure.load()(points=simulations).axes
    assert axes.lines[0].get_xdata().tolist() == simulations["IKr"].values.tolist()


def test_the_documentation_lists_every_figure_with_its_files():
    page = (PROJECT / "docs/figures.md").read_text(encoding="utf-8")
    rows = [line for line in page.partition("## All figures")[2].splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{name}` | {figure.category} | "
        + ", ".join(f"`{file}`" for file in (*figure.files.values(), *figure.optional.values()))
        + " |"
        for name, figure in FIGURES.items()
    ]
