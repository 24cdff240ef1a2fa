"""The command `pointes drug`: the risk class of a new compound."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pointes import campaign, drugs, figures
from pointes.cli import options, terminal
from pointes.errors import UserError
from pointes.figures.card import words
from pointes.vocabulary import LABORATORY_SD

if TYPE_CHECKING:
    from pointes.drugs import DrugTable


OPTIONS = {
    "no Cmax": "no --cmax",
    "Cmax": "--cmax",
    "unit of Cmax": "unit of --cmax",
    "unit of Cmax is missing": "unit of --cmax is missing",
    "name of the compound": "--name",
}
"""Names of options in messages about what they give."""


@dataclass(frozen=True)
class DrugRequest:
    """Options of `pointes drug`: the compound, what it is compared with, and the output."""

    channels: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHANNEL=IC50]...", help="Such as 'IKr=120nM h=1.1', 'IKr=120(90-160)nM', 'ICaL>30uM'."
        ),
    ] = None
    cmax: Annotated[
        str | None, typer.Option(metavar="CONCENTRATION", help="Free peak plasma concentration, as 50nM.")
    ] = None
    name: Annotated[str | None, typer.Option(help="Name of the compound.")] = None
    table: Annotated[
        Path | None, typer.Option(metavar="TABLE.csv", help="Score all compounds of a drug table instead.")
    ] = None
    panel: Annotated[
        Path | None,
        typer.Option(
            metavar="RESULTS",
            help="Results of a panel campaign with a static scenario; those of the package by default.",
        ),
    ] = None
    risk_map: Annotated[
        Path | None,
        typer.Option("--map", metavar="RESULTS", help="Campaign on whose map the critical multiple is searched."),
    ] = None
    samples: Annotated[int, typer.Option(min=1, help="Draws from the uncertainty of the IC50s.")] = 32
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1
    laboratory_sd: Annotated[
        float,
        typer.Option(
            metavar="DECADES",
            help="Spread of log10 IC50 between laboratories, for channels without an interval; 0: none.",
            callback=options.in_range(0, 0.5),
        ),
    ] = LABORATORY_SD
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core by default.")] = None
    card: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write a page for each compound, as HTML and as PDF.")
    ] = None
    as_json: options.Json = False

    def __post_init__(self) -> None:
        if self.table is None:
            return
        for option, value in (("CHANNEL=IC50", self.channels), ("--cmax", self.cmax), ("--name", self.name)):
            if value:
                raise UserError(f"{option} with --table", expected="either a table, or a compound and its --cmax")


def drug(request: DrugRequest) -> None:
    """Score new compounds: risk class with probabilities, and the channels that explain it."""
    compounds = _compounds(request)
    if request.card is not None:
        figures.check_folder(request.card, compounds.names)
    with terminal.progress_bar(request.as_json) as progress:
        report = campaign.score_drugs(
            compounds,
            panel=request.panel,
            risk_map=request.risk_map,
            samples=request.samples,
            seed=request.seed,
            laboratory_sd=request.laboratory_sd,
            workers=request.workers,
            progress=progress,
        ).to_json()
    if request.as_json:
        terminal.print_json(report)
    elif request.table is None:
        terminal.print_table(("what", "value"), _details(report["compounds"][0], report["reference"]))
    else:
        _print_table(report["compounds"])
    if request.card is not None:
        for path in figures.write_cards(request.card, report):
            print(f"-> {path}", file=sys.stderr)


def _compounds(request: DrugRequest) -> "DrugTable":
    if request.table is not None:
        return drugs.read_compounds(request.table)
    name = "compound" if request.name is None else request.name
    try:
        return drugs.parse_compound(request.channels or [], request.cmax, name)
    except UserError as error:
        raise error.renamed(OPTIONS) from None


def _details(score: words.Score, panel: words.Panel) -> list[list[str]]:
    """Return all that is known of one compound, as rows of a name and a text."""
    channels = [
        [channel, f"IC50 {ic50}, Hill {hill}, block {block} at 4 x Cmax, effect {effect}"]
        for channel, ic50, hill, block, effect in words.inputs(score)
    ]
    return [
        ["compound", f"{score['name']}, free Cmax {words.concentration(score['cmax_nM'])}"],
        ["class", words.headline(score)],
        *map(list, words.facts(score, panel)),
        *channels,
        *(["limits" if not place else "", text] for place, text in enumerate(words.limits(score, panel))),
        ["reference", words.reference(score, panel)],
    ]


def _print_table(scores: Sequence[words.Score]) -> None:
    """Print a row for each compound, and what is outside the domain."""
    header = ["compound", "class", "low", "intermediate", "high", "torsade metric", "driver"]
    with_map = any(score["critical"] for score in scores)
    terminal.print_table([*header, *(["critical dose"] if with_map else [])], map(_row, scores))
    for score in scores:
        for text in score["outside"]:
            print(f"{score['name']} is outside the domain: {text}")


def _row(score: words.Score) -> list[str]:
    driver = max(score["channels"], key=lambda one: abs(one["attribution"] or 0.0), default={"attribution": None})
    return [
        score["name"],
        score["risk_class"],
        *map(words.percent, score["probability"].values()),
        words.metric(score),
        driver["channel"] if driver["attribution"] else "-",
        *([words.critical_multiple(score)] if score["critical"] else []),
    ]
