"""Shards: files that keep the results of one batch each, so that nothing is simulated twice."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from pointes.campaign.files import samples, store
from pointes.campaign.files.samples import Ranges, Samples, concatenate
from pointes.campaign.simulation.simulators import Simulator

COST = "core_seconds"
"""Attribute of a shard. Results do not have it: they must be the same each time."""


def run_batch(simulator: Simulator, points: np.ndarray, ranges: Ranges, keys: np.ndarray, shard: Path) -> None:
    """Simulate points (n, d) and write them, their keys, their results and their cost to a shard."""
    began = time.process_time()  # counts all threads of this process, and nothing else that the machine does
    results = simulator.run(points, list(ranges))
    cost = {COST: time.process_time() - began}
    simulated = samples.make(points, ranges, key=keys, **results)
    store.write(shard, replace(simulated, details=simulator.details(), attributes=cost))


def shard_name(keys: np.ndarray) -> str:
    """Return the file name of the shard of a batch with these keys."""
    return hashlib.sha256("".join(keys).encode()).hexdigest()[:16] + ".nc"


def read_shards(folder: Path) -> list[Samples]:
    """Return the samples of each shard in a folder, with their keys."""
    return [store.read(path) for path in sorted(folder.glob("*.nc"))]


def find(folder: Path, keys: np.ndarray) -> Samples | None:
    """Return the rows of shards that have these keys, or None; other rows are of an earlier protocol."""
    wanted = [shard.where(np.isin(shard["key"], keys)) for shard in read_shards(folder)]
    wanted = [shard for shard in wanted if len(shard)]
    return concatenate(wanted) if wanted else None


def median_cost(folder: Path, keys: np.ndarray) -> float | None:
    """Return the median cost of a simulation [core-seconds] over shards with any of these keys; None without any."""
    shards = [shard for shard in read_shards(folder) if np.isin(shard["key"], keys).any()]
    costs = [shard.attributes[COST] / len(shard) for shard in shards]
    return float(np.median(costs)) if costs else None
