"""Runs of a campaign exclude each other on file systems that refuse locks, or keep them for each computer alone."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from pointes import locks
from pointes.locks import lock

from .faults import LONG, SHORT, SIMULATIONS, Campaign, data, run, shards, undisturbed

ELSEWHERE = ["unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh"]
"""Beginning of a command that runs on a computer of another name."""


@contextmanager
def mounted(source, folder):
    """Mount a folder elsewhere. As on network file systems, other mounts see no locks, and files are not exchanged."""
    folder.mkdir()
    subprocess.run(["bindfs", str(source), str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def computers(tmp_path):
    """The same folder as two computers see it."""
    (tmp_path / "shared").mkdir()
    with ExitStack() as stack:
        yield [stack.enter_context(mounted(tmp_path / "shared", tmp_path / name)) for name in ("here", "there")]


def test_run_on_another_computer_is_refused(computers):
    """The first run is held up in its simulations until the second has given up."""
    here, there = computers
    first = Campaign(here, LONG, SIMULATIONS)
    first.wait_until(lambda: shards(here))
    jobs = [process for process in first.processes() if process.pid != first.process.pid]
    for process in jobs:
        process.suspend()
    second = Campaign(there, LONG, SIMULATIONS, prefix=ELSEWHERE)
    assert second.wait() == 2
    assert second.complaints == [
        "pointes: results/tiny: another run of this campaign is at work; wait for it or stop it"
    ]
    for process in jobs:
        process.resume()
    assert first.wait() == 0, first.stderr
    assert data(there) == undisturbed(LONG)


def test_lock_of_a_dead_process_on_another_computer_is_taken_over(computers, monkeypatch):
    here, there = computers
    monkeypatch.setattr(locks, "LEASE", 1.0)
    monkeypatch.setattr(locks, "PATIENCE", 1.5)
    code = (
        "import sys; from pointes import locks; locks.LEASE = 1.0; held = locks.lock(sys.argv[1]);"
        "print(held is not None, flush=True); sys.stdin.read()"
    )
    command = [*ELSEWHERE, sys.executable, "-c", code, str(there / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        assert lock(here / "lock") is None
        holder.kill()
    lock(here / "lock").release()


@pytest.fixture(scope="module")
def refusing(tmp_path_factory) -> dict[str, str]:
    """The environment of processes whose kernel refuses all locks."""
    library = tmp_path_factory.mktemp("library") / "without_flock.so"
    source = Path(__file__).with_name("without_flock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return {"LD_PRELOAD": str(library)}


def test_campaign_without_locks_of_the_kernel(tmp_path, refusing):
    """A killed run is continued at once, and the netCDF library does without locks, too."""
    killed = Campaign(tmp_path, SHORT, SIMULATIONS, environment=refusing)
    killed.wait_until(lambda: shards(tmp_path))
    os.killpg(killed.process.pid, signal.SIGKILL)
    killed.wait()
    resumed = run(tmp_path, SHORT, SIMULATIONS, environment=refusing)
    assert "watching" not in resumed.stderr
    assert data(tmp_path) == undisturbed(SHORT)


def test_jobs_of_a_killed_snakemake_are_waited_for(tmp_path):
    """They go on, and no batch is simulated twice."""
    killed = Campaign(tmp_path, LONG, SIMULATIONS)
    killed.wait_until(lambda: shards(tmp_path))
    jobs = [process for process in killed.processes() if process.pid != killed.process.pid]
    for process in jobs:
        process.suspend()
    killed.process.kill()
    killed.wait()
    assert all(process.status() == psutil.STATUS_STOPPED for process in jobs)
    resumed = Campaign(tmp_path, LONG, SIMULATIONS)
    log = tmp_path / "results/tiny/logs/simulate_000.log"
    resumed.wait_until(lambda: log.exists() and "waiting for another process" in log.read_text())
    for process in jobs:
        process.resume()
    assert resumed.wait() == 0, resumed.stderr
    assert "48 of 48 points simulated" in log.read_text().splitlines()[1]
    assert data(tmp_path) == undisturbed(LONG)
