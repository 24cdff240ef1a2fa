"""Running batches on a cluster, where a batch that kills its worker costs as little as possible."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from pointes.batches.cluster import CLUSTERS, ClusterSettings
from pointes.libraries import distributed

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)


class Batch(Protocol):
    """Piece of a simulation that one task computes."""

    def __len__(self) -> int: ...

    def halves(self) -> Sequence[Self]:
        """Return the two halves, or the batch itself if it cannot be divided."""
        ...


B = TypeVar("B", bound=Batch)


def run_batches(
    batches: Sequence[B], submit: Callable[["Client", B], "Future[Any]"], *, cluster: ClusterSettings, workers: int
) -> Iterator[tuple[B, bool]]:
    """Run batches, at least one, and yield each that has ended, and whether it is lost.

    ``submit`` submits the task of a batch to a client; the exceptions of tasks are raised here. A batch that kills its
    worker twice is run again in halves, and a half that does so is lost. Halves run one at a time: Dask may move a half
    onto the worker that another half kills, and count that death against it.
    """
    workers = min(workers, len(batches))
    with CLUSTERS[cluster.kind](workers, cluster) as client:
        halves: list[B] = []
        for batch, killed in _run(client, batches, submit, workers):
            if killed:
                log.warning("a worker died twice on a batch of %d samples; trying its halves", len(batch))
                halves.extend(batch.halves())
            else:
                yield batch, False
        for half, killed in _run(client, halves, submit, 1):
            if killed:
                log.warning("workers died on %d samples, which are given up as lost", len(half))
            yield half, killed


def _run(
    client: "Client", batches: Sequence[B], submit: Callable[["Client", B], "Future[Any]"], workers: int
) -> Iterator[tuple[B, bool]]:
    """Run as many batches at a time as there are workers; yield each that ended, and whether it killed its worker."""
    waiting = deque(batches)
    running: dict[Future[Any], B] = {}
    ended = distributed.as_completed([])
    while waiting or running:
        while waiting and len(running) < workers:
            batch = waiting.popleft()
            future = submit(client, batch)
            running[future] = batch
            ended.add(future)
        future = next(ended)
        killed = future.status == "error" and isinstance(future.exception(), distributed.KilledWorker)
        if not killed:
            future.result()  # raises the exception of the task, if there was one
        yield running.pop(future), killed
