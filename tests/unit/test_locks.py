"""A lock is held by one process at a time, also on several computers and where the kernel has no locks."""

import errno
import fcntl
import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from pointes import locks
from pointes.locks import is_locked, lock, locked

HOLDER = """
import fcntl, socket, sys
from pointes import locks

def refuse(file, operation):
    raise OSError(37, "No locks available")

path, elsewhere, lease = sys.argv[1:]
if elsewhere:
    fcntl.flock, socket.gethostname = refuse, lambda: elsewhere
locks.LEASE = float(lease)
held = locks.lock(path)
print(held is not None, flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(path, elsewhere=""):
    """Yield a process that holds a lock, on this computer or on one ``elsewhere`` whose kernel tells nobody of it."""
    command = [sys.executable, "-c", HOLDER, str(path), elsewhere, str(locks.LEASE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "True\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def short_lease(monkeypatch):
    monkeypatch.setattr(locks, "LEASE", 1.0)
    monkeypatch.setattr(locks, "PATIENCE", 1.5)


@pytest.fixture
def without_kernel_locks(monkeypatch):
    """Let the kernel refuse every lock, as on a network file system that has none."""

    def refuse(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)


@pytest.fixture
def without_exchange(monkeypatch):
    """Let two files not be exchanged in one step, as on a network file system."""
    from filelock._soft._exclusive import _recovery

    monkeypatch.setattr(_recovery, "exchange_names", lambda *names: False)


def test_second_lock_is_refused_until_the_first_is_released(tmp_path):
    with holder(tmp_path / "lock") as process:
        assert lock(tmp_path / "lock") is None
        process.communicate()
        lock(tmp_path / "lock").release()


@pytest.mark.usefixtures("without_kernel_locks", "short_lease")
def test_lease_keeps_others_away_where_there_are_no_locks(tmp_path):
    with holder(tmp_path / "lock", "here"):
        assert lock(tmp_path / "lock") is None


@pytest.mark.usefixtures("short_lease")
def test_living_holder_on_another_computer_keeps_its_lock(tmp_path):
    with holder(tmp_path / "lock", "elsewhere"):
        assert lock(tmp_path / "lock") is None


def test_lock_of_a_process_that_was_killed_here_is_free_at_once(tmp_path):
    with holder(tmp_path / "lock") as process:
        process.kill()
        process.wait()
        began = time.monotonic()
        lock(tmp_path / "lock").release()
        assert time.monotonic() - began < locks.LEASE / 2


@pytest.mark.usefixtures("short_lease")
@pytest.mark.parametrize("exchange", [True, False])
def test_lock_of_a_process_that_was_killed_elsewhere_is_free_after_a_while(tmp_path, exchange, request, caplog):
    if not exchange:
        request.getfixturevalue("without_exchange")
    with holder(tmp_path / "lock", "elsewhere") as process:
        process.kill()
        process.wait()
        lock(tmp_path / "lock").release()
    assert f"of process {process.pid} on elsewhere for up to" in caplog.text
    lock(tmp_path / "lock").release()


def test_folder_is_waited_for(tmp_path):
    with holder(tmp_path / ".lock") as process:
        process.stdin.close()  # lets it end, sooner or later
        with locked(tmp_path):
            assert lock(tmp_path / ".lock") is None
    lock(tmp_path / ".lock").release()


@pytest.mark.parametrize("elsewhere", ["", "another-computer"])
def test_a_lock_is_seen_without_being_taken(tmp_path, elsewhere):
    path = tmp_path / ".lock"
    assert not is_locked(path)
    with holder(path, elsewhere) as process:
        assert is_locked(path)
        process.kill()
        process.wait()
        assert is_locked(path)  # for it may be another computer's, whose lease has not run out
        old = time.time() - locks.LEASE - 1
        os.utime(f"{path}.lease", (old, old))
        assert not is_locked(path)
    held = lock(path)
    assert held is not None
    held.release()
    assert not is_locked(path)
