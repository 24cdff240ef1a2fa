"""A campaign of two scales: what it leaves, and that a killed one ends as if it had not been."""

import os
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
import xarray

import pointes
from pointes.campaign import predict_points

from .conftest import command, printed, snakemake, times

TWO = {
    "name": "two",
    "model": {"name": "ohara-2011", "celltype": "mid"},
    "protocol": {"beats": 3, "label_beats": 2},
    "simulation": {
        "scale": "cable",
        "tissue": {
            "size": [1.5],
            "spacing": 0.25,
            "layers": {"endo": 60, "mid": 45},
            "beats": 1,
            "time_step": 0.1,
            "stimulus": {"sites": [{"depth": 0.5}]},
        },
    },
    "parameters": {"blocks": {"IKr": [0.4, 1], "ICaL": [0, 0.5]}},
    "learning": {"fidelities": ["cell", "cable"], "start": 4, "batch": 4, "max_simulations": 46},
    "drugs": {"draws": 5},
}


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    folder = tmp_path_factory.mktemp("levels")
    return folder, snakemake(folder, TWO)


def results(folder):
    """Return the bytes of all results of a campaign that are to be the same each time."""
    kept = [*folder.glob("results/two/*.nc"), *folder.glob("results/two/iteration_*/*.*")]
    kept += [folder / "results/two/learning.csv", folder / "results/two/costs.json"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept}


def test_campaign_of_two_scales_runs_to_its_report(campaign):
    folder, run = campaign
    assert run.returncode == 0, run.stderr
    title = "campaign two: ohara-2011 (cell and cable), block of IKr, ICaL, at most 46 simulations"
    assert printed(run)[0] == title
    page = (folder / "results/two/summary.html").read_text()
    assert "46 of at most 46 simulations were run" in page
    assert "core-seconds in total" in page
    assert "Control, without any block: safe, mean APD90 " in page  # IKr is explored from 0.4 on: no risk is claimed
    assert "The classes of cell and cable are expected to differ in" in page


def test_simulations_say_which_scale_they_are_of(campaign):
    with pointes.open_campaign(campaign[0] / "results/two") as opened:
        level = opened["fidelity"]
        assert level.attrs["flag_meanings"] == "cell cable"
        cells, cables = opened.isel(sample=level == 0), opened.isel(sample=level == 1)
        assert (cells["iteration"] == 0).sum() == 33  # the control among them
        assert (cables["iteration"] == 0).sum() == 5
        for dataset in (cells, cables):
            assert set(dataset["label"].values) == {0, 1}
            assert (dataset["IKr"][0], dataset["ICaL"][0]) == (0, 0)
        assert (cells["delta_apd90_ms"][0], cables["delta_apd90_mean_ms"][0]) == (0, 0)
        assert cells["qt_ms"].isnull().all()
        assert cells["reached"].isnull().all()
        assert cables["apd30_ms"].isnull().all()
        assert cables["reached"].notnull().all()


def test_risk_map_is_of_the_expensive_scale(campaign):
    surrogate = campaign[0] / "results/two/surrogate.nc"
    with xarray.open_dataset(surrogate) as opened:
        assert opened.attrs["classifier"] == "TwoLevelClassifier"


def test_second_run_has_nothing_to_do(campaign):
    before = times(campaign[0], "results/**/*")
    run = snakemake(campaign[0], TWO)
    assert "Nothing to be done" in run.stderr
    assert times(campaign[0], "results/**/*") == before


def test_killed_campaign_ends_with_the_same_bytes(campaign, tmp_path):
    folder = shutil.copytree(campaign[0], tmp_path / "copy", copy_function=shutil.copy2)
    expected = results(folder)
    for later in (*folder.glob("results/two/iteration_00[1-9]"), *folder.glob("results/two/*.*")):
        if later.name not in ("campaign.json", "costs.json", "design.nc"):
            shutil.rmtree(later) if later.is_dir() else later.unlink()
    targets = ["results/two/simulations.nc", "results/two/surrogate.nc", "results/two/learning.csv"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen(command(folder, TWO, *targets), cwd=folder, start_new_session=True, **quiet)
    shards = folder / "results/two/iteration_001/shards"
    deadline = time.monotonic() + 120
    while not shards.exists():
        assert running.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not (folder / "results/two/simulations.nc").exists()
    run = snakemake(folder, TWO, *targets)
    assert run.returncode == 0, run.stderr
    found = results(folder)
    assert found == {name: expected[name] for name in found}
    assert set(targets) <= set(found)


def test_costs_are_those_of_the_first_run(campaign, tmp_path):
    folder = shutil.copytree(campaign[0], tmp_path / "copy", copy_function=shutil.copy2)
    costs = folder / "results/two/costs.json"
    expected = costs.read_bytes()
    costs.unlink()
    run = snakemake(folder, TWO, "results/two/costs.json")
    assert run.returncode == 0, run.stderr
    assert costs.read_bytes() == expected


def test_another_pair_of_scales_is_refused(campaign):
    run = snakemake(campaign[0], {**TWO, "learning": {**TWO["learning"], "fidelities": None}})
    assert run.returncode == 2
    assert 'learning.fidelities was ["cell", "cable"] and is now null' in run.stderr


def test_a_quantity_is_learned_with_the_help_of_a_coarse_grid(tmp_path):
    tissue = {**TWO["simulation"]["tissue"], "size": [3], "coarse_spacing": 0.5}
    config = {
        **TWO,
        "name": "coarse",
        "simulation": {"scale": "cable", "tissue": tissue},
        "parameters": {"blocks": {"IKr": [0, 0.4], "ICaL": [0, 0.3]}},
        "learning": {
            "fidelities": ["coarse", "cable"],
            "target": "apd90_mean_ms",
            "start": 3,
            "batch": 6,
            "max_simulations": 35,
        },
        "drugs": None,
    }
    run = snakemake(tmp_path, config)
    assert run.returncode == 0, run.stderr
    folder = tmp_path / "results/coarse"
    assert "of the low fidelity (coarse)" in (folder / "summary.html").read_text()
    with pointes.open_campaign(folder) as opened:
        assert opened["fidelity"].attrs["flag_meanings"] == "coarse cable"
        is_high = opened["fidelity"].values == 1
        later = opened["iteration"].values > 0
        assert np.isfinite(opened["predicted_apd90_mean_ms"].values[is_high & later]).all()
        assert np.isnan(opened["predicted_apd90_mean_ms"].values[~is_high]).all()
    (tmp_path / "points.csv").write_text("IKr,ICaL\n0.2,0.1\n")
    (row,), reason = predict_points(folder, tmp_path / "points.csv")
    assert reason == ""
    assert 0 < row["apd90_mean_ms_low"] < row["apd90_mean_ms"] < row["apd90_mean_ms_high"]
