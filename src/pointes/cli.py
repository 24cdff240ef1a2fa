"""The `pointes` command: look at models, pace cells, simulate points, and use what a campaign has learned."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pointes.errors import UserError
from pointes.terminal import biomarker_rows, doi, print_table
from pointes.vocabulary import CYCLE_LENGTHS_MS

if TYPE_CHECKING:
    from pointes.campaign.commands.dosing import Dose

app = typer.Typer(
    help="Find the boundary between safe and arrhythmic in ion-channel-block space.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

tissue = typer.Typer(help="Simulate tissue: verify the solver, run a cable, or one simulation of a campaign.")
app.add_typer(tissue, name="tissue", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Results = Annotated[Path, typer.Argument(metavar="RESULTS", help="Results folder of a campaign, results/<name>.")]
Points = Annotated[Path, typer.Argument(metavar="POINTS.csv", help="Points: one column per parameter, by its name.")]
Drug = Annotated[str | None, typer.Option(metavar="NAME", help="Block the currents that a drug of a table blocks.")]
Multiple = Annotated[
    float | None,
    typer.Option("--dose", metavar="MULTIPLE", help="Concentration of the drug [free Cmax]; 1 by default."),
]
DrugTable = Annotated[
    Path | None,
    typer.Option("--drugs", metavar="TABLE.csv", help="Table of drugs; config/drugs/cipa28.csv by default."),
]
DrugTableOfCampaign = Annotated[
    Path | None, typer.Option("--drugs", metavar="TABLE.csv", help="Table of drugs; that of the campaign by default.")
]


def main() -> None:
    """Run the command; a user's mistake ends it with one line and exit code 2.

    A single simulation that fails ends it with one line and exit code 1 (`_end_with`), after its results.
    """
    try:
        app()
    except UserError as error:
        for line in str(error).splitlines():
            print(f"pointes: {line}", file=sys.stderr)
        sys.exit(2)


@app.command()
def check(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.yaml", help="Configuration of a campaign.")],
) -> None:
    """Check a campaign's configuration as `snakemake` does before its first job, and print its results folder."""
    from pointes.campaign.configuration import loading
    from pointes.campaign.prepare import prepare

    campaign = prepare(loading.read(config), where=str(config), project=Path())
    for note in campaign.notes:
        print(f"pointes: {note}", file=sys.stderr)
    print(campaign.folder)


@app.command()
def models(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Describe this one: its currents can be blocked.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the cell models, or describe one of them."""
    from pointes import cells

    found = [cells.describe(name) for name in ([model] if model else cells.names())]
    if as_json:
        _print_json(found)
        return
    if model:
        print_table(("what", "value"), [[name, _text(value)] for name, value in found[0].items()])
        return
    columns = ("name", "celltypes", "states")
    rows = [[*(_text(described[column]) for column in columns), doi(described["source"])] for described in found]
    print_table((*columns, "DOI"), rows, unbroken=True)


@app.command()
def cell(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="Name of a cell model, as `pointes models` lists them, or a .mmt or .cellml file."
        ),
    ],
    celltype: Annotated[str | None, typer.Option(help="endo, mid or epi; the model's first one by default.")] = None,
    cycle_length: Annotated[float, typer.Option(metavar="MS", help="Time between stimuli [ms].")] = 1000.0,
    beats: Annotated[int, typer.Option(help="Beats from the model's initial state.")] = 100,
    label_beats: Annotated[int, typer.Option(help="Last beats in which an arrhythmia counts.")] = 4,
    block: Annotated[
        list[str] | None,
        typer.Option(metavar="CURRENT=FRACTION", help="Block, as IKr=0.5; of any variable by its qualified name."),
    ] = None,
    drug: Drug = None,
    dose: Multiple = None,
    drugs: DrugTable = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Model constant, as extracellular.ko=5.")
    ] = None,
    stimulus_duration: Annotated[
        float | None, typer.Option(metavar="MS", help="Duration of a stimulus [ms]; the model's own by default.")
    ] = None,
    stimulus_level: Annotated[
        float | None,
        typer.Option(metavar="LEVEL", help="Value of pace during a stimulus; the model's own, usually 1, by default."),
    ] = None,
    unpaced: Annotated[bool, typer.Option("--unpaced", help="Do not stimulate: let the cell beat by itself.")] = False,
    until_steady: Annotated[
        bool, typer.Option("--until-steady", help="Stop when the rhythm is steady; --beats is the limit.")
    ] = False,
    tolerance: Annotated[
        float | None, typer.Option(help="Error of an integration step; 1 stands for 100 mV or a whole gate.")
    ] = None,
    initial_state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Start from a saved state (.nc or .csv).")
    ] = None,
    save_state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the state after the last beat (.nc or .csv).")
    ] = None,
    trace: Annotated[
        Path | None, typer.Option(metavar="OUT.nc", help="Write the last beat to this netCDF file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Pace one cell and print the biomarkers of its last beat."""
    for output in filter(None, (trace, save_state)):
        _check_file(output)
    if unpaced and not (stimulus_duration is None and stimulus_level is None):
        raise UserError("expected either --unpaced or --stimulus-duration and --stimulus-level")
    if stimulus_level is not None and (stimulus_level == 0 or not isfinite(stimulus_level)):
        raise UserError(f"--stimulus-level {stimulus_level:g}: expected a finite number other than 0")
    if tolerance is not None and not 1e-9 <= tolerance <= 0.1:
        raise UserError(f"--tolerance {tolerance:g}: expected a number from 1e-9 to 0.1")
    _check_cycle_length(cycle_length)
    at = _dose(drug, dose, drugs)
    from pointes import cells, populations
    from pointes.status import reason_of

    blocks, constants = _assignments("--block", block or []), _assignments("--set", values or [])
    qualified = tuple(name for name in blocks if "." in name)
    paced = cells.load(
        model, celltype=celltype, vary=tuple(constants), blockable=qualified, stimulus_level=stimulus_level
    )
    if not (unpaced or paced.kernel.PACED):
        raise UserError(
            f"{model} has no stimulus (no variable is bound to pace, and the equations have no equal pulses); expected "
            "option --unpaced, with which it runs as it is written"
        )
    blocks = _with_drug(blocks, at, paced.currents)
    for name in blocks:
        if name in paced.parts:
            print(f"{name}: {', '.join(paced.parts[name])}", file=sys.stderr)
    duration = 0.0 if unpaced else stimulus_duration
    protocol = {"cycle_length": cycle_length, "beats": beats, "stimulus_duration": duration}
    if tolerance is not None:
        protocol["tolerance"] = tolerance
    if initial_state is not None:
        protocol["initial_state"] = populations.read_states(initial_state, paced)
    result = cells.pace(
        paced,
        blocks,
        values=constants,
        label_beats=min(label_beats, beats),
        until_steady=until_steady,
        final_state=True,
        **protocol,
    )
    state = result.pop("state")
    if save_state is not None:
        populations.write_states(save_state, paced, state)
    biomarkers = {name: column[0].item() for name, column in result.items()}
    if trace is not None:
        from pointes.campaign.steps.traces import write_trace

        write_trace(trace, cells.trace(paced, blocks, values=constants, **protocol))
    if as_json:
        _print_json({name: None if value != value else value for name, value in biomarkers.items()})
    else:
        print_table(("biomarker", "value", "meaning"), biomarker_rows(biomarkers, cells.BIOMARKERS), unbroken=True)
    if not unpaced and biomarkers["repolarisation_failure"]:
        note = cells.cannot_repolarise(paced, constants)
        if note is not None:
            print(f"pointes: {note}", file=sys.stderr)
    hint = "" if unpaced else "; a longer or stronger stimulus may: --stimulus-duration, --stimulus-level"
    reason = reason_of(biomarkers["failure"])
    _end_with(reason, hint if reason == "no_capture" else "")


@app.command()
def population(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Name of a cell model; `pointes models` lists them.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.nc", help="Where the results go.")],
    celltype: Annotated[str | None, typer.Option(help="endo, mid or epi; the model's first one by default.")] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LOW:HIGH",
            help="Draw factors of a current's conductance, or of a model constant by its qualified name; also as "
            "NAME=lognormal:SIGMA.",
        ),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("--n", help="Variants to draw, 1000 by default; with --accepted variants per lot."),
    ] = None,
    wanted: Annotated[
        int | None,
        typer.Option("--accepted", metavar="N", help="Draw lot after lot until so many variants are accepted."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the variants that are drawn.")] = 0,
    sampler: Annotated[str, typer.Option(help="latin-hypercube or sobol.")] = "latin-hypercube",
    variants: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Take the variants from a CSV file, one column per parameter, or those that an earlier population, "
            "OUT.nc, has accepted.",
        ),
    ] = None,
    block: Annotated[
        list[str] | None, typer.Option(metavar="CURRENT=FRACTION", help="Block in all variants, as IKr=0.5.")
    ] = None,
    drug: Drug = None,
    dose: Multiple = None,
    drugs: DrugTable = None,
    cycle_length: Annotated[float, typer.Option(metavar="MS", help="Time between stimuli [ms].")] = 1000.0,
    beats: Annotated[int, typer.Option(help="Beats from the initial state.")] = 100,
    label_beats: Annotated[int, typer.Option(help="Last beats in which an arrhythmia counts.")] = 4,
    until_steady: Annotated[
        bool, typer.Option("--until-steady", help="Stop a variant when its rhythm is steady; --beats is the limit.")
    ] = False,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Accept variants in the ranges of human ventricular cells.")
    ] = False,
    ranges: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Accept variants in these ranges: columns biomarker, min and max."),
    ] = None,
    initial_state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Start from saved states: one for all, or one for each.")
    ] = None,
    save_state: Annotated[Path | None, typer.Option(metavar="FILE.nc", help="Save the states at the end.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one per core by default.")] = None,
    as_json: Json = False,
) -> None:
    """Pace many variants of a cell, and accept those that behave as cells in experiments do."""
    if bool(scale) == (variants is not None) or (variants is not None and n is not None):
        raise UserError("expected variants either drawn (--scale, with --n) or from a file (--variants)")
    if wanted is not None and (variants is not None or not (calibrate or ranges)):
        raise UserError(f"--accepted {wanted}: expected drawn variants (--scale) and ranges (--calibrate or --ranges)")
    for path in filter(None, (output, save_state)):
        _check_file(path)
    _check_cycle_length(cycle_length)
    at = _dose(drug, dose, drugs)
    from pointes import cells, populations
    from pointes.populations.calibration import HUMAN_VENTRICULAR
    from pointes.populations.drawing import parse_distributions
    from pointes.populations.variants import literals

    accept = populations.read_ranges(ranges or HUMAN_VENTRICULAR) if calibrate or ranges else None
    distributions = parse_distributions("--scale", scale or [])
    given = None if variants is None else populations.read_variants(variants)
    simulation = populations.Simulation(
        model=model,
        celltype=celltype,
        literals=literals(model, distributions if given is None else given.columns),
        cycle_length=cycle_length,
        beats=beats,
        label_beats=min(label_beats, beats),
        until_steady=until_steady,
        blocks=_with_drug(_assignments("--block", block or []), at, cells.describe(model)["currents"]),
    )
    size = n if n is not None else wanted or 1000
    draw = partial(populations.draw, simulation.load(), distributions, size, seed=seed, sampler=sampler)
    files = {"ranges": accept, "initial_state": initial_state, "save_state": save_state}
    with _progress_bar(as_json) as progress:
        if wanted is None:
            summary = populations.simulate(
                simulation, given or draw(), output, **files, workers=workers, progress=progress
            )
        else:
            summary = populations.simulate_until_accepted(
                simulation, lambda lot: draw(lot=lot), wanted, output, **files, workers=workers, progress=progress
            )
    if as_json:
        _print_json({"output": str(output), **summary})
        return
    outside, failures = summary.pop("outside", {}), summary.pop("failures")
    if outside:
        most = max(outside, key=outside.get)
        rows = [[name, *(f"{bound:g}" for bound in accept[name]), str(count)] for name, count in outside.items()]
        print_table(("biomarker", "min", "max", "variants outside"), rows)
        print(f"{most} has excluded most: {outside[most]} of {summary['variants']}")
    _print_failures(failures, summary["variants"], "variants")
    if wanted is not None and summary["accepted"] < wanted:
        print(f"fewer are accepted than the {wanted} that are wanted: one in {populations.DRAWN_PER_ACCEPTED} or less")
    print(", ".join(f"{name} {count}" for name, count in summary.items()), "->", output)


@app.command()
def simulate(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.yaml", help="Configuration of a campaign.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.nc", help="Where the results go.")],
    points: Annotated[
        Path | None,
        typer.Argument(metavar="[POINTS.csv]", help="Points: one column per parameter. Left out with --drug."),
    ] = None,
    drug: Drug = None,
    doses: Annotated[
        list[float] | None,
        typer.Option("--dose", metavar="MULTIPLE", help="Concentration [free Cmax]; may be repeated. 1 by default."),
    ] = None,
    drugs: DrugTableOfCampaign = None,
    as_json: Json = False,
) -> None:
    """Simulate given points, or a drug at doses, with the model and the protocol of a campaign, without learning."""
    _check_file(output)
    if (points is None) == (drug is None):
        raise UserError("expected either POINTS.csv or --drug NAME")
    from pointes.campaign.commands.simulate_points import simulate_given
    from pointes.campaign.configuration import loading

    configured = loading.load(config).drugs
    at = [_dose(drug, dose, drugs, configured and configured.table) for dose in doses or [None]]
    with _progress_bar(as_json) as progress:
        labels = simulate_given(config, points or at, output, progress)
    if as_json:
        _print_json({"output": str(output), **labels})
        return
    failures = labels.pop("failures")
    total = sum(count for name, count in labels.items() if name != "control")
    _print_failures(failures, total, "simulations")
    print(", ".join(f"{name} {count}" for name, count in labels.items()), "->", output)


@app.command()
def predict(
    results: Results,
    points: Points,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT.csv", help="Default: the terminal.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Append to points the risk that a campaign has learned: risk, latent_mean and latent_sd."""
    if output is not None:
        _check_file(output)
    from pointes.campaign.commands.predict_points import predict_points
    from pointes.files import print_csv, write_csv

    rows, nothing_learned = predict_points(results, points)
    if nothing_learned:
        print(f"pointes: {results}: nothing was learned, because {nothing_learned}: no risk is told", file=sys.stderr)
    if output is not None:
        write_csv(output, rows)
    if as_json:
        _print_json(rows)
    elif output is None:
        print_csv(sys.stdout, rows)


@app.command()
def status(results: Results, as_json: Json = False) -> None:
    """Say where a campaign stands."""
    from pointes.campaign.progress import describe, read_status

    found = read_status(results)
    if as_json:
        _print_json(found)
    else:
        print_table(("what", "value"), describe(found).items())


@tissue.command()
def niederer(
    dx: Annotated[float, typer.Option(metavar="MM", help="Spacing of the nodes [mm].")] = 0.2,
    dt: Annotated[float, typer.Option(metavar="MS", help="Time step [ms].")] = 0.05,
    order: Annotated[int, typer.Option(help="Order of the differences: 6, 4 or 2.")] = 6,
    front_rate: Annotated[float, typer.Option(help="Compensation for unresolved fronts [1/ms].", min=0)] = 0.09,
    threads: Annotated[int, typer.Option(help="Threads.", min=1)] = 1,
    adaptive: Annotated[bool, typer.Option(help="Update resting cells less often.")] = True,
    as_json: Json = False,
) -> None:
    """Run the slab of Niederer et al. 2011 and print its activation times beside those of other codes."""
    if order not in (2, 4, 6):
        raise UserError(f"--order {order}: expected 6, 4 or 2")
    _check_positive({"--dx": dx, "--dt": dt})
    from pointes.tissue import niederer

    with _progress_bar(as_json) as progress:
        scheme = {"order": order, "front_rate": front_rate}
        times = niederer.activation_times(dx, dt, **scheme, threads=threads, adaptive=adaptive, progress=progress)
    references = niederer.references()
    if as_json:
        found = {name: None if time != time else time for name, time in times.items()}
        _print_json({"dx_mm": dx, "dt_ms": dt, **scheme, "times_ms": found, "references": references})
        return
    others = [row for row in references if float(row["dx_mm"]) in (dx, 0.0)]
    codes = [row["code"] + (f" {row['dt_ms']} ms" if float(row["dt_ms"]) else "") for row in others]
    print(f"activation times [ms] at dx {dx:g} mm, by code and time step")
    print_table(
        ("point", f"pointes {dt:g} ms", *codes),
        [[name, f"{time:.2f}", *(row[f"{name}_ms"][:5] or "-" for row in others)] for name, time in times.items()],
    )


@tissue.command()
def cable(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Name or file of a cell model.")],
    celltype: Annotated[str | None, typer.Option(help="endo, mid or epi; the model's first one by default.")] = None,
    length: Annotated[float, typer.Option(metavar="MM", help="Length [mm].")] = 30.0,
    dx: Annotated[float, typer.Option(metavar="MM", help="Spacing of the nodes [mm].")] = 0.1,
    dt: Annotated[float, typer.Option(metavar="MS", help="Time step [ms].")] = 0.01,
    diffusivity: Annotated[float, typer.Option(help="Along the cable [mm²/ms].")] = 0.0953,
    block: Annotated[list[str] | None, typer.Option(metavar="CURRENT=FRACTION", help="Block, as IKr=0.5.")] = None,
    drug: Drug = None,
    dose: Multiple = None,
    drugs: DrugTable = None,
    cycle_length: Annotated[
        float, typer.Option(metavar="MS", help="Between beats, and from the stimulus to the end [ms].")
    ] = 1000.0,
    beats: Annotated[int, typer.Option(help="Beats of a cell before; 0: the published initial state.", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Stimulate a uniform cable once and print conduction velocity, APD90 along it and QT."""
    _check_positive({"--length": length, "--dx": dx, "--dt": dt})
    _check_cycle_length(cycle_length)
    at = _dose(drug, dose, drugs)
    from pointes import cells
    from pointes.tissue import cable

    setup = cable.describe_cable(
        model,
        celltype,
        length_mm=length,
        dx_mm=dx,
        dt_ms=dt,
        diffusivity=diffusivity,
        blocks=_with_drug(_assignments("--block", block or []), at, cells.describe(model)["currents"]),
        cycle_length_ms=cycle_length,
        cell_beats=beats,
    )
    with _progress_bar(as_json) as progress:
        found = cable.simulate_cable(setup, progress)
    if as_json:
        _print_json(found)
    else:
        along = ("x_mm", "activation_ms", "apd90_ms")
        rows = zip(*(found[name] for name in along), strict=True)
        print_table(("what", "value"), [[name, _text(value)] for name, value in found.items() if name not in along])
        print_table(along, [[_text(value) for value in row] for row in rows])
    _end_with(found["failure"])


@tissue.command()
def run(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.yaml", help="Configuration of a campaign of tissues.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT.nc", help="Default: the campaign's name.")
    ] = None,
    block: Annotated[list[str] | None, typer.Option(metavar="CURRENT=FRACTION", help="Block, as IKr=0.5.")] = None,
    drug: Drug = None,
    dose: Multiple = None,
    drugs: DrugTableOfCampaign = None,
    threads: Annotated[int | None, typer.Option(help="Default: execution.threads.", min=1)] = None,
    snapshots: Annotated[
        Path | None, typer.Option(metavar="FILE.nc", help="Write the potential of all nodes to this netCDF file.")
    ] = None,
    snapshot_interval: Annotated[float, typer.Option(metavar="MS", help="How often [ms].")] = 5.0,
    restart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the run to this file, and go on from it if it exists.")
    ] = None,
    checkpoint_interval: Annotated[float, typer.Option(metavar="MS", help="How often [ms].")] = 100.0,
    as_json: Json = False,
) -> None:
    """Simulate the tissue of a campaign once and write maps, pseudo-ECG and snapshots."""
    for path in filter(None, (output, snapshots, restart)):
        _check_file(path)
    _check_positive({"--snapshot-interval": snapshot_interval, "--checkpoint-interval": checkpoint_interval})
    from pointes import cells
    from pointes.campaign.commands.run_tissue import run_tissue
    from pointes.campaign.configuration import loading

    blocks, settings = _assignments("--block", block or []), loading.load(config)
    if (at := _dose(drug, dose, drugs, settings.drugs and settings.drugs.table)) is not None:
        blocks = _with_drug(blocks, at, cells.describe(settings.model.name)["currents"])
    with _progress_bar(as_json) as progress:
        found = run_tissue(
            config,
            blocks,
            output,
            threads=threads,
            restart=restart,
            checkpoint_ms=checkpoint_interval,
            snapshots=snapshots,
            snapshot_ms=snapshot_interval,
            progress=progress,
        )
    if as_json:
        _print_json(found)
    else:
        print_table(("what", "value"), [[name, _text(value)] for name, value in found.items() if value is not None])
    _end_with(found["failure"])


def _end_with(reason: str, hint: str = "") -> None:
    """End the command with one line and exit code 1 if a simulation failed, for a reason other than none."""
    from pointes.status import WORDS

    if reason != "none":
        print(f"pointes: the simulation failed: it {WORDS[reason]} ({reason}){hint}", file=sys.stderr)
        sys.exit(1)


def _print_failures(counts: dict[str, int], total: int, what: str) -> None:
    """Say how many simulations failed, and why, if any did."""
    from pointes.status import in_words

    if any(counts.values()):
        print(f"{sum(counts.values())} of {total} {what} failed: {in_words(counts)}")


def _dose(drug: str | None, multiple: float | None, table: Path | None, configured: str | None = None) -> "Dose | None":
    """Return the drug that options ask for, at a dose, from a table: the given, the configured, or the default one."""
    if drug is None:
        if multiple is not None or table is not None:
            raise UserError("--dose and --drugs: expected only with --drug NAME")
        return None
    from pointes.campaign.commands.dosing import Dose, table_path

    return Dose(drug, 1.0 if multiple is None else multiple, table_path(table, configured))


def _with_drug(blocks: dict[str, float], dose: "Dose | None", currents: list[str]) -> dict[str, float]:
    """Return blocks by current with those of a drug added, and say which these are."""
    if dose is None:
        return blocks
    from pointes.campaign.commands.dosing import add_blocks

    of_drug = dose.blocks_among(currents)
    shares = ", ".join(f"{name} {block:.3f}" for name, block in of_drug.items() if block >= 0.0005) or "no current"
    print(f"{dose.drug} at {dose.multiple:g} x Cmax: block of {shares}", file=sys.stderr)
    return add_blocks(blocks, of_drug)


def _check_positive(options: dict[str, float]) -> None:
    for option, value in options.items():
        if not (isfinite(value) and value > 0):
            raise UserError(f"{option} {value:g}: expected a positive number")


def _check_cycle_length(cycle_length: float) -> None:
    """Refuse what a configuration refuses as ``protocol.cycle_length``."""

    shortest, longest = CYCLE_LENGTHS_MS
    if not shortest <= cycle_length <= longest:
        raise UserError(f"--cycle-length {cycle_length:g}: expected a number from {shortest:g} to {longest:g}")


def _assignments(option: str, given: list[str]) -> dict[str, float]:
    """Return NAME=VALUE options as numbers by name."""
    values = {}
    for text in given:
        name, equals, number = text.partition("=")
        name = name.strip()
        if "[" in number:
            raise UserError(f"{option} {text!r}: expected a number without unit, it is taken in that of the model file")
        try:
            if not (name and equals and isfinite(float(number))):
                raise ValueError
        except ValueError:
            raise UserError(f"{option} {text!r}: expected NAME=NUMBER, for example {option} IKr=0.5") from None
        if name in values:
            raise UserError(f"{option} {text!r}: {name} is given twice; expected one value")
        values[name] = float(number)
    return values


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    if isinstance(value, float):
        return f"{value:.4g}"
    return "-" if value is None else str(value)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, allow_nan=False))


@contextmanager
def _progress_bar(hidden: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback that shows a bar on a terminal, from its first call on, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        yield lambda done, total: None
        return
    bar = Progress(console=console)
    task = bar.add_task("simulating")

    def show(done: int, total: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        bar.stop()


def _check_file(output: Path) -> None:
    """Refuse an output that could not be written, before anything is simulated for it."""
    if not output.absolute().parent.is_dir():
        raise UserError(f"{output}: no folder {output.parent}; expected an existing one")
    if output.is_dir():
        raise UserError(f"{output}: a folder; expected the name of a file")
