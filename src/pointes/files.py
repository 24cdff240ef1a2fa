"""Writing files so that a reader never sees half of one, and reading them back."""

import codecs
import csv
import errno
import fcntl
import json
import os
import platform
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pointes.errors import UserError, damaged
from pointes.libraries import netCDF4

if TYPE_CHECKING:
    from netCDF4 import Dataset

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers by which the operating system says that a disk is full, or a user's share of it."""

ROOM = 2**20
"""Number of bytes that fit on a disk which is not full."""


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` and move it into place if the block succeeds.

    A UserError gives the reason if the operating system does not let the file be written, as on a full disk.
    """
    path = Path(path)
    # Nodes of a cluster may write to the same folder from processes of the same number
    temporary = path.with_name(f".{path.name}.{platform.node()}.{os.getpid()}")
    try:
        yield temporary
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:
        if refusal := _refusal(error, temporary):
            raise not_written(path, refusal) from error
        raise
    except UserError as error:
        if error.where == str(temporary):  # written by a function that replaces files itself
            raise UserError(error.name, error.value, error.expected, path) from error
        raise
    finally:
        with suppress(OSError):  # a disk that cannot be written refuses this, too
            temporary.unlink(missing_ok=True)


def _refusal(error: OSError | RuntimeError, temporary: Path) -> OSError | None:
    """Return why the operating system does not let a file be written; None if the error is not about that."""
    # An error of writing to an open file has no name
    if isinstance(error, OSError) and error.filename is not None and str(error.filename) != str(temporary):
        return None
    # The netCDF library gives no reason, or a wrong one; writing once more gives the true one
    try:
        with temporary.open("ab") as file:
            file.write(bytes(ROOM))
    except OSError as refusal:
        return refusal
    return error if isinstance(error, OSError) and (error.errno or 0) > 0 else None


def not_written(path: Path | str, error: OSError) -> UserError:
    """Return the error for a file that the operating system does not let be written."""
    remedy = "; make room, and run the same command again" if error.errno in FULL else ""
    return UserError(f"cannot be written ({error.strerror}){remedy}", where=path)


def bring_to_present(folder: Path) -> None:
    """Set the times of all files in a folder that were written when the clock was ahead of what it is now to now.

    Snakemake lets no output be older than its input.
    """
    now = time.time_ns()
    for path in folder.rglob("*"):
        with suppress(OSError):  # a file that is gone, or of another user
            if path.stat().st_mtime_ns > now:
                os.utime(path, ns=(now, now))


def write_text(path: Path | str, text: str) -> None:
    """Write a text in UTF-8; the file appears whole."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path | str, value: Any) -> None:
    """Write a value as indented JSON."""
    write_text(path, json.dumps(value, indent=2) + "\n")


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


def write_csv(path: Path | str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows, at least one, as CSV; the keys of the first are the header."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        print_csv(file, rows)


def print_csv(stream: TextIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV to an open file."""
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
