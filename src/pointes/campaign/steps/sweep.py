"""A sweep: points of a design, simulated without learning, and a table of what came out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from pointes.campaign.files.samples import Samples, make, read_points
from pointes.campaign.space import Space
from pointes.campaign.steps import control
from pointes.campaign.target import ARRHYTHMIC
from pointes.files import write_csv
from pointes.vocabulary import Purpose, Status, meanings

STREAM = 2000
"""Number that selects the random numbers of designs among those of a campaign's seed."""

MOST = 10_000_000
"""Largest number of points of a sweep."""

LEFT_OUT = ("predicted_risk", "iteration", "failure", "key", ARRHYTHMIC)
"""Columns of samples that the table of a sweep leaves out."""


def size(space: Space, design: str, n: int) -> int:
    """Return the number of points of a design, which does not read a file."""
    return n ** len(space) if design == "grid" else n


def sweep_points(space: Space, design: str, n: int, seed: int, file: Path | str | None = None) -> np.ndarray:
    """Return the points (n, d) of a design, or of a CSV file."""
    if file is not None:
        return read_points(Path(file), space)
    d, rng = len(space), np.random.default_rng([seed, STREAM])
    if design == "grid":
        axes = np.meshgrid(*[np.linspace(0, 1, n)] * d, indexing="ij") if n > 1 else [np.full(1, 0.5)] * d
        return space.at(np.stack([axis.ravel() for axis in axes], axis=-1))
    if design == "latin-hypercube":
        return space.at(scipy.stats.qmc.LatinHypercube(d, rng=rng).random(n))
    return space.at(scipy.stats.qmc.Sobol(d, rng=rng).random_base2(int(np.ceil(np.log2(n))))[:n])


def sweep_samples(space: Space, points: np.ndarray, design: str) -> Samples:
    """Return the points of a sweep as samples, after the control."""
    count = len(points)
    purpose = Purpose.GIVEN if design == "file" else Purpose.START
    samples = make(
        points,
        space,
        sample_id=np.arange(count, dtype=np.int32),
        iteration=np.zeros(count, np.int16),
        purpose=np.full(count, purpose, np.int8),
        predicted_risk=np.full(count, np.nan),
    )
    return control.put_first(samples, [])


def write_table(path: Path | str, simulations: Samples) -> None:
    """Write the samples of a sweep to CSV, a row each: number, purpose, axes, status and all results."""
    names = [name for name, column in simulations.columns.items() if column.ndim == 1 and name not in LEFT_OUT]
    words = {"purpose": meanings(Purpose), "status": meanings(Status)}
    columns = {name: _cells(simulations[name], words.get(name)) for name in names}
    write_csv(path, [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def _cells(column: np.ndarray, words: Sequence[str] | None) -> list[Any]:
    """Return the cells of a column: words for flags, blank where a result is missing."""
    if words is not None:
        return [words[value] for value in column]
    if column.dtype.kind == "f":
        return [float(value) if np.isfinite(value) else None for value in column]
    return [int(value) if value >= 0 else None for value in column]
