"""Simulating many points: batches on a Dask cluster, one shard on disk per batch, nothing simulated twice.

Results do not depend on the number of workers, the batches or the order in which they end: each row is a function of
its point alone, and rows are put together by key.
"""

import hashlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes.campaign.files import store
from pointes.campaign.files.samples import Samples, concatenate
from pointes.campaign.simulation.cluster import local_cluster, warm_up
from pointes.campaign.simulation.simulators import LANES, Simulated, Simulation, TissueSimulation, run_batch
from pointes.files import lock
from pointes.vocabulary import Failure, Status

if TYPE_CHECKING:
    from distributed import Future

LARGEST_BATCH = Simulation.largest_batch
OF_LOST = {"status": Status.LOST, "failure": Failure.WORKER_DIED}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Batch:
    points: np.ndarray
    keys: np.ndarray

    def halves(self) -> list["_Batch"]:
        """Return the two halves; of a single sample there is one."""
        middle = (len(self.keys) + 1) // 2
        parts = [slice(middle), slice(middle, None)] if len(self.keys) > 1 else [slice(1)]
        return [_Batch(self.points[part], self.keys[part]) for part in parts]

    @property
    def shard(self) -> str:
        return hashlib.sha256("".join(self.keys).encode()).hexdigest()[:16] + ".nc"


def simulate(
    samples: Samples,
    simulation: Simulated,
    folder: Path,
    *,
    workers: int | str = "auto",
    batch_size: int | str = "auto",
    progress: Callable[[int, int], None] = lambda done, total: None,
    run: Callable[..., None] = run_batch,
) -> Samples:
    """Return the samples with their results, simulating those that have no result in the folder's shards yet.

    Parameters
    ----------
    samples
        The points, n of them.
    simulation
        Model and protocol.
    folder
        Folder in which shards are kept; results found there under the same key are used again.
    workers, batch_size
        Worker processes and samples per task, or ``"auto"``.
    progress
        Called with the numbers of simulated and of all points, at the start and after each batch.
    run
        Simulates one batch in a worker and writes its shard.

    Returns
    -------
    Samples
        With ``label``, ``status`` and the biomarkers. Samples on which workers died again and again, alone or in half
        a batch, have status ``lost``, failure ``worker_died``, label -1 and no other values.
    """
    points, ranges = samples.points, dict(samples.ranges)
    keys = simulation.keys(points, list(ranges))
    workers = len(os.sched_getaffinity(0)) if workers == "auto" else int(workers)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        found = _read_shards(folder, keys)
        missing = np.flatnonzero(~np.isin(keys, [] if found is None else found["key"]))
        done = len(keys) - len(missing)
        progress(done, len(keys))
        if len(missing):
            warm_up(simulation)
            parts = split(missing, workers, batch_size, simulation.together, simulation.largest_batch)
            batches = [_Batch(points[rows], keys[rows]) for rows in parts]
            with local_cluster(min(workers, len(batches))) as client:

                def submit(batch: _Batch) -> "Future":
                    shard = folder / batch.shard
                    return client.submit(run, simulation, batch.points, ranges, batch.keys, shard, pure=False)

                for ended in _run_all(batches, submit, min(workers, len(batches))):
                    done += ended
                    progress(done, len(keys))
            found = _read_shards(folder, keys)
    if found is None:
        raise RuntimeError(f"workers died on all of the {len(keys)} samples")
    columns = {**samples.columns, **_in_order(keys, found)}
    return replace(samples, columns=columns, details=found.details)


def split(
    rows: np.ndarray, workers: int, batch_size: int | str, together: int = LANES, largest: int = LARGEST_BATCH
) -> list[np.ndarray]:
    """Cut rows into batches: whole multiples of the kernel's lanes, four batches per worker if there are enough.

    ``together`` and ``largest`` are those of `pointes.campaign.simulation.simulators.Simulated`.

    Examples
    --------
    >>> [len(batch) for batch in split(np.arange(16), workers=2, batch_size="auto")]
    [8, 8]
    >>> [len(batch) for batch in split(np.arange(576), workers=2, batch_size="auto")]
    [72, 72, 72, 72, 72, 72, 72, 72]
    """
    if batch_size == "auto":
        blocks = -(-len(rows) // (4 * workers * together))
        batch_size = min(max(1, blocks) * together, largest)
    return [rows[start : start + int(batch_size)] for start in range(0, len(rows), int(batch_size))]


def within(simulation: Simulated, cores: int, threads: int) -> tuple[Simulated, int]:
    """Return a simulation with so many threads, or as many as there are cores, and the workers that fit the cores.

    Simulations of cells have one thread.
    """
    threads = min(threads, cores) if isinstance(simulation, TissueSimulation) else 1
    if threads > 1:
        simulation = replace(simulation, threads=threads)
    return simulation, cores // threads


def _run_all(batches: list[_Batch], submit: Callable[[_Batch], "Future"], workers: int) -> Iterator[int]:
    """Run the batches, one per worker at a time, and yield the number of samples of each that ended.

    A batch that kills its worker twice is run again in halves, and a half that does so is given up, so that one bad
    sample costs at most half a batch. Halves run one at a time: beside others, one may be blamed for their deaths, when
    their work is moved to its worker.
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


def _run(batches: list[_Batch], submit: Callable[[_Batch], "Future"], workers: int) -> Iterator[tuple[_Batch, bool]]:
    """Run batches, as many at a time as there are workers; yield each that ended, and whether it killed its worker."""
    from distributed import KilledWorker, as_completed

    waiting = deque(batches)
    running: dict[Future, _Batch] = {}
    ended = as_completed([])
    while waiting or running:
        while waiting and len(running) < workers:
            batch = waiting.popleft()
            future = submit(batch)
            running[future] = batch
            ended.add(future)
        future = next(ended)
        killed = future.status == "error" and isinstance(future.exception(), KilledWorker)
        if not killed:
            future.result()  # raises what was raised
        yield running.pop(future), killed


def _read_shards(folder: Path, keys: np.ndarray) -> Samples | None:
    """Return the rows with these keys; shards may hold others, of an earlier model or protocol."""
    shards = [store.read(path) for path in sorted(folder.glob("*.nc"))]
    wanted = [shard.where(np.isin(shard["key"], keys)) for shard in shards]
    wanted = [shard for shard in wanted if len(shard)]
    return concatenate(wanted) if wanted else None


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
    """Hold the folder's lock, which ends with the process: the job of a killed run may still be at work in it."""
    with (folder / ".lock").open("w") as file:
        if not lock(file):
            log.warning("waiting for another process that works in %s", folder)
            lock(file, wait=True)
        yield
