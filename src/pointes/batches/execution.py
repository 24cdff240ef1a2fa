"""Running batches on a cluster, where a batch that ends its worker costs as little as possible."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from pointes.batches.cluster import CLUSTERS, ClusterSettings
from pointes.batches.time_limit import TimeLimitError
from pointes.libraries import distributed
from pointes.status import WORDS, reason_of
from pointes.vocabulary import Failure

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)

OUT_OF_MEMORY = "worker-restart-memory"
"""Topic under which Dask tells of a worker that was ended because of its memory."""

SLOWEST_EVENT = 0.5
"""Longest time that this news takes to arrive after the end of the worker [s]."""


class Batch(Protocol):
    """Piece of a simulation that one task computes."""

    def __len__(self) -> int: ...

    def halves(self) -> Sequence[Self]:
        """Return the two halves of a batch of more than one sample."""
        ...


B = TypeVar("B", bound=Batch)


def run_batches(
    batches: Iterable[B],
    submit: Callable[["Client", B], "Future[Any]"],
    *,
    cluster: ClusterSettings,
    workers: int,
) -> Iterator[tuple[B, Failure | None]]:
    """Run batches and yield each that has ended, with the reason if its sample is lost.

    ``submit`` submits the task of a batch to a client; the exceptions of tasks are raised here. No cluster starts if
    there is no batch, and no more tasks are submitted at a time than there are workers.

    A batch that ends its worker each time is divided, and so are its halves, until each part either has run or is a
    single sample, which is lost. Parts run one at a time, with nothing beside them: Dask may move a task onto the
    worker that another one kills, and count that death against it.
    """
    batches = iter(batches)
    first = list(islice(batches, workers))
    if not first:
        return
    with CLUSTERS[cluster.kind](len(first), cluster) as client:
        yield from _run(client, chain(first, batches), submit, len(first))


def _run(
    client: "Client", batches: Iterator[B], submit: Callable[["Client", B], "Future[Any]"], workers: int
) -> Iterator[tuple[B, Failure | None]]:
    parts: list[B] = []  # of batches that ended their workers, the next one last
    running: dict[Future[Any], B] = {}
    ended = distributed.as_completed([])
    while True:
        alone = bool(parts) and not running
        room = 0 if parts else workers - len(running)
        for batch in [parts.pop()] if alone else islice(batches, room):
            future = submit(client, batch)
            running[future] = batch
            ended.add(future)
        if not running:
            return
        future = next(ended)
        batch, failure = running.pop(future), _failure(client, future)
        if failure is None:
            yield batch, None
        elif len(batch) > 1:
            log.warning("a batch of %d samples %s; its halves are run", len(batch), WORDS[reason_of(failure)])
            parts.extend(reversed(batch.halves()))
        elif alone or workers == 1 or failure == Failure.TIMED_OUT:
            log.warning("a sample %s; it is lost", WORDS[reason_of(failure)])
            yield batch, failure
        else:
            parts.append(batch)


def _failure(client: "Client", future: "Future[Any]") -> Failure | None:
    """Return why a task ended its worker, or None if it did not; raise the exception of a task that raised another."""
    if future.status != "error":
        future.result()  # raises an exception if the task was cancelled
        return None
    match error := future.exception():
        case TimeLimitError():
            log.warning("the time limit ended a worker, which was at work here:\n%s", error)
            return Failure.TIMED_OUT
        case MemoryError():
            return Failure.MEMORY_EXCEEDED
        case distributed.KilledWorker():
            exceeded = _exceeded_memory(client, error.last_worker.address)
            return Failure.MEMORY_EXCEEDED if exceeded else Failure.WORKER_DIED
    future.result()  # raises the exception with the traceback of the worker
    return None


def _exceeded_memory(client: "Client", address: str) -> bool:
    """Return whether a worker was ended because of its memory, news of which may arrive after that of its end."""
    latest = time.monotonic() + SLOWEST_EVENT
    while time.monotonic() < latest:
        if any(event["worker"] == address for _, event in client.get_events(OUT_OF_MEMORY)):
            return True
        time.sleep(SLOWEST_EVENT / 10)
    return False
