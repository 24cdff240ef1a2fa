"""A time limit in a worker, which holds for machine code that never returns: the limit ends the worker's process.

A note on disk outlives the process. The cluster runs the task again in another process, where the note tells that this
work has been too slow before.
"""

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class TimeLimitError(Exception):
    """Work that took longer than its time limit; the text is the traceback of the process that was ended."""


@contextmanager
def time_limit(seconds: float | None, note: Path) -> Iterator[None]:
    """End this process if the block takes longer than some seconds; None: no limit.

    ``note`` is a file of this work alone. If an earlier process left a traceback in it, `TimeLimitError` is raised
    instead of running the block.
    """
    if seconds is None:
        yield
        return
    if note.exists() and (traceback := note.read_text(encoding="utf-8")):
        note.unlink()
        raise TimeLimitError(traceback)
    with note.open("w", encoding="utf-8") as file:
        # The watch is a thread in C, which needs no lock of the interpreter
        faulthandler.dump_traceback_later(seconds, exit=True, file=file)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
    note.unlink()
