"""A table on the terminal that shows where campaigns stand, while all other output passes above it.

Snakemake, its jobs and libraries write to the terminal at any time, from several processes, and would tear a table that
is drawn again and again. So standard output and error of this process, which its jobs inherit, lead into a pipe while
there is a table, and what comes out of the pipe is printed above the table.
"""

import atexit
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from pointes import campaign
from pointes.cli import terminal
from pointes.errors import UserError
from pointes.vocabulary import TABLE

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

STDOUT, STDERR = 1, 2
EVERY = 2.0
"""Time between two looks at the files of the campaigns [s]."""
COLUMNS = ("campaign", "state", "simulations", "time to cap")
"""What the table of several campaigns shows of each of them, by the names of `campaign.describe_stand`."""

_tables: list["_LiveTable"] = []


def can_show(*descriptors: int) -> bool:
    """Return whether these file descriptors are a terminal that can draw a table again and again."""
    return all(map(os.isatty, descriptors)) and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def show(folders: Sequence[Path]) -> None:
    """Show the campaigns of these results folders until `end` is called; without a terminal, do nothing."""
    if can_show(STDOUT, STDERR) and not _tables:
        _tables.append(_LiveTable(folders))
        atexit.register(end)


def end() -> None:
    """Leave the table on the terminal as it is at last, and let all output go to the terminal again."""
    while _tables:
        _tables.pop().end()


def follow(stands: Iterable[Mapping[str, Any]]) -> None:
    """Show the stands of one campaign, results of `campaign.stand`, each in the place of the one before."""
    from rich.live import Live

    with Live(auto_refresh=False) as live:
        for stand in stands:
            live.update(_table([stand]), refresh=True)


def _table(stands: Sequence[Mapping[str, Any]]) -> "Table":
    """Return the table of one campaign, a line for each value, or of several, a line for each campaign."""
    described = [campaign.describe_stand(dict(stand)) for stand in stands]
    if len(described) == 1:
        return terminal.table(("what", "value"), [[name, str(value)] for name, value in described[0].items()])
    return terminal.table(COLUMNS, [[one.get(name, "") for name in COLUMNS] for one in described])


class _LiveTable:
    """Table of campaigns at the lower end of the terminal, from its creation until `end`."""

    def __init__(self, folders: Sequence[Path]) -> None:
        from rich.console import Console
        from rich.live import Live

        self._folders = folders
        self._ended = Event()
        self._flush()
        self._terminal = {number: os.dup(number) for number in (STDOUT, STDERR)}
        console = Console(file=os.fdopen(os.dup(STDOUT), "w", encoding="utf-8"), force_terminal=True)
        reading, writing = os.pipe()
        for number in self._terminal:
            os.dup2(writing, number)
        os.close(writing)
        os.environ[TABLE] = "1"
        self._live = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._live.start()
        self._threads = [
            Thread(target=_pass_on, args=(reading, console), daemon=True),
            Thread(target=self._keep_up_to_date, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop, and give standard output and error back."""
        self._flush()
        for number, saved in self._terminal.items():
            os.dup2(saved, number)
            os.close(saved)
        del os.environ[TABLE]
        self._ended.set()
        for thread in self._threads:
            thread.join(timeout=1)  # a job that is still at work keeps its end of the pipe
        self._update(at_work=False, simulating=None, seconds_to_cap=None)
        self._live.stop()

    def _keep_up_to_date(self) -> None:
        while True:
            self._update()
            if self._ended.wait(EVERY):
                return

    def _update(self, **changes: object) -> None:
        """Draw the table, with changes to the stands of the campaigns.

        It stays as it is while a campaign has no files yet, or one of them cannot be read.
        """
        with suppress(UserError, OSError):
            stands = [campaign.stand(folder) | changes for folder in self._folders]
            self._live.update(_table(stands), refresh=True)

    @staticmethod
    def _flush() -> None:
        sys.stdout.flush()
        sys.stderr.flush()


def _pass_on(reading: int, console: "Console") -> None:
    """Print lines that come out of a pipe, above the table, until all its writers have closed it."""
    from rich.text import Text

    with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            console.print(Text.from_ansi(line.rstrip("\n")), soft_wrap=True)
