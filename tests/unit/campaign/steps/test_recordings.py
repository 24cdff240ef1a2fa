"""Recordings of all simulated points."""

import numpy as np
import xarray

from pointes.campaign.files.samples import make
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.space import Space
from pointes.campaign.steps.recordings import MOST_TIMES, write_recordings
from pointes.cells import load
from pointes.vocabulary import Status

SPACE = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)})


def test_every_simulation_that_succeeded_is_recorded(tmp_path, check_file):
    points = np.array([[0.0, 0.0], [1.0, 0.5], [1.0, 0.0]])
    status = np.array([Status.OK, Status.FAILED, Status.OK], np.int8)
    samples = make(points, SPACE, sample_id=np.array([3, 5, 8]), purpose=np.zeros(3, np.int8), status=status)
    fingerprint = load("ohara-2011", celltype="mid").fingerprint
    simulator = CellSimulator("ohara-2011", "mid", fingerprint, 1000.0, 3, 2, 1e-4)
    write_recordings(tmp_path / "recordings.nc", samples, simulator)
    check_file(tmp_path / "recordings.nc", "recordings.nc")
    whole = simulator.traces(samples.where(status == Status.OK))
    with xarray.open_dataset(tmp_path / "recordings.nc") as recordings:
        assert recordings["sample_id"].values.tolist() == [3, 8]
        assert recordings.sizes["time_ms"] == MOST_TIMES
        kept = recordings["time_ms"].values.astype(int)
        assert (kept[0], kept[-1]) == (0, 999)
        np.testing.assert_allclose(recordings["v_mV"], whole["v_mV"].values[:, kept], rtol=1e-6)
