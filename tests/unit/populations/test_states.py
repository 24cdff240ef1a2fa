"""States of cells: what is written is read again, and belongs to the model that reads it."""

import csv

import numpy as np
import pytest
from netCDF4 import Dataset

from pointes import cells
from pointes.errors import UserError
from pointes.populations import read_states, write_states


@pytest.fixture(scope="module")
def model():
    return cells.load("ohara-2011", "mid")


@pytest.fixture(scope="module")
def states(model):
    states = np.random.default_rng(1).normal(size=(3, len(model.states)))
    states[1] = np.nan  # a cell that has failed
    return states


def test_round_trip(model, states, tmp_path):
    path = tmp_path / "states.nc"
    write_states(path, model, states)
    np.testing.assert_array_equal(read_states(path, model), states)
    np.testing.assert_array_equal(read_states(path, model, numbers=np.array([2, 0])), states[[2, 0]])
    with Dataset(path) as file:
        assert (file.model, file.celltype, file.fingerprint) == ("ohara-2011", "mid", model.fingerprint)
        assert (file["membrane_v"].state, file["membrane_v"].units) == ("membrane.v", "mV")
        assert file["intracellular_ions_cai"].units == "mmol/L"


@pytest.mark.parametrize("name", ["state.nc", "state.csv"])
def test_round_trip_of_one_cell(model, states, tmp_path, name):
    write_states(tmp_path / name, model, states[0])
    np.testing.assert_array_equal(read_states(tmp_path / name, model), states[:1])
    # A start for every cell
    np.testing.assert_array_equal(read_states(tmp_path / name, model, numbers=np.array([5, 6])), states[:1])


def test_states_are_found_by_name(model, states, tmp_path):
    path = tmp_path / "state.csv"
    write_states(path, model, states[0])
    header, *lines = path.read_text().splitlines()
    path.write_text("\n".join([header, *reversed(lines)]))
    np.testing.assert_array_equal(read_states(path, model), states[:1])
    with path.open() as file:
        assert {row["model"] for row in csv.DictReader(file)} == {"ohara-2011"}


def test_pacing_goes_on_where_it_stopped(model, tmp_path):
    blocks = {"IKr": np.array([0.0, 0.5])}
    whole = cells.pace(model, blocks, beats=4)
    write_states(tmp_path / "states.nc", model, cells.pace(model, blocks, beats=3, final_state=True)["state"])
    rest = cells.pace(model, blocks, initial_state=read_states(tmp_path / "states.nc", model))
    assert rest["apd90_ms"] == pytest.approx(whole["apd90_ms"], abs=1e-6)


def test_states_of_another_model_are_refused(model, states, tmp_path):
    path = tmp_path / "states.nc"
    write_states(path, model, states)
    with pytest.raises(UserError, match="not the states of model tentusscher-2006"):
        read_states(path, cells.load("tentusscher-2006"))
    with Dataset(path, "a") as file:
        file["membrane_v"].units = "V"
    with pytest.raises(UserError, match=r"unit of membrane.v: 'V'; expected 'mV'"):
        read_states(path, model)


def test_missing_variant_is_refused(model, states, tmp_path):
    path = tmp_path / "states.nc"
    write_states(path, model, states)
    with pytest.raises(UserError, match="no state of variant 3"):
        read_states(path, model, numbers=np.arange(4))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.nc", "cannot read states"),
        ("none.csv", "cannot be read"),
        ("states.txt", "a name that ends in .nc, or in .csv for one cell"),
        ("table.csv", "no column 'state'; expected the columns state, value, units"),
        ("text.nc", "cannot read states"),
    ],
)
def test_unreadable_files_are_refused(model, tmp_path, name, message):
    (tmp_path / "table.csv").write_text("name,number\nmembrane.v,1\n")
    (tmp_path / "text.nc").write_text("no netCDF\n")
    with pytest.raises(UserError, match=message):
        read_states(tmp_path / name, model)


def test_states_that_another_program_has_open_are_read(model, states, tmp_path, opened_elsewhere):
    path = tmp_path / "states.nc"
    write_states(path, model, states)
    with opened_elsewhere(path, "a"):
        np.testing.assert_array_equal(read_states(path, model), states)
    with (
        opened_elsewhere(path, "w"),
        pytest.raises(UserError, match=r"states.nc: in use: another program is writing it"),
    ):
        read_states(path, model)


def test_many_cells_do_not_fit_into_a_table(model, states, tmp_path):
    with pytest.raises(UserError, match="holds the state of one cell, not of 3"):
        write_states(tmp_path / "states.csv", model, states)
