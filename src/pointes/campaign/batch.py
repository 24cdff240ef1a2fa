"""One batch of samples in one worker process: simulate it and leave the results in a shard."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from pointes.campaign import samples, store


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
    """

    model: str
    celltype: str | None
    fingerprint: str
    cycle_length: float
    beats: int
    label_beats: int
    tolerance: float

    def keys(self, points: np.ndarray, parameters: Sequence[str]) -> np.ndarray:
        """Return for each point a hash of it, the model and the protocol: equal keys, equal results."""
        context = hashlib.sha256(json.dumps([asdict(self), list(parameters)], sort_keys=True).encode())

        def digest(point: np.ndarray) -> str:
            whole = context.copy()
            whole.update(point.astype("<f8").tobytes())
            return whole.hexdigest()[:32]

        return np.array([digest(point) for point in points], dtype="U32")

    def run(self, points: np.ndarray, parameters: Sequence[str]) -> dict[str, np.ndarray]:
        """Simulate points (n, d) in this process and return label, status and biomarkers, (n,) each."""
        from pointes import cells

        return cells.pace(
            cells.load(self.model, celltype=self.celltype),
            dict(zip(parameters, points.T, strict=True)),
            cycle_length=self.cycle_length,
            beats=self.beats,
            label_beats=self.label_beats,
            tolerance=self.tolerance,
        )


def run_batch(
    simulation: Simulation, points: np.ndarray, ranges: samples.Ranges, keys: np.ndarray, shard: Path
) -> None:
    """Simulate points (n, d) and write them, their keys and their results to ``shard``."""
    from pointes.cells import BIOMARKERS

    results = simulation.run(points, list(ranges))
    details = {name: {"long_name": long_name, "units": units} for name, (units, long_name) in BIOMARKERS.items()}
    store.write(shard, replace(samples.make(points, ranges, key=keys, **results), details=details))
