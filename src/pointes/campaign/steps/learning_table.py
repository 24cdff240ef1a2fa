"""The iterations of a campaign as a table: the learner's assessment, and the cross-checks beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointes.campaign.files.samples import Samples
from pointes.files import read_json, write_csv


def by_iteration(simulations: Samples) -> Iterator[Samples]:
    """Yield the simulations of each iteration, imported ones with those of the start: they are known from then on."""
    iteration = np.maximum(simulations["iteration"], 0)
    for number in range(iteration.max() + 1):
        yield simulations.where(iteration == number)


def write_table(
    path: Path | str, assessments: Sequence[Path | str], compared: Sequence[dict[str, float | None]]
) -> None:
    """Write one row per iteration to CSV: the numbers in its ``assessment.json``, and those of its cross-checks."""
    rows = [
        {"iteration": iteration, **dict(_numbers(read_json(assessment))), **comparison}
        for iteration, (assessment, comparison) in enumerate(zip(assessments, compared, strict=True))
    ]
    write_csv(path, rows)


def _numbers(assessment: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the entries that are one number; those of a mapping under names such as ``runs_low``."""
    for name, value in assessment.items():
        if isinstance(value, dict):
            yield from ((f"{name}_{key}", number) for key, number in value.items())
        elif not isinstance(value, list):
            yield name, value
