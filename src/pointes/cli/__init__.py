"""The `pointes` command: one module for each group of commands; `options` and `terminal` are what they share."""

import sys
from typing import Annotated

import typer

from pointes import __version__
from pointes.cli import (
    campaign,
    cell,
    compound,
    options,
    planning,
    population,
    provenance,
    serving,
    study,
    tissue,
    watching,
)
from pointes.errors import UserError

app = typer.Typer(
    help="Find the boundary between safe and arrhythmic in ion-channel-block space.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    study.new,
    campaign.check,
    planning.plan,
    cell.models,
    options.from_fields(cell.cell),
    options.from_fields(population.population),
    options.from_fields(compound.drug),
    campaign.simulate,
    campaign.predict,
    serving.serve,
    watching.status,
    provenance.verify,
    provenance.crate,
    provenance.export,
):
    app.command()(command)
app.add_typer(tissue.app, name="tissue", no_args_is_help=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"pointes {__version__}")
        raise typer.Exit


@app.callback()
def _pointes(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


def main() -> None:
    """Run the command; a user's mistake ends it with one line and exit code 2."""
    try:
        app()
    except UserError as error:
        for line in str(error).splitlines():
            print(f"pointes: {line}", file=sys.stderr)
        sys.exit(2)
