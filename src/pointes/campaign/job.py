"""The frame of every script of a rule: a log file, and one line on the terminal if it fails.

Scripts import inside `logged`, so that an import that fails, as with a broken installation, reaches the log, too.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointes.errors import UserError


@contextmanager
def logged(path: str) -> Iterator[None]:
    """Write messages, warnings and the traceback of a failure to ``path``; a failure ends the process with one line."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=path, filemode="w", level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.captureWarnings(True)
    try:
        yield
    except UserError as error:
        logging.error("%s", error)
        complain(error)
        sys.exit(1)
    except KeyboardInterrupt:
        complain("interrupted; what was simulated is kept, and the same command continues")
        sys.exit(130)
    except Exception as error:
        logging.exception("the job failed")
        complain(f"{type(error).__name__}: {' '.join(str(error).split())} (see {path})")
        sys.exit(1)


def complain(error: object) -> None:
    """Print an error on the terminal, with ``pointes:`` before each of its lines."""
    for line in str(error).splitlines():
        print(f"pointes: {line}", file=sys.stderr, flush=True)
