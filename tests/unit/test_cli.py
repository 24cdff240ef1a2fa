"""The `pointes` command as a user meets it: what it prints, and how it ends on a mistake."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray

from pointes import cells, cli
from pointes.campaign import surrogate
from pointes.campaign.config import Config
from pointes.campaign.identity import claim
from pointes.learning import GaussianProcessClassifier

PROJECT = Path(__file__).parents[2]
CUBIC = Path(__file__).parents[1] / "data" / "models" / "cubic.cellml"
RANGES = {"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)}


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process; return exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pointes", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return (end.value.code or 0, *capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """The folder of a campaign that knows the boundary IKr = 0.6."""
    folder = tmp_path_factory.mktemp("results") / "campaign"
    claim(folder, Config(), "f").close()
    points = np.random.default_rng(1).uniform(size=(40, 2))
    labels = (points[:, 0] > 0.6).astype(np.int8)
    classifier = GaussianProcessClassifier.fit(points, labels, np.array(list(RANGES.values())))
    surrogate.write(folder / "surrogate.nc", classifier, RANGES)
    return folder


@pytest.fixture
def points(tmp_path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text("ICaL,IKr,drug\n0.5,0.1,a\n0.5,0.95,b\n")
    return path


def test_check_prints_the_folder_of_a_sound_configuration(run, tmp_path, monkeypatch):
    monkeypatch.chdir(PROJECT)
    config = tmp_path / "c.yaml"
    config.write_text("{name: sound}  # in any style\n")
    told = "columns for currents that are not explored: INaL, INa, Ito, IKs, IK1"
    assert run("check", config) == (
        0,
        "results/sound\n",
        f"pointes: drug table config/drugs/cipa28.csv: {told}\n",
    )
    config.write_text("name: sound\nlearning: {bacth: 8}\n")
    code, out, err = run("check", config)
    assert (code, out) == (2, "")
    assert err == f"pointes: {config}: learning.bacth: unknown key; did you mean batch?\n"


def test_models_names_what_can_be_simulated(run):
    code, out, _ = run("models", "--json")
    (model,) = [model for model in json.loads(out) if model["name"] == "ohara-2011"]
    assert code == 0
    assert set(model["celltypes"]) == {"endo", "epi", "mid"}
    assert {"IKr", "ICaL"} <= set(model["currents"])
    assert "ohara-2011" in run("models")[1]


def test_cell_prints_the_biomarkers_of_the_last_beat(run, tmp_path):
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
    assert printed["apd90_ms"] == expected["apd90_ms"][0]
    assert printed["status"] == 0
    with xarray.open_dataset(trace) as opened:
        assert float(opened["v_mV"].max()) == pytest.approx(printed["vpeak_mV"], abs=0.1)


def test_cell_leaves_a_cell_unpaced(run):
    printed = json.loads(run("cell", CUBIC, "--beats", "1", "--unpaced", "--json")[1])
    assert printed["vpeak_mV"] < -79


def test_model_without_stimulus_asks_for_unpaced(run, tmp_path):
    alone = tmp_path / "alone.cellml"
    alone.write_text(CUBIC.read_text().replace("<ci>i_K</ci><ci>i_Stim</ci>", "<ci>i_K</ci>"))
    code, _, err = run("cell", alone)
    assert code == 2
    assert err == f"pointes: {alone} has no stimulus (no variable is bound to pace); expected option --unpaced\n"
    assert run("cell", alone, "--unpaced", "--beats", "1")[0] == 0


def test_predict_appends_the_risk_to_the_points(run, results, points, tmp_path):
    output = tmp_path / "risk.csv"
    assert run("predict", results, points, "-o", output) == (0, "", "")
    safe, arrhythmic = csv.DictReader(output.read_text().splitlines())
    assert list(safe) == ["ICaL", "IKr", "drug", "risk", "latent_mean", "latent_sd"]
    assert safe["drug"] == "a"
    assert float(safe["risk"]) < 0.5 < float(arrhythmic["risk"])
    assert float(safe["latent_mean"]) < 0 < float(arrhythmic["latent_mean"])
    assert run("predict", results, points)[1] == output.read_text()
    assert [row["drug"] for row in json.loads(run("predict", results, points, "--json")[1])] == ["a", "b"]


def test_simulate_runs_points_without_learning(run, points, tmp_path):
    config = tmp_path / "quick.yaml"
    config.write_text("name: quick\nprotocol: {cycle_length: 1000, beats: 2, label_beats: 1}\n")
    output = tmp_path / "out.nc"
    code, out, _ = run("simulate", config, points, "-o", output, "--json")
    summary = json.loads(out)
    assert code == 0
    assert summary["safe"] + summary["arrhythmic"] == 2
    expected = cells.pace(
        cells.load("ohara-2011", celltype="mid"),
        {"IKr": np.array([0.1, 0.95]), "ICaL": np.array([0.5, 0.5])},
        cycle_length=1000.0,
        beats=2,
    )
    with xarray.open_dataset(output) as opened:
        np.testing.assert_array_equal(opened["apd90_ms"], expected["apd90_ms"])
        np.testing.assert_array_equal(opened["label"], expected["label"])
        assert json.loads(opened.attrs["config"])["protocol.beats"] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.nc", "points.csv", "quick.yaml"]


def test_status_of_a_campaign_that_has_just_started(run, results):
    status = json.loads(run("status", results, "--json")[1])
    assert status["state"] == "started"
    assert status["max_simulations"] == 96


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cell", "ohara"], "unknown model 'ohara'"),
        (["cell", "ohara-2011", "--celltype", "top"], "unknown cell type 'top'"),
        (["cell", "ohara-2011", "--block", "Ikr=0.5"], "did you mean IKr?"),
        (["cell", "ohara-2011", "--block", "IKr=2"], "expected a fraction in [0, 1]"),
        (["cell", "ohara-2011", "--block", "IKr"], "--block 'IKr': expected NAME=NUMBER"),
        (["cell", "ohara-2011", "--set", "no.such=1"], "no.such"),
        (["cell", "ohara-2011", "--set", "extracellular.ko=nan"], "'extracellular.ko=nan': expected NAME=NUMBER"),
        (["cell", "ohara-2011", "--set", "extracellular.ko=5 [mM]"], "expected a number without unit"),
        (["cell", "ohara-2011", "--block", "IKr=0.5", "--block", "IKr=0.6"], "IKr is given twice"),
        (["cell", "ohara-2011", "--block", "ikr.IKr=0.5"], "unknown current 'ikr.IKr'"),
        (["cell", "ohara-2011", "--beats", "0"], "0"),
        (["cell", "ohara-2011", "--cycle-length", "-1000"], "--cycle-length -1000: expected a number from 100 to"),
        (["cell", "ohara-2011", "--cycle-length", "1"], "--cycle-length 1: expected a number from 100 to 20000"),
        (["cell", "ohara-2011", "--cycle-length", "nan"], "--cycle-length nan: expected a number from 100 to 20000"),
        (
            ["cell", "ohara-2011", "--cycle-length", "100", "--stimulus-duration", "100"],
            "cycle length is 100 ms; expected more than 100 ms, the duration of the stimulus",
        ),
        (["cell", "ohara-2011", "--trace", "."], ".: a folder; expected the name of a file"),
        (["cell", "ohara-2011", "--save-state", "."], ".: a folder; expected the name of a file"),
        (["cell", "ohara-2011", "--trace", "nowhere/t.nc"], "nowhere/t.nc: no folder nowhere; expected an existing"),
        (["predict", "nowhere", "points.csv", "-o", "."], ".: a folder; expected the name of a file"),
        (["simulate", "no.yaml", "points.csv", "-o", "."], ".: a folder; expected the name of a file"),
        (["cell", "ohara-2011", "--stimulus-duration", "-1"], "stimulus duration is -1 ms"),
        (["cell", "ohara-2011", "--unpaced", "--stimulus-duration", "1"], "either --unpaced or --stimulus-duration"),
        (["cell", "nowhere.mmt"], "model nowhere.mmt: no such file"),
        (["cell", "model.txt"], "unknown model 'model.txt'"),
        (
            ["cell", CUBIC, "--block", "i_qubic=0.5"],
            "unknown current 'i_qubic' in model cubic; expected one of i_cubic",
        ),
        (["cell", CUBIC, "--set", "membrane.i_cubic=1"], "parameter 'membrane.i_cubic' of"),
        (["predict", "nowhere", "points.csv"], "nowhere: not the results folder of a campaign"),
        (["cell", "ohara-2011", "--tolerance", "2"], "--tolerance 2: expected a number from 1e-9 to 0.1"),
        (["status", "nowhere"], "nowhere: not the results folder of a campaign"),
        (["simulate", "no.yaml", "points.csv", "-o", "out.nc"], "no.yaml: cannot read"),
    ],
)
def test_mistake_ends_with_one_line_and_code_2(run, arguments, message):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_mistakes_in_given_points(run, results, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("IKr\n0.5\n")
    code, _, err = run("predict", results, points)
    assert code == 2
    assert "no column ICaL" in err
    code, _, err = run("simulate", tmp_path / "no.yaml", points, "-o", tmp_path / "no/out.nc")
    assert code == 2
    assert err.count("\n") == 1


@pytest.mark.parametrize("column", ["risk", "latent_mean", "latent_sd"])
def test_predict_overwrites_no_column_of_the_points(run, results, tmp_path, column):
    points = tmp_path / "points.csv"
    points.write_text(f"IKr,ICaL,{column}\n0.5,0.5,mine\n")
    code, out, err = run("predict", results, points)
    assert (code, out) == (2, "")
    assert err == (
        f"pointes: {points}: has a column {column} already; expected another name, as a prediction appends "
        "risk, latent_mean, latent_sd\n"
    )


def test_damaged_results_are_one_line(run, results, points, tmp_path):
    folder = shutil.copytree(results, tmp_path / "damaged")
    classifier, assessment = folder / "surrogate.nc", folder / "iteration_000/assessment.json"
    classifier.write_bytes(classifier.read_bytes()[:2000])
    assessment.parent.mkdir()
    assessment.write_text('{"simulations": 1')
    for path, arguments in ((classifier, ["predict", folder, points]), (assessment, ["status", folder])):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        assert err.startswith(f"pointes: {path}: damaged (")
        assert "; remove this file and run `snakemake` again" in err
        assert err.count("\n") == 1


def test_wrong_usage_ends_with_code_2(run):
    assert run("cell")[0] == 2
    assert run("cell", "ohara-2011", "--beats", "many")[0] == 2
    assert run("fly")[0] == 2


def test_help_starts_without_heavy_imports():
    done = subprocess.run(
        [sys.executable, "-c", "import sys, pointes.cli; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"numpy", "numba", "sklearn", "xgboost", "matplotlib", "distributed", "pandas", "xarray", "netCDF4"}
    assert not heavy & set(done.stdout.split())
