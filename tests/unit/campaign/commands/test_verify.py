"""Verification of campaigns that are whole, moved, damaged, or made elsewhere."""

import json
import shutil

import netCDF4
import numpy as np
import pytest

from pointes.campaign.commands.verify import verify
from pointes.campaign.files import checksums
from pointes.errors import UserError

from .conftest import BOTH, CELLS


def renew_sums(folder):
    """Write the checksums of files that a test has changed, as if the campaign had left them so."""
    checksums.write_sums(folder / checksums.SUMS, [folder / name for name in checksums.read_sums(folder)])


def change(folder, name, row, value):
    """Change a value of the simulations."""
    with netCDF4.Dataset(folder / "simulations.nc", "r+") as file:
        file[name][row] = value(file[name][row])


def test_a_campaign_that_was_moved_is_identical(finish, tmp_path):
    folder = shutil.move(finish(CELLS), tmp_path / "elsewhere")
    calls = []
    found = verify(folder, 3, progress=lambda *counts: calls.append(counts))
    assert found.identical
    assert found.files == {"inputs.json": "identical", "simulations.nc": "identical"}
    assert len(found.samples) == 4
    assert found.samples[0] == 0  # the control
    assert "apd90_ms" in found.columns
    assert calls == [(0, 4), (4, 4)]
    assert verify(folder, 3, seed=0).samples == found.samples
    assert verify(folder, 3, seed=5).samples != found.samples
    assert found.explanation == ""


def test_both_fidelities_are_simulated_again(finish):
    found = verify(finish(BOTH), 40)
    assert len(found.samples) == 38  # the two controls, 32 cells and 4 cables
    assert {"apd90_ms (cell)", "qt_ms (cable)", "ecg (cable)"} <= set(found.columns)
    assert found.identical


def test_a_changed_value_is_named_by_file_and_column(finish):
    folder = finish(CELLS)
    change(folder, "apd90_ms", 2, lambda value: value + 1)
    change(folder, "label", 2, lambda value: 1 - value)
    found = verify(folder, 8)
    assert not found.identical
    assert found.files["simulations.nc"] == "changed"
    assert set(found.different) == {"apd90_ms", "label"}
    assert found.different["apd90_ms"].samples == [2]
    assert not found.different["apd90_ms"].in_last_bits
    assert found.different["label"].words == "by more than rounding"
    assert "not rounding" in found.explanation
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert told["columns"]["label"] == {"samples": [2], "largest": None, "last_bits": False}


def test_the_last_bit_is_told_from_damage(finish):
    """As another processor changes it: no file was touched since."""
    folder = finish(CELLS)
    change(folder, "apd90_ms", 1, lambda value: np.nextafter(value, np.inf))
    renew_sums(folder)
    found = verify(folder, 8)
    assert not found.identical
    assert set(found.files.values()) == {"identical"}
    assert found.different["apd90_ms"].in_last_bits
    assert "another processor or version may change, and no damage" in found.explanation


def test_another_numerical_method_is_no_damage(finish):
    folder = finish(CELLS)
    with netCDF4.Dataset(folder / "simulations.nc", "r+") as file:
        file.fingerprint = "of an older version"
    change(folder, "apd90_ms", 1, lambda value: value * 1.01)
    renew_sums(folder)
    found = verify(folder, 8)
    assert found.elsewhere["fingerprint"][0] == "of an older version"
    assert "other results are no sign of damage" in found.explanation


def test_nothing_is_simulated_if_nothing_is_asked_for(finish):
    found = verify(finish(CELLS), 0)
    assert found.identical
    assert (found.samples, found.columns) == ([], {})


def test_damaged_simulations_are_no_error(finish):
    folder = finish(CELLS)
    path = folder / "simulations.nc"
    path.write_bytes(path.read_bytes()[:3000])
    found = verify(folder)
    assert not found.identical
    assert found.files["simulations.nc"] == "changed"
    assert "damaged" in found.unreadable


def test_a_column_of_another_kind_differs_and_a_missing_one_is_told(finish):
    folder = finish(CELLS)
    path = folder / "simulations.nc"
    with netCDF4.Dataset(path, "r+") as file:
        file.renameVariable("label", "was_label")
        file.createVariable("label", "f8", ("sample",))[:] = 0.0
    assert verify(folder, 4).different["label"].words == "by more than rounding"
    with netCDF4.Dataset(path, "r+") as file:
        file.renameVariable("status", "was_status")
    found = verify(folder, 4)
    assert not found.identical
    assert found.unreadable == f"{path}: no variable status"


def test_other_folders_are_refused(finish, tmp_path):
    with pytest.raises(UserError, match="not the results folder of a campaign"):
        verify(tmp_path)
    folder = finish(CELLS)
    (folder / checksums.SUMS).unlink()
    with pytest.raises(UserError, match="let `snakemake` finish this campaign first"):
        verify(folder)
