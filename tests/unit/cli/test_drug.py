"""The options --drug, --dose and --drugs, wherever a command takes blocks."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray

from pointes.drugs import blocks_at_dose, read_drug_table

PROJECT = Path(__file__).parents[3]
CIPA28 = PROJECT / "config/drugs/cipa28.csv"
AT_4 = ["--drug", "dofetilide", "--dose", 4]
QUICK = ["--celltype", "mid", "--beats", 2]


@pytest.fixture
def run(run, monkeypatch):
    """Run the command in the project's folder."""
    monkeypatch.chdir(PROJECT)
    return run


@pytest.fixture
def blocks():
    """What dofetilide blocks at 4 x Cmax, of all currents in the table."""
    return blocks_at_dose(read_drug_table(CIPA28, ()), "dofetilide", 4.0)


def options(blocks):
    return [option for name, block in blocks.items() for option in ("--block", f"{name}={block!r}")]


def test_cell_with_a_drug_is_the_cell_with_its_blocks(run, blocks):
    assert blocks["IKr"] > 0.2
    code, out, err = run("cell", "ohara-2011", *QUICK, *AT_4, "--json")
    assert code == 0
    assert err == f"dofetilide at 4 x Cmax: block of IKr {blocks['IKr']:.3f}\n"
    assert json.loads(out) == json.loads(run("cell", "ohara-2011", *QUICK, *options(blocks), "--json")[1])
    one = json.loads(run("cell", "ohara-2011", *QUICK, "--drug", "dofetilide", "--json")[1])
    assert one["apd90_ms"] < json.loads(out)["apd90_ms"]


def test_drug_and_block_act_independently(run, blocks):
    both = {**blocks, "IKr": 1 - 0.9 * (1 - blocks["IKr"])}
    found = run("cell", "ohara-2011", *QUICK, *AT_4, "--block", "IKr=0.1", "--json")[1]
    expected = json.loads(run("cell", "ohara-2011", *QUICK, *options(both), "--json")[1])
    assert json.loads(found)["apd90_ms"] == pytest.approx(expected["apd90_ms"], rel=1e-9)


def test_population_with_a_drug(run, blocks, tmp_path):
    drawn = ["population", "ohara-2011", *QUICK, "--n", 2, "--scale", "INaK=0.9:1.1", "--workers", 1]
    assert run(*drawn, *AT_4, "-o", tmp_path / "drug.nc")[0] == 0
    assert run(*drawn, *options(blocks), "-o", tmp_path / "blocks.nc")[0] == 0
    with xarray.open_dataset(tmp_path / "drug.nc") as drug, xarray.open_dataset(tmp_path / "blocks.nc") as expected:
        np.testing.assert_array_equal(drug["apd90_ms"], expected["apd90_ms"])


def test_simulate_a_drug_at_doses(run, blocks, tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("protocol: {beats: 2, label_beats: 1}\nexecution: {workers: 1}\n")
    output = tmp_path / "out.nc"
    code, _, _ = run("simulate", config, "--drug", "Dofetilide", "--dose", 0, "--dose", 4, "-o", output)
    assert code == 0
    with xarray.open_dataset(output) as found:
        np.testing.assert_allclose(found["IKr"], [0, blocks["IKr"]], rtol=1e-12)
        assert found["apd90_ms"][1] > found["apd90_ms"][0]
        assert "at 0, 4 x Cmax" in found.attrs["title"]


def test_cable_with_a_drug(run):
    cable = ["tissue", "cable", "tentusscher-2006", "--length", 5, "--dx", 0.25, "--dt", 0.05, "--json"]
    own, with_drug = (json.loads(run(*cable, *more)[1]) for more in ([], AT_4))
    assert with_drug["apd90_ms"][5] > own["apd90_ms"][5] + 10


def test_table_of_micromolar_concentrations(run, tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("drug,cmax_uM,IKr_ic50_uM\nx,1,1\n")
    found = run("cell", "ohara-2011", *QUICK, "--drug", "x", "--drugs", table, "--json")
    assert found[2].endswith("block of IKr 0.500\n")
    assert json.loads(found[1]) == json.loads(run("cell", "ohara-2011", *QUICK, "--block", "IKr=0.5", "--json")[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cell", "ohara-2011", "--drug", "dofetilid"], "did you mean dofetilide?"),
        (["cell", "ohara-2011", "--dose", "4"], "--dose and --drugs; expected both only with --drug NAME"),
        (
            ["cell", "ohara-2011", "--drug", "x", "--drugs", "no.csv"],
            "--drugs: 'no.csv'; expected the path of a CSV table",
        ),
        (
            ["cell", "ohara-2011", "--drug", "dofetilide", "--dose", "-1"],
            "dose: -1; expected a finite number from 0 on",
        ),
        (["cell", "aliev-panfilov-1996", "--drug", "dofetilide"], "no column for a current of the model"),
        (["tissue", "cable", "tentusscher-2006", "--drug", "none"], "unknown drug 'none'"),
        (["tissue", "run", "config/campaigns/cable-plane.yaml", "--drug", "none"], "unknown drug 'none'"),
        (["population", "ohara-2011", "--scale", "IKr=0:1", "-o", "p.nc", "--drug", "none"], "unknown drug 'none'"),
        (["simulate", "config/config.yaml", "-o", "out.nc"], "expected either POINTS.csv or --drug NAME"),
        (["simulate", "config/config.yaml", "p.csv", "--drug", "dofetilide", "-o", "out.nc"], "expected either"),
    ],
)
def test_mistake_ends_with_one_line_and_code_2(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_dose_beyond_the_explored_range_is_refused(run, tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("parameters: {blocks: {IKr: [0, 0.2], ICaL: [0, 1]}}\n")
    code, _, err = run("simulate", config, *AT_4, "-o", tmp_path / "out.nc")
    assert code == 2
    assert "block of IKr is 0.327; expected 0 to 0.2, the range of parameters.blocks.IKr" in err
