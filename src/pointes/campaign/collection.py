"""Putting the iterations of a campaign together."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pointes.campaign import store
from pointes.campaign.provenance import provenance
from pointes.campaign.samples import Samples, concatenate


def collect(simulations: Sequence[Path | str], meaning: Mapping[str, Any], fingerprint: str) -> Samples:
    """Return the simulations of all iterations, in the order in which they were chosen, with their provenance."""
    together = concatenate([store.read(path) for path in simulations])
    return provenance(together, meaning, fingerprint, f"campaign {meaning['name']}")
