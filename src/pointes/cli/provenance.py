"""Commands on what a campaign has left: `pointes verify`, `pointes crate` and `pointes export`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pointes import campaign
from pointes.cli import options, terminal

if TYPE_CHECKING:
    from pointes.campaign.commands.verify import Verification


def verify(
    results: options.Results,
    samples: Annotated[
        int | None,
        typer.Option(help="Random samples to simulate again, with the control; 8 cells or 1 tissue by default.", min=0),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the choice of samples.", min=0)] = 0,
    as_json: options.Json = False,
) -> None:
    """Compare the files of a finished campaign with their checksums, and simulate some of its samples again.

    The exit code is 0 if everything is bit-identical, and 1 otherwise.
    """
    with terminal.progress_bar(as_json) as progress:
        found = campaign.verify(results, samples, seed, progress)
    if as_json:
        terminal.print_json(found.to_json())
    else:
        _print(found)
    sys.exit(0 if found.identical else 1)


def crate(
    results: options.Results,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FOLDER|FILE.zip", help="New folder or ZIP archive. Default: <name>-crate.zip."
        ),
    ] = None,
    license: Annotated[
        str | None, typer.Option(metavar="TEXT", help="License of the results, as the address of its text.")
    ] = None,
    workflow: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Clone of pointes whose Snakefile made the results.")
    ] = None,
) -> None:
    """Pack a finished campaign, its workflow and its checksums as a Workflow Run RO-Crate."""
    output = output or Path(f"{results.resolve().name}-crate.zip")
    options.check_new(output)
    count = campaign.write_crate(results, output, license, workflow)
    print(f"{count} files -> {output}")


def export(
    results: options.Results,
    output: Annotated[Path, options.written("OUT.nc", "The reader is written beside it.", "--output", "-o")] = Path(
        "export.nc"
    ),
) -> None:
    """Write what a campaign has learned as netCDF for users without pointes, and a reader in NumPy beside it."""
    reader = campaign.export_surrogate(results, output)
    print(f"{output}, {reader}")


def _print(found: "Verification") -> None:
    """Print which files and columns differ, and what that means."""
    changed = {name: state for name, state in found.files.items() if state != "identical"}
    for name, state in changed.items():
        print(f"{name}: {state}")
    print(f"{len(found.files) - len(changed)} of {len(found.files)} files are identical to what was written")
    if found.unreadable:
        print(f"nothing was simulated again: {found.unreadable}")
        return
    if not found.samples:
        print("nothing was simulated again")
        return
    for name, difference in found.different.items():
        print(f"{name}: differs in {len(difference.samples)} samples, {difference.words}")
    same = len(found.columns) - len(found.different)
    print(f"{same} of {len(found.columns)} results are bit-identical in {len(found.samples)} samples simulated again")
    if found.different:
        print(found.explanation)
