"""Provenance of results: the global attributes of a campaign's files."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pointes.campaign.configuration.meaning import meaning
from pointes.campaign.files import identity
from pointes.campaign.files.identity import FORMAT
from pointes.campaign.files.samples import Samples
from pointes.errors import UserError
from pointes.files import damage_in
from pointes.software import made
from pointes.tissue.geometry import GEOMETRIES


def provenance(samples: Samples, meaning: Mapping[str, Any], fingerprint: str, title: str) -> Samples:
    """Return simulated samples with the global attributes of their file: a title, and those of `origin`."""
    scale = meaning.get("simulation.scale", "cell")
    what = f"Simulated {'cells' if scale == 'cell' else GEOMETRIES[scale].plural}: {title}"
    return replace(samples, attributes={"title": what, **origin(meaning, fingerprint)})


def origin(meaning: Mapping[str, Any], fingerprint: str) -> dict[str, str]:
    """Return the global attributes of all files of a campaign: what was simulated, and by what software.

    ``meaning`` has the keys that define what results mean. Other keys may change while the files stay as they are.
    """
    cells = f"{meaning['model.name']}, {_cells(meaning)}" if "model.name" in meaning else "cells of a panel of drugs"
    return {
        "source": f"{cells}, paced every {meaning['protocol.cycle_length']:g} ms",
        **made(),
        "config": json.dumps(meaning),
        "seed": str(meaning["seed"]),
        "fingerprint": fingerprint,
        "format": str(FORMAT),
    }


def _cells(meaning: Mapping[str, Any]) -> str:
    """Return a phrase about the cells or the tissue that was simulated."""
    celltype, scale = meaning["model.celltype"], meaning.get("simulation.scale", "cell")
    if scale == "cell":
        return f"{celltype or ''} cell".strip()
    tissue = meaning["simulation.tissue"]
    celltypes = tissue["layers"] or (tissue.get("image") or {}).get("tags", {})
    return f"{', '.join(celltypes) or celltype or ''} cells in {GEOMETRIES[scale].noun}".strip()


def origin_of(path: Path | str) -> dict[str, str]:
    """Return the global attributes of a file at a path: those of the campaign whose results folder holds it."""
    for folder in list(Path(path).absolute().parents)[:3]:
        if (folder / "campaign.json").is_file():
            try:
                record = identity.read(folder)
                with damage_in(folder / "campaign.json"):
                    return origin(meaning(record["config"]), record["fingerprint"])
            except UserError:  # the record of another program
                break
    return made()
