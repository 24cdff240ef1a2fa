"""Loading the kernels of simulators for local workers while a job is still busy with its own imports."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pointes.batches import cluster


def warm_up(kind: str, simulators: Iterable[Mapping[str, Any]]) -> None:
    """Let the server of local workers load modules and kernels in the background.

    Parameters
    ----------
    kind
        Kind of cluster, one of `pointes.batches.cluster.CLUSTERS`.
    simulators
        Params of the simulators, those of `pointes.campaign.simulation.simulators.Simulator.to_params`.
    """
    cluster.warm_up(kind, "pointes.campaign.simulation.preload", json.dumps(list(simulators)))
