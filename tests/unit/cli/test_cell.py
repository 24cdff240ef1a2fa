"""The commands `pointes models` and `pointes cell` as a user meets them."""

import json
from pathlib import Path

import pytest
import xarray

from pointes import cells
from pointes.vocabulary import Failure

PROJECT = Path(__file__).parents[3]
CUBIC = Path(__file__).parents[2] / "data" / "models" / "cubic.cellml"
RANGES = {"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)}


def test_models_names_what_can_be_simulated(run):
    code, out, _ = run("models", "--json")
    (model,) = [model for model in json.loads(out) if model["name"] == "ohara-2011"]
    assert code == 0
    assert set(model["celltypes"]) == {"endo", "epi", "mid"}
    assert {"IKr", "ICaL"} <= set(model["currents"])
    assert "ICaL" in run("models", "ohara-2011")[1]


def test_tables_have_one_line_per_row_in_80_columns(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    models = [line.split() for line in run("models")[1].splitlines()[2:]]
    assert [words[0] for words in models] == cells.names()
    assert all(words[-1].startswith("10.") for words in models)
    table = run("cell", CUBIC, "--beats", "1", "--cycle-length", "300")[1]
    values = json.loads(run("cell", CUBIC, "--beats", "1", "--cycle-length", "300", "--json")[1])
    biomarkers = [line.split() for line in table.splitlines()[2:]]
    assert [words[0] for words in biomarkers] == list(values)
    assert "…" not in table + run("models")[1]


def test_cell_prints_the_biomarkers_of_the_last_beat(run, tmp_path, check_file):
    trace = tmp_path / "trace.nc"
    options = ["--celltype", "mid", "--cycle-length", "800", "--beats", "3", "--block", "IKr=0.5"]
    code, out, _ = run("cell", "ohara-2011", *options, "--json", "--trace", trace)
    expected = cells.pace(
        cells.load("ohara-2011", celltype="mid"), {"IKr": 0.5}, cycle_length=800.0, beats=3, label_beats=3
    )
    printed = json.loads(out)
    assert code == 0
    assert set(printed) == set(expected) <= set(cells.BIOMARKERS)
    assert printed["apd90_ms"] == expected["apd90_ms"][0]
    check_file(trace, "trace.nc")
    with xarray.open_dataset(trace) as opened:
        assert float(opened["v_mV"].max()) == pytest.approx(printed["vpeak_mV"], abs=0.1)
        assert 0 <= float(opened["time_ms"].min()) < float(opened["time_ms"].max()) <= 800


@pytest.mark.parametrize("ending", ["csv", "nc"])
def test_cell_goes_on_from_a_saved_state(run, tmp_path, ending):
    state = tmp_path / f"state.{ending}"
    cell = ["cell", "ohara-2011", "--celltype", "mid", "--tolerance", "1e-3", "--json"]
    assert run(*cell, "--beats", "2", "--save-state", state)[0] == 0
    after = json.loads(run(*cell, "--beats", "1", "--initial-state", state)[1])
    whole = json.loads(run(*cell, "--beats", "3", "--label-beats", "1")[1])
    assert after == whole


def test_cell_that_fails_ends_with_its_reason_and_code_1(run, tmp_path):
    trace = tmp_path / "trace.nc"
    weak = ["cell", CUBIC, "--cycle-length", "300", "--beats", "2", "--stimulus-duration", "0.1", "--trace", trace]
    code, out, err = run(*weak)
    assert code == 1
    assert "apd90_ms" in out
    hint = "a longer or stronger stimulus may: --stimulus-duration, --stimulus-level"
    assert err == f"pointes: the simulation failed: it did not capture (no_capture); {hint}\n"
    assert trace.exists()
    code, out, err = run(*weak, "--json")
    assert code == 1
    assert (json.loads(out)["status"], json.loads(out)["failure"]) == (1, Failure.NO_CAPTURE)
    assert err.count("\n") == 1


def test_cell_says_that_it_rests_above_the_level_of_repolarisation(run, tmp_path):
    path = tmp_path / "leak.mmt"
    path.write_text(
        "[[model]]\nm.V = -50\n[e]\ntime = 0 [ms] in [ms] bind time\npace = 0 bind pace\n[m]\n"
        "dot(V) = -(V + 50) / 5 + 70 * e.pace in [mV] label membrane_potential\n"
    )
    code, _, err = run("cell", path, "--beats", 1)
    note = "the resting potential of leak, -50 mV, is above -60 mV: every beat counts as repolarisation failure"
    assert (code, err) == (0, f"pointes: {note}\n")
    assert run("cell", path, "--beats", 1, "--unpaced")[2] == ""


def test_cell_stops_when_its_rhythm_is_steady(run):
    steady = json.loads(run("cell", CUBIC, "--beats", "400", "--until-steady", "--json")[1])
    assert steady["period"] == 1
    assert steady["beats"] < 400


def test_cell_sets_constants_of_the_model(run):
    plain, changed = (
        json.loads(run("cell", "ohara-2011", "--beats", "1", *options, "--json")[1])
        for options in ([], ["--set", "extracellular.ko=8"])
    )
    assert changed["apd90_ms"] < plain["apd90_ms"]


def test_cell_paces_a_model_of_the_user(run, tmp_path):
    trace = tmp_path / "trace.nc"
    protocol = ["--cycle-length", "300", "--beats", "2", "--stimulus-duration", "3"]
    block = ["--block", "i_cubic=0.1", "--block", "membrane.stim_amplitude=0.2", "--set", "potassium_current.tau=0.06"]
    code, out, _ = run("cell", CUBIC, *protocol, *block, "--json", "--trace", trace)
    model = cells.load(str(CUBIC), vary=("potassium_current.tau",), blockable=("membrane.stim_amplitude",))
    expected = cells.pace(
        model,
        {"i_cubic": 0.1, "membrane.stim_amplitude": 0.2},
        values={"potassium_current.tau": 0.06},
        cycle_length=300.0,
        beats=2,
        stimulus_duration=3.0,
    )
    printed = json.loads(out)
    assert code == 0
    assert printed["vpeak_mV"] == expected["vpeak_mV"][0]
    assert printed["dvdt_max_V_per_s"] == expected["dvdt_max_V_per_s"][0]
    assert printed["status"] == 0
    with xarray.open_dataset(trace) as opened:
        assert float(opened["v_mV"].max()) == pytest.approx(printed["vpeak_mV"], abs=0.1)


def test_cell_says_which_variables_a_block_of_a_guessed_current_scales(run, tmp_path):
    path = tmp_path / "calcium.cellml"
    path.write_text(CUBIC.read_text().replace("i_cubic", "i_Ca"))
    code, out, err = run("cell", path, "--beats", "1", "--block", "ICaL=0.1", "--json")
    assert (code, err) == (0, "ICaL: membrane.i_Ca\n")
    assert json.loads(out)["status"] == 0


def test_cell_leaves_a_cell_unpaced(run):
    printed = json.loads(run("cell", CUBIC, "--beats", "1", "--unpaced", "--json")[1])
    assert printed["vpeak_mV"] < -79


def test_model_without_stimulus_asks_for_unpaced(run, tmp_path):
    alone = tmp_path / "alone.cellml"
    alone.write_text(CUBIC.read_text().replace("<ci>i_K</ci><ci>i_Stim</ci>", "<ci>i_K</ci>"))
    code, _, err = run("cell", alone)
    assert code == 2
    assert err.startswith(f"pointes: {alone}: no stimulus (no variable is bound to pace, and the equations have no")
    assert err.endswith("expected option --unpaced, with which the model runs as it is written\n")
    assert run("cell", alone, "--unpaced", "--beats", "1")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cell", "ohara"], "unknown model 'ohara'"),
        (["cell", "ohara-2011", "--celltype", "top"], "unknown cell type 'top'"),
        (["cell", "ohara-2011", "--block", "Ikr=0.5"], "did you mean IKr?"),
        (["cell", "ohara-2011", "--block", "IKr=2"], "expected a fraction in [0, 1]"),
        (["cell", "ohara-2011", "--block", "IKr"], "--block: 'IKr'; expected NAME=NUMBER"),
        (["cell", "ohara-2011", "--set", "no.such=1"], "no.such"),
        (
            ["cell", "ohara-2011", "--set", "extracellular.ko=nan"],
            "--set: 'extracellular.ko=nan'; expected NAME=NUMBER",
        ),
        (["cell", "ohara-2011", "--set", "extracellular.ko=5 [mM]"], "expected a number without unit"),
        (
            ["cell", "ohara-2011", "--block", "IKr=0.5", "--block", "IKr=0.6"],
            "--block: 'IKr=0.6'; expected one value of IKr",
        ),
        (["cell", "ohara-2011", "--block", "ikr.IKr=0.5"], "unknown current 'ikr.IKr'"),
        (["cell", "ohara-2011", "--beats", "0"], "0"),
        (["cell", "ohara-2011", "--cycle-length", "-1000"], "--cycle-length: -1000; expected a number from 100 to"),
        (["cell", "ohara-2011", "--cycle-length", "1"], "--cycle-length: 1; expected a number from 100 to 20000"),
        (["cell", "ohara-2011", "--cycle-length", "nan"], "--cycle-length: nan; expected a number from 100 to 20000"),
        (
            ["cell", "ohara-2011", "--cycle-length", "100", "--stimulus-duration", "100"],
            "cycle_length: 100; expected more than 100 ms, the duration of the stimulus",
        ),
        (["cell", "ohara-2011", "--trace", "."], ".: a folder; expected the name of a file"),
        (["cell", "ohara-2011", "--save-state", "."], ".: a folder; expected the name of a file"),
        (["cell", "ohara-2011", "--trace", "nowhere/t.nc"], "nowhere/t.nc: no folder nowhere; expected an existing"),
        (["cell", "ohara-2011", "--stimulus-duration", "-1"], "stimulus_duration: -1; expected a time in ms"),
        (["cell", "ohara-2011", "--unpaced", "--stimulus-duration", "1"], "either --unpaced or --stimulus-duration"),
        (["cell", "nowhere.mmt"], "model nowhere.mmt: no such file"),
        (["cell", "model.txt"], "model model.txt: no name of a model or model file; expected a .mmt file"),
        (
            ["cell", CUBIC, "--block", "i_qubic=0.5"],
            "unknown current 'i_qubic' in model cubic; expected one of i_cubic",
        ),
        (
            ["cell", CUBIC, "--set", "membrane.i_cubic=1"],
            "parameter: 'membrane.i_cubic'; expected a constant",
        ),
        (["cell", "ohara-2011", "--tolerance", "2"], "--tolerance: 2; expected a number from 1e-09 to 0.1"),
    ],
)
def test_mistake_ends_with_one_line_and_code_2(run, arguments, message):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
