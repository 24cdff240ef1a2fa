"""Commands on single cells: `pointes models` and `pointes cell`."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pointes import cells, populations
from pointes.cli import options, terminal
from pointes.cli.drug import add_drug, read_dose
from pointes.errors import UserError
from pointes.vocabulary import TOLERANCE, Failure

if TYPE_CHECKING:
    from pointes.cells import CellModel


def models(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Model to describe, with the currents that can be blocked.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List the cell models, or describe one of them."""
    found = [cells.describe(name) for name in ([model] if model else cells.names())]
    if as_json:
        terminal.print_json(found)
        return
    if model:
        terminal.print_values(found[0])
        return
    columns = ("name", "celltypes", "states")
    rows = [[*(terminal.as_text(one[column]) for column in columns), terminal.doi(one["source"])] for one in found]
    terminal.print_table((*columns, "DOI"), rows, unbroken=True)


@dataclass(frozen=True)
class CellRequest:
    """Options of `pointes cell`: a cell, the protocol with which it is paced, and the files of its states and trace."""

    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="Name of a cell model, as `pointes models` lists them, or a .mmt or .cellml file."
        ),
    ]
    celltype: options.CellType = None
    cycle_length: options.CycleLength = 1000.0
    beats: Annotated[int, typer.Option(help="Beats from the model's initial state.")] = 100
    label_beats: options.LabelBeats = 4
    block: Annotated[
        list[str] | None,
        typer.Option(metavar="CURRENT=FRACTION", help="Block, as IKr=0.5; of any variable by its qualified name."),
    ] = None
    drug: options.Drug = None
    dose: options.Dose = None
    drugs: options.DrugTable = None
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Model constant, as extracellular.ko=5.")
    ] = None
    stimulus_duration: Annotated[
        float | None, typer.Option(metavar="MS", help="Duration of a stimulus in ms; the model's own by default.")
    ] = None
    stimulus_level: Annotated[
        float | None,
        typer.Option(
            metavar="LEVEL",
            help="Value of pace during a stimulus; the model's own, usually 1, by default.",
            callback=options.not_zero,
        ),
    ] = None
    unpaced: Annotated[bool, typer.Option("--unpaced", help="Do not stimulate: let the cell beat by itself.")] = False
    until_steady: Annotated[
        bool, typer.Option("--until-steady", help="Stop when the rhythm is steady; --beats is the limit.")
    ] = False
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="Error of an integration step; 1 stands for 100 mV or a whole gate.",
            callback=options.in_range(1e-9, 0.1),
        ),
    ] = None
    initial_state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Start from a saved state (.nc or .csv).")
    ] = None
    save_state: Annotated[Path | None, options.written("FILE", "Save the state after the last beat (.nc or .csv).")] = (
        None
    )
    trace: Annotated[Path | None, options.written("OUT.nc", "Write the last beat to this netCDF file.")] = None
    as_json: options.Json = False

    def __post_init__(self) -> None:
        if self.unpaced and not (self.stimulus_duration is None and self.stimulus_level is None):
            expected = "either --unpaced or --stimulus-duration and --stimulus-level"
            raise UserError("--unpaced with a stimulus", expected=expected)


def cell(request: CellRequest) -> None:
    """Pace one cell and print the biomarkers of its last beat."""
    dose = read_dose(request.drug, request.dose, request.drugs)
    blocks = options.read_assignments("--block", request.block)
    constants = options.read_assignments("--set", request.values)
    model = _load(request, blocks, constants)
    blocks = add_drug(blocks, dose, model.currents)
    for name in blocks:
        if name in model.parts:
            print(f"{name}: {', '.join(model.parts[name])}", file=sys.stderr)
    biomarkers = _pace(request, model, blocks, constants)
    if request.as_json:
        terminal.print_json(terminal.without_nan(biomarkers))
    else:
        rows = terminal.biomarker_rows(biomarkers, cells.BIOMARKERS)
        terminal.print_table(("biomarker", "value", "meaning"), rows, unbroken=True)
    if not request.unpaced and biomarkers["repolarisation_failure"]:
        note = cells.cannot_repolarise(model, constants)
        if note is not None:
            terminal.print_note(note)
    captured = request.unpaced or biomarkers["failure"] != Failure.NO_CAPTURE
    hint = "" if captured else "; a longer or stronger stimulus may: --stimulus-duration, --stimulus-level"
    terminal.end_if_failed(Failure(int(biomarkers["failure"])).name.lower(), hint)


def _load(request: CellRequest, blocks: Mapping[str, float], constants: Mapping[str, float]) -> "CellModel":
    """Return the model; currents by qualified names can be blocked, and constants have other values."""
    model = cells.load(
        request.model,
        celltype=request.celltype,
        vary=tuple(constants),
        blockable=tuple(name for name in blocks if "." in name),
        stimulus_level=request.stimulus_level,
    )
    if request.unpaced or model.kernel.PACED:
        return model
    raise UserError(
        "no stimulus (no variable is bound to pace, and the equations have no equal pulses)",
        expected="option --unpaced, with which the model runs as it is written",
        where=request.model,
    )


def _pace(
    request: CellRequest, model: "CellModel", blocks: Mapping[str, float], constants: Mapping[str, float]
) -> dict[str, float]:
    """Pace the model, write the files, and return the biomarkers of the last beat."""
    initial_state = None if request.initial_state is None else populations.read_states(request.initial_state, model)
    stimulus_duration = 0.0 if request.unpaced else request.stimulus_duration
    tolerance = TOLERANCE if request.tolerance is None else request.tolerance
    result = cells.pace(
        model,
        blocks,
        values=constants,
        cycle_length=request.cycle_length,
        beats=request.beats,
        label_beats=min(request.label_beats, request.beats),
        initial_state=initial_state,
        stimulus_duration=stimulus_duration,
        until_steady=request.until_steady,
        tolerance=tolerance,
        final_state=True,
    )
    state = result.pop("state")
    if request.save_state is not None:
        populations.write_states(request.save_state, model, state)
    if request.trace is not None:
        from pointes.campaign.steps.traces import write_trace  # imports numpy

        trace = cells.trace(
            model,
            blocks,
            values=constants,
            cycle_length=request.cycle_length,
            beats=request.beats,
            initial_state=initial_state,
            stimulus_duration=stimulus_duration,
            tolerance=tolerance,
        )
        write_trace(request.trace, trace)
    return {name: column[0].item() for name, column in result.items()}
