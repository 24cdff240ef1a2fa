"""A panel campaign from tables to its files: what is simulated, what is kept, and what a change repeats."""

import copy
import csv
import json
import shutil

import numpy as np
import pytest

from pointes import cells, netcdf
from pointes.campaign import check_campaign, open_campaign, stand
from pointes.campaign.files.checksums import compare
from pointes.campaign.panel.points import Compound, panel_points
from pointes.campaign.panel.samples_file import read_joint_samples
from pointes.drugs import hill_block

from .conftest import PROJECT, snakemake, times

DRUGS = ("dofetilide", "bepridil", "verapamil", "mexiletine")
PANEL = {
    "name": "panel",
    "protocol": {"beats": 24, "label_beats": 2},
    "panel": {
        "table": "four.csv",
        "joint_samples": str(PROJECT / "config/drugs/cipa28_samples.nc"),
        "doses": [1, 4],
        "combinations": {"both": {"bepridil": 1, "verapamil": 1}},
        "scenarios": {
            "dynamic": {"samples": 3},
            "static": {"samples": 2, "binding": "static", "laboratory_sd": 0.36},
            "cells": {
                "model": {"name": "ohara-2011", "celltype": "endo"},
                "binding": "static",
                "population": {"cells": 4, "scale": {"IKr": [0.8, 1.2], "ICaL": [0.9, 1.1]}},
                "doses": [10],
                "cycle_length": 1000,
            },
        },
    },
    "execution": {"workers": 2},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return the folder in which a panel of four drugs and a combination was run."""
    folder = tmp_path_factory.mktemp("panel")
    lines = (PROJECT / "config/drugs/cipa28.csv").read_text(encoding="utf-8").splitlines()
    chosen = [line for line in lines if line.startswith(("drug,", *(f"{name}," for name in DRUGS)))]
    (folder / "four.csv").write_text("\n".join(chosen) + "\n", encoding="utf-8")
    run = snakemake(folder, PANEL)
    assert run.returncode == 0, run.stderr
    assert "panel panel: 5 compounds at 1, 4 x Cmax" in run.stdout
    return folder


def test_a_scenario_has_its_results_along_drug_dose_and_sample(finished):
    panel = open_campaign(finished / "results/panel")
    assert dict(panel.sizes) == {"drug": 5, "dose": 2, "sample": 3}
    assert panel["drug"].values.tolist() == [*DRUGS, "both"]
    assert panel["category"].values.tolist() == ["high", "high", "low", "low", ""]
    assert panel["qnet_uC_per_uF"].dims == ("drug", "dose", "sample")
    assert panel["qnet_uC_per_uF"].attrs["units"] == "uC uF-1"
    assert {*cells.BIOMARKERS} <= {*panel.variables}
    assert (panel["status"] == 0).all()
    assert json.loads(panel.attrs["compounds"])["both"] == {"bepridil": 33.0, "verapamil": 81.0}
    longer = panel["apd90_ms"].sel(drug="bepridil") - panel.attrs["control_apd90_ms"]
    assert (longer > 5).all()
    assert np.isfinite(netcdf.load_dataset(finished / "results/panel/scenarios/static/panel.nc")["apd90_ms"]).all()


def test_every_file_follows_the_conventions_and_the_docs(finished, check_file):
    results = finished / "results/panel"
    for name in ("trajectories", "drug_clusters", "failing_cells", "cell_clusters"):
        check_file(results / f"{name}.nc", f"{name}.nc")
    check_file(results / "scenarios/dynamic/panel.nc", "panel.nc")
    for scenario in ("dynamic", "static", "cells"):
        check_file(results / f"scenarios/{scenario}/panel.nc")
        check_file(results / f"scenarios/{scenario}/samples.nc", "samples.nc")


def test_the_cells_of_a_population_take_the_place_of_samples(finished):
    panel = netcdf.load_dataset(finished / "results/panel/scenarios/cells/panel.nc")
    assert dict(panel.sizes) == {"drug": 5, "dose": 1, "sample": 4}
    assert ((panel["factor_IKr"] >= 0.8) & (panel["factor_IKr"] <= 1.2)).all()
    assert "factor_INa" not in panel
    given = (
        netcdf.load_dataset(finished / "results/panel/scenarios/cells/samples.nc").sel(drug="bepridil").isel(sample=0)
    )
    block = hill_block(330.0, given["ic50"].values, given["hill"].values)
    model = cells.load("ohara-2011", celltype="endo")
    names = {current: model.conductances[current] for current in ("IKr", "ICaL")}
    alone = cells.pace(
        model,
        dict(zip(given["channel"].values.tolist(), block.tolist(), strict=True)),
        values={name: model.parameters[name] * panel[f"factor_{current}"].values for current, name in names.items()},
        cycle_length=1000,
        beats=24,
        label_beats=2,
        until_steady=True,
    )
    found = panel["apd90_ms"].sel(drug="bepridil", dose=10)
    np.testing.assert_allclose(found, alone["apd90_ms"], rtol=1e-9)


def test_a_row_is_what_the_cell_gives_alone(finished, monkeypatch):
    monkeypatch.chdir(finished)
    campaign = check_campaign(finished / "panel.yaml")
    simulator = campaign.simulators["dynamic"]
    samples = read_joint_samples(finished / "results/panel/scenarios/dynamic/samples.nc")
    points = panel_points(
        Compound("bepridil", {"bepridil": 33.0}), samples, simulator.load().currents, (1, 4), dynamic=True
    )
    alone = simulator.run(points.points[5:6], list(points.space))  # the second sample at 4 x Cmax
    panel = open_campaign(finished / "results/panel").sel(drug="bepridil", dose=4, sample=1)
    for name, value in alone.items():
        np.testing.assert_array_equal(panel[name].values, value[0], err_msg=name)


def test_the_drugs_are_classified_and_methods_compared(finished):
    folder = finished / "results/panel"
    with (folder / "classification.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    within = {row["drug"]: row for row in rows if row["scenario"] == row["fitted_to"] == "dynamic"}
    assert [*within] == [*DRUGS, "both"]
    assert float(within["bepridil"]["metric"]) < float(within["mexiletine"]["metric"])
    assert {row["scenario"] for row in rows} == {"dynamic", "static"}
    methods = json.loads((folder / "methods.json").read_text(encoding="utf-8"))["methods"]
    named = [row[0] for row in methods]
    assert "qNet, dynamic" in named
    assert "failing cells, cells" in named
    for table in ("methods", "classification"):
        assert r"\begin{tabular}" in (folder / f"{table}.tex").read_text(encoding="utf-8"), table
    drawn = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert drawn >= {
        "torsade_ranking",
        "qnet_doses",
        "roc",
        "confusion",
        "class_flips",
        "drug_clusters",
        "failing_cells",
    }
    summary = (folder / "summary.html").read_text(encoding="utf-8")
    assert "5 compounds at 2 doses with 3 samples each are 30 cells." in summary
    assert set(compare(folder).values()) == {"identical"}


def test_a_table_without_categories_is_simulated_and_not_classified(finished, tmp_path):
    text = (finished / "four.csv").read_text(encoding="utf-8")
    unlabelled = copy.deepcopy(PANEL) | {"name": "unlabelled"}
    unlabelled["panel"] |= {"scenarios": {"static": {"samples": 1, "binding": "static"}}, "combinations": {}}
    (tmp_path / "four.csv").write_text(text.replace(",high,", ",,").replace(",low,", ",,"), encoding="utf-8")
    run = snakemake(tmp_path, unlabelled)
    assert run.returncode == 0, run.stderr
    assert "the drugs are not classified" in run.stdout
    assert "The drugs are not classified" in (tmp_path / "results/unlabelled/summary.html").read_text(encoding="utf-8")


def test_more_samples_keep_those_that_are_there(finished, tmp_path):
    folder = tmp_path / "more"
    shutil.copytree(finished, folder)
    before = times(folder, "results/panel/scenarios/*/shards/**/*.nc")
    more = copy.deepcopy(PANEL)
    more["panel"]["scenarios"]["dynamic"]["samples"] = 5
    run = snakemake(folder, more)
    assert run.returncode == 0, run.stderr
    after = times(folder, "results/panel/scenarios/*/shards/**/*.nc")
    assert before.items() <= after.items()
    few, many = open_campaign(finished / "results/panel"), open_campaign(folder / "results/panel")
    for name in cells.BIOMARKERS:
        np.testing.assert_array_equal(many[name][..., :3], few[name], err_msg=name)


def test_nothing_is_done_twice(finished):
    run = snakemake(finished, PANEL, "--dry-run")
    assert "Nothing to be done" in run.stdout + run.stderr


def test_status_tells_the_scenarios(finished):
    status = stand(finished / "results/panel")
    assert status["scenarios"]["dynamic"] == {"samples": 3, "finished": True}
    assert not status["at_work"]


def test_a_mistake_ends_before_the_first_job(finished, tmp_path):
    wrong = copy.deepcopy(PANEL) | {"name": "wrong"}
    wrong["panel"]["scenarios"]["dynamic"]["model"] = {"name": "ohara-2011"}
    shutil.copy(finished / "four.csv", tmp_path)
    run = snakemake(tmp_path, wrong)
    assert run.returncode != 0
    assert "panel.scenarios.dynamic.binding: 'dynamic'; expected static" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "results").exists()
