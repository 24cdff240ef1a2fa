"""The frame of every script of a rule: a log file, and one line on the terminal if it fails.

Scripts import inside `logged`, so that an import that fails, as with a broken installation, reaches the log, too.
"""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from pointes.errors import UserError


@contextmanager
def logged(path: str) -> Iterator[None]:
    """Write messages, warnings and the traceback of a failure to ``path``; a failure ends the process with one line.

    Ctrl-C on the terminal reaches all processes of a run. The main process heeds it, and ends its jobs by SIGTERM.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # workers inherit this
    signal.signal(signal.SIGTERM, _interrupt)
    # Files are moved into place whole, so HDF5 needs no locks, which some file systems refuse
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    try:
        _log_to(path)
        yield
    except UserError as error:
        logging.error("%s", error)
        complain(error)
        sys.exit(1)
    except KeyboardInterrupt:
        logging.info("interrupted")
        sys.exit(130)
    except Exception as error:
        logging.exception("the job failed")
        complain(f"{type(error).__name__}: {' '.join(str(error).split())} (see {path})")
        sys.exit(1)


def _log_to(path: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=path, filemode="w", level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a log that cannot be written, as on a full disk, is no failure


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # a second one would disturb the end of the cluster
    raise KeyboardInterrupt


def complain(error: object) -> None:
    """Print an error on the terminal, with ``pointes:`` before each of its lines."""
    for line in str(error).splitlines():
        print(f"pointes: {line}", file=sys.stderr, flush=True)
