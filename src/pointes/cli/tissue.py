"""Commands on tissue: `pointes tissue niederer`, `cable` and `run`."""

from pathlib import Path
from typing import Annotated

import typer

from pointes import campaign, cells, figures, tissue
from pointes.cli import options, terminal
from pointes.cli.drug import add_drug, read_dose
from pointes.errors import UserError
from pointes.vocabulary import DIFFUSIVITY_ALONG

app = typer.Typer(help="Simulate tissue: verify the solver, run a cable, or one simulation of a campaign.")

ORDERS = (6, 4, 2)


def _known_order(order: int) -> int:
    if order not in ORDERS:
        raise UserError("--order", order, "6, 4 or 2")
    return order


@app.command()
def niederer(
    dx: Annotated[float, options.positive("MM", "Spacing of the nodes in mm.")] = 0.2,
    dt: Annotated[float, options.positive("MS", "Time step in ms.")] = 0.05,
    order: Annotated[int, typer.Option(help="Order of the differences: 6, 4 or 2.", callback=_known_order)] = 6,
    front_rate: Annotated[float, typer.Option(help="Compensation for unresolved fronts in 1/ms.", min=0)] = 0.09,
    threads: Annotated[int, typer.Option(help="Threads.", min=1)] = 1,
    adaptive: Annotated[bool, typer.Option(help="Update resting cells less often.")] = True,
    as_json: options.Json = False,
) -> None:
    """Run the slab of Niederer et al. 2011 and print its activation times beside those of other codes."""
    with terminal.progress_bar(as_json) as progress:
        times = tissue.niederer.activation_times(
            dx, dt, order=order, front_rate=front_rate, threads=threads, adaptive=adaptive, progress=progress
        )
    references = tissue.niederer.references()
    if as_json:
        settings = {"dx_mm": dx, "dt_ms": dt, "order": order, "front_rate": front_rate}
        terminal.print_json({**settings, "times_ms": terminal.without_nan(times), "references": references})
        return
    others = [row for row in references if float(row["dx_mm"]) in (dx, 0.0)]
    codes = [row["code"] + (f" {row['dt_ms']} ms" if float(row["dt_ms"]) else "") for row in others]
    print(f"activation times [ms] at dx {dx:g} mm, by code and time step")
    terminal.print_table(
        ("point", f"pointes {dt:g} ms", *codes),
        [[name, f"{time:.2f}", *(row[f"{name}_ms"][:5] or "-" for row in others)] for name, time in times.items()],
    )


@app.command()
def cable(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Name or file of a cell model.")],
    celltype: options.CellType = None,
    length: Annotated[float, options.positive("MM", "Length in mm.")] = 30.0,
    dx: Annotated[float, options.positive("MM", "Spacing of the nodes in mm.")] = 0.1,
    dt: Annotated[float, options.positive("MS", "Time step in ms.")] = 0.01,
    diffusivity: Annotated[
        float, options.positive("MM²/MS", "Diffusivity along the cable in mm²/ms.")
    ] = DIFFUSIVITY_ALONG,
    block: options.Block = None,
    drug: options.Drug = None,
    dose: options.Dose = None,
    drugs: options.DrugTable = None,
    cycle_length: Annotated[
        float,
        typer.Option(
            metavar="MS",
            help="Time between beats of a cell, and from the stimulus to the end in ms.",
            callback=options.check_cycle_length,
        ),
    ] = 1000.0,
    beats: Annotated[int, typer.Option(help="Beats of a cell before; 0: the published initial state.", min=0)] = 0,
    as_json: options.Json = False,
) -> None:
    """Stimulate a uniform cable once and print conduction velocity, APD90 along it and QT."""
    at_dose = read_dose(drug, dose, drugs)
    description = tissue.cable.describe_cable(
        model,
        celltype,
        length_mm=length,
        dx_mm=dx,
        dt_ms=dt,
        diffusivity=diffusivity,
        blocks=add_drug(options.read_assignments("--block", block), at_dose, cells.describe(model)["currents"]),
        cycle_length_ms=cycle_length,
        cell_beats=beats,
    )
    with terminal.progress_bar(as_json) as progress:
        found = tissue.cable.simulate_cable(description, progress)
    if as_json:
        terminal.print_json(found)
    else:
        along = ("x_mm", "activation_ms", "apd90_ms")
        rows = zip(*(found[name] for name in along), strict=True)
        terminal.print_values({name: value for name, value in found.items() if name not in along})
        terminal.print_table(along, [[terminal.as_text(value) for value in row] for row in rows])
    terminal.end_if_failed(found["failure"])


@app.command()
def run(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.yaml", help="Configuration of a campaign of tissues.")],
    output: Annotated[Path | None, options.written("OUT.nc", "Default: the campaign's name.", "--output", "-o")] = None,
    block: options.Block = None,
    drug: options.Drug = None,
    dose: options.Dose = None,
    drugs: options.DrugTableOfCampaign = None,
    threads: Annotated[int | None, typer.Option(help="Default: execution.threads.", min=1)] = None,
    snapshots: Annotated[
        Path | None, options.written("FILE.nc", "Write the potential of all nodes to this netCDF file.")
    ] = None,
    snapshot_interval: Annotated[float, options.positive("MS", "Time between snapshots in ms.")] = 5.0,
    restart: Annotated[
        Path | None, options.written("FILE", "Save the run to this file, and go on from it if it exists.")
    ] = None,
    checkpoint_interval: Annotated[float, options.positive("MS", "Time between saves of the run in ms.")] = 100.0,
    folder: Annotated[
        Path | None,
        typer.Option("--figures", metavar="FOLDER", help="Draw maps, pseudo-ECG and snapshots.", file_okay=False),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Simulate the tissue of a campaign once and write maps, pseudo-ECG and snapshots."""
    if folder is not None and snapshots is None:
        snapshots = folder / "snapshots.nc"
    settings = campaign.load(config)
    at_dose = read_dose(drug, dose, drugs, None if settings.drugs is None else settings.drugs.table)
    blocks = options.read_assignments("--block", block)
    if at_dose is not None:
        blocks = add_drug(blocks, at_dose, cells.describe(settings.model.name)["currents"])
    with terminal.progress_bar(as_json) as progress:
        found = campaign.run_tissue(
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
    if folder is not None and snapshots is not None:
        figures.tissue_run.draw_run(Path(found["output"]), snapshots, folder)
        found["figures"] = str(folder)
    if as_json:
        terminal.print_json(found)
    else:
        terminal.print_values({name: value for name, value in found.items() if value is not None})
    terminal.end_if_failed(found["failure"])
