"""What every script of a rule does around its work: log to the rule's file, and end a failure with one line."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointes.errors import UserError


@contextmanager
def logged(path: str) -> Iterator[None]:
    """Send messages, warnings and the traceback of a failure to ``path``; tell the terminal in one line and exit 1."""
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
    """Print an error on the terminal, each of its lines marked as ours."""
    for line in str(error).splitlines():
        print(f"pointes: {line}", file=sys.stderr, flush=True)
