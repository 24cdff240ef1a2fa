"""The end of a run by Ctrl-C or SIGTERM: all its processes end within seconds, and one line says what is kept.

Snakemake itself lets running jobs finish after SIGTERM, or after a SIGINT that reaches it alone, which may take hours.
"""

import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import NoReturn

import psutil

from pointes.campaign.job import complain

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM)
"""Signals that end a run: that of Ctrl-C on the terminal, and what batch systems and `kill` send."""

GRACE = 5.0
"""Time in which interrupted jobs may end by themselves [s]; those on a cluster give their allocations back."""

SHELLS = ("bash", "sh")


def end_when_interrupted(first: Callable[[], None] = lambda: None) -> None:
    """Let Ctrl-C and SIGTERM end this process of Snakemake and all that it has started; ``first`` is called before."""
    for number in INTERRUPTIONS:
        signal.signal(number, partial(_end, first))


def _end(first: Callable[[], None], number: int, frame: FrameType | None) -> NoReturn:
    for each in INTERRUPTIONS:
        signal.signal(each, signal.SIG_IGN)
    _silence_snakemake()
    first()
    snakemake = psutil.Process()
    started = snakemake.children(recursive=True)
    for job in _jobs(snakemake):
        _send(job, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while any(map(_is_running, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in {*started, *snakemake.children(recursive=True)}:
        _send(process, signal.SIGKILL)
    complain("interrupted; what was simulated is kept, and the same command continues")
    sys.exit(128 + number)  # Snakemake makes it 1 if jobs were running


def _silence_snakemake() -> None:
    """Keep what Snakemake says about the interrupted jobs off the terminal; it stays in its log file."""
    for handler in logging.getLogger("snakemake.logging").handlers:
        if not isinstance(handler, logging.FileHandler):
            handler.addFilter(lambda record: False)


def _jobs(parent: psutil.Process) -> Iterator[psutil.Process]:
    """Yield the processes of jobs. Snakemake starts them by a shell, which may or may not stay as their parent."""
    for child in parent.children():
        with suppress(psutil.NoSuchProcess):
            yield from _jobs(child) if child.name() in SHELLS else [child]


def _send(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _is_running(process: psutil.Process) -> bool:
    """Return whether a process runs; one that has ended is a zombie until Snakemake asks for its exit code."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False
