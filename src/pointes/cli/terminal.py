"""Output of commands: JSON, tables for a terminal of 80 columns, a progress bar, and the line of a failure.

Functions import rich, and `pointes.status` with numpy, when they are called: ``pointes --help`` needs neither.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pointes.errors import printable

if TYPE_CHECKING:
    from rich.table import Table

Progress = Callable[[float, float], None]
"""Callback that takes the amount of work done and the whole amount."""

SHORT = {
    "label": "1: EAD or repolarisation failure",
    "margin_V_per_s": "largest late dV/dt, less 0.01 V/s",
    "status": "0: simulated, else failed",
    "failure": "why it failed; 0: it did not",
    "ead": "1: early afterdepolarisation",
    "repolarisation_failure": "1: above -60 mV at a next stimulus",
    "capture_failure": "1: a stimulus did not excite",
    "rmp_mV": "potential at the start of the beat",
    "vpeak_mV": "largest potential",
    "t_vpeak_ms": "time of the largest potential",
    "dvdt_max_V_per_s": "largest dV/dt of the upstroke",
    "dvdt_max_after_stim_V_per_s": "the same, after the stimulus",
    "apd30_ms": "duration to 30 % repolarisation",
    "apd40_ms": "duration to 40 % repolarisation",
    "apd50_ms": "duration to 50 % repolarisation",
    "apd90_ms": "duration to 90 % repolarisation",
    "cai_dia_mM": "calcium at the start of the beat",
    "cai_peak_mM": "largest calcium",
    "cat_amp_mM": "calcium transient, peak to peak",
    "t_cai_peak_ms": "time of the largest calcium",
    "catd50_ms": "calcium transient to 50 % decay",
    "catd80_ms": "calcium transient to 80 % decay",
    "catd90_ms": "calcium transient to 90 % decay",
    "qnet_uC_per_uF": "charge of six currents in the beat",
    "peak_ICaL_A_per_F": "most negative ICaL after 1 ms",
    "beats": "beats paced until steady, or all",
    "period": "beats of the steady rhythm, or 0",
    "alternans": "1: two unlike beats in turn",
}
"""Short meanings of biomarkers, for rows of one line; files have the full ones, and the names have the units."""


def biomarker_rows(values: Mapping[str, float], meanings: Mapping[str, tuple[str, str]]) -> list[list[str]]:
    """Return name, value and short meaning of each biomarker; those without a short meaning have the full one."""
    return [[name, f"{value:.6g}", SHORT.get(name, meanings[name][1])] for name, value in values.items()]


def doi(source: str) -> str:
    """Return the DOI in a source, or the whole source if it has none.

    Examples
    --------
    >>> doi("Fenton and Karma, Chaos 8(1): 20-47 (1998), doi:10.1063/1.166311; eLife 8: e48890 (2019)")
    '10.1063/1.166311'
    """
    _, found, rest = source.partition("doi:")
    return rest.partition(";")[0] if found else source


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, unbroken: bool = False) -> None:
    """Print rows below a header; wide cells are wrapped, or end with an ellipsis if rows are ``unbroken``."""
    from rich.console import Console

    Console().print(table(header, rows, unbroken=unbroken))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, unbroken: bool = False) -> "Table":
    """Return rows below a header; wide cells are wrapped, or end with an ellipsis if rows are ``unbroken``."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in header:
        made.add_column(name, overflow="ellipsis" if unbroken else "fold", no_wrap=unbroken)
    for row in rows:
        made.add_row(*row)
    return made


def print_values(values: Mapping[str, object]) -> None:
    """Print a table of values by name."""
    print_table(("what", "value"), [[name, as_text(value)] for name, value in values.items()])


def as_text(value: object) -> str:
    """Return a value as a cell of a table.

    Examples
    --------
    >>> as_text([0.123456, None, {"runs": 3}])
    '0.1235 - runs 3'
    """
    match value:
        case list():
            return " ".join(map(as_text, value))
        case dict():
            return ", ".join(f"{name} {as_text(one)}" for name, one in value.items())
        case float():
            return f"{value:.4g}"
        case None:
            return "-"
    return str(value)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2, allow_nan=False))


def without_nan(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return values with None in place of NaN, which JSON does not have."""
    return {name: None if value != value else value for name, value in values.items()}


def print_note(note: str) -> None:
    """Print a line on standard error, with ``pointes:`` before it."""
    print(f"pointes: {printable(note)}", file=sys.stderr)


def print_failures(counts: Mapping[str, int], total: int, simulations: str) -> None:
    """Print how many simulations failed, and why, if any did; ``simulations`` is the word for them."""
    from pointes.status import in_words

    if any(counts.values()):
        print(f"{sum(counts.values())} of {total} {simulations} failed: {in_words(counts)}")


def end_if_failed(reason: str, hint: str = "") -> None:
    """End the command with one line and exit code 1 if a simulation failed, for a reason other than ``none``."""
    from pointes.status import WORDS

    if reason != "none":
        print_note(f"the simulation failed: it {WORDS[reason]} ({reason}){hint}")
        sys.exit(1)


@contextmanager
def progress_bar(hidden: bool) -> Iterator[Progress]:
    """Yield a callback that shows a bar on a terminal, from its first call on, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        yield lambda done, total: None
        return
    bar = Bar(console=console)
    task = bar.add_task("simulating")

    def show(done: float, total: float) -> None:
        bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        bar.stop()
