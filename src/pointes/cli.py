"""The `pointes` command: look at models, pace a cell, simulate points, and use what a campaign has learned."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from pointes.errors import UserError

app = typer.Typer(
    help="Find the boundary between safe and arrhythmic in ion-channel-block space.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Results = Annotated[Path, typer.Argument(metavar="RESULTS", help="Results folder of a campaign, results/<name>.")]
Points = Annotated[Path, typer.Argument(metavar="POINTS.csv", help="Points: one column per parameter, by its name.")]


def main() -> None:
    """Run the command; a user's mistake ends it with one line and exit code 2."""
    try:
        app()
    except UserError as error:
        for line in str(error).splitlines():
            print(f"pointes: {line}", file=sys.stderr)
        sys.exit(2)


@app.command()
def models(as_json: Json = False) -> None:
    """List the cell models."""
    from pointes import cells

    found = [cells.describe(name) for name in cells.names()]
    if as_json:
        _print_json(found)
        return
    columns = ("name", "celltypes", "states", "currents", "source")
    _print_table(columns, [[_text(model[column]) for column in columns] for model in found])


@app.command()
def cell(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Name of a cell model; `pointes models` lists them.")],
    celltype: Annotated[str | None, typer.Option(help="endo, mid or epi; the model's first one by default.")] = None,
    cycle_length: Annotated[float, typer.Option(metavar="MS", help="Time between stimuli [ms].")] = 1000.0,
    beats: Annotated[int, typer.Option(help="Beats from the model's initial state.")] = 100,
    label_beats: Annotated[int, typer.Option(help="Last beats in which an arrhythmia counts.")] = 4,
    block: Annotated[list[str] | None, typer.Option(metavar="CURRENT=FRACTION", help="Block, as IKr=0.5.")] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Model constant, as extracellular.ko=5.")
    ] = None,
    trace: Annotated[
        Path | None, typer.Option(metavar="OUT.nc", help="Write the last beat to this netCDF file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Pace one cell and print the biomarkers of its last beat."""
    if trace is not None:
        _check_folder(trace)
    from pointes import cells

    blocks, constants = _assignments("--block", block or []), _assignments("--set", values or [])
    paced = cells.load(model, celltype=celltype, vary=tuple(constants))
    protocol = {"cycle_length": cycle_length, "beats": beats}
    result = cells.pace(paced, blocks, values=constants, label_beats=min(label_beats, beats), **protocol)
    biomarkers = {name: column[0].item() for name, column in result.items()}
    if trace is not None:
        from pointes.campaign.traces import write_trace

        write_trace(trace, cells.trace(paced, blocks, values=constants, **protocol))
    if as_json:
        _print_json({name: None if value != value else value for name, value in biomarkers.items()})
        return
    rows = [[name, f"{value:.6g}", *cells.BIOMARKERS[name]] for name, value in biomarkers.items()]
    _print_table(("biomarker", "value", "units", "meaning"), rows)


@app.command()
def simulate(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.yaml", help="Configuration of a campaign.")],
    points: Points,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.nc", help="Where the results go.")],
    as_json: Json = False,
) -> None:
    """Simulate given points with the model and the protocol of a campaign, without learning."""
    _check_folder(output)
    from pointes.campaign.given import simulate_given

    labels = simulate_given(config, points, output, _progress_bar(as_json))
    summary = {"output": str(output), **labels}
    if as_json:
        _print_json(summary)
    else:
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
        _check_folder(output)
    from pointes.campaign.prediction import predict_points
    from pointes.files import print_csv, write_csv

    rows = predict_points(results, points)
    if output is not None:
        write_csv(output, rows)
    if as_json:
        _print_json(rows)
    elif output is None:
        print_csv(sys.stdout, rows)


@app.command()
def status(results: Results, as_json: Json = False) -> None:
    """Say where a campaign stands."""
    from pointes.campaign.progress import read_status

    found = read_status(results)
    if as_json:
        _print_json(found)
    else:
        _print_table(("what", "value"), [[name.replace("_", " "), _text(value)] for name, value in found.items()])


def _assignments(option: str, given: list[str]) -> dict[str, float]:
    """Return NAME=VALUE options as numbers by name."""
    values = {}
    for text in given:
        name, equals, number = text.partition("=")
        try:
            if not (name and equals):
                raise ValueError
            values[name.strip()] = float(number)
        except ValueError:
            raise UserError(f"{option} {text!r}: expected NAME=NUMBER, for example {option} IKr=0.5") from None
    return values


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.4g}"
    return "-" if value is None else str(value)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, allow_nan=False))


def _print_table(header: tuple[str, ...], rows: list[list[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD)
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _progress_bar(hidden: bool) -> Callable[[int, int], None]:
    """Return a callback that shows a bar on a terminal, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        return lambda done, total: None
    bar = Progress(console=console)
    task = bar.add_task("simulating")
    bar.start()

    def show(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if done == total:
            bar.stop()

    return show


def _check_folder(output: Path) -> None:
    if not output.absolute().parent.is_dir():
        raise UserError(f"{output}: no folder {output.parent}; expected an existing one")
