"""A campaign from the configuration to the report: what it leaves, what it makes again, and what it refuses."""

import csv
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray

import pointes
from pointes import cells
from pointes.campaign.commands.plan import plan
from pointes.campaign.commands.verify import verify
from pointes.campaign.configuration.loading import merged
from pointes.campaign.files import checksums, file_reference, store
from pointes.campaign.prepare_panel import prepare_any
from pointes.campaign.simulation.execution import simulate
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.stopping import spent
from pointes.vocabulary import TOLERANCE, Purpose

from .conftest import PROJECT, TINY, command, printed, run_module, snakemake, times, write_module

FIGURES = ("risk_map", "learning_curve", "action_potentials", "drug_ranking", "calibration", "query_distance")


def changed(**sections):
    """Return the tiny configuration with some keys changed."""
    return {
        **TINY,
        **{
            name: {**TINY.get(name, {}), **value} if isinstance(value, dict) else value
            for name, value in sections.items()
        },
    }


def test_campaign_runs_to_its_report(finished):
    folder, run = finished
    assert run.returncode == 0, run.stderr
    results = folder / "results/tiny"
    for figure in FIGURES:
        assert (results / f"figures/{figure}.svg").read_text().lstrip().startswith("<?xml")
        assert (results / f"figures/{figure}.png").read_bytes().startswith(b"\x89PNG")
        assert (results / f"figures/{figure}.pdf").read_bytes().startswith(b"%PDF")
    assert "Risk map" in (results / "report.html").read_text()
    assert (results / "summary.html").stat().st_size > 1000


def test_progress_is_one_line_per_iteration(finished):
    # A slow machine also tells how far simulations are.
    told = [line for line in printed(finished[1]) if not line.endswith("points simulated")]
    title, table, header, *lines = told
    assert title == "campaign tiny: ohara-2011 (mid), block of IKr, ICaL, at most 17 simulations"
    assert table.startswith("drug table ")
    assert table.endswith("cipa28.csv: columns for currents that are not explored: INaL, INa, Ito, IKs, IK1")
    assert header.split()[:3] == ["iteration", "simulations", "arrhythmic"]
    counts = [line.split()[:4] for line in lines[:3]]
    assert counts == [["0", "9", "/", "17"], ["1", "13", "/", "17"], ["2", "17", "/", "17"]]
    assert lines[3].startswith("stopped at a cap after 17 simulations: 17 of at most 17 simulations were run; ")
    assert "Select jobs" not in finished[1].stderr
    assert "\x1b" not in finished[1].stdout + finished[1].stderr  # which is no terminal


def test_files_explain_themselves(finished, check_file):
    """Conventions, provenance, meanings and units; and docs/files.md lists their variables."""
    results = finished[0] / "results/tiny"
    listed = file_reference.sections((PROJECT / "docs/files.md").read_text(encoding="utf-8"))
    files = sorted(results.rglob("*.nc"))
    assert {"simulations.nc", "surrogate.nc", "drugs.nc", "design.nc", "next_samples.nc"} <= {
        path.name for path in files
    }
    for path in files:
        check_file(path, path.name if path.parent == results and path.name in listed else None)
        with netCDF4.Dataset(path) as file:
            assert json.loads(file.config)["protocol.beats"] == 4
            assert file.seed == "1"
    assert {path.name for path in results.glob("*.nc")} - set(listed) == {"design.nc"}


@pytest.mark.parametrize(
    ("page", "written"), [("files.md", {"risk_map.pdf", "mine.svg"}), ("figures.md", {"risk_map.pdf"})]
)
def test_figures_are_drawn_anew_as_the_docs_say(finished, tmp_path, monkeypatch, page, written):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/ikr-ical-plane").symlink_to(finished[0] / "results/tiny")
    monkeypatch.chdir(tmp_path)
    for code in re.findall(r"```python\n(.*?)```", (PROJECT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL):
        exec(code, {})
    assert {path.name for path in tmp_path.glob("*.*")} == written


def test_simulations_explain_themselves(finished):
    with pointes.open_campaign(finished[0] / "results/tiny") as opened:
        np.testing.assert_array_equal(opened["sample_id"], np.arange(17))
        np.testing.assert_array_equal(opened["iteration"], [0] * 9 + [1] * 4 + [2] * 4)
        purposes = np.array(opened["purpose"].attrs["flag_meanings"].split())[opened["purpose"].values.astype(int)]
        assert list(purposes).count("start") == 8
        assert list(purposes).count("stream") == 2
        assert np.all(np.isnan(opened["predicted_risk"][:9]))
        assert np.all((opened["predicted_risk"][9:] >= 0) & (opened["predicted_risk"][9:] <= 1))
        assert set(opened["label"].values) == {0, 1}
        of_steady_rhythms = {"beats", "period", "alternans"}  # campaigns pace a given number of beats
        assert set(cells.BIOMARKERS) - of_steady_rhythms < set(opened.variables)
        meaning = json.loads(opened.attrs["config"])
        assert meaning["name"] == "tiny"
        assert meaning["protocol.beats"] == 4
        assert json.loads(opened.attrs["versions"])["pointes"] == pointes.__version__
        assert opened.attrs["seed"] == "1"
        assert opened.attrs["fingerprint"] == cells.load("ohara-2011", celltype="mid").fingerprint


def test_control_is_the_first_simulation_and_shown_everywhere(finished):
    results = finished[0] / "results/tiny"
    unblocked = cells.pace(cells.load("ohara-2011", celltype="mid"), {}, cycle_length=2000.0, beats=4, label_beats=2)
    apd90, qnet = (float(unblocked[name][0]) for name in ("apd90_ms", "qnet_uC_per_uF"))
    with pointes.open_campaign(results) as opened:
        first = opened.isel(sample=0)
        assert opened["purpose"].attrs["flag_meanings"].split()[int(first["purpose"])] == "control"
        assert (float(first["IKr"]), float(first["ICaL"]), float(first["label"])) == (0, 0, 0)
        assert float(first["apd90_ms"]) == pytest.approx(apd90, abs=1e-9)
        np.testing.assert_array_equal(opened["delta_apd90_ms"], opened["apd90_ms"] - first["apd90_ms"])
        np.testing.assert_array_equal(
            opened["delta_qnet_uC_per_uF"], opened["qnet_uC_per_uF"] - first["qnet_uC_per_uF"]
        )
        assert opened["delta_apd90_ms"].attrs["units"] == "ms"
    with xarray.open_dataset(results / "risk_map.nc") as risk_map:
        risk = float(risk_map["risk"].sel(IKr=0, ICaL=0))
    control = json.loads((results / "control.json").read_text())
    assert control == {
        "risk": pytest.approx(risk, abs=1e-9),
        "state": "safe",
        "remark": "",
        "apd90_ms": pytest.approx(apd90),
        "qnet_uC_per_uF": pytest.approx(qnet),
    }
    assert risk < 1e-3
    words = f"safe, risk below 0.001, APD90 {apd90:.1f} ms, qNet {qnet:.4f} µC/µF"
    assert f"Control, without any block: {words}." in (results / "summary.html").read_text()
    with (results / "drugs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["control_state"] for row in rows} == {"safe"}
    for name, value in {"risk": risk, "apd90_ms": apd90, "qnet_uC_per_uF": qnet}.items():
        assert [float(row[f"control_{name}"]) for row in rows] == [pytest.approx(value, rel=1e-3)] * 28


def test_control_outside_the_ranges_is_simulated_and_not_learned_from(tmp_path):
    blocks = {"IKr": [0.4, 0.9], "ICaL": [0, 0.5]}
    away = changed(parameters={"blocks": blocks}, learning={"max_simulations": 13}, replays={"enabled": False})
    run = snakemake(tmp_path, away, "results/tiny/summary.html", "results/tiny/figures/risk_map.png")
    assert run.returncode == 0, run.stderr
    results = tmp_path / "results/tiny"
    with pointes.open_campaign(results) as opened:
        assert opened.sizes["sample"] == 13
        assert opened["IKr"][0] == 0
        assert opened["IKr"][1:].min() >= 0.4
        assert np.isfinite(opened["delta_apd90_ms"][0])
    with netCDF4.Dataset(results / "surrogate.nc") as surrogate:
        assert len(surrogate["labels"]) <= 12
    assert json.loads((results / "control.json").read_text())["risk"] is None
    assert "Control, without any block: safe, APD90 " in (results / "summary.html").read_text()
    assert (results / "figures/risk_map.png").stat().st_size > 1000


def test_drugs_and_map_are_on_the_parameters(finished):
    results = finished[0] / "results/tiny"
    with xarray.open_dataset(results / "drugs.nc") as drugs, xarray.open_dataset(results / "risk_map.nc") as risk_map:
        assert drugs.sizes == {"drug": 28, "multiple": 7}
        assert np.all((drugs["IKr"] >= 0) & (drugs["IKr"] <= 1))
        assert risk_map["risk"].dims == ("ICaL", "IKr")
        assert risk_map["risk"].shape == (201, 201)
    with (results / "drugs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 28
    critical = [float(row["critical_multiple"]) for row in rows if row["critical_multiple_status"] == "reached"]
    assert critical == sorted(critical)
    assert {row["critical_multiple"] for row in rows if row["critical_multiple_status"] != "reached"} <= {""}


def test_every_job_left_a_log_and_a_benchmark(finished):
    results = finished[0] / "results/tiny"
    logs, benchmarks = ({path.stem for path in (results / kind).iterdir()} for kind in ("logs", "benchmarks"))
    assert logs == benchmarks
    assert {"design", "simulate_000", "learn_002", "collect", "drugs", "figure_risk_map", "summary"} <= logs


def test_checksums_cover_all_that_the_campaign_leaves(finished):
    """Also in the eyes of `pointes verify`, which simulates some of it again."""
    results = finished[0] / "results/tiny"
    left = {str(path.relative_to(results)) for path in results.rglob("*") if path.is_file()}
    others = re.compile(r"(logs|benchmarks|.*shards)/.*|\.lock|campaign\.json|report\.html|SHA256SUMS")
    sums = checksums.read_sums(results)
    assert set(sums) == {name for name in left if not others.fullmatch(name)}
    table = checksums.read_inputs(results)["drugs.table"]
    assert table["sha256"] == checksums.sha256(PROJECT / "config/drugs/cipa28.csv")
    found = verify(results, 4)
    assert found.identical
    assert found.elsewhere == {}
    assert len(found.samples) == 5


def test_commands_verify_and_pack_a_campaign(copy, tmp_path):
    def pointes_command(*arguments):
        line = [sys.executable, "-m", "pointes.cli", *map(str, arguments)]
        return subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, timeout=300)

    results = copy / "results/tiny"
    run = pointes_command("verify", results, "--samples", 2)
    assert run.returncode == 0, run.stderr
    files, values = run.stdout.splitlines()
    assert re.fullmatch(r"(\d+) of \1 files are identical to what was written", files)
    assert re.fullmatch(r"(\d+) of \1 results are bit-identical in 3 samples simulated again", values)
    assert json.loads(pointes_command("verify", results, "--samples", 0, "--json").stdout)["identical"]
    run = pointes_command("crate", results)
    assert run.returncode == 0, run.stderr
    with zipfile.ZipFile(tmp_path / "tiny-crate.zip") as archive:
        assert {"inputs/cipa28.csv", "results/figures/risk_map.svg"} <= set(archive.namelist())
    (results / "control.json").write_text("{}")
    run = pointes_command("verify", results, "--samples", 0)
    assert run.returncode == 1
    assert run.stdout.splitlines()[0] == "control.json: changed"


def test_campaign_took_what_was_planned(finished, monkeypatch):
    """As many simulations, CPU time within the factor that `pointes plan` states, and disk within a factor of 1.5."""
    monkeypatch.chdir(PROJECT)
    found = plan(finished[0] / "tiny.yaml")
    results = finished[0] / "results/tiny"
    with pointes.open_campaign(results) as opened:
        assert opened.sizes["sample"] == found.counts.most == 17
    comparison = len(store.read(results / "replays/simulations.nc"))
    assert found.counts.comparison == comparison + 16  # the points of the active run
    assert found.core_hours.low < spent(results, 2).core_hours < found.core_hours.high
    size = sum(path.stat().st_size for path in results.rglob("*") if path.is_file())
    assert size / 1.5 < found.disk_bytes < size * 1.5


def test_second_run_has_nothing_to_do(finished):
    before = times(finished[0], "results/tiny/**/*")
    run = snakemake(finished[0], TINY)
    assert "Nothing to be done" in run.stderr
    assert times(finished[0], "results/tiny/**/*") == before


OUTSIDE = """
from pathlib import Path

from matplotlib.figure import Figure

from pointes.figures import ReportFigure, styled


@styled
def draw(points):
    figure = Figure()
    figure.subplots().plot(points["IKr"], points["ICaL"], "o")
    return figure


CAPTION = str(Path(__file__).with_name("caption.rst"))
POINTS = ReportFigure("outside:draw", "Points", {"points": "simulations.nc"}, caption=CAPTION)
"""


def test_another_package_adds_a_figure_to_the_report(copy, tmp_path, monkeypatch):
    """No rule is touched, and nothing else is made again."""
    installed = tmp_path / "packages/outside-1.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[pointes.figures]\nmy_points = outside:POINTS\n")
    (tmp_path / "packages/outside.py").write_text(OUTSIDE)
    (tmp_path / "packages/caption.rst").write_text("Simulated points in {{ snakemake.config.name }}.")
    path = f"{tmp_path / 'packages'}:{os.environ.get('PYTHONPATH', '')}"
    monkeypatch.setenv("PYTHONPATH", path)
    before = times(copy, "results/tiny/figures/*")
    run = snakemake(copy, TINY, "--report", "results/tiny/report.html", "--report-after-run")
    assert run.returncode == 0, run.stderr
    assert (copy / "results/tiny/figures/my_points.png").read_bytes().startswith(b"\x89PNG")
    assert before.items() <= times(copy, "results/tiny/figures/*").items()
    assert "Simulated points in tiny." in (copy / "results/tiny/report.html").read_text()


def test_figures_come_back_without_a_simulation(copy):
    shutil.rmtree(copy / "results/tiny/figures")
    before = times(copy, "results/tiny/**/*.nc")
    run = snakemake(copy, TINY, "figures")
    assert run.returncode == 0, run.stderr
    assert {path.stem for path in (copy / "results/tiny/figures").glob("*.svg")} == set(FIGURES)
    assert times(copy, "results/tiny/**/*.nc") == before


def test_raised_cap_extends_the_campaign(copy):
    before = times(copy, "results/tiny/iteration_*/*") | times(copy, "results/tiny/design.nc")
    old = store.read(copy / "results/tiny/simulations.nc")
    run = snakemake(copy, changed(learning={"max_simulations": 22}), "results/tiny/simulations.nc")
    assert run.returncode == 0, run.stderr
    after = times(copy, "results/tiny/iteration_*/*") | times(copy, "results/tiny/design.nc")
    assert {name: after[name] for name in before} == before
    assert {Path(name).parent.name for name in set(after) - set(before)} == {"iteration_003"}
    new = store.read(copy / "results/tiny/simulations.nc")
    assert len(new) == 21  # another batch would pass the cap
    for name, column in old.columns.items():
        np.testing.assert_array_equal(new[name][:17], column)


def test_campaign_ends_when_it_has_learned(copy):
    """A rule that one stream point satisfies ends the campaign there; what was simulated is not simulated again."""
    before = times(copy, "results/tiny/**/shards/*")
    stopping = {"largest_drift": 1, "checks": 1, "largest_expected_error": 1, "window": 1, "errors": 1}
    stopping["verified"] = False
    run = snakemake(copy, changed(learning={"stopping": stopping}), "results/tiny/simulations.nc")
    assert run.returncode == 0, run.stderr
    assert len(store.read(copy / "results/tiny/simulations.nc")) == 13
    assert times(copy, "results/tiny/**/shards/*") == before
    assert "learned after 13 simulations" in run.stdout


def test_campaign_ends_when_its_time_is_spent(copy):
    """With a cap that the start has used up already nothing more is learned, and nothing is simulated again."""
    before = times(copy, "results/tiny/**/shards/*") | times(copy, "results/tiny/iteration_*/simulations.nc")
    run = snakemake(copy, changed(learning={"max_core_hours": 1e-5}), "results/tiny/summary.html")
    assert run.returncode == 0, run.stderr
    assert len(store.read(copy / "results/tiny/simulations.nc")) == 9
    assert times(copy, "results/tiny/**/shards/*") | times(copy, "results/tiny/iteration_*/simulations.nc") == before
    assert "of at most 1e-05 core hours are spent" in run.stdout
    assert "of at most 1e-05 core hours are spent" in (copy / "results/tiny/summary.html").read_text()


def test_campaign_begins_with_another_and_tells_what_its_parameters_do(copy):
    """Seventeen points of a plane, the control among them, are taken over into three dimensions.

    Their report has figures of the parameters.
    """
    blocks = {"IKr": [0, 1], "ICaL": [0, 1], "INaL": [0, 1]}
    learning = {"warm_start": "results/tiny", "max_simulations": 9}
    three = changed(name="three", parameters={"blocks": blocks}, learning=learning, replays={"enabled": False})
    run = snakemake(copy, three)
    assert run.returncode == 0, run.stderr
    old, new = (store.read(copy / f"results/{name}/simulations.nc") for name in ("tiny", "three"))
    np.testing.assert_array_equal(new["iteration"], [-1] * 17 + [0] * 8)
    np.testing.assert_array_equal(new["label"][:17], old["label"])
    np.testing.assert_array_equal(new.points[:17, 2], 0)
    assert (new.points[17:, 2] > 0).any()
    np.testing.assert_array_equal(np.flatnonzero(new["purpose"] == Purpose.CONTROL), [0])
    np.testing.assert_array_equal(new["delta_apd90_ms"], new["apd90_ms"] - old["apd90_ms"][0])
    assessment = json.loads((copy / "results/three/iteration_000/assessment.json").read_text())
    assert (assessment["simulations"], assessment["imported"]) == (8, 17)
    assert "17 others were taken over from an earlier campaign" in (copy / "results/three/summary.html").read_text()
    for figure in ("risk_map", "query_distance", "sensitivity", "partial_dependence", "shap_summary"):
        assert (copy / f"results/three/figures/{figure}.png").stat().st_size > 1000
    shutil.move(copy / "results/tiny/simulations.nc", copy / "elsewhere.nc")
    refused = snakemake(copy, three, "--dry-run")
    assert refused.returncode == 2
    assert "learning.warm_start: results/tiny/simulations.nc: no such file" in refused.stderr


def test_campaign_without_drugs(tmp_path):
    config = changed(name="plain", drugs=None, learning={"max_simulations": 9}, replays={"enabled": False})
    run = snakemake(tmp_path, config, "--report", "results/plain/report.html", "--report-after-run")
    assert run.returncode == 0, run.stderr
    results = tmp_path / "results/plain"
    assert not [path for path in results.rglob("*") if "drug" in path.name]
    assert {path.stem for path in (results / "figures").glob("*.png")} == set(FIGURES) - {"drug_ranking"}
    for page in ("summary.html", "report.html"):
        assert "Cmax" not in (results / page).read_text()
    assert "drug table" not in run.stdout


def test_module_goes_on_where_the_workflow_was(copy):
    """Rules, paths and parameters of a module without a prefix are those of the workflow itself."""
    write_module(copy, TINY)
    before = times(copy, "results/tiny/**/*")
    again = run_module(copy)
    assert "Nothing to be done" in again.stderr, again.stderr
    assert times(copy, "results/tiny/**/*") == before
    (copy / "results/tiny/figures/risk_map.svg").unlink()
    drawn = run_module(copy, "figures")
    assert drawn.returncode == 0, drawn.stderr
    assert (copy / "results/tiny/figures/risk_map.svg").is_file()
    assert times(copy, "results/tiny/**/*.nc").items() <= before.items()


def test_campaigns_live_side_by_side(copy):
    before = times(copy, "results/tiny/**/*")
    other = changed(name="other", seed=2, learning={"max_simulations": 9})
    run = snakemake(copy, other, "results/other/simulations.nc")
    assert run.returncode == 0, run.stderr
    assert len(store.read(copy / "results/other/simulations.nc")) == 9
    assert times(copy, "results/tiny/**/*") == before
    assert "Nothing to be done" in snakemake(copy, TINY).stderr


def test_changed_drugs_leave_the_simulations_alone(copy):
    before = times(copy, "results/tiny/**/simulations.nc") | times(copy, "results/tiny/**/surrogate.nc")
    run = snakemake(copy, changed(drugs={"multiples": [1, 10]}), "results/tiny/drugs.csv")
    assert run.returncode == 0, run.stderr
    assert "risk_at_10_cmax" in (copy / "results/tiny/drugs.csv").read_text()
    assert times(copy, "results/tiny/**/simulations.nc") | times(copy, "results/tiny/**/surrogate.nc") == before


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (changed(seed=3), "seed was 1 and is now 3; to start anew, choose another name"),
        (changed(learning={"bacth": 3}), "unknown key 'learning.bacth' in "),
        (changed(model={"name": "ohara-2012"}), "unknown model 'ohara-2012'"),
    ],
)
def test_mistake_ends_before_any_job_with_one_line(finished, config, message):
    folder = finished[0]
    before = times(folder, "results/**/*")
    run = snakemake(folder, config)
    assert run.returncode == 2
    complaints = [line for line in run.stderr.splitlines() if line.startswith("pointes: ")]
    assert len(complaints) == 1
    assert re.search(message, complaints[0])
    assert "Traceback" not in run.stderr
    assert times(folder, "results/**/*") == before


def test_foreign_folder_is_refused(tmp_path):
    (tmp_path / "results/tiny").mkdir(parents=True)
    (tmp_path / "results/tiny/thesis.tex").touch()
    run = snakemake(tmp_path, TINY)
    assert run.returncode == 2
    assert "not the results folder of a campaign" in run.stderr
    assert [path.name for path in (tmp_path / "results/tiny").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("killed", ["snakemake", "all processes"])
def test_killed_simulation_is_continued_to_the_same_bits(tmp_path, killed):
    config = changed(
        protocol={"beats": 40},
        learning={"start": 47, "max_simulations": 48},
        execution={"workers": 2, "batch_size": 8},
        replays={"enabled": False},
    )
    target = "results/tiny/iteration_000/simulations.nc"
    shards = tmp_path / "results/tiny/iteration_000/shards"
    with subprocess.Popen(
        command(tmp_path, config, target), cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL
    ) as running:
        deadline = time.monotonic() + 120
        while not list(shards.glob("*.nc")):
            assert running.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.002)
        with (tmp_path / "results/tiny/.lock").open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as a second run would
        if killed == "snakemake":
            os.kill(running.pid, signal.SIGKILL)
        else:
            os.killpg(running.pid, signal.SIGKILL)
    assert not (tmp_path / target).exists()
    before = times(shards, "*.nc")
    assert 1 <= len(before) < 6

    run = snakemake(tmp_path, config, target)
    assert run.returncode == 0, run.stderr
    after = times(shards, "*.nc")
    assert len(after) == 6
    assert {name: after[name] for name in before} == before

    fingerprint = cells.load("ohara-2011", celltype="mid").fingerprint
    uninterrupted = simulate(
        store.read(tmp_path / "results/tiny/design.nc"),
        CellSimulator(
            "ohara-2011", "mid", fingerprint, cycle_length=2000.0, beats=40, label_beats=2, tolerance=TOLERANCE
        ),
        tmp_path / "elsewhere",
        workers=1,
    )
    store.write(tmp_path / "uninterrupted.nc", uninterrupted)
    with netCDF4.Dataset(tmp_path / target) as resumed, netCDF4.Dataset(tmp_path / "uninterrupted.nc") as expected:
        assert set(resumed.variables) == set(expected.variables)
        for name, variable in expected.variables.items():
            assert resumed[name][:].tobytes() == variable[:].tobytes(), name


def test_campaigns_of_the_project_can_be_planned(tmp_path):
    without_file = command(tmp_path, TINY, "--dry-run")[:-2]
    for path in (PROJECT / "config/campaigns").glob("*.yaml"):
        values, where = merged([path]), str(path)
        prepare_any(values, where=where, project=PROJECT, results=tmp_path / "results")
    # One campaign of each kind: of a class, of two fidelities, of quantities with distributions, and a panel
    kinds = [PROJECT / f"config/campaigns/{name}.yaml" for name in ("cell-cable-plane", "cable-qt", "cipa")]
    for chosen in ([], *(["--configfile", str(path)] for path in kinds)):
        run = subprocess.run([*without_file, *chosen], capture_output=True, text=True, cwd=tmp_path, timeout=60)
        assert run.returncode == 0, run.stderr
        assert re.search(r"\b(simulate|panel)\b", run.stdout + run.stderr)
        assert not (tmp_path / "results").exists()
