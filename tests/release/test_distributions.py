"""Wheel and archive of the source hold what they should, and a study runs from the wheel as its users run it."""

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
import yaml

from pointes import __version__

from ..workflow.conftest import MODULE, PROJECT, TINY, Run

WORKFLOW = ("Snakefile", "rules/", "scripts/", "workflow/", "config/", "profiles/")
"""What stands beside the package in a clone, and in the package in a wheel."""

SHORT = {**TINY, "learning": {"start": 8, "batch": 4, "max_simulations": 9}, "replays": {"enabled": False}}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory) -> Path:
    """Folder of the archive of the source, and of the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    line = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(PROJECT)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(distributions) -> Path:
    return distributions / f"pointes-{__version__}-py3-none-any.whl"


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory) -> Path:
    """Folder of the programs of a new environment with the wheel, and the packages of this one but not its pointes.

    Python does not read the .pth files of a folder that a .pth file adds, so the editable installation is not seen.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    line = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(folder), "install"]
    done = subprocess.run([*line, "--quiet", "--no-deps", str(wheel)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    code = "import pointes, pointes.project as project; print(pointes.__file__, project.PROJECT, sep='\\n')"
    found = call(folder, "bin/python", "-c", code, prefix=folder).stdout.splitlines()
    assert found == [str(packages / "pointes/__init__.py"), str(packages / "pointes/workflow")]
    return folder


def call(cwd: Path, program: str, *options: str, prefix: Path) -> Run:
    """Run a program of an environment, without this process's paths to pointes."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    line = [str(prefix / program), *options]
    return subprocess.run(line, capture_output=True, text=True, cwd=cwd, env=own, timeout=300)


def snakemake(environment: Path, folder: Path, *options: str) -> Run:
    """Run Snakemake in a folder, and return what it printed; it must succeed."""
    done = call(folder, "bin/python", "-m", "snakemake", *options, prefix=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def committed() -> set[str]:
    """Return the files of the clone that git keeps, or would keep once they are added."""
    line = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(line, capture_output=True, text=True, cwd=PROJECT, check=True).stdout.splitlines()
    return {name for name in listed if (PROJECT / name).is_file()}


def test_wheel_holds_the_package_and_the_workflow(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = committed()
    package = {name.removeprefix("src/") for name in files if name.startswith("src/pointes/")}
    workflow = {f"pointes/workflow/{name}" for name in files if name.startswith(WORKFLOW)}
    assert len(package) > 300
    assert len(workflow) > 100
    assert names == package | workflow


def test_archive_of_the_source_holds_the_clone(distributions):
    with tarfile.open(distributions / f"pointes-{__version__}.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names == committed() | {"PKG-INFO"}
    assert not {name for name in names if re.search(r"__pycache__|\.pyc$|^results/.*\w", name)} - {"results/.gitkeep"}


def test_metadata_of_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    assert (metadata["Name"], metadata["Version"], metadata["Requires-Python"]) == ("pointes", __version__, ">=3.11")
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_payload().startswith("# pointes\n")


def test_study_runs_from_the_wheel(environment, tmp_path):
    """`pointes new`, a smaller configuration, and plain `snakemake`; captions of the report are found, too."""
    made = call(tmp_path, "bin/pointes", "new", "my-study", prefix=environment)
    assert (made.returncode, made.stdout.splitlines()[-2:]) == (0, ["    cd my-study", "    snakemake"])
    study = tmp_path / "my-study"
    checked = call(study, "bin/pointes", "check", "config/config.yaml", prefix=environment)
    assert (checked.returncode, checked.stdout) == (0, "results/ikr-ical-plane\n")
    (study / "config/config.yaml").write_text(yaml.safe_dump(SHORT))
    run = snakemake(environment, study)
    assert "results/tiny/summary.html" in run.stdout
    assert "iteration_000" in {path.name for path in (study / "results/tiny").iterdir()}
    assert (study / "results/tiny/figures/risk_map.svg").stat().st_size > 0
    assert (study / "results/tiny/drugs.csv").stat().st_size > 0
    assert "Nothing to be done" in snakemake(environment, study).stderr
    snakemake(environment, study, "--report", "report.html")
    assert "belongs to one campaign of pointes" in (study / "report.html").read_text(encoding="utf-8")


def test_other_ways_to_run_in_a_study(environment, tmp_path):
    """Another campaign, one whose tables the wheel has, both profiles, several campaigns, and a module."""
    call(tmp_path, "bin/pointes", "new", "study", "--campaign", "cipa", prefix=environment)
    study = tmp_path / "study"

    def planned(*options: str) -> str:
        run = snakemake(environment, study, "--dry-run", *options)
        return run.stdout + run.stderr

    assert "panel_classification" in planned()
    assert "figure_response_map" in planned("--configfile", "config/campaigns/qnet.yaml")
    assert "figure_torsade_ranking" in planned("--profile", "profiles/slurm")
    assert "figure_torsade_ranking" in planned("--workflow-profile", "profiles/slurm")
    (many,) = environment.glob("lib/python*/site-packages/pointes/workflow/workflow/many.smk")
    several = planned("--snakefile", str(many), "--config", 'campaigns=["config/config.yaml"]')
    assert "cipa_panel_classification" in several
    (study / "config.yaml").write_text(yaml.safe_dump(SHORT))
    module = MODULE.replace('"{snakefile}"', "PROJECT / 'Snakefile'").format(prefix='prefix: "heart"', names="as ep_*")
    (study / "Snakefile").write_text(f"from pointes.project import PROJECT\n{module}")
    assert "ep_simulate" in planned("ep_figure_risk_map")
