"""A Dask cluster that lives as long as the job that opened it: local processes, one thread each, loopback only."""

import json
import logging
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import forkserver, util
from typing import TYPE_CHECKING

from pointes.errors import UserError

if TYPE_CHECKING:
    from distributed import Client

    from pointes.campaign.simulation.simulators import Simulated

LONGEST_FOLDER = 70  # bytes; the path of a socket, of which multiprocessing adds 32, has at most 107
START_TIMEOUT = 300  # s; the first start on a machine compiles the kernel


def warm_up(*simulations: "Simulated") -> None:
    """Begin to load modules and kernels for the workers in the background; call it before the job's own imports.

    Workers are forked from a server process that has loaded everything once. Compared with an interpreter per worker
    this halves the start of a cluster, which is most of what a small batch costs. Only the first call of a process has
    an effect.
    """
    for name in [name for name in os.environ if name.startswith("DASK_")]:
        del os.environ[name]
    os.environ["POINTES_PRELOAD"] = json.dumps([asdict(simulation) for simulation in simulations])
    multiprocessing.set_forkserver_preload(["pointes.campaign.simulation.preload"])
    _keep_sockets_short()
    forkserver.ensure_running()


def _keep_sockets_short() -> None:
    """Let the sockets of processes be in a folder whose path leaves them a name of the length that the kernel allows.

    Raises
    ------
    UserError
        There is none.
    """
    chosen = tempfile.gettempdir()
    folders = [chosen, "/tmp", "/var/tmp", "/dev/shm"]
    short = [folder for folder in folders if len(os.fsencode(folder)) <= LONGEST_FOLDER and os.access(folder, os.W_OK)]
    if not short:
        raise UserError(f"TMPDIR {chosen}: too long for sockets; expected at most {LONGEST_FOLDER} characters")
    tempfile.tempdir = short[0]
    try:
        util.get_temp_dir()  # is made now, and kept
    finally:
        tempfile.tempdir = chosen


def leave_out_settings() -> None:
    """Let Dask have its own defaults in this process: what a user has set is for other clusters than this private one.

    Raises
    ------
    UserError
        A configuration file of the user's for Dask is none.
    """
    try:
        import dask.config
        import distributed  # noqa: F401  its defaults
    except ValueError as error:
        raise UserError(" ".join(str(error).split())) from None
    dask.config.paths.clear()  # workers read their files again
    dask.config.refresh(env={})


@contextmanager
def local_cluster(workers: int) -> Iterator["Client"]:
    """Yield a client of a new cluster with this many worker processes; both end with the block."""
    leave_out_settings()
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
