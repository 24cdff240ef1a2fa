"""Campaigns that met one class or none: they end well, claim nothing, and say why."""

import csv
import re

import pytest
import xarray

from .conftest import snakemake

CAMPAIGNS = {
    # No stimulus captures a cell without fast sodium and calcium currents.
    "failed": ({"ICaL": [0.99, 1], "INa": [0.999, 1], "IKr": [0, 1]}, "no simulation within the ranges succeeded"),
    "safe": ({"IKr": [0, 0.1], "ICaL": [0.5, 1]}, "no simulation within the ranges was arrhythmic"),
}


@pytest.fixture(scope="module", params=CAMPAIGNS)
def campaign(request, tmp_path_factory):
    """The results folder, why nothing was learned, and the run."""
    blocks, reason = CAMPAIGNS[request.param]
    config = {
        "name": request.param,
        "protocol": {"cycle_length": 1000, "beats": 2, "label_beats": 1},
        "parameters": {"blocks": blocks},
        "learning": {"start": 8, "batch": 4, "max_simulations": 17},
        "execution": {"workers": 2},
        "drugs": {"draws": 5, "largest_multiple": 50},
        "replays": {"enabled": request.param == "failed", "repeats": 1, "grid": 3},
    }
    folder = tmp_path_factory.mktemp(request.param)
    return folder / "results" / request.param, reason, snakemake(folder, config)


def test_it_runs_to_its_end(campaign):
    results, _, run = campaign
    assert run.returncode == 0, run.stderr
    assert "stopped at a cap after 17 simulations" in run.stdout
    for figure in ("risk_map", "learning_curve", "calibration", "query_distance", "drug_ranking", "action_potentials"):
        assert (results / f"figures/{figure}.png").stat().st_size > 1000


def test_no_drug_is_placed(campaign):
    results, reason, _ = campaign
    with (results / "drugs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 28
    for row in rows:
        assert row["critical_multiple"] == row["critical_multiple_low"] == row["risk_at_1_cmax"] == ""
        assert row["critical_multiple_status"] == "nothing_learned"
    with xarray.open_dataset(results / "drugs.nc") as drugs, xarray.open_dataset(results / "risk_map.nc") as risk_map:
        assert drugs.attrs["nothing_learned"] == risk_map.attrs["nothing_learned"] == reason
        assert drugs["risk"].isnull().all()
        assert risk_map["risk"].isnull().all()


def test_the_summary_says_why_and_claims_nothing(campaign):
    results, reason, _ = campaign
    text = re.sub(r"<[^>]*>|\s+", " ", (results / "summary.html").read_text())
    assert f"Nothing was learned, because {reason}. The map holds no risk." in text
    assert f"Nothing was learned, because {reason}. No drug is placed." in text
    for claimed in ("28 of 28", "reach a risk", "expects to be wrong", "same class as the map", "predicted right"):
        assert claimed not in text


def test_other_classifiers_agree_with_nothing(campaign):
    with (campaign[0] / "learning.csv").open(newline="") as file:
        last = list(csv.DictReader(file))[-1]
    assert last["svm_agreement"] == last["forest_stream_accuracy"] == ""


def test_parameters_explain_nothing(campaign):
    results, reason, _ = campaign
    for name, quantity in (("sensitivity", "total"), ("partial_dependence", "risk"), ("shapley", "contribution")):
        if results.name == "safe":  # of two parameters there are no such files
            assert not (results / f"{name}.nc").exists()
            continue
        with xarray.open_dataset(results / f"{name}.nc") as file:
            assert file.attrs["nothing_learned"] == reason
            assert file[quantity].isnull().all()
