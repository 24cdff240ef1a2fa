"""Commands on campaigns: `pointes check`, `simulate` and `predict`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pointes import campaign
from pointes.cli import options, terminal
from pointes.cli.drug import read_dose
from pointes.errors import UserError


def check(configs: options.Configs) -> None:
    """Check a campaign's configuration as `snakemake` does before its first job, and print its results folder."""
    checked = campaign.check_campaign(*configs)
    for note in checked.notes:
        terminal.print_note(note)
    print(checked.folder)


def simulate(
    config: options.Config,
    output: options.Output,
    points: Annotated[
        Path | None,
        typer.Argument(metavar="[POINTS.csv]", help="Points: one column per parameter. Left out with --drug."),
    ] = None,
    drug: options.Drug = None,
    doses: Annotated[
        list[float] | None,
        typer.Option("--dose", metavar="MULTIPLE", help="Multiple of the free Cmax, 1 by default; may be repeated."),
    ] = None,
    drugs: options.DrugTableOfCampaign = None,
    site: options.Site = None,
    as_json: options.Json = False,
) -> None:
    """Simulate given points, or a drug at doses, with the model and the protocol of a campaign, without learning."""
    if (points is None) == (drug is None):
        raise UserError("points", expected="either POINTS.csv or --drug NAME")
    configs = [config, *(site or [])]
    configured = campaign.load(*configs).drugs
    table = None if configured is None else configured.table
    multiples: list[float | None] = [*doses] if doses else [None]
    at_doses = [read_dose(drug, multiple, drugs, table) for multiple in multiples]
    with terminal.progress_bar(as_json) as progress:
        labels = campaign.simulate_points(configs, points or [dose for dose in at_doses if dose], output, progress)
    if as_json:
        terminal.print_json({"output": str(output), **labels})
        return
    failures = labels.pop("failures")
    total = sum(count for name, count in labels.items() if name != "control")
    terminal.print_failures(failures, total, "simulations")
    print(", ".join(f"{name} {count}" for name, count in labels.items()), "->", output)


def predict(
    results: options.Results,
    points: Annotated[
        Path, typer.Argument(metavar="POINTS.csv", help="Points: one column per parameter, by its name.")
    ],
    output: Annotated[Path | None, options.written("OUT.csv", "Default: the terminal.", "--output", "-o")] = None,
    as_json: options.Json = False,
) -> None:
    """Append to points what a campaign has learned: the risk, or quantities with intervals."""
    from pointes.files import print_csv, write_csv  # imports numpy

    rows, nothing_learned = campaign.predict_points(results, points)
    if nothing_learned:
        terminal.print_note(f"{results}: nothing was learned, because {nothing_learned}: nothing is predicted")
    if output is not None:
        write_csv(output, rows)
    if as_json:
        terminal.print_json(rows)
    elif output is None:
        print_csv(sys.stdout, rows)
