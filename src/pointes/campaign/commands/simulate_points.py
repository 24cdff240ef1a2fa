"""Simulation of a user's points with the model and the protocol of a campaign, without learning.

The control is simulated with them, for the changes against it. It is no row of the results: its values are global
attributes ``control_<biomarker>``.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointes.batches.cluster import cpu_count
from pointes.campaign.commands.dosing import Dose
from pointes.campaign.configuration.loading import load, together
from pointes.campaign.exploration import explored
from pointes.campaign.files import store
from pointes.campaign.files.provenance import provenance
from pointes.campaign.files.samples import Samples, make, read_points
from pointes.campaign.prepare import checked_cluster, model_fingerprint
from pointes.campaign.settings import FailureLimits
from pointes.campaign.simulation.execution import fit_to_cores, simulate_parts
from pointes.campaign.simulation.simulators import configured_simulator
from pointes.campaign.space import Space
from pointes.campaign.steps import control
from pointes.errors import UserError
from pointes.status import count_failures
from pointes.vocabulary import Purpose, Status

PART = 16_384
"""Number of points that are in memory with their results."""

COUNTED = {
    "safe": ("label", 0),
    "arrhythmic": ("label", 1),
    "failed": ("status", Status.FAILED),
    "lost": ("status", Status.LOST),
}
"""Column and value of the samples that the summary counts under a name."""


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
    space, roles = explored(settings, where, configs[0].parent)
    if isinstance(points, Path):
        blocks, title = read_points(points, space), f"points of {points.name}"
    else:
        multiples = ", ".join(f"{dose.multiple:g}" for dose in points)
        blocks, title = _blocks_at(points, space), f"{points[0].drug} at {multiples} x Cmax"
    shards = output.with_name(f".{output.name}.shards")
    execution = settings.execution
    cluster = checked_cluster(settings, where, shards)
    cores = cpu_count() if execution.workers == "auto" else execution.workers * cluster.threads
    simulator, workers = fit_to_cores(configured_simulator(settings, fingerprint, roles), cores, cluster.threads)
    simulated = simulate_parts(
        _parts(blocks, space),
        simulator,
        shards,
        workers=workers,
        cluster=cluster,
        batch_size=execution.batch_size,
        limits=FailureLimits.of(settings),
        progress=progress,
    )
    summary: dict[str, Any] = dict.fromkeys(COUNTED, 0) | {"failures": Counter()}

    def counted() -> Iterator[Samples]:
        for part in simulated:
            results = _results(part, settings.meaning, fingerprint, title)
            _count(summary, results)
            yield results

    store.write_parts(output, counted(), len(blocks))
    shutil.rmtree(shards)
    return summary


def _results(part: Samples, meaning: Mapping[str, Any], fingerprint: str, title: str) -> Samples:
    """Return a simulated part without its control, with the changes against it, and with all attributes of the file."""
    described = control.describe(part)
    compared = control.with_changes(part).where(part["purpose"] != Purpose.CONTROL)
    results = provenance(compared, meaning, fingerprint, title)
    of_control = {
        f"control_{name}": value for name, value in described.items() if name != "remark" and value is not None
    }
    return replace(results, attributes={**results.attributes, **of_control})


def _count(summary: dict[str, Any], results: Samples) -> None:
    """Add a part of the results to a summary."""
    for name, (column, value) in COUNTED.items():
        summary[name] += int(np.sum(results[column] == value))
    summary["failures"].update(count_failures(results["status"], results.columns.get("failure")))
    summary.setdefault("control", results.attributes["control_state"])


def _parts(blocks: np.ndarray, space: Space) -> list[Samples]:
    """Return points (n, d) as samples in parts, each after a control of its own."""
    parts = []
    for start in range(0, len(blocks), PART):
        chosen = blocks[start : start + PART]
        purpose = np.full(1 + len(chosen), Purpose.GIVEN, np.int8)
        purpose[0] = Purpose.CONTROL
        numbers = np.arange(start - 1, start + len(chosen), dtype=np.int32)
        points = np.concatenate([space.control, chosen])
        parts.append(make(points, space, sample_id=numbers, purpose=purpose))
    return parts


def _blocks_at(doses: Sequence[Dose], space: Space) -> np.ndarray:
    """Return the points (n, d) at n doses of a drug, if they lie within the space; axes that are no blocks are held."""
    points = np.tile(space.reference, (len(doses), 1))
    columns = [space.names.index(name) for name in space.blocks]
    points[:, columns] = [list(dose.blocks_of(space.blocks).values()) for dose in doses]
    for dose, point in zip(doses, points, strict=True):
        for (name, axis), block in zip(space.items(), point, strict=True):
            if not axis.low <= block <= axis.high:
                raise UserError(
                    f"block of {name} is {block:.3g}",
                    expected=f"{axis.low:g} to {axis.high:g}, the range of parameters.blocks.{name}",
                    where=f"{dose.drug} at {dose.multiple:g} x Cmax",
                )
    return points
