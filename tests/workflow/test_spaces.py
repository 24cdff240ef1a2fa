"""Campaigns over axes of several kinds: of quantities with their uncertainty, of other classes, and sweeps."""

import csv
import re

import numpy as np
import pytest
import xarray

import pointes

from .conftest import printed, snakemake, times

AXES = {
    "IKr": {"block": [0, 0.6]},
    "GKs": {"scale": [0.5, 2], "log": True},
    "cycle_length": {"value": [600, 1000]},
}
QUANTITY = {
    "name": "quantity",
    "protocol": {"beats": 2, "label_beats": 1},
    "parameters": AXES,
    "learning": {
        "target": "apd90_ms",
        "start": 10,
        "batch": 4,
        "max_simulations": 23,
        "stopping": {"largest_error": "1 ms"},
    },
    "uncertainty": {"n": 64, "direct": 8, "distributions": {"IKr": {"normal": {"mean": 0.3, "sd": 0.05}}}},
    "execution": {"workers": 2},
}
SWEEP = {
    "name": "sweep",
    "protocol": {"beats": 2, "label_beats": 1},
    "parameters": {"IKr": {"block": [0, 1]}, "ICaL": {"block": [0, 1]}},
    "learning": {"target": "apd90_ms > 320"},
    "sweep": {"design": "sobol", "n": 24},
    "execution": {"workers": 2},
}


@pytest.fixture(scope="module")
def quantity(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quantity")
    return folder, snakemake(folder, QUANTITY)


def test_quantity_is_learned_over_mixed_axes(quantity):
    folder, run = quantity
    assert run.returncode == 0, run.stderr
    results = folder / "results/quantity"
    said = printed(run)
    assert said[0] == (
        "campaign quantity: ohara-2011 (mid), apd90_ms over IKr, GKs, cycle_length, at most 23 simulations"
    )
    assert "apd90_ms: last stream errors, 95 % within" in run.stdout
    for figure in ("response_map", "responses", "stream_errors", "uncertainty"):
        assert (results / f"figures/{figure}.png").stat().st_size > 10_000
    assert not (results / "figures/risk_map.png").exists()
    dataset = pointes.open_campaign(results)
    assert dataset["cycle_length"].attrs["units"] == "ms"
    assert dataset["GKs"].values[0] == 1.0
    with (results / "learning.csv").open(newline="") as file:
        errors = [float(row["apd90_ms_expected_half_width"]) for row in csv.DictReader(file)]
    assert errors[-1] < errors[0]
    page = re.sub(r"<[^>]*>|\s+", " ", (results / "summary.html").read_text())
    assert "Cycle length: 600 to 1000 ms." in page
    assert "Factor of GKs: 0.5 to 2, logarithmic." in page
    assert "apd90_ms: 95 % of the space is expected to be predicted within" in page


def test_propagated_quantiles_agree_with_direct_simulations(quantity):
    results = quantity[0] / "results/quantity"
    with (
        xarray.open_dataset(results / "uncertainty.nc") as found,
        xarray.open_dataset(results / "uncertainty/simulations.nc") as direct,
    ):
        assert direct.sizes["sample"] == 8
        median = float(found["value"].sel(level=0.5).squeeze())
        assert abs(median - float(direct["apd90_ms"].median())) < 10
        assert found["total"].isel(bound=0).values.squeeze()[1:].tolist() == pytest.approx([0, 0], abs=1e-9)


def test_a_second_run_does_nothing(quantity):
    folder, _ = quantity
    before = times(folder, "results/quantity/**/*.nc")
    again = snakemake(folder, QUANTITY)
    assert again.returncode == 0, again.stderr
    assert times(folder, "results/quantity/**/*.nc") == before


def test_killed_and_continued_it_is_the_same(quantity, tmp_path):
    """A campaign that is interrupted after an iteration and extended asks for the same points."""
    short = {**QUANTITY, "learning": {**QUANTITY["learning"], "max_simulations": 15}}
    assert snakemake(tmp_path, short, "results/quantity/simulations.nc").returncode == 0
    assert snakemake(tmp_path, QUANTITY, "results/quantity/simulations.nc").returncode == 0
    for iteration in ("iteration_001", "iteration_002"):
        mine, theirs = (folder / f"results/quantity/{iteration}/simulations.nc" for folder in (tmp_path, quantity[0]))
        if theirs.exists():
            assert mine.read_bytes() == theirs.read_bytes()


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    return folder, snakemake(folder, SWEEP)


def test_sweep_simulates_its_points_and_tells_what_came_out(sweep):
    folder, run = sweep
    assert run.returncode == 0, run.stderr
    results = folder / "results/sweep"
    assert printed(run)[0].endswith("apd90_ms > 320 over IKr, ICaL, a sobol sweep of 24 points")
    with (results / "sweep.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 25
    assert rows[0]["purpose"] == "control"
    for figure in ("sweep_responses", "sweep_distributions", "sweep_pairs"):
        assert (results / f"figures/{figure}.png").stat().st_size > 5_000
    assert "24 at the start" in re.sub(r"<[^>]*>|\s+", " ", (results / "summary.html").read_text())
    assert (results / "SHA256SUMS").is_file()


def test_a_campaign_of_another_class_begins_with_the_sweep(sweep):
    folder, _ = sweep
    learning = {"target": "apd90_ms > 320", "start": 4, "batch": 4, "max_simulations": 9}
    config = {name: value for name, value in SWEEP.items() if name != "sweep"}
    config |= {"name": "learns", "learning": {**learning, "warm_start": "results/sweep"}, "replays": {"enabled": False}}
    run = snakemake(folder, config)
    assert run.returncode == 0, run.stderr
    dataset = pointes.open_campaign(folder / "results/learns")
    assert dataset["label"].attrs["flag_meanings"] == "apd90_ms<=320 apd90_ms>320"
    known = dataset["label"].values >= 0
    above = dataset["apd90_ms"].values > 320
    np.testing.assert_array_equal(dataset["label"].values[known], above[known])
    assert int((dataset["iteration"] < 0).sum()) == 25
    with xarray.open_dataset(folder / "results/learns/risk_map.nc") as risk_map:
        assert risk_map.attrs["classes"] == "apd90_ms<=320 apd90_ms>320"
    assert "no drug is placed on the map: what is learned is not the label of arrhythmia" in run.stdout
