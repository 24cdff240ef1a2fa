"""Campaigns and simulations that run on clusters, and what they leave."""

import csv
import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import yaml

from ..workflow.conftest import TINY, command

SHORT = {
    **TINY,
    "learning": {"start": 15, "batch": 4, "max_simulations": 20},
    "execution": {"batch_size": 4},
    "replays": {"enabled": False},
}
"""A campaign of two iterations, of four batches and one."""

SIMULATIONS = "results/tiny/simulations.nc"
"""File that depends on all simulations."""

Run = subprocess.CompletedProcess[str]


def write_yaml(path: Path, values: Mapping[str, object]) -> Path:
    path.write_text(yaml.safe_dump(dict(values), sort_keys=False))
    return path


def run_campaign(folder: Path, site: Mapping[str, object], environment: Mapping[str, str], *options: str) -> Run:
    """Run the short campaign with a site file, up to its simulations."""
    line = command(folder, SHORT, SIMULATIONS, *options)
    return run([*line, str(write_yaml(folder / "site.yaml", site))], folder, environment)


def simulation(folder: Path, beats: int, points: int, site: Mapping[str, object]) -> list[str]:
    """Return the command that simulates random points, and write what it reads; batches have eight points."""
    config = {"protocol": {"beats": beats, "label_beats": 2}, "execution": {"workers": 2, "batch_size": 8}}
    config = write_yaml(folder / "campaign.yaml", config)
    with (folder / "points.csv").open("w", newline="") as file:
        rows = np.random.default_rng(1).uniform(size=(points, 2))
        csv.writer(file).writerows([["IKr", "ICaL"], *rows.tolist()])
    paths = [str(config), str(folder / "points.csv"), "--output", str(folder / "out.nc")]
    return [
        sys.executable,
        "-m",
        "pointes.cli",
        "simulate",
        *paths,
        "--site",
        str(write_yaml(folder / "site.yaml", site)),
    ]


def run(line: list[str], folder: Path, environment: Mapping[str, str]) -> Run:
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, timeout=500)


def data(folder: Path) -> dict[str, str]:
    """Return a hash of each netCDF file of results apart from shards, which hold the CPU time that they took."""
    files = {path.relative_to(folder): path for path in folder.rglob("*.nc") if "shards" not in str(path.parent)}
    return {str(name): hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
