"""What is particular to campaigns of two levels, a cheap scale that informs the one whose boundary is sought.

Samples of such a campaign have the column ``fidelity``: 0 for the low level, 1 for the high one. What a run of each
level costs is measured once, when the start is simulated, and kept: a campaign that is continued must choose the points
that it would have chosen had it not been interrupted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointes.campaign.files import store
from pointes.campaign.files.samples import Samples, concatenate
from pointes.campaign.simulation.simulators import COST, Simulated
from pointes.errors import UserError
from pointes.vocabulary import METHODS

HIGH = 1


def sought(samples: Samples) -> Samples:
    """Return the samples of the level whose boundary is sought: all, if there is only one."""
    return samples.where(samples["fidelity"] == HIGH) if "fidelity" in samples.columns else samples


def fidelity_details(scales: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the attributes of the columns that only samples of two levels have; ``scales`` are those of the levels."""

    flags = {"flag_values": np.arange(2, dtype="i1"), "flag_meanings": " ".join(scales)}
    return {
        "fidelity": {"long_name": "scale that was simulated", **flags},
        **{
            predicted_by(method): {"long_name": f"risk at a stream point by the {method} classifier", "units": "1"}
            for method in METHODS
        },
    }


def predicted_by(method: str) -> str:
    """Return the name of the column of risks that a method predicted for stream points."""
    return f"predicted_risk_{method}"


def simulate_levels(
    samples: Samples,
    simulations: Mapping[str, Simulated],
    folder: Path,
    *,
    cores: int,
    threads: int,
    batch_size: int | str = "auto",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Samples:
    """Return the samples with their results: NaN, or -1 of integers, where only the other level has such a value.

    Parameters
    ----------
    samples
        With ``fidelity`` if there are two levels.
    simulations
        By scale, that of the low level first.
    folder
        Where shards are kept, of each scale in the folder of its name.
    cores, threads
        As of `pointes.campaign.simulation.execution.within`.
    batch_size, progress
        As of `pointes.campaign.simulation.execution.simulate`.
    """
    from pointes.campaign.simulation.execution import simulate, within

    of_level = samples.columns.get("fidelity", np.zeros(len(samples)))
    order, parts = [], []
    for level, (scale, simulation) in enumerate(simulations.items()):
        rows = np.flatnonzero(of_level == level)
        if len(rows):
            threaded, workers = within(simulation, cores, threads)
            options = {"workers": workers, "batch_size": batch_size, "progress": progress}
            parts.append(simulate(samples.where(rows), threaded, folder / scale, **options))
            order.append(rows)
    together = concatenate(parts).where(np.argsort(np.concatenate(order)))
    return replace(together, details={**together.details, **samples.details})


def measured_costs(samples: Samples, simulations: Mapping[str, Simulated], folder: Path) -> dict[str, float]:
    """Return what a run costs [core-seconds] by scale, from the shards that `simulate_levels` left in a folder.

    It is the median over the shards: the first simulation of a process takes longer.

    Parameters
    ----------
    samples, simulations, folder
        As of `simulate_levels`; other shards in the folder, of an earlier model or protocol, are left out.

    Raises
    ------
    UserError
        When there are none of a scale.
    """
    costs = {}
    for level, (scale, simulation) in enumerate(simulations.items()):
        keys = simulation.keys(samples.where(samples["fidelity"] == level).points, list(samples.ranges))
        shards = [store.read(path) for path in sorted((folder / scale).glob("*.nc"))]
        shards = [shard for shard in shards if np.isin(shard["key"], keys).any()]
        if not shards:
            raise UserError(
                f"{folder / scale}: no simulations from which costs could be learned; to start anew, remove it"
            )
        costs[scale] = float(np.median([shard.attributes[COST] / len(shard) for shard in shards]))
    return costs
