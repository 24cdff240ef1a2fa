"""Arguments and options that several commands share, and the checks of their values."""

import os
from collections.abc import Callable
from functools import wraps
from inspect import signature
from math import inf, isfinite
from pathlib import Path
from typing import Annotated, Any

import typer

from pointes.errors import UserError, check_positive
from pointes.vocabulary import CYCLE_LENGTHS_MS

Check = Callable[[typer.CallbackParam, float | None], float | None]


def in_range(low: float, high: float) -> Check:
    """Return a check that an option's value is a number from ``low`` to ``high``, or was left out."""

    def check(option: typer.CallbackParam, value: float | None) -> float | None:
        if value is not None and not low <= value <= high:
            raise UserError(option.opts[0], value, f"a number from {low:g} to {high:g}")
        return value

    return check


def positive(metavar: str, help: str) -> Any:
    """Return an option whose value is a positive, finite number."""

    def check(option: typer.CallbackParam, value: float) -> float:
        check_positive(option.opts[0], value)
        return value

    return typer.Option(metavar=metavar, help=help, callback=check)


def written(metavar: str, help: str, *names: str) -> Any:
    """Return an option that names a file to be written."""
    return typer.Option(*names, metavar=metavar, help=help, callback=_writable)


def not_zero(option: typer.CallbackParam, value: float | None) -> float | None:
    """Check that an option's value is a finite number other than 0, or was left out."""
    if value is not None and (value == 0 or not isfinite(value)):
        raise UserError(option.opts[0], value, "a finite number other than 0")
    return value


check_cycle_length = in_range(*CYCLE_LENGTHS_MS)


def _writable(output: Path | None) -> Path | None:
    """Refuse an output that could not be written, before anything is simulated for it."""
    if output is None:
        return None
    if not os.path.isdir(output.absolute().parent):
        raise UserError(f"no folder {output.parent}", expected="an existing one", where=output)
    if os.path.isdir(output):
        raise UserError("a folder", expected="the name of a file", where=output)
    return output


def check_new(output: Path) -> None:
    """Refuse an output that exists, or whose folder does not."""
    if output.exists():
        raise UserError("exists already", expected="the name of a new file or folder", where=output)
    _writable(output)


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Config = Annotated[Path, typer.Argument(metavar="CONFIG.yaml", help="Configuration of a campaign.")]
Configs = Annotated[
    list[Path],
    typer.Argument(metavar="CONFIG.yaml [SITE.yaml]", help="Configuration of a campaign, and files that override it."),
]
Site = Annotated[
    list[Path] | None,
    typer.Option("--site", metavar="SITE.yaml", help="File that overrides keys of the configuration; may be repeated."),
]
Results = Annotated[Path, typer.Argument(metavar="RESULTS", help="Results folder of a campaign, results/<name>.")]
Output = Annotated[Path, written("OUT.nc", "File for the results.", "--output", "-o")]
CellType = Annotated[str | None, typer.Option(help="endo, mid or epi; the model's first one by default.")]
CycleLength = Annotated[
    float, typer.Option(metavar="MS", help="Time between stimuli in ms.", callback=check_cycle_length)
]
LabelBeats = Annotated[int, typer.Option(help="Last beats in which an arrhythmia counts.")]
Block = Annotated[list[str] | None, typer.Option(metavar="CURRENT=FRACTION", help="Block, as IKr=0.5.")]
Drug = Annotated[str | None, typer.Option(metavar="NAME", help="Block the currents that a drug of a table blocks.")]
Dose = Annotated[
    float | None, typer.Option("--dose", metavar="MULTIPLE", help="Multiple of the drug's free Cmax; 1 by default.")
]
DrugTable = Annotated[
    Path | None,
    typer.Option("--drugs", metavar="TABLE.csv", help="Table of drugs; config/drugs/cipa28.csv by default."),
]
DrugTableOfCampaign = Annotated[
    Path | None, typer.Option("--drugs", metavar="TABLE.csv", help="Table of drugs; that of the campaign by default.")
]


def from_fields(run: Callable[[Any], None]) -> Callable[..., None]:
    """Return a command whose arguments and options are the fields of the dataclass that ``run`` takes."""
    (parameter,) = signature(run).parameters.values()

    @wraps(run)
    def command(**values: object) -> None:
        run(parameter.annotation(**values))

    command.__signature__ = signature(parameter.annotation)  # type: ignore[attr-defined]  # typer reads it
    command.__annotations__ = {}
    return command


def read_assignments(option: str, texts: list[str] | None) -> dict[str, float]:
    """Return the values of an option that is repeated as ``NAME=NUMBER``, by name.

    Examples
    --------
    >>> read_assignments("--block", ["IKr=0.5", "ICaL=0.1"])
    {'IKr': 0.5, 'ICaL': 0.1}
    """
    values: dict[str, float] = {}
    for text in texts or []:
        name, _, number = text.partition("=")
        name = name.strip()
        if "[" in number:
            raise UserError(option, text, "a number without unit, which is taken in the unit of the model file")
        value = _number(number)
        if not (name and isfinite(value)):
            raise UserError(option, text, f"NAME=NUMBER, for example {option} IKr=0.5")
        if name in values:
            raise UserError(option, text, f"one value of {name}")
        values[name] = value
    return values


def _number(text: str) -> float:
    # pointes.tables.number does the same, but makes the command start with slower imports
    try:
        return float(text)
    except ValueError:
        return inf
