"""Simulation of a user's points with the model and the protocol of a campaign, without learning.

The control is simulated with them, for the changes against it. It is no row of the results: its values are global
attributes ``control_<biomarker>``.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointes.batches.cluster import cpu_count
from pointes.campaign.commands.dosing import Dose
from pointes.campaign.configuration.loading import load, together
from pointes.campaign.files import store
from pointes.campaign.files.provenance import provenance
from pointes.campaign.files.samples import Ranges, make, read_points
from pointes.campaign.prepare import checked_cluster, model_fingerprint
from pointes.campaign.simulation.fidelities import simulate_fidelities
from pointes.campaign.simulation.simulators import configured_simulator
from pointes.campaign.steps import control
from pointes.errors import UserError
from pointes.status import count_failures
from pointes.vocabulary import Purpose, Status


def simulate_points(
    configs: Sequence[Path],
    points: Path | Sequence[Dose],
    output: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Simulate the points of a CSV file, or a drug at doses, and write them with their results.

    Parameters
    ----------
    configs
        Configuration of a campaign, whose parameters are the columns that the points must have; and any site files.
    points
        CSV file of points, or a drug at doses, whose blocks are the points.
    output
        netCDF4 file for the results. An interrupted run continues from the shards it left beside it.
    progress
        Called with the numbers of simulated and of all points, the control among them.

    Returns
    -------
    dict
        Numbers of points that are ``safe``, ``arrhythmic``, ``failed`` and ``lost``; ``failures`` by the reasons of
        `pointes.status.WORDS`; and ``control``, the state of the control.
    """
    settings, where = load(*configs), together(configs)
    fingerprint = model_fingerprint(settings, where)
    ranges = dict(settings.parameters.blocks)
    if isinstance(points, Path):
        blocks, title = read_points(points, ranges)[1], f"points of {points.name}"
    else:
        multiples = ", ".join(f"{dose.multiple:g}" for dose in points)
        blocks, title = _blocks_at(points, ranges), f"{points[0].drug} at {multiples} x Cmax"
    purpose = np.full(1 + len(blocks), Purpose.GIVEN, np.int8)
    purpose[0] = Purpose.CONTROL
    samples = make(
        np.concatenate([np.zeros((1, len(ranges))), blocks]),
        ranges,
        sample_id=np.arange(-1, len(blocks), dtype=np.int32),
        purpose=purpose,
    )
    shards = output.with_name(f".{output.name}.shards")
    execution = settings.execution
    cluster = checked_cluster(settings, where, shards)
    simulated = simulate_fidelities(
        samples,
        {"": configured_simulator(settings, fingerprint)},
        shards,
        cores=cpu_count() if execution.workers == "auto" else execution.workers * cluster.threads,
        threads=cluster.threads,
        cluster=cluster,
        batch_size=execution.batch_size,
        progress=progress,
    )
    described = control.describe(simulated)
    compared = control.with_changes(simulated).where(purpose != Purpose.CONTROL)
    results = provenance(compared, settings.meaning, fingerprint, title)
    of_control = {
        f"control_{name}": value for name, value in described.items() if name != "remark" and value is not None
    }
    store.write(output, replace(results, attributes={**results.attributes, **of_control}))
    shutil.rmtree(shards)
    return {
        "safe": int(np.sum(compared["label"] == 0)),
        "arrhythmic": int(np.sum(compared["label"] == 1)),
        "failed": int(np.sum(compared["status"] == Status.FAILED)),
        "lost": int(np.sum(compared["status"] == Status.LOST)),
        "failures": count_failures(compared["status"], compared.columns.get("failure")),
        "control": described["state"],
    }


def _blocks_at(doses: Sequence[Dose], ranges: Ranges) -> np.ndarray:
    """Return the blocks (n, d) at n doses of a drug, columns in the order of ``ranges``, if they lie within these."""
    points = np.array([list(dose.blocks_of(list(ranges)).values()) for dose in doses])
    for dose, point in zip(doses, points, strict=True):
        for (name, (low, high)), block in zip(ranges.items(), point, strict=True):
            if not low <= block <= high:
                raise UserError(
                    f"block of {name} is {block:.3g}",
                    expected=f"{low:g} to {high:g}, the range of parameters.blocks.{name}",
                    where=f"{dose.drug} at {dose.multiple:g} x Cmax",
                )
    return points
