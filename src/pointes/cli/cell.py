"""Commands on single cells: `pointes models` and `pointes cell`."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pointes import cells, populations
from pointes.campaign.commands.dosing import Dose
from pointes.cli import options, terminal
from pointes.cli.drug import add_drug, read_dose
from pointes.errors import UserError
from pointes.vocabulary import TOLERANCE, Failure

if TYPE_CHECKING:
    from pointes.cells import CellModel


def models(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Describe this one: its currents can be blocked.")
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
    rows = [
        [*(terminal.as_text(described[column]) for column in columns), terminal.doi(described["source"])]
        for described in found
    ]
    terminal.print_table((*columns, "DOI"), rows, unbroken=True)


@dataclass(frozen=True)
class CellRequest:
    """A cell, the protocol with which it is paced, and the files of its states and its trace."""

    model: str
    celltype: str | None
    blocks: dict[str, float]
    """Blocked fraction by current, without those of the drug."""
    dose: Dose | None
    constants: dict[str, float]
    """Values of model constants by qualified name."""
    cycle_length: float
    beats: int
    label_beats: int
    stimulus_duration: float | None
    stimulus_level: float | None
    unpaced: bool
    until_steady: bool
    tolerance: float
    initial_state: Path | None
    save_state: Path | None
    trace: Path | None

    def __post_init__(self) -> None:
        if self.unpaced and not (self.stimulus_duration is None and self.stimulus_level is None):
            raise UserError(
                "--unpaced with a stimulus", expected="either --unpaced or --stimulus-duration and --stimulus-level"
            )

    def load(self) -> "CellModel":
        """Return the cell model."""
        model = cells.load(
            self.model,
            celltype=self.celltype,
            vary=tuple(self.constants),
            blockable=tuple(name for name in self.blocks if "." in name),
            stimulus_level=self.stimulus_level,
        )
        if not (self.unpaced or model.kernel.PACED):
            raise UserError(
                "no stimulus (no variable is bound to pace, and the equations have no equal pulses)",
                expected="option --unpaced, with which the model runs as it is written",
                where=self.model,
            )
        return model

    def pace(self, model: "CellModel", blocks: dict[str, float]) -> dict[str, float]:
        """Pace the model, write the files, and return the biomarkers of the last beat."""
        initial_state = None if self.initial_state is None else populations.read_states(self.initial_state, model)
        duration = 0.0 if self.unpaced else self.stimulus_duration
        result = cells.pace(
            model,
            blocks,
            values=self.constants,
            cycle_length=self.cycle_length,
            beats=self.beats,
            label_beats=min(self.label_beats, self.beats),
            initial_state=initial_state,
            stimulus_duration=duration,
            until_steady=self.until_steady,
            tolerance=self.tolerance,
            final_state=True,
        )
        state = result.pop("state")
        if self.save_state is not None:
            populations.write_states(self.save_state, model, state)
        if self.trace is not None:
            from pointes.campaign.steps.traces import write_trace  # imports numpy

            trace = cells.trace(
                model,
                blocks,
                values=self.constants,
                cycle_length=self.cycle_length,
                beats=self.beats,
                initial_state=initial_state,
                stimulus_duration=duration,
                tolerance=self.tolerance,
            )
            write_trace(self.trace, trace)
        return {name: column[0].item() for name, column in result.items()}


def cell(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="Name of a cell model, as `pointes models` lists them, or a .mmt or .cellml file."
        ),
    ],
    celltype: options.CellType = None,
    cycle_length: options.CycleLength = 1000.0,
    beats: Annotated[int, typer.Option(help="Beats from the model's initial state.")] = 100,
    label_beats: options.LabelBeats = 4,
    block: Annotated[
        list[str] | None,
        typer.Option(metavar="CURRENT=FRACTION", help="Block, as IKr=0.5; of any variable by its qualified name."),
    ] = None,
    drug: options.Drug = None,
    dose: options.Dose = None,
    drugs: options.DrugTable = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Model constant, as extracellular.ko=5.")
    ] = None,
    stimulus_duration: Annotated[
        float | None, typer.Option(metavar="MS", help="Duration of a stimulus in ms; the model's own by default.")
    ] = None,
    stimulus_level: Annotated[
        float | None,
        typer.Option(
            metavar="LEVEL",
            help="Value of pace during a stimulus; the model's own, usually 1, by default.",
            callback=options.not_zero,
        ),
    ] = None,
    unpaced: Annotated[bool, typer.Option("--unpaced", help="Do not stimulate: let the cell beat by itself.")] = False,
    until_steady: Annotated[
        bool, typer.Option("--until-steady", help="Stop when the rhythm is steady; --beats is the limit.")
    ] = False,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="Error of an integration step; 1 stands for 100 mV or a whole gate.",
            callback=options.in_range(1e-9, 0.1),
        ),
    ] = None,
    initial_state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Start from a saved state (.nc or .csv).")
    ] = None,
    save_state: Annotated[
        Path | None, options.written("FILE", "Save the state after the last beat (.nc or .csv).")
    ] = None,
    trace: Annotated[Path | None, options.written("OUT.nc", "Write the last beat to this netCDF file.")] = None,
    as_json: options.Json = False,
) -> None:
    """Pace one cell and print the biomarkers of its last beat."""
    request = CellRequest(
        model=model,
        celltype=celltype,
        blocks=options.read_assignments("--block", block),
        dose=read_dose(drug, dose, drugs),
        constants=options.read_assignments("--set", values),
        cycle_length=cycle_length,
        beats=beats,
        label_beats=label_beats,
        stimulus_duration=stimulus_duration,
        stimulus_level=stimulus_level,
        unpaced=unpaced,
        until_steady=until_steady,
        tolerance=TOLERANCE if tolerance is None else tolerance,
        initial_state=initial_state,
        save_state=save_state,
        trace=trace,
    )
    loaded = request.load()
    blocks = add_drug(request.blocks, request.dose, loaded.currents)
    for name in blocks:
        if name in loaded.parts:
            print(f"{name}: {', '.join(loaded.parts[name])}", file=sys.stderr)
    biomarkers = request.pace(loaded, blocks)
    if as_json:
        terminal.print_json(terminal.without_nan(biomarkers))
    else:
        rows = terminal.biomarker_rows(biomarkers, cells.BIOMARKERS)
        terminal.print_table(("biomarker", "value", "meaning"), rows, unbroken=True)
    _explain(request, loaded, biomarkers)


def _explain(request: CellRequest, model: "CellModel", biomarkers: dict[str, float]) -> None:
    """Print why every beat counts as a failure, or end the command if the simulation failed."""
    if not request.unpaced and biomarkers["repolarisation_failure"]:
        note = cells.cannot_repolarise(model, request.constants)
        if note is not None:
            terminal.print_note(note)
    captured = request.unpaced or biomarkers["failure"] != Failure.NO_CAPTURE
    hint = "" if captured else "; a longer or stronger stimulus may: --stimulus-duration, --stimulus-level"
    terminal.end_if_failed(Failure(int(biomarkers["failure"])).name.lower(), hint)
