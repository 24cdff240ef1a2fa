"""A campaign of tissues from its configuration to the report."""

import netCDF4
import numpy as np
import pytest

import pointes

from .conftest import printed, snakemake, times

CABLE = {
    "name": "cable",
    "model": {"name": "tentusscher-2006", "celltype": None},
    "protocol": {"cycle_length": 500, "beats": 2, "label_beats": 1},
    "simulation": {
        "scale": "cable",
        "tissue": {
            "size": [3],
            "spacing": 0.25,
            "layers": {"endo": 60, "M": 45, "epi": 60},
            "beats": 1,
            "time_step": 0.1,
        },
    },
    "learning": {"start": 8, "batch": 4, "max_simulations": 13},
    "execution": {"threads": 2},
    "drugs": {"draws": 5},
}
FIGURES = {"risk_map", "learning_curve", "scales", "ecgs", "drug_ranking", "calibration", "query_distance"}


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tissue")
    return folder, snakemake(folder, CABLE, "--report", "results/cable/report.html", "--report-after-run")


def test_campaign_of_tissues_runs_to_its_report(campaign):
    folder, run = campaign
    assert run.returncode == 0, run.stderr
    results = folder / "results/cable"
    assert {path.stem for path in (results / "figures").glob("*.png")} == FIGURES
    assert "Tissue" in (results / "report.html").read_text()
    assert "cable of" in (results / "summary.html").read_text()
    title = "campaign cable: tentusscher-2006 (cable), block of IKr, ICaL, at most 13 simulations"
    assert printed(run)[0] == title
    assert not (results / "replays").exists()


def test_simulations_hold_what_tissue_has(campaign, check_file):
    results = campaign[0] / "results/cable"
    for path in results.glob("*.nc"):
        check_file(path)
    with pointes.open_campaign(results) as opened:
        assert opened.sizes == {"sample": 13, "time_ms": 501}
        assert opened["qt_ms"].attrs["units"] == "ms"
        np.testing.assert_array_equal(opened["delta_qt_ms"], opened["qt_ms"] - opened["qt_ms"][0])
        assert np.all(opened["conduction_velocity_m_per_s"] > 0.2)
        assert opened.attrs["source"] == "tentusscher-2006, endo, M, epi cells in a cable, paced every 500 ms"
    with netCDF4.Dataset(results / "cells.nc") as cells:
        assert list(cells["celltype"][:]) == ["endo", "M", "epi"]


def test_second_run_has_nothing_to_do(campaign):
    before = times(campaign[0], "results/**/*")
    run = snakemake(campaign[0], CABLE)
    assert "Nothing to be done" in run.stderr
    assert times(campaign[0], "results/**/*") == before


def test_other_threads_simulate_nothing_again(campaign):
    run = snakemake(campaign[0], {**CABLE, "execution": {"threads": 1}}, "results/cable/simulations.nc")
    assert "Nothing to be done" in run.stderr


def test_another_tissue_is_refused_with_one_line(campaign):
    changed = {**CABLE["simulation"]["tissue"], "spacing": 0.5}
    run = snakemake(campaign[0], {**CABLE, "simulation": {"scale": "cable", "tissue": changed}})
    assert run.returncode == 2
    (complaint,) = [line for line in run.stderr.splitlines() if line.startswith("pointes: ")]
    assert "these results have another meaning: simulation.tissue was" in complaint
