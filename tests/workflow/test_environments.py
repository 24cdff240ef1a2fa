"""Conda environment and container: their packages are the tested ones, and their files are enough for a campaign."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

import yaml

from .conftest import PROJECT, TINY

DOCKERFILE = (PROJECT / "container/Dockerfile").read_text()
PROJECT_FILE = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


def pins(lines) -> dict[str, str]:
    """Return the version of each package by its normalised name."""
    pairs = (line.split("==") for line in lines if "==" in line)
    return {normal(name): version.strip() for name, version in pairs}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(dependencies) -> set[str]:
    return {normal(re.match(r"[\w.-]+", dependency)[0]) for dependency in dependencies}


CONSTRAINTS = pins((PROJECT / "constraints.txt").read_text().splitlines())


def test_all_dependencies_have_a_pin():
    everything = [*PROJECT_FILE["dependencies"], *PROJECT_FILE["optional-dependencies"]["dev"]]
    assert required(everything) <= {*CONSTRAINTS, "pointes"}  # whose extras are among its own dependencies of tests


def test_conda_environment_has_the_dependencies_at_their_pins():
    environment = yaml.safe_load((PROJECT / "workflow/envs/pointes.yaml").read_text())
    python, pip, packages = environment["dependencies"]
    assert pip == "pip"
    assert set(pins(packages["pip"])) == required(PROJECT_FILE["dependencies"])
    assert pins(packages["pip"]).items() <= CONSTRAINTS.items()
    assert f"FROM python:{python.removeprefix('python=')}-slim" in DOCKERFILE


def test_container_installs_what_the_tests_run_with():
    """The command is that of the Makefile, which makes the environment of the tests."""
    (run,) = (shlex.split(line) for line in DOCKERFILE.splitlines() if line.startswith("RUN "))
    assert run == ["RUN", "pip", "install", "--no-cache-dir", "--constraint", "constraints.txt", "--editable", "."]
    assert (
        "pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ."
        in (PROJECT / "Makefile").read_text()
    )


def test_files_of_the_container_are_enough_for_a_campaign(tmp_path):
    """Its COPY lines fill an empty folder, from which Snakemake plans a campaign of another folder."""
    image, work = tmp_path / "opt", tmp_path / "work"
    work.mkdir()
    image.mkdir()
    copied = [line.split()[1:] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    for *sources, target in copied:
        for source in map(PROJECT.joinpath, sources):
            if source.is_dir():
                shutil.copytree(source, image / target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
            else:
                shutil.copy(source, image / target)
    kept = (PROJECT / "container/Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in kept if line.startswith("!")} == {
        source for *sources, _ in copied for source in sources
    }
    (work / "mine.yaml").write_text(yaml.safe_dump(TINY))
    line = [sys.executable, "-m", "snakemake", "--snakefile", str(image / "Snakefile"), "--dry-run"]
    environment = {**os.environ, "PYTHONPATH": str(image / "src")}
    run = subprocess.run(
        [*line, "--configfile", "mine.yaml"], capture_output=True, text=True, cwd=work, env=environment, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert "simulate_replays" in run.stdout + run.stderr


def test_deployment_methods_of_snakemake_change_nothing(tmp_path):
    """As docs/reproducibility.md says: no rule names an environment."""
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    line = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile"), "--configfile", "tiny.yaml"]

    def call(*options: str):
        return subprocess.run([*line, *options], capture_output=True, text=True, cwd=tmp_path, timeout=120)

    planned = call("--dry-run", "--software-deployment-method", "conda")
    assert planned.returncode == 0, planned.stderr
    recipe = call("--containerize")
    assert recipe.returncode == 0, recipe.stderr
    assert recipe.stdout.startswith("FROM ")
    assert "conda env create" not in recipe.stdout
