"""The command that begins a study: `pointes new`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from pointes import campaign


def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder, or an empty one.")],
    name: Annotated[
        str | None,
        typer.Option("--campaign", metavar="NAME", help="Campaign of config/campaigns to begin from."),
    ] = None,
) -> None:
    """Begin a study: a folder with a configuration to change, in which `snakemake` runs the installed workflow."""
    campaign.write_study(folder, name)
    print(f"{folder}: change config/config.yaml, then run the campaign:")
    print(f"    cd {shlex.quote(str(folder))}")
    print("    snakemake")
