"""What made a file: the conventions it follows, versions, kind of computer and revision of the code."""

import json
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pointes import __version__

CONVENTIONS = "CF-1.11"
PACKAGES = ("numpy", "scipy", "numba", "myokit", "netCDF4", "dask", "distributed", "scikit-learn", "xgboost-cpu")


@cache
def made() -> dict[str, str]:
    """Return the global attributes that every netCDF file has.

    No time is among them: equal results are equal bytes. How long jobs took is in the benchmark files of a campaign.
    """
    return {
        "Conventions": CONVENTIONS,
        "history": f"written by pointes {__version__}",
        "versions": json.dumps({"pointes": __version__} | {name: _version(name) for name in PACKAGES}),
        "host": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "git_revision": _git_revision(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _git_revision() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        folder = Path(__file__).parent
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"
