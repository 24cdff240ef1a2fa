"""One batch of samples in one worker process: simulate it and leave the results in a shard."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from pointes.campaign.files import samples, store

if TYPE_CHECKING:
    from pointes.cells import CellModel
    from pointes.tissue.description import TissueDescription

COST = "core_seconds"  # attribute of a shard; results have none, for they are the same each time
LANES = 8  # cells that a kernel steps together; a batch of fewer costs as much


class Simulated(Protocol):
    """What the points of a campaign are simulated with: `Simulation` or `TissueSimulation`.

    Attributes
    ----------
    together
        How many points are simulated at the cost of one.
    largest_batch
        Most points per task, which limits what is lost when a worker dies.
    """

    together: ClassVar[int]
    largest_batch: ClassVar[int]

    def keys(self, points: np.ndarray, parameters: Sequence[str]) -> np.ndarray: ...
    def run(self, points: np.ndarray, parameters: Sequence[str]) -> dict[str, np.ndarray]: ...
    def details(self) -> dict[str, dict[str, Any]]: ...
    def warm_up(self) -> None: ...


@dataclass(frozen=True)
class Simulation:
    """What is simulated at each point.

    Attributes
    ----------
    model, celltype
        Names of the cell model and its cell type.
    fingerprint
        Hash of the model's equations and the numerical method.
    cycle_length
        Time between stimuli [ms].
    beats, label_beats
        Beats paced, and the last of them that the label looks at.
    tolerance
        Of the error of an integration step, as in `pointes.cells.pace`.
    stimulus_duration, stimulus_level
        Duration of each stimulus [ms], and value of ``pace`` meanwhile; None: those of the model's own stimulus.
    """

    model: str
    celltype: str | None
    fingerprint: str
    cycle_length: float
    beats: int
    label_beats: int
    tolerance: float
    stimulus_duration: float | None = None
    stimulus_level: float | None = None

    together: ClassVar[int] = LANES
    largest_batch: ClassVar[int] = 256

    def load(self) -> "CellModel":
        """Return the compiled model."""
        from pointes import cells

        return cells.load(self.model, celltype=self.celltype, stimulus_level=self.stimulus_level)

    def keys(self, points: np.ndarray, parameters: Sequence[str]) -> np.ndarray:
        """Return for each point a hash of it, the model and the protocol: equal keys, equal results."""
        return _keys(json.dumps([asdict(self), list(parameters)], sort_keys=True), points)

    def run(self, points: np.ndarray, parameters: Sequence[str]) -> dict[str, np.ndarray]:
        """Simulate points (n, d) in this process and return label, status and biomarkers, (n,) each."""
        from pointes import cells

        return cells.pace(
            self.load(),
            dict(zip(parameters, points.T, strict=True)),
            cycle_length=self.cycle_length,
            beats=self.beats,
            label_beats=self.label_beats,
            tolerance=self.tolerance,
            stimulus_duration=self.stimulus_duration,
        )

    def details(self) -> dict[str, dict[str, Any]]:
        """Return unit and meaning of each result."""
        from pointes.cells import BIOMARKERS

        return _details(BIOMARKERS)

    def warm_up(self) -> None:
        """Load the kernel and its machine code, compiled here once, or read from the disk cache."""
        from pointes import cells

        cells.pace(self.load(), {})


@dataclass(frozen=True)
class TissueSimulation:
    """The tissue that is simulated at each point.

    Attributes
    ----------
    setup
        The fields of `pointes.tissue.description.TissueDescription`.
    fingerprint
        Hash of the cell models and the numerical method.
    threads
        That share the work of one simulation; no part of the keys.
    """

    setup: Mapping[str, Any]
    fingerprint: str
    threads: int = 1

    together: ClassVar[int] = 1
    largest_batch: ClassVar[int] = 1

    def keys(self, points: np.ndarray, parameters: Sequence[str]) -> np.ndarray:
        """Return for each point a hash of it, the tissue, the models and the protocol: equal keys, equal results."""
        # Not sorted: the order of layers and electrodes matters
        return _keys(json.dumps([dict(self.setup), self.fingerprint, list(parameters)]), points)

    def run(self, points: np.ndarray, parameters: Sequence[str]) -> dict[str, np.ndarray]:
        """Simulate points (n, d) one by one; return labels and intervals (n,) and each lead's ECG (n, n_times)."""
        from pointes.campaign.simulation.tissue_results import columns
        from pointes.tissue.simulation import simulate

        setups = [self.at(dict(zip(parameters, map(float, point), strict=True))) for point in points]
        return columns(setups[0], [simulate(setup) for setup in setups])

    def at(self, blocks: Mapping[str, float]) -> "TissueDescription":
        """Return the simulation with some currents blocked."""
        from pointes.tissue.description import TissueDescription

        return TissueDescription.from_params({**self.setup, "blocks": blocks, "threads": self.threads})

    def details(self) -> dict[str, dict[str, Any]]:
        """Return unit and meaning of each result."""
        from pointes.campaign.simulation.tissue_results import ecg_details
        from pointes.tissue.simulation import OUTPUTS

        return _details(OUTPUTS) | ecg_details(self.at({}))

    def warm_up(self) -> None:
        """Load kernels and machine code by a run of one step, in one thread: workers are forked from this process."""
        from pointes.tissue.simulation import simulate

        setup = replace(self.at({}), threads=1, cell_beats=1, beats=1, label_beats=1)
        if setup.geometry.cheap_to_build:
            simulate(replace(setup, rest_ms=setup.time_step_ms))


def simulation_of(fields: Mapping[str, Any]) -> Simulation | TissueSimulation:
    """Return what a campaign simulates, from the fields that `pointes.campaign.prepare.simulation` gives."""
    return TissueSimulation(**fields) if "setup" in fields else Simulation(**fields)


def simulations_of(
    simulation: Mapping[str, Any], low: Mapping[str, Any] | None = None, scales: Sequence[str] = ("",)
) -> dict[str, Simulated]:
    """Return what a campaign simulates by scale: of two levels the low one first, of one under an empty name."""
    levels = [simulation] if low is None else [low, simulation]
    return dict(zip(scales, map(simulation_of, levels), strict=True))


def run_batch(simulation: Simulated, points: np.ndarray, ranges: samples.Ranges, keys: np.ndarray, shard: Path) -> None:
    """Simulate points (n, d) and write them, their keys, their results and what they cost to ``shard``."""
    began = time.process_time()  # of all threads, and of nothing else that the machine does
    results = simulation.run(points, list(ranges))
    cost = {COST: time.process_time() - began}
    made = samples.make(points, ranges, key=keys, **results)
    store.write(shard, replace(made, details=simulation.details(), attributes=cost))


def _keys(context: str, points: np.ndarray) -> np.ndarray:
    hashed = hashlib.sha256(context.encode())

    def digest(point: np.ndarray) -> str:
        whole = hashed.copy()
        whole.update(point.astype("<f8").tobytes())
        return whole.hexdigest()[:32]

    return np.array([digest(point) for point in points], dtype="U32")


def _details(meanings: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    return {name: {"long_name": long_name, "units": units} for name, (units, long_name) in meanings.items()}
