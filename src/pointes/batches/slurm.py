"""Workers as jobs of Slurm, by dask-jobqueue.

Scheduler and workers talk by TLS, with credentials that are made for this cluster alone. Each job leaves before its
walltime ends, and a job that has left the queue is replaced, so that a campaign may take many times the walltime.
"""

import logging
import shlex
import signal
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Any

from pointes.batches.certificates import temporary_security
from pointes.batches.cluster import ClusterSettings, leave_out_settings
from pointes.batches.dashboard import dashboard_address, http_settings
from pointes.batches.draining import VARIABLE
from pointes.batches.replacement import Replacement, submit
from pointes.libraries import dask, distributed

if TYPE_CHECKING:
    from dask_jobqueue.slurm import SLURMCluster
    from distributed import Client

DEATH_TIMEOUT = 120
"""Time after which a worker that cannot reach the scheduler ends, and with it the job [s]."""

NO_PAUSE = "export DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE=False"
"""Shell command without which a worker at 80 % of its memory waits for that to fall, perhaps for ever."""


@contextmanager
def slurm_cluster(workers: int, settings: ClusterSettings) -> Iterator["Client"]:
    """Yield a client of a new cluster of Slurm jobs; they start when Slurm has room, and end with the block."""
    leave_out_settings()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    per_job = max(1, settings.slurm.cores // settings.threads)
    jobs = ceil(workers / per_job)
    logs = settings.folder / "workers"
    logs.mkdir(parents=True, exist_ok=True)
    # Batches also lose their workers by preemption and broken nodes, which says nothing of the batch
    options = {
        "distributed.scheduler.allowed-failures": 3,
        # The client keeps its last messages, with the points in them, and the scheduler its last events
        "distributed.admin.low-level-log-length": 20,
        **http_settings(settings),
    }
    with (
        dask.config.set(options),
        temporary_security(logs) as security,
        _cluster_class()(security=security, **job_options(settings, per_job)) as cluster,
        distributed.Client(cluster, security=security) as client,
    ):
        submit(cluster, jobs)
        replacement = Replacement(cluster, client, jobs)
        try:
            with replacement.watching():
                yield client
        except CancelledError:
            if replacement.error is not None:
                raise replacement.error from None
            raise


def _cluster_class() -> "type[SLURMCluster]":
    """Return the class of dask-jobqueue, which is optional, and would take over Ctrl-C when it is imported."""
    handler = signal.getsignal(signal.SIGINT)
    from dask_jobqueue.slurm import SLURMCluster

    signal.signal(signal.SIGINT, handler)
    return SLURMCluster


def job_options(settings: ClusterSettings, workers: int) -> dict[str, Any]:
    """Return the options of a SLURMCluster whose jobs have so many workers each."""
    slurm = settings.slurm
    output = (settings.folder / "workers").absolute() / "%j.log"
    drains_after_s = round(60 * (slurm.walltime - slurm.drain))
    return {
        "queue": slurm.partition,
        "account": slurm.account,
        "walltime": minutes_as_time(slurm.walltime),
        "job_cpu": max(slurm.cores, settings.threads),
        "cores": workers,
        "processes": workers,
        "memory": slurm.memory,
        "interface": slurm.interface,
        "death_timeout": DEATH_TIMEOUT,
        "job_name": "pointes",
        "job_extra_directives": [f"--output={shlex.quote(str(output))}", *slurm.directives],
        "job_script_prologue": [f"export {VARIABLE}=$(($(date +%s) + {drains_after_s}))", NO_PAUSE, *slurm.prologue],
        "worker_extra_args": ["--preload", "pointes.batches.draining", "--no-dashboard"],
        "scheduler_options": {"dashboard_address": dashboard_address(settings), "interface": slurm.interface},
    }


def minutes_as_time(minutes: float) -> str:
    """Return a time as Slurm reads it.

    Examples
    --------
    >>> minutes_as_time(90.5)
    '01:30:30'
    """
    seconds = round(60 * minutes)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
