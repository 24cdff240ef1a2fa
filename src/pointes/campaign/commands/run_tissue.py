"""One simulation of a campaign's tissue with all that can be seen in it: maps, pseudo-ECG, snapshots."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes import netcdf
from pointes.campaign.configuration.loading import load
from pointes.campaign.files import store
from pointes.campaign.files.provenance import origin
from pointes.campaign.prepare import model_fingerprint
from pointes.campaign.simulation.tissue import describe_tissue
from pointes.errors import UserError
from pointes.netcdf import Variable
from pointes.status import reason_of
from pointes.tissue.geometry import GEOMETRIES

if TYPE_CHECKING:
    from pointes.tissue.description import TissueDescription
    from pointes.tissue.simulation import Outcome


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
    """Simulate the tissue of a campaign's configuration once, and write what was seen to netCDF4.

    Parameters
    ----------
    config
        Configuration whose ``simulation.scale`` is a tissue.
    blocks
        Blocked fraction by current, any that the model has; others are not blocked.
    output
        File for the results; None: the campaign's name in the working directory.
    threads
        None: ``execution.threads``.
    restart, checkpoint_ms, snapshots, snapshot_ms, progress
        Those that `pointes.tissue.simulation.simulate` takes.

    Returns
    -------
    dict
        ``output`` and the outcome's values in JSON's types: None where there is no number. ``status`` and ``failure``
        are the names of `pointes.vocabulary.Status` and `Failure`.

    Raises
    ------
    UserError
        For a mistake in the configuration, an unknown current, or a damaged restart file.
    """
    from pointes.tissue.simulation import simulate

    settings = load(config)
    if settings.simulation.scale == "cell":
        raise UserError("simulation.scale", "cell", f"a tissue: {', '.join(GEOMETRIES)}", config)
    fingerprint = model_fingerprint(settings, str(config))
    setup = describe_tissue(settings)
    setup = replace(setup, blocks=dict(blocks), threads=threads or settings.execution.threads)
    outcome = simulate(
        setup,
        snapshots=snapshots,
        snapshot_ms=snapshot_ms,
        restart=restart,
        checkpoint_ms=checkpoint_ms,
        progress=progress,
    )
    output = output or Path(f"{settings.name}.nc")
    netcdf.write(
        output,
        _variables(setup, outcome),
        {
            **origin(settings.meaning, fingerprint),
            "title": f"Simulated {setup.scale}",
            "source": f"{setup.model}, {setup.scale}",
            "status": outcome.status,
            "blocks": ", ".join(f"{name} {block:g}" for name, block in blocks.items()) or "none",
            "start_ms": setup.last_beat_ms,
            "end_ms": setup.end_ms,
        },
    )
    values = {name: float(value) if np.isfinite(value) else None for name, value in outcome.values.items()}
    return {"output": str(output), **values, "status": outcome.status, "failure": reason_of(outcome.values["failure"])}


def _variables(setup: "TissueDescription", outcome: "Outcome") -> dict[str, Variable]:
    from pointes.tissue.simulation import OUTPUTS

    variables = {
        name: Variable((), np.array(value), {"long_name": OUTPUTS[name][1], "units": OUTPUTS[name][0]})
        for name, value in outcome.values.items()
    }
    variables["failure"] = Variable((), np.int8(outcome.values["failure"]), store.VARIABLES["failure"])
    if outcome.grid is None:
        return variables
    return variables | _maps(outcome) | _leads(setup, outcome)


def _maps(outcome: "Outcome") -> dict[str, Variable]:
    """Return the tags of the nodes and what was measured at each, on the grid."""
    from pointes.tissue.observers.snapshots import tag_attributes

    geometry = outcome.grid
    grid = tuple(geometry.coordinates)

    def field(values: np.ndarray, long_name: str, units: str) -> Variable:
        return Variable(
            grid,
            geometry.scatter(values).astype(np.float32),
            {"long_name": long_name, "units": units},
            np.float32("nan"),
        )

    return {
        **{
            axis: Variable((axis,), coordinates, {"long_name": f"position along {axis}", "units": "mm"})
            for axis, coordinates in geometry.coordinates.items()
        },
        "tag": Variable(grid, geometry.tags, tag_attributes(geometry)),
        "activation_ms": field(outcome.activation_ms, "activation time since the begin of the last beat", "ms"),
        "apd90_ms": field(outcome.apd90_ms, "action potential duration at 90 % repolarisation, last beat", "ms"),
        "node_margin_V_per_s": field(
            outcome.ead_margin_V_per_s, "largest dV/dt of the late plateau in the label beats, minus 0.01 V/s", "V s-1"
        ),
    }


def _leads(setup: "TissueDescription", outcome: "Outcome") -> dict[str, Variable]:
    """Return the pseudo-ECG and, of each lead, its intervals in the last beat."""
    from pointes.tissue.observers import ecg

    found = [ecg.intervals(outcome.ecg_time_ms, lead, setup.last_beat_ms) for lead in outcome.ecg.T]
    units = {"t_amplitude": ecg.UNIT}
    times = {"long_name": "time since the begin of the run", "units": "ms"}
    return {
        "electrode": Variable(("electrode",), np.array(list(outcome.electrodes)), {"long_name": "electrode"}),
        "time_ms": Variable(("time_ms",), outcome.ecg_time_ms, times),
        "potential": Variable(("electrode", "time_ms"), outcome.ecg.T, {"long_name": "pseudo-ECG", "units": ecg.UNIT}),
        **{
            name: Variable(
                ("electrode",),
                np.array(column),
                {"long_name": INTERVALS[name], "units": units.get(name, "ms")},
            )
            for name, column in zip(ecg.Intervals._fields, zip(*found, strict=True), strict=True)
        },
    }
