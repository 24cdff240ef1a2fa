"""A tiny campaign, run once through Snakemake and shared by the tests of the workflow."""

import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]

TINY = {
    "name": "tiny",
    "protocol": {"beats": 4, "label_beats": 2},
    "learning": {"start": 8, "batch": 4, "max_simulations": 17},
    "execution": {"workers": 2},
    "drugs": {"draws": 5},
    "replays": {"repeats": 1, "grid": 4},
}

Run = subprocess.CompletedProcess[str]


def command(folder: Path, config: dict, *options: str) -> list[str]:
    """Return the command that runs a campaign in a folder, and write its configuration there."""
    path = folder / f"{config['name']}.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    snakemake = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile"), "--cores", "2"]
    return [*snakemake, *options, "--directory", str(folder), "--configfile", str(path)]


def snakemake(folder: Path, config: dict, *options: str) -> Run:
    """Run a campaign in a folder."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command(folder, config, *options), capture_output=True, text=True, env=environment, cwd=folder, timeout=300
    )


def times(folder: Path, pattern: str) -> dict[str, int]:
    """Return when each file that matches was last written [ns]."""
    files = sorted(path for path in folder.glob(pattern) if path.is_file())  # locks come and go in folders
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in files}


def printed(run: Run) -> list[str]:
    """Return the lines of a run's progress, each without the time before it."""
    lines = run.stdout.splitlines()
    times = [line[:19] for line in lines]
    assert times == [str(datetime.fromisoformat(time)) for time in times]
    return [line[21:] for line in lines]


MODULE = """
configfile: "config.yaml"

module pointes:
    snakefile: "{snakefile}"
    config: config
    {prefix}

use rule * from pointes {names}
"""


def write_module(folder: Path, config: dict, prefix: str = "", names: str = "") -> None:
    """Write a workflow that uses this one as a module."""
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    text = MODULE.format(snakefile=PROJECT / "workflow/Snakefile", prefix=prefix, names=names)
    (folder / "Snakefile").write_text(text)


def run_module(folder: Path, *options: str) -> Run:
    """Run the workflow of `write_module`."""
    line = [sys.executable, "-m", "snakemake", "--cores", "2", *options]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, timeout=300)


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> tuple[Path, Run]:
    """The folder in which the tiny campaign ran to its end, and what the run printed.

    Used in one file only: files are distributed over processes, and each of them would run the campaign.
    """
    folder = tmp_path_factory.mktemp("workflow")
    return folder, snakemake(folder, TINY, "--report", "results/tiny/report.html", "--report-after-run")


@pytest.fixture
def copy(finished, tmp_path) -> Path:
    """A copy of the finished campaign, to be changed."""
    return shutil.copytree(finished[0], tmp_path / "copy", copy_function=shutil.copy2)
