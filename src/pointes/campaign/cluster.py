"""A Dask cluster that lives as long as the job that opened it: local processes, one thread each, loopback only."""

import json
import logging
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import forkserver
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

    from pointes.campaign.batch import Simulated

START_TIMEOUT = 300  # s; the first start on a machine compiles the kernel


def warm_up(*simulations: "Simulated") -> None:
    """Begin to load modules and kernels for the workers in the background; call it before the job's own imports.

    Workers are forked from a server process that has loaded everything once. Compared with an interpreter per worker
    this halves the start of a cluster, which is most of what a small batch costs. Only the first call of a process has
    an effect.
    """
    os.environ["POINTES_PRELOAD"] = json.dumps([asdict(simulation) for simulation in simulations])
    multiprocessing.set_forkserver_preload(["pointes.campaign.preload"])
    forkserver.ensure_running()


@contextmanager
def local_cluster(workers: int) -> Iterator["Client"]:
    """Yield a client of a new cluster with this many worker processes; both end with the block."""
    import dask
    import distributed.utils
    from distributed import Client, LocalCluster

    # Lost comms and restarts at the end are routine; a task that fails says so itself.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    # Distributed would now import pandas, and more, into this process, only to preload it in the server.
    distributed.utils._forkserver_preload_set = True
    settings = {
        "distributed.worker.multiprocessing-method": "forkserver",
        "distributed.worker.profile.enabled": False,
        "distributed.worker.http.routes": [],
        "distributed.scheduler.http.routes": [],
        # A second death of its worker makes a task fail.
        "distributed.scheduler.allowed-failures": 1,
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, timeout=START_TIMEOUT) as client,
    ):
        client.wait_for_workers(workers, timeout=START_TIMEOUT)
        yield client
