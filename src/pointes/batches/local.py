"""Workers on this machine: processes that are forked from a server with everything in memory, on loopback only."""

import logging
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, util
from typing import TYPE_CHECKING

from pointes.batches.cluster import LOCAL, START_TIMEOUT, ClusterSettings, leave_out_settings
from pointes.batches.dashboard import dashboard_address, http_settings
from pointes.errors import UserError
from pointes.libraries import dask, distributed

if TYPE_CHECKING:
    from distributed import Client

LONGEST_FOLDER = 70
"""Longest path of the folder of sockets [bytes]: multiprocessing adds 32, and the kernel allows 107."""


def warm_up(kind: str, module: str, argument: str = "") -> None:
    """Begin to import a module for local workers in the background; call it before the job's own imports.

    Workers are forked from a server process that has imported the module once. Compared with an interpreter per worker
    this halves the start of a cluster, which is most of what a small batch costs. Only the first call of a process has
    an effect, and only for the kind ``local``. The module may read ``argument`` from the variable ``POINTES_PRELOAD``.
    """
    if kind != LOCAL:
        return
    for name in [name for name in os.environ if name.startswith("DASK_")]:
        del os.environ[name]
    os.environ["POINTES_PRELOAD"] = argument
    multiprocessing.set_forkserver_preload([module])
    _keep_sockets_short()
    forkserver.ensure_running()


def _keep_sockets_short() -> None:
    """Make the folder for the sockets of processes where its path is short enough for the kernel's limit."""
    chosen = tempfile.gettempdir()
    folders = [chosen, "/tmp", "/var/tmp", "/dev/shm"]
    short = [folder for folder in folders if len(os.fsencode(folder)) <= LONGEST_FOLDER and os.access(folder, os.W_OK)]
    if not short:
        raise UserError("TMPDIR", chosen, f"at most {LONGEST_FOLDER} characters, or sockets have no room")
    tempfile.tempdir = short[0]
    try:
        util.get_temp_dir()  # makes the folder, which then stays
    finally:
        tempfile.tempdir = chosen


@contextmanager
def local_cluster(workers: int, settings: ClusterSettings) -> Iterator["Client"]:
    """Yield a client of a new cluster of worker processes on this machine, one thread each, loopback only."""
    leave_out_settings()
    # Lost comms and restarts at the end are routine; a task that fails raises an exception.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    # Distributed would now import pandas, and more, into this process, only to preload it in the server.
    distributed.utils._forkserver_preload_set = True
    options = {
        "distributed.worker.multiprocessing-method": "forkserver",
        # A task whose worker has died is tried once more, then it fails.
        "distributed.scheduler.allowed-failures": 1,
        # A batch fails that no worker takes, rather than wait for ever
        "distributed.scheduler.no-workers-timeout": f"{START_TIMEOUT}s",
        # The client keeps its last messages, with the points in them, and the scheduler its last events
        "distributed.admin.low-level-log-length": 20,
        # Dask gives a worker up that happens to be starting again so long after one of its ends
        "distributed.deploy.lost-worker-timeout": "1000 days",
        # A worker beyond its limit is ended; one that waited for its memory to fall would wait forever
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.terminate": 1.0,
        **http_settings(settings),
    }
    with (
        dask.config.set(options),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=dashboard_address(settings),
            scheduler_kwargs={"dashboard": settings.dashboard is not None},
            memory_limit=settings.memory,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster, timeout=START_TIMEOUT) as client,
    ):
        client.wait_for_workers(workers, timeout=START_TIMEOUT)
        yield client
