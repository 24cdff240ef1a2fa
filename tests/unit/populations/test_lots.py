"""Populations that are drawn until enough variants are accepted."""

import numpy as np
import pytest
import xarray

from pointes.errors import UserError
from pointes.populations import PopulationProtocol, Uniform, draw, lots, simulate, simulate_until_accepted

SIMULATION = PopulationProtocol("ohara-2011", "mid", beats=2, label_beats=1)
SCALE = {"IKr": Uniform(0, 2), "ICaL": Uniform(0, 2)}
RANGES = {"apd90_ms": (200.0, 400.0)}
SIZE = 8  # variants per lot


def lot(number, sampler="latin-hypercube"):
    return draw(SIMULATION.load(), SCALE, SIZE, seed=3, sampler=sampler, lot=number)


def until(wanted, output, draw_lot=lot, **options):
    options = {"workers": 1, **options}
    return simulate_until_accepted(SIMULATION, draw_lot, wanted, output, RANGES, **options)


def test_drawing_ends_with_the_last_variant_that_is_wanted(tmp_path):
    seen = []
    states = tmp_path / "states.nc"
    summary = until(9, tmp_path / "out.nc", save_state=states, progress=lambda *done: seen.append(done))
    assert summary["accepted"] == 9
    assert seen[-1] == (9, 9)
    assert len(seen) > 1  # more than one lot
    with xarray.open_dataset(tmp_path / "out.nc") as found, xarray.open_dataset(states) as saved:
        assert found.sizes["variant"] == summary["variants"] > SIZE
        assert int(found["accepted"].sum()) == 9
        assert found["accepted"].values[-1] == 1
        np.testing.assert_array_equal(found["variant"], np.arange(summary["variants"]))
        np.testing.assert_array_equal(saved["variant"], found["variant"])
    assert {path.name for path in tmp_path.iterdir()} == {"out.nc", "states.nc"}


def test_rows_are_those_of_each_lot_alone(tmp_path):
    summary = until(9, tmp_path / "out.nc")
    with xarray.open_dataset(tmp_path / "out.nc") as found:
        for number in range(2):
            simulate(SIMULATION, lot(number), tmp_path / "lot.nc", ranges=RANGES, workers=1)
            rows = slice(number * SIZE, min((number + 1) * SIZE, summary["variants"]))
            with xarray.open_dataset(tmp_path / "lot.nc") as alone:
                expected = alone.isel(variant=slice(rows.stop - rows.start))
                xarray.testing.assert_equal(found.isel(variant=rows), expected)


def test_interrupted_run_goes_on_in_the_lot_where_it_was(tmp_path):
    class KilledError(Exception):
        pass

    def killed_in_the_second_lot(number):
        if number == 1:
            raise KilledError
        return lot(number)

    with pytest.raises(KilledError):
        until(9, tmp_path / "out.nc", draw_lot=killed_in_the_second_lot)
    (first,) = (tmp_path / ".out.nc.parts" / "0").glob("*.npz")
    with np.load(first) as file:  # marked, to be seen again in the output if this lot is not paced a second time
        marked = dict(file) | {"vpeak_mV": np.full(SIZE, -1.0)}
    np.savez(first, **marked)
    until(9, tmp_path / "out.nc")
    with xarray.open_dataset(tmp_path / "out.nc") as found:
        assert (found["vpeak_mV"].values[:SIZE] == -1).all()
        assert (found["vpeak_mV"].values[SIZE:] > 0).all()


def test_ranges_that_no_variant_fulfils_end_it(tmp_path, monkeypatch):
    monkeypatch.setattr(lots, "DRAWN_PER_ACCEPTED", 16)
    summary = simulate_until_accepted(SIMULATION, lot, 1, tmp_path / "out.nc", {"rmp_mV": (0.0, 1.0)}, workers=1)
    assert (summary["variants"], summary["accepted"]) == (16, 0)


def test_lots_of_a_sobol_sequence_are_its_parts():
    whole = draw(SIMULATION.load(), SCALE, 3 * SIZE, seed=3, sampler="sobol")
    parts = [lot(number, "sobol") for number in range(3)]
    for name in SCALE:
        np.testing.assert_array_equal(np.concatenate([part.columns[name] for part in parts]), whole.columns[name])
    np.testing.assert_array_equal(np.concatenate([part.numbers for part in parts]), whole.numbers)


def test_lots_of_latin_hypercubes_differ_and_fill_each_stratum():
    first, second = lot(0).columns["IKr"], lot(1).columns["IKr"]
    for column in (first, second):
        np.testing.assert_array_equal(np.sort(column / 2 * SIZE).astype(int), np.arange(SIZE))
    assert not np.isin(first, second).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wanted": 0}, "accepted variants: 0; expected at least 1"),
        ({"save_state": "states.csv"}, "one cell, not of 8"),
        ({"workers": 0}, "workers: 0; expected at least 1"),
        ({"initial_state": "none.nc"}, "cannot read states"),
    ],
)
def test_mistakes_are_refused_before_anything_is_paced(tmp_path, options, message):
    options = {name: tmp_path / value if isinstance(value, str) else value for name, value in options.items()}
    with pytest.raises(UserError, match=message):
        until(options.pop("wanted", 1), tmp_path / "out.nc", **options)
    assert list(tmp_path.iterdir()) == []
