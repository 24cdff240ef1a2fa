"""Simulating many points: batches on a Dask cluster, one shard on disk per batch, nothing simulated twice.

Results do not depend on the number of workers, the batches or the order in which they end: each row is a function of
its point alone, and rows are put together by key.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes.batches.cluster import ClusterSettings, cpu_count
from pointes.batches.execution import run_batches
from pointes.campaign.files.samples import Samples
from pointes.campaign.settings import NO_LIMITS, FailureLimits
from pointes.campaign.simulation import shards
from pointes.campaign.simulation.simulators import LANES, CellSimulator, Simulator
from pointes.campaign.simulation.warming import warm_up
from pointes.errors import UserError
from pointes.locks import locked
from pointes.status import in_words, reason_of
from pointes.vocabulary import Status

if TYPE_CHECKING:
    from distributed import Client, Future

LARGEST_BATCH = CellSimulator.largest_batch

FEWEST = 256
"""Number of samples of a large job from which on the fraction of lost ones is judged, as that of the others."""


@dataclass(frozen=True)
class _Batch:
    samples: Samples  # with their keys
    folder: Path  # of the shard

    def __len__(self) -> int:
        return len(self.samples)

    def halves(self) -> list["_Batch"]:
        """Return the two halves."""
        halves = np.array_split(np.arange(len(self)), 2)
        return [replace(self, samples=self.samples.where(rows)) for rows in halves]


class _Lost:
    """The samples that are lost, by reason, of a job with a number of samples; a UserError if they are too many."""

    def __init__(self, total: int, limits: FailureLimits, folder: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.total = total
        self.limits = limits
        self.folder = folder

    def add(self, failures: np.ndarray, ended: int) -> None:
        """Count samples that are lost for these reasons, when so many samples of the job have ended."""
        self.counts.update(map(reason_of, failures))
        judged = min(self.total, max(ended, FEWEST))
        if self.counts.total() > self.limits.max_fraction * judged:
            raise UserError(
                f"{self.counts.total()} of {ended} samples are lost: {in_words(self.counts)}",
                expected=f"at most the fraction failure.max_fraction, which is {self.limits.max_fraction:g}; with a "
                "higher one the same command continues",
                where=self.folder,
            )


def simulate(
    samples: Samples,
    simulator: Simulator,
    folder: Path,
    *,
    workers: int | str = "auto",
    cluster: ClusterSettings = ClusterSettings(),
    batch_size: int | str = "auto",
    limits: FailureLimits = NO_LIMITS,
    progress: Callable[[int, int], None] = lambda done, total: None,
    run: Callable[..., None] | None = None,
) -> Samples:
    """Return the samples with ``label``, ``status`` and biomarkers, from shards in the folder or new simulations.

    The arguments are those of `simulate_parts`.
    """
    (simulated,) = simulate_parts(
        [samples],
        simulator,
        folder,
        workers=workers,
        cluster=cluster,
        batch_size=batch_size,
        limits=limits,
        progress=progress,
        run=run,
    )
    return simulated


def simulate_parts(
    parts: Sequence[Samples],
    simulator: Simulator,
    folder: Path,
    *,
    names: Sequence[str] = (),
    workers: int | str = "auto",
    cluster: ClusterSettings = ClusterSettings(),
    batch_size: int | str = "auto",
    limits: FailureLimits = NO_LIMITS,
    progress: Callable[[int, int], None] = lambda done, total: None,
    run: Callable[..., None] | None = None,
) -> Iterator[Samples]:
    """Simulate all parts of many samples, and then yield each with its results: those of one part are in memory.

    The shards of each part are in a folder of its own: in ``folder`` by the ``names`` of the parts, or else those of
    the first part in ``folder`` itself and those of the others in numbered folders. ``progress`` is called with the
    numbers of simulated and of all points, at the start and after each batch. ``run`` simulates a batch in a
    worker and writes its shard, by default as `pointes.campaign.simulation.shards.run_batch` does. Samples that end
    their workers again and again, or exceed the ``limits``, have status ``lost``, the reason in ``failure``, label -1
    and no other values.
    """
    total = sum(map(len, parts))
    numbered = [".", *(f"{k:04d}" for k in range(1, len(parts)))]
    folders = [folder / name for name in names or numbered]
    workers = cpu_count() if workers == "auto" else int(workers)
    lost, done = _Lost(total, limits, folder), 0
    task = run or partial(shards.run_batch, seconds=limits.time_limit)

    def missing() -> Iterator[_Batch]:
        nonlocal done
        for part, place in zip(parts, folders, strict=True):
            keyed = _with_keys(part, simulator)
            rows, failures = _missing(keyed["key"], simulator, place, limits)
            done += len(part) - len(rows)
            lost.add(failures, done)
            progress(done, total)
            if len(rows):
                warm_up(cluster.kind, [simulator.to_params()])
            for chosen in split(rows, workers, batch_size, simulator.points_at_once, simulator.largest_batch):
                yield _Batch(keyed.where(chosen), place)

    def submit(client: "Client", batch: _Batch) -> "Future[None]":
        keys = batch.samples["key"]
        # Workers of other machines have another working directory
        shard = (batch.folder / shards.shard_name(keys)).absolute()
        points, space = batch.samples.points, batch.samples.space
        return client.submit(task, simulator, points, space, keys, shard, pure=False)

    for place in (folder, *folders):
        place.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        for note in folder.rglob(f"*{shards.SLOW}"):
            note.unlink()  # the time limit may have been another one
        for batch, failure in run_batches(missing(), submit, cluster=cluster, workers=workers):
            done += len(batch)
            if failure is not None:
                shards.write_lost(batch.folder, simulator, batch.samples, failure, limits)
                lost.add(np.full(len(batch), failure), done)
            progress(done, total)
        for part, place in zip(parts, folders, strict=True):
            yield _simulated(_with_keys(part, simulator), simulator, place, limits)


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


def _with_keys(samples: Samples, simulator: Simulator) -> Samples:
    keys = simulator.keys(samples.points, list(samples.space))
    return replace(samples, columns={**samples.columns, "key": keys})


def _missing(
    keys: np.ndarray, simulator: Simulator, folder: Path, limits: FailureLimits
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of keys that no shard of a folder has, and the failures of those that shards have as lost."""
    found, rows = shards.find(folder, keys, simulator.fingerprint, limits)
    if found is None:
        return np.arange(len(keys)), np.empty(0, np.int8)
    known = found.where(rows[rows >= 0])
    return np.flatnonzero(rows < 0), known["failure"][known["status"] == Status.LOST]


def _simulated(samples: Samples, simulator: Simulator, folder: Path, limits: FailureLimits) -> Samples:
    """Return samples with their results, which shards of the folder hold, instead of their keys."""
    found, rows = shards.find(folder, samples["key"], simulator.fingerprint, limits)
    if damaged := int(np.sum(rows < 0)):
        reason = f"the results of {damaged} of {len(samples)} samples cannot be read any more"
        raise UserError(f"{reason}; the same command simulates them again", where=folder)
    if found is None or "label" not in found.columns:
        raise UserError(f"all of the {len(samples)} samples are lost", where=folder)
    results = {
        name: column[rows] for name, column in found.columns.items() if name != "key" and name not in found.space
    }
    given = {name: column for name, column in samples.columns.items() if name != "key"}
    return replace(samples, columns={**given, **results}, details=found.details)
