"""Several campaigns in one run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pointes.campaign.commands.verify import verify
from pointes.campaign.files import store
from pointes.campaign.progress import read_status

from .conftest import PROJECT, TINY, Run, printed, snakemake, times

SMALL = {
    **TINY,
    "learning": {"start": 8, "batch": 4, "max_simulations": 13},
    "drugs": None,
    "replays": {"enabled": False},
}
FAILING = """
from pointes.learning import Acquisition

class Failing(Acquisition):
    def score(self, batch, candidates):
        raise RuntimeError("it fails")
"""


def many(folder: Path, files: list[str], *options: str) -> Run:
    """Run campaigns in a folder."""
    line = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "workflow/many.smk"), "--cores", "2"]
    line += [*options, "--workflow-profile", str(PROJECT / "profiles/default"), "--config", f"campaigns={files}"]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, timeout=400)


def complaints(run: Run) -> list[str]:
    return [line for line in run.stderr.splitlines() if line.startswith("pointes: ")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files of two campaigns, the first of which fails when it learns."""
    installed = tmp_path / "packages/failing-1.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: failing\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[pointes.acquisitions]\nfailing = failing:Failing\n")
    (tmp_path / "packages/failing.py").write_text(FAILING)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'packages'}:{os.environ.get('PYTHONPATH', '')}")
    learning = {**SMALL["learning"], "acquisition": "failing"}
    (tmp_path / "first.yaml").write_text(yaml.safe_dump({**SMALL, "name": "first", "learning": learning}))
    (tmp_path / "second.yaml").write_text(yaml.safe_dump({**SMALL, "name": "second.one"}))
    return tmp_path


def test_a_campaign_that_fails_does_not_stop_another(folder):
    run = many(folder, ["first.yaml", "second.yaml"], "--keep-going")
    assert run.returncode == 1
    (complaint,) = complaints(run)
    assert complaint.startswith("pointes: RuntimeError: it fails (see results/first/logs/learn_000.log)")
    assert read_status(folder / "results/first")["state"] == "started"
    second = folder / "results/second.one"
    assert len(store.read(second / "simulations.nc")) == 13
    assert verify(second, 1).identical
    lines = printed(run)
    assert [line.split(":")[0] for line in lines[:2]] == ["campaign first", "campaign second.one"]
    assert any(line.startswith("second.one:         1     13 / 13") for line in lines)
    assert "second.one: summary    results/second.one/summary.html" in lines
    for name in ("first", "second.one"):
        assert (folder / f"results/{name}/.lock").is_file()

    before = times(folder, "results/second.one/**/*")
    alone = snakemake(folder, {**SMALL, "name": "second.one"}, "--dry-run")
    assert "Nothing to be done" in alone.stdout  # of a dry run
    (folder / "first.yaml").write_text(yaml.safe_dump({**SMALL, "name": "third"}))
    run = many(folder, ["first.yaml", "second.yaml"], "third_design")
    assert run.returncode == 0, run.stderr
    assert times(folder, "results/second.one/**/*") == before
    assert (folder / "results/third/design.nc").is_file()


def test_mistakes_name_the_campaign_that_has_them(folder):
    (folder / "second.yaml").write_text(yaml.safe_dump({**SMALL, "name": "first"}))
    twice = complaints(many(folder, ["first.yaml", "second.yaml"]))
    assert twice == ["pointes: second.yaml: name: 'first'; expected another name than that of an earlier campaign"]
    (folder / "second.yaml").write_text(yaml.safe_dump({**SMALL, "name": "second", "protocol": {"beats": 0}}))
    (mistake,) = complaints(many(folder, ["first.yaml", "second.yaml"]))
    assert mistake.startswith("pointes: second.yaml: protocol.beats: 0; expected")
    assert complaints(many(folder, []))[0].startswith("pointes: campaigns: []; expected a list of files, as --config")
    assert not (folder / "results").exists()
