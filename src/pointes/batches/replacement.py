"""New jobs for those that have left the queue of Slurm: ended, cancelled, preempted, or lost with their node."""

import logging
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from pointes.errors import UserError
from pointes.libraries import distributed

if TYPE_CHECKING:
    from dask_jobqueue.slurm import SLURMCluster
    from distributed import Client, Scheduler

INTERVAL_S = 5.0
"""Time between two looks at the queue [s]."""

log = logging.getLogger(__name__)


class Replacement:
    """Watches the jobs of a cluster from a thread of its own, and keeps their number.

    Jobs that end before their workers have answered are replaced, too, but not for ever: when as many as the cluster
    has, and at least three, did so one after the other, and no worker is left, the client is closed and ``error`` set.
    """

    def __init__(self, cluster: "SLURMCluster", client: "Client", jobs: int) -> None:
        self.error: UserError | None = None
        self._cluster, self._client, self._jobs = cluster, client, jobs
        self._scheduler = cast("Scheduler", cluster.scheduler)  # from here on there is one
        self._answered: set[str] = set()  # numbers of the jobs whose workers have answered
        self._silent = 0  # jobs that ended without an answer since the last answer
        self._ends = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the jobs within the block."""
        thread = threading.Thread(target=self._watch, name="replacement of jobs", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ends.set()
            thread.join()

    def _watch(self) -> None:
        while self.error is None and not self._ends.wait(INTERVAL_S):
            jobs = {name: job.job_id for name, job in dict(self._cluster.workers).items()}
            queued = _queued()
            if queued is None:
                continue
            alive = {jobs[name] for name in self._workers().values() if name in jobs}
            if alive - self._answered:
                self._silent = 0
            self._answered |= alive
            gone = {name: number for name, number in jobs.items() if number not in queued}
            self._silent += len(set(gone.values()) - self._answered)
            if self._silent >= max(3, self._jobs):
                if not alive:
                    self._give_up()
            elif gone:
                self._replace(gone)

    def _workers(self) -> dict[str, str]:
        """Return the name of each worker's job by address. A job of several workers numbers them after its name."""
        several = self._cluster.new_spec["options"]["processes"] > 1
        names = {address: str(worker.name) for address, worker in list(self._scheduler.workers.items())}
        return {address: name.rpartition("-")[0] if several else name for address, name in names.items()}

    def _replace(self, gone: dict[str, str]) -> None:
        log.warning("jobs of Slurm have left the queue and are replaced: %s", ", ".join(map(str, gone.values())))
        lost = [address for address, job in self._workers().items() if job in gone]

        async def forget() -> None:
            # The scheduler notices only later that a computer is down, and until then lets nobody have the same name
            for address in lost:
                await self._scheduler.remove_worker(address, stimulus_id="job has left the queue")

        self._cluster.sync(forget)
        for name in gone:
            self._cluster.workers.pop(name, None)
        try:
            submit(self._cluster, self._jobs)
        except UserError as error:  # perhaps for a reason that passes
            log.warning("%s", error)

    def _give_up(self) -> None:
        self.error = UserError(
            f"the last {self._silent} jobs of Slurm ended before their workers answered; their output is in the folder "
            "of logs of workers",
            expected="an interface in execution.slurm that nodes can reach, and enough memory and walltime",
        )
        self._client.close(timeout=5)


def submit(cluster: "SLURMCluster", jobs: int) -> None:
    """Submit as many jobs as are missing; a UserError says why Slurm has refused one."""

    async def submitted() -> None:
        # Not cluster.scale, which works in the background and would only log an error of sbatch
        while len(cluster.worker_spec) < jobs:
            cluster.worker_spec.update(cluster.new_worker_spec())
        await cluster

    try:
        cluster.sync(submitted)
    except RuntimeError as error:
        for job in list(cluster.workers.values()):
            if job.job_id is None:
                job.status = distributed.core.Status.failed  # Dask does not do so, and would stop over it at the end
        said = " ".join(str(error).partition("stderr:")[2].split()) or str(error)
        raise UserError(f"Slurm refused a job: {said}", expected="keys of execution.slurm that it takes") from None


def _queued() -> set[str] | None:
    """Return the numbers of the user's jobs that wait or run, or None if Slurm does not say."""
    line = ["squeue", "--me", "--noheader", "--format=%A"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        log.warning("squeue failed: %s", " ".join(done.stderr.split()))
        return None
    return set(done.stdout.split())
