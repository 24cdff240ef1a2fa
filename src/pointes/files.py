"""Writing files so that a reader never sees half of one, reading them back, and locks between processes."""

import codecs
import csv
import errno
import fcntl
import json
import logging
import os
import platform
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pointes.errors import UserError, damaged
from pointes.libraries import filelock, netCDF4

if TYPE_CHECKING:
    from filelock import BaseFileLock
    from netCDF4 import Dataset

WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""Error numbers by which a file system says that it has no locks."""

log = logging.getLogger(__name__)


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` and move it into place if the block succeeds."""
    path = Path(path)
    # Nodes of a cluster may write to the same folder from processes of the same number
    temporary = path.with_name(f".{path.name}.{platform.node()}.{os.getpid()}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path | str, value: Any) -> None:
    """Write a value as indented JSON."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def read_json(path: Path | str) -> Any:
    """Return the value that `write_json` has written; a UserError if the file cannot be read or is damaged."""
    try:
        return json.loads(read_bytes(path).decode())
    except (ValueError, RecursionError) as error:  # of JSON, or of UTF-8
        raise damaged(path, error) from None


@contextmanager
def damage_in(path: Path | str) -> Iterator[None]:
    """Turn errors of code that uses the content of a file, as of keys that are not there, into that of a damaged file.

    For the files of results: a program that checks each value before it uses it would be much longer.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        reason = f"no {error.args[0]}" if isinstance(error, KeyError) else error
        raise damaged(path, reason) from error


def read_bytes(path: Path | str) -> bytes:
    """Return the content of a file; a UserError if it exists and the operating system does not let it be read.

    Devices and pipes are refused: they may have no end.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode) and not os.path.isdir(path):
            raise UserError("a device or a pipe", expected="a file", where=path)
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", where=path) from None
    except ValueError as error:  # of a name with a zero byte, or one that cannot be encoded
        raise UserError(f"cannot be read ({error})", where=path) from None


def read_text(path: Path | str, *, utf16: bool = False) -> str:
    """Return the text of a user's file in UTF-8, or with ``utf16`` also in UTF-16 with a byte order mark.

    A missing file, one that cannot be read and one in another encoding raise a UserError.
    """
    try:
        content = read_bytes(path)
    except FileNotFoundError as error:
        raise UserError(f"cannot be read ({error.strerror})", where=path) from None
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if utf16 and marked else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        as_utf8 = "encoded as UTF-16" if marked else f"byte {error.start} cannot be read as UTF-8"
        name = f"byte {error.start} cannot be read as UTF-16" if encoding == "utf-16" else as_utf8
        raise UserError(name, expected="a file in UTF-8", where=path) from None


@contextmanager
def reading_netcdf(path: Path | str) -> Iterator["Dataset"]:
    """Open a netCDF file to read from it within the block; missing values stay as they are stored.

    The content is read into memory first, which needs no lock: files are moved into place whole and never changed. HDF5
    would refuse a file that another program has open for writing, or that is on a file system without locks.

    A UserError is raised for a file that cannot be read because of the operating system or of another program that may
    be writing it; errors of the netCDF library are raised as they are.
    """
    content = read_bytes(path)
    try:
        with netCDF4.Dataset(str(path), memory=content) as file:
            file.set_auto_mask(False)
            yield file
    except (OSError, RuntimeError):
        check_not_written(path)
        raise


def check_not_written(path: Path | str) -> None:
    """Raise a UserError if another program may be writing a file: HDF5 holds a lock on it for as long as it does."""
    try:
        with Path(path).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = "in use: another program is writing it; try again when it has closed the file"
        raise UserError(text, where=path) from None
    except OSError as error:
        text = "cannot be read: another program is writing it, or it is damaged; which of the two is not known"
        raise UserError(f"{text} on a file system without locks ({error.strerror})", where=path) from None


def lock(path: Path | str, *, wait: bool = False) -> "BaseFileLock | None":
    """Return the lock of a file, held until it is released or the process ends; None if another process holds it.

    With ``wait`` the function waits until no other process holds it. Where the file system has no locks a warning is
    logged, and the lock that is returned keeps nobody away.
    """
    held = filelock.FileLock(path)
    try:
        held.acquire(timeout=-1 if wait else 0)
    except filelock.Timeout:
        return None
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno not in WITHOUT_LOCKS:
            raise
        log.warning("%s is on a file system without locks: see to it that no second run works there", path)
    return held


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


def write_csv(path: Path | str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows, at least one, as CSV; the keys of the first are the header."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        print_csv(file, rows)


def print_csv(stream: TextIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV to an open file."""
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
