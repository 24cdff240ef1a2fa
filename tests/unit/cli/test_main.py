"""The command `pointes` itself: its version, and how wrong usage ends."""

import subprocess
import sys
from pathlib import Path

import pointes

PROJECT = Path(__file__).parents[3]
CUBIC = Path(__file__).parents[2] / "data" / "models" / "cubic.cellml"
RANGES = {"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)}


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


def test_version_is_that_of_the_package(run):
    assert run("--version") == (0, f"pointes {pointes.__version__}\n", "")
