"""Where results come from: the global attributes of the files that a campaign hands out."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pointes.campaign.files import identity
from pointes.campaign.files.identity import FORMAT
from pointes.campaign.files.samples import Samples
from pointes.errors import UserError
from pointes.software import made
from pointes.tissue.geometry import GEOMETRIES


def provenance(samples: Samples, meaning: Mapping[str, Any], fingerprint: str, title: str) -> Samples:
    """Return the samples with the global attributes that say how they were made.

    Parameters
    ----------
    samples
        Simulated samples.
    meaning, fingerprint
        Those that `origin` takes.
    title
        Which samples these are.
    """
    scale = meaning.get("simulation.scale", "cell")
    what = f"Simulated {'cells' if scale == 'cell' else GEOMETRIES[scale].plural}: {title}"
    return replace(samples, attributes={"title": what, **origin(meaning, fingerprint)})


def origin(meaning: Mapping[str, Any], fingerprint: str) -> dict[str, str]:
    """Return the global attributes of all files of a campaign: what was simulated, and by what.

    Parameters
    ----------
    meaning
        From `pointes.campaign.files.identity.meaning`: what the rows mean. Caps, workers and what is drawn from the
        rows may change without touching them.
    fingerprint
        Fingerprint of the cell model.
    """
    model, celltype = meaning["model.name"], meaning["model.celltype"]
    cycle_length = meaning["protocol.cycle_length"]
    scale = meaning.get("simulation.scale", "cell")
    if scale != "cell":
        celltype = ", ".join(meaning["simulation.tissue"]["layers"]) or celltype
    kind = f"{celltype or ''} {'cell' if scale == 'cell' else f'cells in {GEOMETRIES[scale].noun}'}".strip()
    return {
        "source": f"{model}, {kind}, paced every {cycle_length:g} ms",
        **made(),
        "config": json.dumps(meaning),
        "seed": str(meaning["seed"]),
        "fingerprint": fingerprint,
        "format": str(FORMAT),
    }


def origin_of(path: Path | str) -> dict[str, str]:
    """Return the global attributes of a file by its place: those of the campaign in whose results folder it is."""
    for folder in list(Path(path).absolute().parents)[:3]:
        if (folder / "campaign.json").is_file():
            try:
                record = identity.read(folder)
            except UserError:  # of something else than pointes
                break
            return origin(identity.meaning(record["config"]), record["fingerprint"])
    return made()
