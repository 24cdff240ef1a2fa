"""The command `pointes population`: many variants of a cell."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from pointes import cells, populations
from pointes.cli import options, terminal
from pointes.cli.drug import add_drug, read_dose
from pointes.errors import UserError


@dataclass(frozen=True)
class PopulationRequest:
    """Options of `pointes population`: the variants, the protocol with which they are paced, and the files."""

    model: Annotated[str, typer.Argument(metavar="MODEL", help="Name of a cell model; `pointes models` lists them.")]
    output: options.Output
    celltype: options.CellType = None
    scale: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LOW:HIGH",
            help="Draw factors of a current's conductance, or of a model constant by its qualified name; also as "
            "NAME=lognormal:SIGMA.",
        ),
    ] = None
    n: Annotated[
        int | None, typer.Option("--n", help="Variants to draw, 1000 by default; with --accepted variants per lot.")
    ] = None
    accepted: Annotated[
        int | None,
        typer.Option("--accepted", metavar="N", help="Draw lot after lot until so many variants are accepted."),
    ] = None
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0
    sampler: Annotated[str, typer.Option(help="latin-hypercube or sobol.")] = "latin-hypercube"
    variants: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Take the variants from a CSV file, one column per parameter, or those that an earlier population, "
            "OUT.nc, has accepted.",
        ),
    ] = None
    block: options.Block = None
    drug: options.Drug = None
    dose: options.Dose = None
    drugs: options.DrugTable = None
    cycle_length: options.CycleLength = 1000.0
    beats: Annotated[int, typer.Option(help="Beats from the initial state.")] = 100
    label_beats: options.LabelBeats = 4
    until_steady: Annotated[
        bool, typer.Option("--until-steady", help="Stop a variant when its rhythm is steady; --beats is the limit.")
    ] = False
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Accept variants in the ranges of human ventricular cells.")
    ] = False
    ranges: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Accept variants in these ranges: columns biomarker, min and max."),
    ] = None
    initial_state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Start from saved states: one for all, or one for each.")
    ] = None
    save_state: Annotated[Path | None, options.written("FILE.nc", "Save the states at the end.")] = None
    workers: Annotated[int | None, typer.Option(help="Processes; one per core by default.")] = None
    as_json: options.Json = False

    def __post_init__(self) -> None:
        drawn, read = bool(self.scale), self.variants is not None
        if drawn == read or (read and self.n is not None):
            expected = "variants either drawn (--scale, with --n) or from a file (--variants)"
            raise UserError("variants", expected=expected)
        if self.accepted is not None and (read or not (self.calibrate or self.ranges)):
            expected = "drawn variants (--scale) and ranges (--calibrate or --ranges)"
            raise UserError("--accepted", self.accepted, expected)


def population(request: PopulationRequest) -> None:
    """Pace many variants of a cell, and accept those that behave as cells in experiments do."""
    dose = read_dose(request.drug, request.dose, request.drugs)
    calibrated = request.calibrate or request.ranges
    ranges = populations.read_ranges(request.ranges or populations.HUMAN_VENTRICULAR) if calibrated else None
    distributions = populations.parse_distributions("--scale", request.scale or [])
    table = None if request.variants is None else populations.read_variants(request.variants)
    blocks = options.read_assignments("--block", request.block)
    simulation = populations.PopulationProtocol(
        model=request.model,
        celltype=request.celltype,
        literals=populations.literals(request.model, distributions if table is None else table.columns),
        cycle_length=request.cycle_length,
        beats=request.beats,
        label_beats=min(request.label_beats, request.beats),
        until_steady=request.until_steady,
        blocks=add_drug(blocks, dose, cells.describe(request.model)["currents"]),
    )
    size = request.n if request.n is not None else request.accepted or 1000
    draw = partial(populations.draw, simulation.load(), distributions, size, seed=request.seed, sampler=request.sampler)
    with terminal.progress_bar(request.as_json) as progress:
        if request.accepted is None:
            summary = populations.simulate(
                simulation,
                table or draw(),
                request.output,
                ranges=ranges,
                initial_state=request.initial_state,
                save_state=request.save_state,
                workers=request.workers,
                progress=progress,
            )
        else:
            summary = populations.simulate_until_accepted(
                simulation,
                lambda lot: draw(lot=lot),
                request.accepted,
                request.output,
                ranges or {},
                initial_state=request.initial_state,
                save_state=request.save_state,
                workers=request.workers,
                progress=progress,
            )
    if request.as_json:
        terminal.print_json({"output": str(request.output), **summary})
    else:
        _print_summary(summary, ranges or {}, request)


def _print_summary(summary: dict[str, Any], ranges: dict[str, tuple[float, float]], request: PopulationRequest) -> None:
    """Print how many variants each range excluded, how many failed, and how many there are of each kind."""
    outside, failures = summary.pop("outside", {}), summary.pop("failures")
    if outside:
        most = max(outside, key=outside.__getitem__)
        rows = [[name, *(f"{bound:g}" for bound in ranges[name]), str(count)] for name, count in outside.items()]
        terminal.print_table(("biomarker", "min", "max", "variants outside"), rows)
        print(f"{most} has excluded most: {outside[most]} of {summary['variants']}")
    terminal.print_failures(failures, summary["variants"], "variants")
    if request.accepted and summary["accepted"] < request.accepted:
        most = populations.DRAWN_PER_ACCEPTED
        print(f"fewer than the {request.accepted} wanted variants are accepted: one in {most} or less")
    print(", ".join(f"{name} {count}" for name, count in summary.items()), "->", request.output)
