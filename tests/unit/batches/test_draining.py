"""A worker that drains finishes its batch, takes no other, and is missed by nobody."""

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import distributed
import pytest

from pointes.batches.draining import VARIABLE, dask_setup, drain


def note(folder: Path, number: int) -> None:
    """Work for half a second, and leave a line for the begin and one for the end."""
    with (folder / str(number)).open("a") as file:
        file.write("begins\n")
    time.sleep(0.5)
    with (folder / str(number)).open("a") as file:
        file.write("ends\n")


def begin(dask_worker: distributed.Worker) -> None:
    """Have the worker drained from now on; Dask calls this in the worker."""
    dask_worker.loop.add_callback(drain, dask_worker)


def test_batches_run_once_and_the_worker_ends(tmp_path, monkeypatch):
    with (
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            protocol="tcp://",
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        monkeypatch.setenv(VARIABLE, str(time.time() + 3600))
        line = [sys.executable, "-m", "dask", "worker", cluster.scheduler_address, "--nthreads", "1", "--no-dashboard"]
        line += ["--name", "drained", "--preload", "pointes.batches.draining", "--local-directory", str(tmp_path)]
        with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as worker:
            client.wait_for_workers(2, timeout=60)
            workers = client.scheduler_info(n_workers=-1)["workers"]
            (address,) = [address for address, found in workers.items() if found["name"] == "drained"]
            (tmp_path / "notes").mkdir()
            tasks = [client.submit(note, tmp_path / "notes", number, pure=False) for number in range(12)]
            distributed.wait(tasks, return_when="FIRST_COMPLETED")
            client.run(begin, workers=[address])
            client.gather(tasks)
            assert worker.wait(timeout=60) == 0
        assert {path.read_text() for path in (tmp_path / "notes").iterdir()} == {"begins\nends\n"}
        assert len(client.scheduler_info(n_workers=-1)["workers"]) == 1


def test_worker_is_drained_at_its_time(monkeypatch):
    calls = []
    loop = SimpleNamespace(call_later=lambda *arguments: calls.append(arguments))
    worker = SimpleNamespace(loop=loop)
    for ends, delay in ((time.time() + 100, 100), (time.time() - 100, 0)):
        monkeypatch.setenv(VARIABLE, str(ends))
        dask_setup(worker)
        waits, what, which = calls.pop()
        assert waits == pytest.approx(delay, abs=5)
        assert (what, which) == (drain, worker)
