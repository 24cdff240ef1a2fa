"""Samples survive the way to a file and back, and the file explains itself to xarray."""

import errno
import fcntl
import json
from dataclasses import replace

import netCDF4
import numpy as np
import pytest
import xarray

import pointes
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import store
from pointes.campaign.files.identity import claim
from pointes.campaign.files.results import read_result
from pointes.campaign.files.samples import make
from pointes.campaign.space import Space
from pointes.errors import UserError

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.2, 0.8)})


@pytest.fixture
def samples():
    """Three samples, one of which failed."""
    made = make(
        np.array([[0.1, 0.3], [0.2, 0.4], [0.5, 0.6]]),
        RANGES,
        sample_id=np.arange(3, dtype=np.int32),
        purpose=np.array([0, 1, 2], np.int8),
        predicted_risk=np.array([np.nan, 0.5, 0.25]),
        label=np.array([0, 1, -1], np.int8),
        ead=np.array([0, 1, -1], np.int8),
        status=np.array([0, 0, 1], np.int8),
        failure=np.array([0, -1, 4], np.int8),
        apd90_ms=np.array([300.0, 1 / 3, np.nan]),
        key=np.array(["a", "bc", ""]),
    )
    details = {"apd90_ms": {"long_name": "duration", "units": "ms"}, "ead": {"units": "1"}}
    return replace(made, details=details, attributes={"seed": "1"})


def test_round_trip(tmp_path, samples):
    store.write(tmp_path / "samples.nc", samples)
    back = store.read(tmp_path / "samples.nc")
    assert list(back.columns) == list(samples.columns)
    for name, column in samples.columns.items():
        np.testing.assert_array_equal(back[name], column)
        assert back[name].dtype.kind == column.dtype.kind or name == "key"
    assert back.space == samples.space
    assert back.details == samples.details
    assert back.attributes["seed"] == "1"


def test_equal_samples_give_equal_bytes(tmp_path, samples):
    for name in ("one.nc", "two.nc"):
        store.write(tmp_path / name, samples)
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.nc").read_bytes()


def test_no_trace_of_a_file_that_failed(tmp_path, samples):
    store.write(tmp_path / "samples.nc", samples)
    before = (tmp_path / "samples.nc").read_bytes()
    uneven = replace(samples, columns={**samples.columns, "apd90_ms": np.zeros((3, 2))})
    with pytest.raises(ValueError, match="zip"):
        store.write(tmp_path / "samples.nc", uneven)
    assert [path.name for path in tmp_path.iterdir()] == ["samples.nc"]
    assert (tmp_path / "samples.nc").read_bytes() == before


def test_campaign_opens_with_units_flags_and_missing_labels(tmp_path, samples):
    claim(tmp_path, Config(), "f").release()
    store.write(tmp_path / "simulations.nc", samples)
    with pointes.open_campaign(tmp_path) as opened:
        assert opened.sizes == {"sample": 3}
        attributes = dict(opened["ICaL"].attrs)
        np.testing.assert_array_equal(attributes.pop("explored_range"), [0.2, 0.8])
        assert attributes == {"long_name": "block of ICaL", "units": "1", "valid_min": 0.0, "valid_max": 0.8}
        assert opened["apd90_ms"].attrs["units"] == "ms"
        assert opened["status"].attrs["flag_meanings"].split()[int(opened["status"][2])] == "failed"
        failure = opened["failure"]
        meanings = dict(zip(failure.attrs["flag_values"], failure.attrs["flag_meanings"].split(), strict=True))
        assert meanings[int(failure[2])] == "no_capture"
        assert np.isnan(failure[1])  # of an earlier file, which does not say it
        assert opened["purpose"].attrs["flag_meanings"].split()[int(opened["purpose"][2])] == "stream"
        np.testing.assert_array_equal(opened["label"], [0, 1, np.nan])
        np.testing.assert_array_equal(opened["ead"], [0, 1, np.nan])
        assert opened.attrs["Conventions"] == "CF-1.11"


def test_other_folders_do_not_open(tmp_path):
    with pytest.raises(UserError, match=r"no campaign\.json"):
        pointes.open_campaign(tmp_path)
    claim(tmp_path, Config(), "f").release()
    with pytest.raises(UserError, match=r"no simulations\.nc yet"):
        pointes.open_campaign(tmp_path)
    record = json.loads((tmp_path / "campaign.json").read_text())
    (tmp_path / "campaign.json").write_text(json.dumps(record | {"format": 99}))
    with pytest.raises(UserError, match="format 99"):
        pointes.open_campaign(tmp_path)


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_damaged_file_is_one_line(tmp_path, samples, kept):
    claim(tmp_path, Config(), "f").release()
    path = tmp_path / "simulations.nc"
    store.write(path, samples)
    path.write_bytes(path.read_bytes()[:kept])
    for read in (lambda: store.read(path), lambda: pointes.open_campaign(tmp_path), lambda: read_result(str(path))):
        with pytest.raises(UserError) as caught:
            read()
        assert str(caught.value).startswith(f"{path}: damaged (NetCDF: ")
        assert "; remove this file and run `snakemake` again" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "text"), [("costs.json", '{"cell": 1'), ("learning.csv", "iteration\n")])
def test_damaged_text_is_one_line(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match="remove this file and run `snakemake` again") as caught:
        read_result(str(tmp_path / name))
    assert str(caught.value).startswith(f"{tmp_path / name}: damaged (")
    assert "\n" not in str(caught.value)


def test_missing_file_is_not_called_damaged(tmp_path):
    with pytest.raises(FileNotFoundError):
        store.read(tmp_path / "none.nc")


def test_locked_file_is_read(tmp_path, samples, opened_elsewhere):
    """HDF5 itself refuses a file that another process has open for writing."""
    claim(tmp_path, Config(), "f").release()
    path = tmp_path / "simulations.nc"
    store.write(path, samples)
    with opened_elsewhere(path, "a"):
        with pytest.raises(OSError, match="HDF error"):
            netCDF4.Dataset(path)
        np.testing.assert_array_equal(store.read(path)["label"], samples["label"])
        for shown in (pointes.open_campaign(tmp_path), read_result(str(path))[1]):
            np.testing.assert_array_equal(shown["IKr"], samples["IKr"])


def test_file_that_is_being_written_is_not_called_damaged(tmp_path, samples, opened_elsewhere):
    path = tmp_path / "simulations.nc"
    store.write(path, samples)
    with opened_elsewhere(path, "w"), pytest.raises(UserError) as caught:
        store.read(path)
    message = f"{path}: in use: another program is writing it; try again when it has closed the file"
    assert str(caught.value) == message
    path.write_bytes(b"half")
    with pytest.raises(UserError, match=r"damaged .*; remove this file"):
        store.read(path)


@pytest.fixture
def without_locks(monkeypatch):
    """Let every lock be refused as by a network file system that has none."""

    def refuse(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_file_system_without_locks_leaves_open_whether_a_file_is_damaged(tmp_path, samples, without_locks):
    path = tmp_path / "simulations.nc"
    store.write(path, samples)
    assert len(store.read(path)) == len(samples)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UserError) as caught:
        store.read(path)
    assert "another program is writing it, or it is damaged" in str(caught.value)
    assert "remove" not in str(caught.value)


def test_unreadable_file_is_not_called_damaged(tmp_path):
    (tmp_path / "simulations.nc").mkdir()
    with pytest.raises(UserError, match=r"simulations.nc: cannot be read \(Is a directory\)$"):
        store.read(tmp_path / "simulations.nc")


def test_shown_columns_are_floats_for_xarray(tmp_path, samples):
    store.write(tmp_path / "samples.nc", samples)
    with xarray.open_dataset(tmp_path / "samples.nc") as opened:
        np.testing.assert_array_equal(opened["predicted_risk"], samples["predicted_risk"])
