"""The `pointes` command as a user meets it: what it prints, and how it ends on a mistake."""

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray

from pointes import cells, cli
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import surrogate
from pointes.campaign.files.identity import claim
from pointes.campaign.files.samples import make
from pointes.campaign.settings import Sampling
from pointes.campaign.steps.learning import replay_history, write_assessment
from pointes.learning import GaussianProcessClassifier, StoppingRule
from pointes.vocabulary import Failure

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
    assert err.startswith(f"pointes: unknown key 'learning.bacth' in {config}; expected one of fidelities, ")
    assert err.endswith("; did you mean batch?\n")
    assert err.count("\n") == 1


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


def test_predict_tells_no_risk_where_nothing_was_learned(run, results, points, tmp_path):
    folder = shutil.copytree(results, tmp_path / "failed")
    untrained = GaussianProcessClassifier.fit(np.empty((0, 2)), [], np.array(list(RANGES.values())))
    surrogate.write(folder / "surrogate.nc", untrained, RANGES, "no simulation succeeded")
    code, out, err = run("predict", folder, points)
    assert code == 0
    assert err == f"pointes: {folder}: nothing was learned, because no simulation succeeded: no risk is told\n"
    assert out.splitlines()[1:] == ["0.5,0.1,a,,,", "0.5,0.95,b,,,"]
    rows = json.loads(run("predict", folder, points, "--json")[1])
    assert [row["risk"] for row in rows] == [None, None]


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
    control = cells.pace(cells.load("ohara-2011", celltype="mid"), {}, cycle_length=1000.0, beats=2)
    assert summary["control"] == "safe"
    with xarray.open_dataset(output) as opened:
        np.testing.assert_array_equal(opened["sample_id"], [0, 1])  # the control is no row
        np.testing.assert_array_equal(opened["apd90_ms"], expected["apd90_ms"])
        for name in ("apd90_ms", "qnet_uC_per_uF"):
            assert opened.attrs[f"control_{name}"] == control[name][0]
            np.testing.assert_array_equal(opened[f"delta_{name}"], expected[name] - control[name][0])
        assert opened["delta_apd90_ms"].attrs["units"] == "ms"
        np.testing.assert_array_equal(opened["label"], expected["label"])
        assert json.loads(opened.attrs["config"])["protocol.beats"] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.nc", "points.csv", "quick.yaml"]


def test_simulate_says_why_points_failed(run, tmp_path):
    config, points = tmp_path / "quick.yaml", tmp_path / "points.csv"
    blocks = "{INa: [0, 1], ICaL: [0, 1]}"
    config.write_text(f"protocol: {{cycle_length: 1000, beats: 1, label_beats: 1}}\nparameters: {{blocks: {blocks}}}\n")
    points.write_text("INa,ICaL\n0,0\n1,1\n1,0.99\n")
    code, out, _ = run("simulate", config, points, "-o", tmp_path / "out.nc")
    assert code == 0
    assert out.splitlines() == [
        "2 of 3 simulations failed: 2 did not capture",
        f"safe 1, arrhythmic 0, failed 2, lost 0, control safe -> {tmp_path / 'out.nc'}",
    ]
    code, out, _ = run("simulate", config, points, "-o", tmp_path / "out.nc", "--json")
    assert json.loads(out)["failures"]["no_capture"] == 2


def test_tissue_run_that_fails_ends_with_its_reason_and_code_1(run, tmp_path):
    config, output = tmp_path / "weak.yaml", tmp_path / "out.nc"
    stimulus = "{amplitude: 0.01}"
    config.write_text(
        "model: {name: mitchell-schaeffer-2003, celltype: null}\n"
        "protocol: {cycle_length: 400, beats: 1, label_beats: 1}\n"
        f"simulation: {{scale: cable, tissue: {{size: [5], spacing: 0.25, beats: 1, stimulus: {stimulus}}}}}\n"
        "parameters: {blocks: {J_in: [0, 1], J_out: [0, 1]}}\n"
    )
    code, out, err = run("tissue", "run", config, "-o", output)
    assert code == 1
    assert "no_capture" in out
    assert err == "pointes: the simulation failed: it did not capture (no_capture)\n"
    assert output.exists()
    assert json.loads(run("tissue", "run", config, "-o", output, "--json")[1])["failure"] == "no_capture"


def test_cable_of_cells_that_break_down_ends_with_their_reason_and_code_1(run, tmp_path):
    model = tmp_path / "growing.mmt"
    model.write_text(
        "[[model]]\nmembrane.V = -80\n"
        "[engine]\ntime = 0 [ms] in [ms] bind time\npace = 0 bind pace\n"
        "[membrane]\ndot(V) = (V + 90 [mV]) / 20 [ms] + 50 [mV/ms] * engine.pace\n    in [mV]\n"
        "[[protocol]]\n1 0 1 1000 0\n"
    )
    code, out, err = run("tissue", "cable", model, "--length", "2", "--dx", "0.25", "--beats", "1")
    assert code == 1
    assert "potential_out_of_range" in out
    assert err == "pointes: the simulation failed: it left the range of membrane potentials (potential_out_of_range)\n"


def test_population_says_why_variants_failed(run, tmp_path):
    variants = tmp_path / "variants.csv"
    variants.write_text("INa,ICaL\n1,1\n0,0\n")
    _, out, _ = run("population", "ohara-2011", "--variants", variants, "--beats", "1", "-o", tmp_path / "out.nc")
    assert out.splitlines()[0] == "1 of 2 variants failed: 1 did not capture"


def test_status_counts_failures_by_their_reasons(run, results, tmp_path):
    folder = shutil.copytree(results, tmp_path / "campaign")
    samples = make(np.random.default_rng(1).random((4, 2)), RANGES)
    columns = {
        "label": np.array([0, 1, -1, -1], np.int8),
        "status": np.array([0, 0, 1, 1], np.int8),
        "failure": np.array([0, 0, Failure.TOO_MANY_STEPS, Failure.NO_CAPTURE], np.int8),
        "purpose": np.array([5, 0, 0, 0], np.int8),  # the control first
        "iteration": np.zeros(4, np.int16),
        "predicted_risk": np.full(4, np.nan),
    }
    told = [replace(samples, columns=samples.columns | columns)]
    (folder / "iteration_000").mkdir()
    learner = replay_history(told, RANGES, Sampling(seed=1, start=4, batch=4, stream_share=0.25))
    write_assessment(folder / "iteration_000/assessment.json", learner, told, StoppingRule())
    out = run("status", folder)[1]
    assert "1 ran out of steps, 1 did not capture" in " ".join(out.split())
    counts = json.loads(run("status", folder, "--json")[1])["failures"]
    assert (counts["too_many_steps"], counts["no_capture"], counts["not_finite"]) == (1, 1, 0)


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
        (["cell", "ohara-2011", "--tolerance", "2"], "--tolerance: 2; expected a number from 1e-09 to 0.1"),
        (["status", "nowhere"], "nowhere: not the results folder of a campaign"),
        (["simulate", "no.yaml", "points.csv", "-o", "out.nc"], "no.yaml: cannot be read"),
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
