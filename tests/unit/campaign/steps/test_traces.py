"""Traces on either side of the boundary."""

import numpy as np
import xarray

from pointes.campaign.files.samples import make
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.space import Space
from pointes.campaign.steps.traces import boundary_pairs, write_traces
from pointes.cells import load

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 0.5)})


def test_pairs_are_the_closest_of_each_part_of_the_second_parameter():
    points = np.array([[0.1, 0.02], [0.4, 0.03], [0.5, 0.02], [0.9, 0.02], [0.6, 0.49], [0.9, 0.48], [0.7, 0.26]])
    label = np.array([0, 0, 1, 1, 0, 1, -1], np.int8)
    np.testing.assert_array_equal(boundary_pairs(make(points, RANGES, label=label)), [[1, 2], [4, 5]])
    one_class = make(points, RANGES, label=np.zeros(7, np.int8))
    assert boundary_pairs(one_class).shape == (0, 2)


def test_traces_show_the_pair_at_the_same_times(tmp_path):
    points = np.array([[0.0, 0.0], [1.0, 0.0]])
    samples = make(points, RANGES, sample_id=np.array([7, 9]), label=np.array([0, 1], np.int8))
    fingerprint = load("ohara-2011", celltype="mid").fingerprint
    write_traces(tmp_path / "traces.nc", samples, CellSimulator("ohara-2011", "mid", fingerprint, 1000.0, 2, 2, 1e-4))
    with xarray.open_dataset(tmp_path / "traces.nc") as traces:
        assert traces["v_mV"].sizes == {"trace": 2, "time_ms": 1000}
        np.testing.assert_array_equal(traces["sample_id"], [7, 9])
        np.testing.assert_array_equal(traces["IKr"], [0.0, 1.0])
        assert np.all(traces["v_mV"].isel(time_ms=slice(0, 20)).max("time_ms") > 0)
        longer = (traces["v_mV"] > -40).sum("time_ms")
        assert longer[1] > longer[0]
