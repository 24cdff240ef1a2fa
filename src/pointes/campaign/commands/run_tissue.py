"""One simulation of a campaign's tissue, with maps, pseudo-ECG and snapshots."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointes import tissue
from pointes.campaign.configuration.loading import load
from pointes.campaign.files import store
from pointes.campaign.files.provenance import origin
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.prepare import model_fingerprint
from pointes.campaign.simulation.tissue import describe_tissue
from pointes.errors import UserError
from pointes.netcdf import Variable
from pointes.status import reason_of
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers import ecg
from pointes.tissue.observers.snapshots import tag_attributes
from pointes.tissue.simulation import OUTPUTS

INTERVALS = {
    "qrs_onset_ms": "QRS onset of the last beat, since its begin",
    "qrs_ms": "QRS duration of the last beat",
    "t_peak_ms": "time of the T peak of the last beat, since its begin",
    "t_end_ms": "time of the T end of the last beat, since its begin",
    "qt_ms": "QT interval of the last beat",
    "tpeak_tend_ms": "time from T peak to T end of the last beat",
    "t_amplitude": "height of the T peak of the last beat above the baseline, negative if inverted",
}
"""Meanings of the intervals of each lead, `pointes.tissue.observers.ecg.Intervals`."""


def run_tissue(
    config: Path,
    blocks: Mapping[str, float],
    output: Path | None = None,
    *,
    threads: int | None = None,
    restart: Path | None = None,
    checkpoint_ms: float = 100.0,
    snapshots: Path | None = None,
    snapshot_ms: float = 5.0,
    progress: Callable[[float, float], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Simulate the tissue of a campaign's configuration once, and write its results to netCDF4.

    Parameters
    ----------
    config
        Configuration whose ``simulation.scale`` is a tissue.
    blocks
        Blocked fraction by current.
    output
        File for the results; None stands for the campaign's name in the working directory.
    threads
        Number of threads; None stands for ``execution.threads``.
    restart, checkpoint_ms, snapshots, snapshot_ms, progress
        Arguments of `pointes.tissue.simulate`.

    Returns
    -------
    dict
        ``output`` and the outcome's values in JSON's types: None where there is no number. ``status`` and ``failure``
        are the names of `pointes.vocabulary.Status` and `Failure`.

    Raises
    ------
    UserError
        The configuration has a mistake, a current is unknown, or the restart file is damaged.
    """
    settings = load(config)
    if settings.simulation.scale == "cell":
        raise UserError("simulation.scale", "cell", f"a tissue: {', '.join(tissue.GEOMETRIES)}", config)
    fingerprint = model_fingerprint(settings, str(config))
    description = describe_tissue(settings)
    description = replace(description, blocks=dict(blocks), threads=threads or settings.execution.threads)
    outcome = tissue.simulate(
        description,
        snapshots=snapshots,
        snapshot_ms=snapshot_ms,
        restart=restart,
        checkpoint_ms=checkpoint_ms,
        progress=progress,
    )
    output = output or Path(f"{settings.name}.nc")
    write_netcdf(
        output,
        _variables(description, outcome),
        {
            **origin(settings.meaning, fingerprint),
            "title": f"Simulated {description.scale}",
            "source": f"{description.model}, {description.scale}",
            "status": outcome.status,
            "blocks": ", ".join(f"{name} {block:g}" for name, block in blocks.items()) or "none",
            "start_ms": description.last_beat_ms,
            "end_ms": description.end_ms,
        },
    )
    values = {name: float(value) if np.isfinite(value) else None for name, value in outcome.values.items()}
    return {"output": str(output), **values, "status": outcome.status, "failure": reason_of(outcome.values["failure"])}


def _variables(description: tissue.TissueDescription, outcome: tissue.Outcome) -> dict[str, Variable]:
    variables = {
        name: variable((), np.array(value), meaning=OUTPUTS[name][1], units=OUTPUTS[name][0])
        for name, value in outcome.values.items()
    }
    variables["failure"] = Variable((), np.array(outcome.values["failure"], np.int8), store.VARIABLES["failure"])
    if outcome.grid is None:
        return variables
    return variables | _maps(outcome, outcome.grid) | _leads(description, outcome)


def _maps(outcome: tissue.Outcome, grid: Grid) -> dict[str, Variable]:
    """Return the tags of the nodes and the maps of measurements, on the grid."""
    axes = tuple(grid.coordinates)

    def field(values: np.ndarray, long_name: str, units: str) -> Variable:
        return variable(axes, grid.scatter(values).astype(np.float32), long_name, units, np.float32("nan"))

    return {
        **{axis: variable((axis,), at, f"position along {axis}", "mm") for axis, at in grid.coordinates.items()},
        "tag": Variable(axes, grid.tags, tag_attributes(grid)),
        "activation_ms": field(outcome.activation_ms, "activation time since the begin of the last beat", "ms"),
        "apd90_ms": field(outcome.apd90_ms, "action potential duration at 90 % repolarisation, last beat", "ms"),
        "node_margin_V_per_s": field(
            outcome.ead_margin_V_per_s, "largest dV/dt of the late plateau in the label beats, minus 0.01 V/s", "V s-1"
        ),
    }


def _leads(description: tissue.TissueDescription, outcome: tissue.Outcome) -> dict[str, Variable]:
    """Return the pseudo-ECG, and the intervals of each lead in the last beat."""
    found = [ecg.intervals(outcome.ecg_time_ms, lead, description.last_beat_ms) for lead in outcome.ecg.T]
    variables = {
        "electrode": variable(("electrode",), np.array(list(outcome.electrodes)), "electrode"),
        "time_ms": variable(("time_ms",), outcome.ecg_time_ms, "time since the begin of the run", "ms"),
        "potential": variable(("electrode", "time_ms"), outcome.ecg.T, "pseudo-ECG", ecg.UNIT),
    }
    for name, column in zip(ecg.Intervals._fields, zip(*found, strict=True), strict=True):
        units = ecg.UNIT if name == "t_amplitude" else "ms"
        variables[name] = variable(("electrode",), np.array(column), INTERVALS[name], units)
    return variables
