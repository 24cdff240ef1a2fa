"""Locks between processes of one computer, or of several that share a file system.

A lock of the kernel (``flock``) ends with its process, however this ends. But a network file system may refuse such
locks, or keep them for each computer on its own, as Lustre does with ``localflock``, NFS with ``nolock``, and BeeGFS by
default. Each lock is therefore a lease, too: a file that names its holder, who renews it every 10 s.
"""

import errno
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointes.errors import UserError
from pointes.libraries import filelock

WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""Error numbers by which a file system says that it has no locks."""

LEASE = 30.0
"""Time without a renewal after which the holder of a lease has died [s]; all computers must agree on it."""

PATIENCE = 1.2 * LEASE
"""Time for which a lease is watched for a renewal [s]."""

log = logging.getLogger(__name__)


class Lock:
    """The lock of a file, which is held between `acquire` and `release`, or until the process ends."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._kernel = filelock.FileLock(path, fallback_to_soft=False)
        self._lease = filelock.SoftFileLease(f"{path}.lease", lease_duration=LEASE)

    def acquire(self, *, wait: bool) -> bool:
        """Take the lock and return true, or return false if another process holds it; with ``wait`` wait until then."""
        if not self._take_kernel_lock(wait):
            return False
        try:
            taken = self._take_lease(wait)
        except BaseException:
            self._kernel.release()
            raise
        if not taken:
            self._kernel.release()
        return taken

    def release(self) -> None:
        """Let others take the lock."""
        self._lease.release()
        self._kernel.release()

    def _take_kernel_lock(self, wait: bool) -> bool:
        try:
            self._kernel.acquire(timeout=-1 if wait else 0)
        except filelock.Timeout:
            return False
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:
                raise
            log.info("%s is on a file system without locks, and is kept by a lease alone", self.path)
        return True

    def _take_lease(self, wait: bool) -> bool:
        """Take the lease, also from a holder who has died.

        `filelock` does so, too, but only where the file system can exchange two files, which network ones cannot.
        """
        patience, renewal = 0.0, None
        while not self._try_lease(patience):
            if patience and renewal == self._renewal():
                self._lease.force_break()
            elif patience and not wait:
                return False
            elif not patience:
                log.warning("watching %s for up to %.0f s, as its holder may have died", self._holder, PATIENCE)
            patience, renewal = PATIENCE, self._renewal()
        return True

    def _try_lease(self, timeout: float) -> bool:
        try:
            self._lease.acquire(timeout=timeout, poll_interval=0.5)
        except filelock.Timeout:
            return False
        return True

    def _renewal(self) -> tuple[int, int] | None:
        """Return what a renewal of the lease changes; a network file system looks it up when the file is opened."""
        try:
            with open(self._lease.lock_file, "rb") as file:
                state = os.fstat(file.fileno())
        except FileNotFoundError:
            return None
        return state.st_ino, state.st_mtime_ns

    @property
    def _holder(self) -> str:
        owner = self._lease.owner
        return f"{self._lease.lock_file} of " + (f"process {owner.pid} on {owner.hostname}" if owner else "a process")


def lock(path: Path | str, *, wait: bool = False) -> Lock | None:
    """Return the lock of a file, held until it is released or the process ends; None if another process holds it.

    With ``wait`` the function waits until no other process holds it. A lock whose holder has died on this computer is
    free at once. It takes `PATIENCE` to find out that one has died on another computer.
    """
    found = Lock(path)
    return found if found.acquire(wait=wait) else None


def is_locked(path: Path | str) -> bool:
    """Return whether a process holds the lock of a file; one that was killed counts until its lease has run out."""
    try:
        with Path(path).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise UserError(f"cannot be read ({error.strerror})", where=path) from None
    try:
        return time.time() - os.stat(f"{path}.lease").st_mtime < LEASE
    except FileNotFoundError:
        return False


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder within the block. The job of a run that was killed may still be at work there."""
    held = lock(folder / ".lock")
    if held is None:
        log.warning("waiting for another process that works in %s", folder)
        held = lock(folder / ".lock", wait=True)
    try:
        yield
    finally:
        if held is not None:
            held.release()
