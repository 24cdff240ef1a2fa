"""Whole populations: rows, processes, interrupted runs, states, and what is refused."""

import json
import os
import signal
from dataclasses import asdict, dataclass, replace

import numpy as np
import pytest
import xarray

from pointes import cells
from pointes.errors import UserError
from pointes.populations import PopulationProtocol, Uniform, Variants, draw, read_states, read_variants, simulate
from pointes.populations.execution import batches, opened, pace_all
from pointes.populations.variants import variable_name
from pointes.status import WORDS
from pointes.vocabulary import Failure, Status

KO = "extracellular.ko"
SIMULATION = PopulationProtocol("ohara-2011", "mid", literals=(KO,), beats=2, label_beats=1)
N = 19  # batches of 8, 8 and 3


@pytest.fixture(scope="module")
def variants():
    scale = {"IKr": Uniform(0, 2), "ICaL": Uniform(0, 2), KO: Uniform(0.9, 1.1)}
    return draw(SIMULATION.load(), scale, N, seed=3)


@pytest.fixture(scope="module")
def population(variants, tmp_path_factory):
    """The file of a population that was paced in this process, and its summary."""
    output = tmp_path_factory.mktemp("population") / "population.nc"
    ranges = {"apd90_ms": (200.0, 400.0), "tri90_40_ms": (50.0, 120.0)}
    return output, simulate(SIMULATION, variants, output, ranges=ranges, workers=1)


def test_rows_are_those_of_pace(population, variants):
    model = SIMULATION.load()
    expected = cells.pace(model, {}, values=variants.values(model), beats=2, label_beats=1)
    with xarray.open_dataset(population[0]) as opened_file:
        for name, column in expected.items():
            np.testing.assert_array_equal(opened_file[name], column, err_msg=name)
        for name, column in variants.columns.items():
            np.testing.assert_array_equal(opened_file[variable_name(name)], column)
        assert opened_file["apd90_ms"].attrs["units"] == "ms"
        assert opened_file.attrs["fingerprint"] == model.fingerprint
        assert json.loads(opened_file.attrs["simulation"])["beats"] == 2


def test_accepted_variants_and_what_excluded_the_others(population):
    output, summary = population
    with xarray.open_dataset(output) as opened_file:
        apd90, triangulation = opened_file["apd90_ms"], opened_file["apd90_ms"] - opened_file["apd40_ms"]
        in_range = (apd90 >= 200) & (apd90 <= 400) & (triangulation >= 50) & (triangulation <= 120)
        expected = in_range & (opened_file["status"] == 0) & (opened_file["label"] == 0)
        np.testing.assert_array_equal(opened_file["accepted"], expected)
        assert summary["accepted"] == int(expected.sum())
        sound = opened_file["status"] == 0
        assert summary["outside"]["apd90_ms"] == int((sound & ~((apd90 >= 200) & (apd90 <= 400))).sum())
    assert 0 < summary["accepted"] < N == summary["variants"]
    assert list(output.parent.iterdir()) == [output]


def test_processes_give_the_same_bytes(population, variants, tmp_path):
    ranges = {"apd90_ms": (200.0, 400.0), "tri90_40_ms": (50.0, 120.0)}
    seen = []
    summary = simulate(
        SIMULATION, variants, tmp_path / "two.nc", ranges=ranges, workers=2, progress=lambda *done: seen.append(done)
    )
    assert summary == population[1]
    assert (tmp_path / "two.nc").read_bytes() == population[0].read_bytes()
    assert seen[0] == (0, N)
    assert seen[-1] == (N, N)


@dataclass(frozen=True)
class Fragile(PopulationProtocol):
    """A protocol that kills its worker at the variant of number 3."""

    def run(self, variants, initial_state=None):
        if 3 in variants.numbers:
            os.kill(os.getpid(), signal.SIGKILL)
        return PopulationProtocol.run(self, variants, initial_state)


def test_variant_that_kills_its_worker_is_lost_alone(population, variants, tmp_path):
    summary = simulate(Fragile(**asdict(SIMULATION)), variants, tmp_path / "out.nc", workers=2)
    assert (summary["failed"], summary["failures"]["worker_died"]) == (1, 1)
    with (
        xarray.open_dataset(tmp_path / "out.nc", mask_and_scale=False) as fragile,
        xarray.open_dataset(population[0], mask_and_scale=False) as sound,
    ):
        lost = np.arange(N) == 3
        np.testing.assert_array_equal(fragile["status"] == Status.LOST, lost)
        np.testing.assert_array_equal(fragile["failure"] == Failure.WORKER_DIED, lost)
        np.testing.assert_array_equal(fragile["label"][lost], -1)
        assert np.isnan(fragile["apd90_ms"][lost]).all()
        for name in ("label", "apd90_ms", "qnet_uC_per_uF"):
            np.testing.assert_array_equal(fragile[name][~lost], sound[name][~lost])


def test_interrupted_run_goes_on_with_what_it_left(variants, tmp_path):
    output = tmp_path / "out.nc"
    folder = tmp_path / ".out.nc.parts"
    with opened(folder, SIMULATION, variants, None):
        pace_all(SIMULATION, variants, None, folder, 1, lambda done, total: None)
    first, second, _ = batches(variants, None, folder)
    # To be seen again in the output, if this batch is not paced a second time
    with np.load(first.file) as file:
        marked = dict(file) | {"apd90_ms": np.full(8, -1.0)}
    np.savez(first.file, **marked)
    second.file.unlink()
    simulate(SIMULATION, variants, output, workers=1)
    with xarray.open_dataset(output) as opened_file:
        apd90 = opened_file["apd90_ms"].values
    assert (apd90[:8] == -1).all()
    assert (apd90[8:] != -1).all()
    assert not folder.exists()


def test_damaged_part_is_named(variants, tmp_path):
    output, folder = tmp_path / "out.nc", tmp_path / ".out.nc.parts"
    with opened(folder, SIMULATION, variants, None):
        pace_all(SIMULATION, variants, None, folder, 1, lambda done, total: None)
    first, *_ = batches(variants, None, folder)
    first.file.write_bytes(first.file.read_bytes()[:-30])
    with pytest.raises(UserError, match=r"damaged .*; remove this file and give the same command again$") as caught:
        simulate(SIMULATION, variants, output, workers=1)
    assert str(caught.value).startswith(str(first.file))


def test_parts_of_another_population_are_refused(variants, tmp_path):
    folder = tmp_path / ".out.nc.parts"
    with opened(folder, SIMULATION, variants, None), pytest.raises(UserError, match="another run is at work"):
        simulate(SIMULATION, variants, tmp_path / "out.nc", workers=1)
    for simulation, others in [(replace(SIMULATION, beats=3), variants), (SIMULATION, variants.part(slice(8)))]:
        with pytest.raises(UserError, match="left by an unfinished run of another population"):
            simulate(simulation, others, tmp_path / "out.nc", workers=1)
    assert folder.exists()


def test_drug_on_the_accepted_variants_from_their_own_states(population, variants, tmp_path):
    control = replace(SIMULATION, literals=(KO,))
    simulate(control, variants, tmp_path / "control.nc", save_state=tmp_path / "states.nc", workers=1)
    accepted = read_variants(population[0])
    drug = replace(SIMULATION, blocks={"IKr": 0.5}, beats=1)
    simulate(drug, accepted, tmp_path / "drug.nc", initial_state=tmp_path / "states.nc", workers=1)
    model = SIMULATION.load()
    rows = np.isin(variants.numbers, accepted.numbers)
    expected = cells.pace(
        model,
        {"IKr": 0.5},
        values=accepted.values(model),
        initial_state=read_states(tmp_path / "states.nc", model)[rows],
    )
    with xarray.open_dataset(tmp_path / "drug.nc") as opened_file:
        np.testing.assert_array_equal(opened_file["variant"], variants.numbers[rows])
        np.testing.assert_array_equal(opened_file["apd90_ms"], expected["apd90_ms"])
        assert "accepted" not in opened_file


def test_variants_are_paced_until_they_are_steady(tmp_path):
    variants = Variants({"IKr": np.array([1.0, 0.9])}, np.arange(2), "a test")
    simulation = PopulationProtocol("ohara-2011", "mid", literals=(KO,), beats=1000, label_beats=2, until_steady=True)
    simulate(simulation, variants, tmp_path / "out.nc", workers=1)
    with xarray.open_dataset(tmp_path / "out.nc") as opened_file:
        assert (opened_file["period"] == 1).all()
        assert (opened_file["beats"] < 1000).all()


def test_failed_variant_is_data(tmp_path):
    variants = Variants({"INa": np.array([1.0, 0.0]), "ICaL": np.array([1.0, 0.0])}, np.arange(2), "a test")
    simulation = replace(SIMULATION, beats=1)
    summary = simulate(simulation, variants, tmp_path / "out.nc", ranges={"apd90_ms": (100.0, 500.0)}, workers=1)
    assert summary == {
        "variants": 2,
        "failed": 1,
        "arrhythmic": 0,
        "accepted": 1,
        "outside": {"apd90_ms": 0},
        "failures": {reason: int(reason == "no_capture") for reason in WORDS},
    }
    with xarray.open_dataset(tmp_path / "out.nc") as opened_file:
        assert opened_file["status"].values.tolist() == [0, 1]
        assert np.isnan(opened_file["label"].values[1])
        assert opened_file["failure"].attrs["flag_meanings"].split()[opened_file["failure"].values[1]] == "no_capture"


def test_file_that_is_no_population_is_refused(tmp_path, population):
    (tmp_path / "text.nc").write_text("no netCDF\n")
    with pytest.raises(UserError, match="cannot read a population"):
        read_variants(tmp_path / "text.nc")
    simulate(
        replace(SIMULATION, beats=1),
        read_variants(population[0]).part(slice(2)),
        tmp_path / "none.nc",
        ranges={"apd90_ms": (1.0, 2.0)},
        workers=1,
    )
    with pytest.raises(UserError, match="accepted variants: 0; expected at least 1"):
        read_variants(tmp_path / "none.nc")


@pytest.mark.parametrize(
    ("simulation", "options", "message"),
    [
        ({"label_beats": 3}, {}, "last beats: 3; expected at least 1, at most all of the 2 beats"),
        ({"cycle_length": 0.1}, {}, "cycle_length: 0.1"),
        ({"blocks": {"IKr": 2.0}}, {}, "blocks.IKr: 2"),
        ({}, {"workers": 0}, "workers: 0; expected at least 1"),
        ({}, {"save_state": "states.csv"}, "one cell, not of 19"),
        ({}, {"save_state": "out.nc"}, "results and states in one file"),
        ({}, {"initial_state": "none.nc"}, "cannot read states"),
    ],
)
def test_mistakes_are_refused_before_anything_is_paced(variants, tmp_path, simulation, options, message):
    options = {name: tmp_path / value if isinstance(value, str) else value for name, value in options.items()}
    with pytest.raises(UserError, match=message):
        simulate(replace(SIMULATION, **simulation), variants, tmp_path / "out.nc", **options)
    assert list(tmp_path.iterdir()) == []
