"""When a campaign ends: it has learned enough, or a cap is reached. Read from the files in its results folder."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pointes.files import read_json

SECONDS_PER_HOUR = 3600.0


class Spent(NamedTuple):
    """What the iterations of a campaign took; pauses and the comparison with other designs are not counted."""

    core_hours: float
    """CPU time of the simulations."""
    wall_hours: float
    """Time in which simulation or learning was at work."""


def assessment_path(folder: Path | str, iteration: int) -> Path:
    """Return where an iteration's assessment is."""
    return Path(folder) / f"iteration_{iteration:03d}" / "assessment.json"


def read_assessment(folder: Path | str, iteration: int) -> dict[str, Any]:
    """Return the content of an iteration's ``assessment.json``; a UserError if that is damaged."""
    return read_json(assessment_path(folder, iteration))


def ended(folder: Path | str, iteration: int, learning: Mapping[str, Any]) -> bool:
    """Return whether an iteration is the last one; ``learning`` is that section of the configuration."""
    return read_assessment(folder, iteration)["converged"] or cap_reached(folder, iteration, learning) != ""


def cap_reached(folder: Path | str, iteration: int, learning: Mapping[str, Any]) -> str:
    """Say which cap does not allow another iteration after this one; nothing if none forbids it."""
    simulations, cap = read_assessment(folder, iteration)["simulations"], learning["max_simulations"]
    if simulations + learning["batch"] > cap:
        return f"{simulations} of at most {cap} simulations were run"
    caps = {name: learning[f"max_{name}"] for name in Spent._fields if learning.get(f"max_{name}") is not None}
    used = spent(folder, iteration)._asdict() if caps else {}  # without such a cap no file of a job is read
    for name, cap in caps.items():
        if used[name] >= cap:
            return f"{used[name]:.3g} of at most {cap:g} {name.replace('_', ' ')} are spent"
    return ""


def spent(folder: Path | str, iteration: int) -> Spent:
    """Return what the iterations up to and with this one took, by the benchmark files of their jobs.

    Of a job that was interrupted only the run that finished it is known.
    """
    core = wall = 0.0
    for number in range(iteration + 1):
        simulated, learned = (seconds(folder, f"{rule}_{number:03d}") for rule in ("simulate", "learn"))
        core += simulated["cpu_time"]
        wall += simulated["s"] + learned["s"]
    return Spent(core / SECONDS_PER_HOUR, wall / SECONDS_PER_HOUR)


def seconds(folder: Path | str, job: str) -> dict[str, float]:
    """Return seconds and CPU seconds of a job; 0 where it is at work still, or too short to be measured."""
    try:
        with (Path(folder) / "benchmarks" / f"{job}.tsv").open(encoding="utf-8") as file:
            row = next(csv.DictReader(file, delimiter="\t"), {})
    except FileNotFoundError:
        row = {}
    return {name: _number(row.get(name)) for name in ("s", "cpu_time")}


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:  # Snakemake writes NA or - for what it has not measured
        return 0.0
