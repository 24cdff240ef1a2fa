"""Simulating many points: batches on a Dask cluster, one shard on disk per batch, nothing simulated twice.

Results do not depend on the number of workers, the batches or the order in which they end: each row is a function of
its point alone, and rows are put together by key.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes.batches.cluster import ClusterSettings, cpu_count
from pointes.batches.execution import run_batches
from pointes.campaign.files.samples import Samples
from pointes.campaign.simulation import shards
from pointes.campaign.simulation.simulators import LANES, CellSimulator, Simulator
from pointes.campaign.simulation.warming import warm_up
from pointes.locks import locked
from pointes.vocabulary import Failure, Status

if TYPE_CHECKING:
    from distributed import Client, Future

LARGEST_BATCH = CellSimulator.largest_batch
LOST = {"status": Status.LOST, "failure": Failure.WORKER_DIED}
"""Results of lost samples, by column."""


@dataclass(frozen=True)
class _Batch:
    points: np.ndarray
    keys: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)

    def halves(self) -> list["_Batch"]:
        """Return the two halves, or the batch itself if it has a single sample."""
        middle = (len(self.keys) + 1) // 2
        parts = [slice(middle), slice(middle, None)] if len(self.keys) > 1 else [slice(1)]
        return [_Batch(self.points[part], self.keys[part]) for part in parts]


def simulate(
    samples: Samples,
    simulator: Simulator,
    folder: Path,
    *,
    workers: int | str = "auto",
    cluster: ClusterSettings = ClusterSettings(),
    batch_size: int | str = "auto",
    progress: Callable[[int, int], None] = lambda done, total: None,
    run: Callable[..., None] = shards.run_batch,
) -> Samples:
    """Return the samples with ``label``, ``status`` and biomarkers, from shards in the folder or new simulations.

    ``progress`` is called with the numbers of simulated and of all points, at the start and after each batch. ``run``
    simulates a batch in a worker and writes its shard. Samples on which workers died again and again, alone or in half
    a batch, have status ``lost``, failure ``worker_died``, label -1 and no other values.
    """
    points, ranges = samples.points, dict(samples.ranges)
    keys = simulator.keys(points, list(ranges))
    workers = cpu_count() if workers == "auto" else int(workers)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        found = shards.find(folder, keys)
        missing = np.flatnonzero(~np.isin(keys, [] if found is None else found["key"]))
        done = len(keys) - len(missing)
        progress(done, len(keys))
        if len(missing):
            warm_up(cluster.kind, [simulator.to_params()])
            parts = split(missing, workers, batch_size, simulator.points_at_once, simulator.largest_batch)

            def submit(client: "Client", batch: _Batch) -> "Future[None]":
                # Workers of other machines have another working directory
                shard = (folder / shards.shard_name(batch.keys)).absolute()
                return client.submit(run, simulator, batch.points, ranges, batch.keys, shard, pure=False)

            batches = [_Batch(points[rows], keys[rows]) for rows in parts]
            for batch, _ in run_batches(batches, submit, cluster=cluster, workers=workers):
                done += len(batch)
                progress(done, len(keys))
            found = shards.find(folder, keys)
    if found is None:
        raise RuntimeError(f"workers died on all of the {len(keys)} samples")
    columns = {**samples.columns, **_in_order(keys, found)}
    return replace(samples, columns=columns, details=found.details)


def split(
    rows: np.ndarray, workers: int, batch_size: int | str, points_at_once: int = LANES, largest: int = LARGEST_BATCH
) -> list[np.ndarray]:
    """Cut rows into batches: whole multiples of ``points_at_once``, four batches per worker if there are enough.

    Examples
    --------
    >>> [len(batch) for batch in split(np.arange(16), workers=2, batch_size="auto")]
    [8, 8]
    >>> [len(batch) for batch in split(np.arange(576), workers=2, batch_size="auto")]
    [72, 72, 72, 72, 72, 72, 72, 72]
    """
    if batch_size == "auto":
        multiple = max(1, -(-len(rows) // (4 * workers * points_at_once)))
        batch_size = min(multiple * points_at_once, largest)
    return [rows[start : start + int(batch_size)] for start in range(0, len(rows), int(batch_size))]


def fit_to_cores(simulator: Simulator, cores: int, threads: int) -> tuple[Simulator, int]:
    """Return the simulator with as many threads as it can use and there are cores, and the workers that then fit."""
    fitted = simulator.with_threads(min(threads, cores))
    return fitted, cores // fitted.threads


def _in_order(keys: np.ndarray, found: Samples) -> dict[str, np.ndarray]:
    """Return the result columns, row by row for these keys; lost samples have no values."""
    row_of = {key: row for row, key in enumerate(found["key"])}
    rows = np.array([row_of.get(key, -1) for key in keys])
    results = {}
    for name, column in found.columns.items():
        if name == "key" or name in found.ranges:
            continue
        missing = LOST.get(name, np.nan if column.dtype.kind == "f" else -1)
        found_there = (rows >= 0).reshape(-1, *[1] * (column.ndim - 1))
        results[name] = np.where(found_there, column[rows], np.array(missing, column.dtype))
    return results
