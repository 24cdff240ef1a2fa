"""Simulation of samples in campaigns with one or two fidelities, each by its own simulator.

Samples of two-fidelity campaigns have the column ``fidelity``. The costs of a run of each fidelity are measured once,
when the start is simulated: a continued campaign must choose the points that it would have chosen uninterrupted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from pointes.batches.cluster import ClusterSettings
from pointes.campaign.files.samples import Samples, concatenate
from pointes.campaign.settings import NO_LIMITS, FailureLimits
from pointes.campaign.simulation import shards
from pointes.campaign.simulation.execution import fit_to_cores, simulate
from pointes.campaign.simulation.simulators import Simulator
from pointes.errors import UserError


def simulate_fidelities(
    samples: Samples,
    simulators: Mapping[str, Simulator],
    folder: Path,
    *,
    cores: int,
    threads: int,
    cluster: ClusterSettings = ClusterSettings(),
    batch_size: int | str = "auto",
    limits: FailureLimits = NO_LIMITS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Samples:
    """Return the samples with their results: NaN, or -1 of integers, where only the other fidelity has such a value.

    ``simulators`` are given by scale, that of the low fidelity first; a folder of each scale's name has its shards.
    """
    fidelity = samples.columns.get("fidelity", np.zeros(len(samples)))
    order, parts = [], []
    for value, (scale, simulator) in enumerate(simulators.items()):
        rows = np.flatnonzero(fidelity == value)
        if len(rows):
            fitted, workers = fit_to_cores(simulator, cores, threads)
            part = simulate(
                samples.where(rows),
                fitted,
                folder / scale,
                workers=workers,
                cluster=cluster,
                batch_size=batch_size,
                limits=limits,
                progress=progress,
            )
            parts.append(part)
            order.append(rows)
    simulated = concatenate(parts).where(np.argsort(np.concatenate(order)))
    return replace(simulated, details={**simulated.details, **samples.details})


def measured_costs(samples: Samples, simulators: Mapping[str, Simulator], folder: Path) -> dict[str, float]:
    """Return the costs of a run [core-seconds] by scale, from the shards in a folder that hold any of these samples."""
    costs = {}
    for value, (scale, simulator) in enumerate(simulators.items()):
        keys = simulator.keys(samples.where(samples["fidelity"] == value).points, list(samples.space))
        cost = shards.median_cost(folder / scale, keys, simulator.fingerprint)
        if cost is None:
            raise UserError(
                "no simulations from which costs could be learned; to start anew, remove it", where=folder / scale
            )
        costs[scale] = cost
    return costs
