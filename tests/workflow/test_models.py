"""Tiny campaigns of every model: whatever a model has, calcium, named currents, or neither, it gets to its summary.

A model of the user runs through Snakemake. The others go through the same files, made by the functions that the scripts
of the rules call, in one process: eighteen jobs for each would take minutes.
"""

import csv
import json
import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from pointes import cells
from pointes.campaign.configuration.meaning import meaning
from pointes.campaign.files import identity, store, surrogate
from pointes.campaign.files.results import read_result
from pointes.campaign.prepare import Campaign, prepare
from pointes.campaign.progress import read_status
from pointes.campaign.settings import Sampling
from pointes.campaign.simulation.fidelities import simulate_fidelities
from pointes.campaign.steps import control, learning
from pointes.campaign.steps import drugs as drugs_step
from pointes.campaign.steps.collect import collect
from pointes.campaign.steps.crosschecks import compare
from pointes.campaign.steps.learning_table import write_table
from pointes.campaign.steps.risk_map import write_risk_map
from pointes.campaign.steps.traces import write_traces
from pointes.figures import FIGURES, save, summary
from pointes.files import write_json

from .conftest import PROJECT, snakemake

NOBLE = PROJECT / "tests/data/models/noble-like.mmt"
# The two currents that are blocked in models without IKr and ICaL, the outward one first. With little block of the
# inward one, more and more of the outward one leads from safe to arrhythmic.
CURRENTS = {
    "aliev-panfilov-1996": ("J_out", "J_in"),
    "bueno-orovio-2008": ("i_so", "i_si"),
    "fenton-karma-1998": ("J_so", "J_si"),
    "mitchell-schaeffer-2003": ("J_out", "J_in"),
    "noble-like.mmt": ("i_K2", "INa"),
}
USERS = "noble-like.mmt"


def configured(folder: Path, model: str) -> dict:
    """Return the configuration of a campaign of a model, and write its drug table: a drug for each of two currents."""
    outward, inward = names = CURRENTS.get(model, ("IKr", "ICaL"))
    header = ["drug", "cmax_nM", "risk", *(f"{name}_ic50_nM" for name in names)]
    with (folder / "drugs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, ["outward", 10, "high", 20, ""], ["inward", 10, "low", "", 20]])
    return {
        "name": model.removesuffix(".mmt"),
        "model": {"name": model, "celltype": None},
        "protocol": {"cycle_length": 600, "beats": 2, "label_beats": 1},
        "parameters": {"blocks": {outward: [0, 1], inward: [0, 0.3]}},
        "learning": {"start": 8, "batch": 8, "max_simulations": 17},
        "execution": {"workers": 1},
        "drugs": {"table": "drugs.csv", "multiples": [1, 10, 100], "draws": 5},
        "replays": {"enabled": False},
    }


def run(campaign: Campaign) -> None:
    """Run a campaign to its summary, as the rules do, up to two iterations."""
    config, folder = campaign.config, campaign.folder
    identity.claim(folder, config, campaign.fingerprint).release()
    space, settings = campaign.space, config.model_dump(mode="json")
    sampling, rule = Sampling.of(config), campaign.goal.rule(config.learning.stopping.model_dump())
    simulator = campaign.simulator
    told, classifiers, files = [], [], []
    learner = learning.replay_history([], space, sampling)
    chosen = learning.first_samples(learner, [], config.learning.points_at_start)
    while sum(map(len, told)) + len(chosen) <= config.learning.max_simulations:
        iteration = folder / f"iteration_{len(told):03d}"
        simulated = simulate_fidelities(chosen, {"": simulator}, iteration / "shards", cores=1, threads=1)
        files.append(iteration / "simulations.nc")
        store.write(files[-1], simulated)
        told.append(store.read(files[-1]))
        learner = learning.replay_history(told, space, sampling)
        chosen = learning.next_samples(learner, told, config.learning.batch)
        classifiers.append(learner.surrogate)
        surrogate.write(iteration / "surrogate.nc", learner.surrogate, space, learning.nothing_learned(told))
        learning.write_assessment(iteration / "assessment.json", learner, told, rule)
    simulations = collect(files, meaning(settings), campaign.fingerprint)
    store.write(folder / "simulations.nc", simulations)
    assessments = [file.with_name("assessment.json") for file in files]
    write_table(folder / "learning.csv", assessments, compare(told, classifiers, config.seed))
    classifier, space = surrogate.read(iteration / "surrogate.nc")
    nothing = surrogate.nothing_learned(iteration / "surrogate.nc")
    predict = surrogate.predictor(classifier, space)
    known = {"risk": control.risk(simulations, predict), **control.describe(simulations)}
    write_json(folder / "control.json", known)
    uncertainty = {"draws": config.drugs.draws, "seed": config.seed}
    searched = {"largest": config.drugs.largest_multiple, "nothing_learned": nothing}
    drugs, risks = drugs_step.place_drugs(
        campaign.drugs, predict, space, config.drugs.multiples, **searched, **uncertainty
    )
    drugs_step.write_drugs(folder / "drugs.nc", drugs, risks, space, nothing)
    drugs_step.write_ranking(folder / "drugs.csv", drugs, risks, known)
    write_json(folder / "drug_classification.json", drugs_step.classify(drugs, risks, **uncertainty))
    write_risk_map(folder / "risk_map.nc", classifier, space, nothing)
    write_traces(folder / "traces.nc", store.read(folder / "simulations.nc"), simulator)
    draw(folder)
    shown = ("simulations.nc", "learning.csv", "risk_map.nc", "control.json", "drugs.nc", "drug_classification.json")
    page = summary.render(settings, read_status(folder), **dict(read_result(str(folder / name)) for name in shown))
    (folder / "summary.html").write_text(page, encoding="utf-8")


def draw(folder: Path) -> None:
    """Draw the figures of a campaign of cells."""
    made = [path.name for path in folder.iterdir()]
    for name, figure in FIGURES.items():
        if files := figure.inputs(made, of_tissue=False):
            shown = {argument: read_result(str(folder / file))[1] for argument, file in files.items()}
            save(figure.load()(**shown), folder / f"figures/{name}.svg", folder / f"figures/{name}.png")


def check(folder: Path, model: cells.CellModel) -> None:
    """Look at what a campaign left: simulations of two iterations, traces of what the model has, and the page."""
    simulations = store.read(folder / "simulations.nc")
    assert set(simulations["iteration"]) == {0, 1}
    assert (simulations["status"] == 0).sum() >= 8
    page = (folder / "summary.html").read_text()
    assert "of at most 17 simulations were run" in page
    assert {path.stem for path in (folder / "figures").glob("*.png")} >= {"risk_map", "action_potentials"}
    with netCDF4.Dataset(folder / "traces.nc") as traces:
        has_calcium = model.kernel.CALCIUM is not None
        assert ("cai_mM" in traces.variables) == has_calcium
        assert traces["v_mV"].units == ("1" if model.kernel.DIMENSIONLESS else "mV")
        if not has_calcium:
            assert set(simulations["label"]) >= {0, 1}
            assert len(traces["label"]) >= 2
            assert np.isfinite(traces["v_mV"][:]).all()


@pytest.mark.parametrize("name", cells.names())
def test_campaign_of_a_model_gets_to_its_summary(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    campaign = prepare(configured(tmp_path, name), where="c.yaml", project=PROJECT)
    run(campaign)
    check(campaign.folder, cells.load(name))


def test_campaign_of_a_users_model_without_calcium_runs_through_snakemake(tmp_path):
    shutil.copy(NOBLE, tmp_path)
    config = configured(tmp_path, USERS)
    done = snakemake(tmp_path, config)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / config["name"]
    check(folder, cells.load(str(tmp_path / USERS)))
    recorded = json.loads((folder / "campaign.json").read_text())
    assert recorded["config"]["model"]["name"] == USERS
