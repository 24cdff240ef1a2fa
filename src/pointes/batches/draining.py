"""Workers that end before their job does: each finishes its batch, takes no other, and leaves.

A worker loads this module by ``dask worker --preload pointes.batches.draining``. The variable ``POINTES_DRAIN_AT`` says
from when on it takes no new batch, in seconds since 1970. Dask's own ``--lifetime`` would give up the batch that runs.
"""

import asyncio
import os
import time
from typing import TYPE_CHECKING

from pointes.libraries import distributed

if TYPE_CHECKING:
    from distributed import Worker

VARIABLE = "POINTES_DRAIN_AT"
POLL_S = 0.2
"""Time between two looks at what the worker still has [s]."""


def dask_setup(worker: "Worker") -> None:
    """Have a worker drained at its time; Dask calls this when the worker starts."""
    worker.loop.call_later(max(0.0, float(os.environ[VARIABLE]) - time.time()), drain, worker)


async def drain(worker: "Worker") -> None:
    """Close a worker, and its nanny, when its batch has ended and no result is left that only this worker has."""
    worker.status = distributed.core.Status.closing_gracefully  # the scheduler sends no further task
    while worker.state.executing:
        await asyncio.sleep(POLL_S)
    while not await worker.scheduler.retire_workers(workers=[worker.address], remove=True):
        await asyncio.sleep(POLL_S)
    await worker.close(reason="its job ends soon")
