"""Simulating many points: batches on a Dask cluster, one shard on disk per batch, nothing simulated twice.

Results do not depend on the number of workers, the batches or the order in which they end: each row is a function of
its point alone, and rows are put together by key.
"""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes.campaign.files.samples import Samples
from pointes.campaign.simulation import shards
from pointes.campaign.simulation.cluster import CLUSTERS, LOCAL, warm_up
from pointes.campaign.simulation.simulators import LANES, CellSimulator, Simulator
from pointes.files import lock
from pointes.libraries import distributed
from pointes.vocabulary import Failure, Status

if TYPE_CHECKING:
    from distributed import Future

LARGEST_BATCH = CellSimulator.largest_batch
OF_LOST = {"status": Status.LOST, "failure": Failure.WORKER_DIED}
"""Results of lost samples, by column."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Batch:
    points: np.ndarray
    keys: np.ndarray

    def halves(self) -> list["_Batch"]:
        """Return the two halves, or the batch itself if it has a single sample."""
        middle = (len(self.keys) + 1) // 2
        parts = [slice(middle), slice(middle, None)] if len(self.keys) > 1 else [slice(1)]
        return [_Batch(self.points[part], self.keys[part]) for part in parts]

    @property
    def shard(self) -> str:
        return shards.shard_name(self.keys)


def simulate(
    samples: Samples,
    simulator: Simulator,
    folder: Path,
    *,
    workers: int | str = "auto",
    cluster: str = LOCAL,
    batch_size: int | str = "auto",
    progress: Callable[[int, int], None] = lambda done, total: None,
    run: Callable[..., None] = shards.run_batch,
) -> Samples:
    """Return the samples with their results, simulating those that have no result in the folder's shards yet.

    Parameters
    ----------
    samples
        Samples, n of them.
    simulator
        Simulator of the points.
    folder
        Folder in which shards are kept; results found there under the same key are used again.
    workers, batch_size
        Number of worker processes, and of samples per task, or ``"auto"``.
    cluster
        Kind of cluster, one of `pointes.campaign.simulation.cluster.CLUSTERS`.
    progress
        Function that is called with the numbers of simulated and of all points, at the start and after each batch.
    run
        Function that simulates one batch in a worker and writes its shard.

    Returns
    -------
    Samples
        Samples with ``label``, ``status`` and the biomarkers. Samples on which workers died again and again, alone or
        in half a batch, have status ``lost``, failure ``worker_died``, label -1 and no other values.
    """
    points, ranges = samples.points, dict(samples.ranges)
    keys = simulator.keys(points, list(ranges))
    workers = len(os.sched_getaffinity(0)) if workers == "auto" else int(workers)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        found = shards.find(folder, keys)
        missing = np.flatnonzero(~np.isin(keys, [] if found is None else found["key"]))
        done = len(keys) - len(missing)
        progress(done, len(keys))
        if len(missing):
            warm_up(cluster, [simulator.to_params()])
            parts = split(missing, workers, batch_size, simulator.points_at_once, simulator.largest_batch)
            batches = [_Batch(points[rows], keys[rows]) for rows in parts]
            with CLUSTERS[cluster](min(workers, len(batches))) as client:

                def submit(batch: _Batch) -> "Future[None]":
                    shard = folder / batch.shard
                    return client.submit(run, simulator, batch.points, ranges, batch.keys, shard, pure=False)

                for ended in _run_all(batches, submit, min(workers, len(batches))):
                    done += ended
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

    ``points_at_once`` and the size of the ``largest`` batch are attributes of the simulator.

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


def _run_all(batches: list[_Batch], submit: Callable[[_Batch], "Future[None]"], workers: int) -> Iterator[int]:
    """Run the batches, one per worker at a time, and yield the number of samples of each that ended.

    A batch that kills its worker twice is run again in halves, and a half that does so is given up, so that one bad
    sample costs at most half a batch. Halves run one at a time: Dask may move a half onto the worker that another half
    kills, and count that death against it.
    """
    suspects: list[_Batch] = []
    for batch, killed in _run(batches, submit, workers):
        if killed:
            log.warning("a worker died twice on a batch of %d samples; trying its halves", len(batch.keys))
            suspects.extend(batch.halves())
        else:
            yield len(batch.keys)
    for half, killed in _run(suspects, submit, 1):
        if killed:
            log.warning("workers died on %d samples, which are given up as lost", len(half.keys))
        yield len(half.keys)


def _run(
    batches: list[_Batch], submit: Callable[[_Batch], "Future[None]"], workers: int
) -> Iterator[tuple[_Batch, bool]]:
    """Run batches, as many at a time as there are workers; yield each that ended, and whether it killed its worker."""
    waiting = deque(batches)
    running: dict[Future[None], _Batch] = {}
    ended = distributed.as_completed([])
    while waiting or running:
        while waiting and len(running) < workers:
            batch = waiting.popleft()
            future = submit(batch)
            running[future] = batch
            ended.add(future)
        future = next(ended)
        killed = future.status == "error" and isinstance(future.exception(), distributed.KilledWorker)
        if not killed:
            future.result()  # raises the exception of the task, if there was one
        yield running.pop(future), killed


def _in_order(keys: np.ndarray, found: Samples) -> dict[str, np.ndarray]:
    """Return the result columns, row by row for these keys; lost samples have no values."""
    row_of = {key: row for row, key in enumerate(found["key"])}
    rows = np.array([row_of.get(key, -1) for key in keys])
    results = {}
    for name, column in found.columns.items():
        if name == "key" or name in found.ranges:
            continue
        missing = OF_LOST.get(name, np.nan if column.dtype.kind == "f" else -1)
        found_there = (rows >= 0).reshape(-1, *[1] * (column.ndim - 1))
        results[name] = np.where(found_there, column[rows], np.array(missing, column.dtype))
    return results


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: the job of a run that was killed may still be at work there."""
    with (folder / ".lock").open("w") as file:
        if not lock(file):
            log.warning("waiting for another process that works in %s", folder)
            lock(file, wait=True)
        yield
