"""Where results come from: the global attributes of the files that a campaign hands out."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pointes import __version__
from pointes.campaign.identity import FORMAT
from pointes.campaign.samples import Samples

PACKAGES = ("numpy", "scipy", "numba", "myokit", "netCDF4", "dask", "distributed", "scikit-learn", "xgboost-cpu")


def provenance(samples: Samples, meaning: Mapping[str, Any], fingerprint: str, title: str) -> Samples:
    """Return the samples with the global attributes that say how they were made.

    No time is among them: the same campaign gives the same bytes, and Snakemake sees that nothing changed.

    Parameters
    ----------
    samples
        Simulated samples.
    meaning
        From `pointes.campaign.identity.meaning`: what the rows mean. Caps, workers and what is drawn from the rows may
        change without touching them.
    fingerprint
        Of the cell model.
    title
        Which samples these are.
    """
    model, celltype = meaning["model.name"], meaning["model.celltype"]
    cycle_length = meaning["protocol.cycle_length"]
    scale = meaning.get("simulation.scale", "cell")
    if scale != "cell":
        celltype = ", ".join(meaning["simulation.tissue"]["layers"]) or celltype
    kind = f"{celltype or ''} {'cell' if scale == 'cell' else f'cells in a {scale}'}".strip()
    attributes = {
        "title": f"Simulated {'ventricles' if scale == 'ventricles' else f'{scale}s'}: {title}",
        "source": f"{model}, {kind}, paced every {cycle_length:g} ms",
        "history": f"written by pointes {__version__}",
        "config": json.dumps(meaning),
        "versions": json.dumps({"pointes": __version__} | {name: _version(name) for name in PACKAGES}),
        "host": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "git_revision": _git_revision(),
        "seed": str(meaning["seed"]),
        "fingerprint": fingerprint,
        "format": str(FORMAT),
    }
    return replace(samples, attributes=attributes)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _git_revision() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"
