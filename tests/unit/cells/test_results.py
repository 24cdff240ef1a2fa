"""Results of pacing: their names, and biomarkers that other packages add."""

import json
import os
import subprocess
import sys

import netCDF4
import numpy as np
import pytest

from pointes import cells
from pointes.cells import results
from pointes.cells.biomarkers import MILLIVOLTS
from pointes.cells.stepper import Row
from pointes.errors import UserError

MODEL = "aliev-panfilov-1996"
PACKAGE = """
import numpy as np
from pointes.cells.biomarkers import apd
from pointes.cells.results import biomarker

@biomarker("ms", "largest difference in APD90 between label beats")
def apd90_range_ms(beats, thresholds):
    return np.ptp([apd(beat, 90, thresholds) for beat in beats], axis=0)
"""
SIMULATE = f"""
import sys
from pathlib import Path
import numpy as np
from pointes import cells
from pointes.campaign.simulation.shards import run_batch
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.space import Space

fingerprint = cells.load("{MODEL}").fingerprint
simulator = CellSimulator("{MODEL}", None, fingerprint, cycle_length=400.0, beats=6, label_beats=2, tolerance=1.2e-4)
points = np.array([[0.0], [0.3]])
space = Space.of({{"J_out": (0.0, 1.0)}})
run_batch(simulator, points, space, simulator.keys(points, ["J_out"]), Path(sys.argv[1]))
"""


@pytest.fixture
def environment(tmp_path):
    """The environment of a process that finds another package with a biomarker."""
    (tmp_path / "rhythms.py").write_text(PACKAGE)
    metadata = tmp_path / "rhythms-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: rhythms\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[pointes.biomarkers]\napd90_range_ms = rhythms:apd90_range_ms\n")
    path = os.pathsep.join([str(tmp_path), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": "200"}


def test_names_are_those_of_results():
    found = cells.pace(cells.load(MODEL), {}, cycle_length=400.0, beats=40, until_steady=True)
    assert list(found) == list(cells.BIOMARKERS)
    assert len(cells.BIOMARKERS) == len(found)
    assert cells.BIOMARKERS["apd90_ms"] == (
        "ms",
        "action potential duration at 90 % repolarisation, from the largest dV/dt",
    )
    assert "apd91_ms" not in cells.BIOMARKERS


def test_a_package_can_add_a_biomarker_to_the_command(environment):
    options = ["cell", MODEL, "--cycle-length", "400", "--beats", "6", "--label-beats", "2"]
    run = [sys.executable, "-c", "from pointes.cli import main; main()", *options]
    printed = subprocess.run([*run, "--json"], capture_output=True, text=True, check=True, env=environment).stdout
    table = subprocess.run(run, capture_output=True, text=True, check=True, env=environment).stdout
    values = json.loads(printed)
    assert list(values)[-2:] == ["peak_IKs_A_per_F", "apd90_range_ms"]
    assert 0 <= values["apd90_range_ms"] < 5
    assert "largest difference in APD90 between label beats" in table


def test_a_package_can_add_a_biomarker_to_the_files_of_campaigns(environment, tmp_path):
    shard = tmp_path / "shard.nc"
    subprocess.run([sys.executable, "-c", SIMULATE, shard], check=True, env=environment)
    with netCDF4.Dataset(shard) as file:
        variable = file["apd90_range_ms"]
        assert (variable.units, variable.long_name) == ("ms", "largest difference in APD90 between label beats")
        assert np.isfinite(variable[:]).all()


def others(monkeypatch, **biomarkers):
    monkeypatch.setattr(results.OTHERS, "_others", lambda: {name: Loaded(one) for name, one in biomarkers.items()})
    results.biomarkers.cache_clear()


class Loaded:
    """An entry point."""

    def __init__(self, found):
        self.load = lambda: found


@pytest.fixture(autouse=True)
def _forget():
    yield
    results.biomarkers.cache_clear()


def test_names_of_results_are_not_taken(monkeypatch):
    others(monkeypatch, apd90_ms=results.MEASURED["apd90_ms"])
    with pytest.raises(UserError, match=r"pointes\.biomarkers: biomarker: 'apd90_ms'; expected a name that no result"):
        results.biomarkers()


def test_a_biomarker_has_one_value_per_cell(monkeypatch):
    others(monkeypatch, beats_1=cells.Biomarker("1", "number of beats", lambda beats, thresholds: len(beats)))
    beat = {name: np.zeros(3) for name in [*(row.name.lower() for row in Row), "v_end", "qnet"]}
    with pytest.raises(UserError, match=r"biomarker beats_1: \[\]; expected one value for each cell"):
        results.measure([beat], MILLIVOLTS)
