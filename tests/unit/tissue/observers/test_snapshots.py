import numpy as np
import pytest
import xarray as xr

from pointes.errors import UserError
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers.snapshots import Snapshots


@pytest.fixture
def tissue():
    tags = np.ones((3, 70, 5), np.int16)
    tags[:, 60:] = 2
    tags[1, 10:20, 2] = 0
    return Grid(0.5, tags, {1: "endo", 2: "left mid"}, on_faces=False)


def potential(tissue, time):
    return -85.0 + time + tissue.positions[:, 0] - tissue.positions[:, 1]


def observe(snapshots, tissue, times):
    snapshots.observe(np.array(times), np.array([potential(tissue, time) for time in times]))


def test_a_file_holds_potentials_places_and_regions(tissue, tmp_path):
    snapshots = Snapshots(tmp_path / "new" / "v.nc", tissue)
    observe(snapshots, tissue, [0.0, 5.0, 10.0])
    assert not snapshots.path.exists()
    snapshots.finish()
    with xr.open_dataset(snapshots.path) as file:
        assert file["v_mV"].dims == ("time_ms", "z", "y", "x")
        assert (file["v_mV"].dtype, file["v_mV"].attrs["units"]) == (np.float32, "mV")
        assert file["time_ms"].values.tolist() == [0.0, 5.0, 10.0]
        for frame, time in enumerate(file["time_ms"].values):
            expected = tissue.scatter(potential(tissue, time)).astype(np.float32)
            np.testing.assert_array_equal(file["v_mV"][frame], expected)
        np.testing.assert_array_equal(file["tag"], tissue.tags)
        assert file["tag"].attrs["flag_meanings"] == "none endo left_mid"
        assert file["tag"].attrs["flag_values"].tolist() == [0, 1, 2]
        np.testing.assert_allclose(file["x"], [0.25, 0.75, 1.25, 1.75, 2.25])
        assert file["z"].attrs["units"] == "mm"
        assert file["v_mV"].encoding["chunksizes"] == (1, 3, 64, 5)
        assert file["v_mV"].encoding["zlib"]
    assert [path.name for path in snapshots.path.parent.iterdir()] == ["v.nc"]


def test_a_run_that_goes_on_from_a_checkpoint_gives_the_same_file(tissue, tmp_path):
    whole = Snapshots(tmp_path / "whole.nc", tissue)
    observe(whole, tissue, [0.0, 5.0, 10.0, 15.0, 20.0])
    whole.finish()

    first = Snapshots(tmp_path / "v.nc", tissue)
    observe(first, tissue, [0.0, 5.0])
    first.state()
    observe(first, tissue, [10.0])
    state = first.state()
    observe(first, tissue, [15.0])  # lost, as the process dies before the next checkpoint
    first._file.close()
    for number in (2, 3):
        (tmp_path / f".v.nc.part{number}").write_bytes(b"half a frame")

    second = Snapshots(tmp_path / "v.nc", tissue)
    second.restore(state)
    observe(second, tissue, [15.0, 20.0])
    second.finish()
    with xr.open_dataset(whole.path) as one, xr.open_dataset(second.path) as other:
        assert one.identical(other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v.nc", "whole.nc"]


def test_missing_parts_are_named(tissue, tmp_path):
    first = Snapshots(tmp_path / "v.nc", tissue)
    observe(first, tissue, [0.0])
    state = first.state()
    (tmp_path / ".v.nc.part0").unlink()
    message = r"^\S*/\.v\.nc\.part0: missing; expected the snapshots until the checkpoint$"
    with pytest.raises(UserError, match=message):
        Snapshots(tmp_path / "v.nc", tissue).restore(state)


def test_an_old_file_stays_until_the_new_one_is_finished(tissue, tmp_path):
    for number in (1, 2):
        snapshots = Snapshots(tmp_path / "v.nc", tissue)
        observe(snapshots, tissue, [0.0] * number)
        if number == 2:
            with xr.open_dataset(tmp_path / "v.nc") as file:
                assert file.sizes["time_ms"] == 1
        snapshots.finish()
    with xr.open_dataset(tmp_path / "v.nc") as file:
        assert file.sizes["time_ms"] == 2
