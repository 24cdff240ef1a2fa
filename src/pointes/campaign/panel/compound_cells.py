"""Simulation of a cell with the blocks of new compounds: their samples, and the subsets of their channels."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pointes import cells, drugs
from pointes.batches.cluster import LOCAL, cpu_count
from pointes.campaign.files.samples import make
from pointes.campaign.panel.reference import METRIC_DOSES, QNET, ReferencePanel, torsade_metric
from pointes.campaign.simulation.execution import simulate
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.simulation.warming import warm_up
from pointes.campaign.space import Space
from pointes.drugs import DrugTable
from pointes.vocabulary import Status

DOSES = np.array(METRIC_DOSES)
LEAST_BLOCK = 1e-3
"""Block at the largest dose from which on a channel takes part in the attribution [-]."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class CompoundCells:
    """Results of the cells of one compound; NaN where a simulation failed."""

    qnet: np.ndarray  # of each sample, (4, n_samples) [uC/uF]
    label: np.ndarray  # of each sample, (4, n_samples): 1 for an EAD or a repolarisation failure, -1 if it failed
    channels: tuple[str, ...]  # currents of the model that have an IC50 column
    block: np.ndarray  # at the point estimate without negligible blocks, (4, n_channels) [-]
    blocked: tuple[str, ...]  # channels of the attribution
    qnet_of_subsets: np.ndarray  # at the point estimate with each subset of them, (4, 2^k) [uC/uF]
    label_of_subsets: np.ndarray  # (4, 2^k)

    def block_of(self, channel: str) -> float:
        """Return the block of a channel at the largest dose; 0 if nothing is known of it."""
        return float(self.block[-1, self.channels.index(channel)]) if channel in self.channels else 0.0

    @property
    def metric(self) -> np.ndarray:
        """The torsade metric of each sample, (n_samples,) [uC/uF]."""
        return torsade_metric(self.qnet, self.label)

    @property
    def metric_of_subsets(self) -> np.ndarray:
        """The torsade metric at the point estimate with each subset of the channels, (2^k,) [uC/uF]."""
        return torsade_metric(self.qnet_of_subsets, self.label_of_subsets)


def simulate_compounds(
    table: DrugTable,
    reference: ReferencePanel,
    *,
    n_samples: int,
    seed: int,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> tuple[list[CompoundCells], float]:
    """Return the cells of each compound of a table, and qNet of the cell without block [uC/uF].

    All compounds have the same random numbers: what tells them apart is not chance, and names do not matter.
    """
    simulator, currents = _simulator(reference)
    if workers != 1:
        warm_up(LOCAL, [simulator.to_params()])
    table = table.select(channel for channel in table.channels if channel in currents)
    draws = drugs.draw_hill(_nameless(table), n_samples, seed)
    plans = [_plan(table, row, draws) for row in range(len(table.names))]
    points = np.concatenate([np.zeros((1, len(table.channels))), *(points for _, points in plans)])
    results = _simulate(simulator, table.channels, points, workers or cpu_count(), progress)
    ends = np.cumsum([1, *(len(points) for _, points in plans)])
    compounds = [
        _compound(table.channels, *plan, {name: column[start:stop] for name, column in results.items()}, n_samples)
        for plan, start, stop in zip(plans, ends[:-1], ends[1:], strict=True)
    ]
    return compounds, float(results[QNET][0])


def _simulator(reference: ReferencePanel) -> tuple[CellSimulator, list[str]]:
    """Return the simulator of the reference panel's cells, and the currents of the model."""
    model = cells.load(reference.model, celltype=reference.celltype)
    simulator = CellSimulator(reference.model, reference.celltype, model.fingerprint, **reference.protocol)
    return simulator, model.currents


def _nameless(table: DrugTable) -> DrugTable:
    return replace(table, names=("compound",) * len(table.names))


def _plan(table: DrugTable, row: int, draws: "drugs.HillDraws") -> tuple[list[int], np.ndarray]:
    """Return the channels of a compound's attribution and its points: doses by samples, then doses by subsets."""
    cmax_nM = table.cmax_nM[row]
    of_samples = drugs.block_along_doses(cmax_nM, draws.ic50_nM[row], draws.hill[row], DOSES).swapaxes(0, 1)
    ic50_nM, hill = table.point_estimate()
    estimate = drugs.block_along_doses(cmax_nM, ic50_nM[row], hill[row], DOSES)
    blocked = np.flatnonzero(estimate[-1] >= LEAST_BLOCK)
    chosen = np.zeros((2 ** len(blocked), len(table.channels)))
    chosen[:, blocked] = drugs.subsets(len(blocked))
    of_subsets = estimate[:, None] * chosen
    width = len(table.channels)
    return blocked.tolist(), np.concatenate([of_samples.reshape(-1, width), of_subsets.reshape(-1, width)])


def _simulate(
    simulator: CellSimulator, channels: tuple[str, ...], points: np.ndarray, workers: int, progress: Progress
) -> dict[str, np.ndarray]:
    """Return qNet, (n,), NaN where a simulation failed, and labels, (n,), of points (n, n_channels).

    Equal points are simulated once, and in this process if there is one worker.
    """
    different, inverse = np.unique(points, axis=0, return_inverse=True)
    if workers == 1:
        results = _in_this_process(simulator, channels, different, progress)
    else:
        with tempfile.TemporaryDirectory() as folder:
            samples = make(different, Space.of(dict.fromkeys(channels, (0.0, 1.0))))
            results = simulate(samples, simulator, Path(folder), workers=workers, progress=progress).columns
    qnet = np.where(results["status"] == Status.OK, results[QNET], np.nan)
    return {QNET: qnet[inverse.ravel()], "label": results["label"][inverse.ravel()]}


def _in_this_process(
    simulator: CellSimulator, channels: tuple[str, ...], points: np.ndarray, progress: Progress
) -> dict[str, np.ndarray]:
    parts = []
    for start in range(0, len(points), simulator.points_at_once):
        parts.append(simulator.run(points[start : start + simulator.points_at_once], channels))
        progress(min(start + simulator.points_at_once, len(points)), len(points))
    return {name: np.concatenate([part[name] for part in parts]) for name in (QNET, "status", "label")}


def _compound(
    channels: tuple[str, ...],
    blocked: list[int],
    points: np.ndarray,
    results: dict[str, np.ndarray],
    n_samples: int,
) -> CompoundCells:
    """Return the cells of a compound from its points and their results, in the order of `_plan`."""
    split = len(DOSES) * n_samples
    return CompoundCells(
        qnet=results[QNET][:split].reshape(len(DOSES), n_samples),
        label=results["label"][:split].reshape(len(DOSES), n_samples),
        block=points[split:].reshape(len(DOSES), -1, len(channels))[:, -1],
        channels=channels,
        blocked=tuple(channels[column] for column in blocked),
        qnet_of_subsets=results[QNET][split:].reshape(len(DOSES), -1),
        label_of_subsets=results["label"][split:].reshape(len(DOSES), -1),
    )
