"""The commands `pointes check`, `simulate`, `predict` and `status` as a user meets them."""

import csv
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import xarray

from pointes import cells
from pointes.campaign.commands import simulate_points
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import surrogate
from pointes.campaign.files.identity import claim
from pointes.campaign.files.samples import make
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps.learning import replay_history, write_assessment
from pointes.learning import GaussianProcessClassifier, StoppingRule
from pointes.vocabulary import Failure

PROJECT = Path(__file__).parents[3]
CUBIC = Path(__file__).parents[2] / "data" / "models" / "cubic.cellml"
RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)})


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """The folder of a campaign that knows the boundary IKr = 0.6."""
    folder = tmp_path_factory.mktemp("results") / "campaign"
    claim(folder, Config(), "f").release()
    points = np.random.default_rng(1).uniform(size=(40, 2))
    labels = (points[:, 0] > 0.6).astype(np.int8)
    classifier = GaussianProcessClassifier.fit(points, labels, RANGES.bounds)
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
    assert err.startswith(
        f"pointes: unknown key 'learning.bacth' in {config}; expected one of fidelities, warm_start, "
    )
    assert err.endswith("; did you mean batch?\n")


def test_check_reads_the_file_of_a_site(run, tmp_path, monkeypatch):
    monkeypatch.chdir(PROJECT)
    config, site = tmp_path / "c.yaml", tmp_path / "site.yaml"
    config.write_text("{name: sound, drugs: null, execution: {workers: 2}}")
    site.write_text("{execution: {cluster: external, external: {address: 'tcp://127.0.0.1:1'}}}")
    assert run("check", config, site) == (0, "results/sound\n", "")
    site.write_text("{execution: {cluster: external, workers: 0}}")
    told = f"pointes: {config} with {site}: execution.workers: 0; expected greater than or equal to 1 or 'auto'\n"
    assert run("check", config, site)[::2] == (2, told)
    site.write_text("[execution]")
    assert run("check", config, site)[2] == f"pointes: {site}: content: \"['execution']\"; expected a mapping of keys\n"


def test_simulate_reads_the_file_of_a_site(run, points, tmp_path):
    config, site = tmp_path / "c.yaml", tmp_path / "site.yaml"
    config.write_text("protocol: {beats: 1, label_beats: 1}")
    site.write_text("execution: {cluster: external}")
    told = (
        f"pointes: {config} with {site}: execution.workers: 'auto'; expected a number with execution.cluster external\n"
    )
    assert run("simulate", config, points, "--site", site, "-o", tmp_path / "out.nc")[::2] == (2, told)


def test_predict_appends_the_risk_to_the_points(run, results, points, tmp_path):
    output = tmp_path / "risk.csv"
    assert run("predict", results, points, "-o", output) == (0, "", "")
    safe, arrhythmic = csv.DictReader(output.read_text().splitlines())
    assert list(safe) == ["ICaL", "IKr", "drug", "risk", "latent_mean", "latent_sd", "distance"]
    assert safe["drug"] == "a"
    assert float(safe["risk"]) < 0.5 < float(arrhythmic["risk"])
    assert float(safe["latent_mean"]) < 0 < float(arrhythmic["latent_mean"])
    assert run("predict", results, points)[1] == output.read_text()
    assert [row["drug"] for row in json.loads(run("predict", results, points, "--json")[1])] == ["a", "b"]


def test_predict_tells_no_risk_where_nothing_was_learned(run, results, points, tmp_path):
    folder = shutil.copytree(results, tmp_path / "failed")
    untrained = GaussianProcessClassifier.fit(np.empty((0, 2)), [], RANGES.bounds)
    surrogate.write(folder / "surrogate.nc", untrained, RANGES, "no simulation succeeded")
    code, out, err = run("predict", folder, points)
    assert code == 0
    assert err == f"pointes: {folder}: nothing was learned, because no simulation succeeded: nothing is predicted\n"
    assert out.splitlines()[1:] == ["0.5,0.1,a,,,,", "0.5,0.95,b,,,,"]
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


def test_simulate_in_parts_writes_the_same_file(run, tmp_path, monkeypatch):
    config, points = tmp_path / "quick.yaml", tmp_path / "points.csv"
    config.write_text("protocol: {cycle_length: 1000, beats: 1, label_beats: 1}\nexecution: {workers: 1}\n")
    np.savetxt(points, np.random.default_rng(1).random((10, 2)), delimiter=",", header="IKr,ICaL", comments="")
    written = []
    for part in (16_384, 4):
        monkeypatch.setattr(simulate_points, "PART", part)
        code, out, _ = run("simulate", config, points, "-o", tmp_path / "out.nc", "--json")
        written.append((code, out, (tmp_path / "out.nc").read_bytes()))
    assert written[0] == written[1]
    assert written[0][0] == 0


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
    write_assessment(folder / "iteration_000/assessment.json", learner, told, asdict(StoppingRule()))
    out = run("status", folder)[1]
    assert "1 ran out of steps, 1 did not capture" in " ".join(out.split())
    counts = json.loads(run("status", folder, "--json")[1])["failures"]
    assert (counts["too_many_steps"], counts["no_capture"], counts["not_finite"]) == (1, 1, 0)


def test_mistakes_in_given_points(run, results, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("IKr\n0.5\n")
    code, _, err = run("predict", results, points)
    assert code == 2
    assert "no column 'ICaL'" in err
    code, _, err = run("simulate", tmp_path / "no.yaml", points, "-o", tmp_path / "no/out.nc")
    assert code == 2
    assert err.count("\n") == 1


@pytest.mark.parametrize("column", ["risk", "latent_mean", "latent_sd", "distance"])
def test_predict_overwrites_no_column_of_the_points(run, results, tmp_path, column):
    points = tmp_path / "points.csv"
    points.write_text(f"IKr,ICaL,{column}\n0.5,0.5,mine\n")
    code, out, err = run("predict", results, points)
    assert (code, out) == (2, "")
    assert err == (
        f"pointes: {points}: has a column {column} already; expected another name, as a prediction appends "
        "risk, latent_mean, latent_sd, distance\n"
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "nowhere", "points.csv", "-o", "."], ".: a folder; expected the name of a file"),
        (["simulate", "no.yaml", "points.csv", "-o", "."], ".: a folder; expected the name of a file"),
        (["predict", "nowhere", "points.csv"], "nowhere: not the results folder of a campaign"),
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
