"""Loading the kernels of simulators for local workers, while the job makes its own imports."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pointes.batches import local


def warm_up(kind: str, simulators: Iterable[Mapping[str, Any]]) -> None:
    """Let the server of local workers load modules and the kernels of ``simulators``, given by their params."""
    local.warm_up(kind, "pointes.campaign.simulation.preload", json.dumps(list(simulators)))
