"""Putting the iterations of a campaign together."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pointes.campaign.files import store
from pointes.campaign.files.provenance import provenance
from pointes.campaign.files.samples import Samples, concatenate
from pointes.campaign.steps import control


def collect(simulations: Sequence[Path | str], meaning: Mapping[str, Any], fingerprint: str) -> Samples:
    """Return the simulations of all iterations, with changes against the control and provenance as attributes."""
    collected = control.with_changes(concatenate([store.read(path) for path in simulations]))
    return provenance(collected, meaning, fingerprint, f"campaign {meaning['name']}")
