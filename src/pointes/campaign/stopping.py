"""The end of a campaign, when enough is learned or a cap is reached, from the files in its results folder."""

import csv
from pathlib import Path
from typing import Any, NamedTuple

from pointes.campaign.settings import Limits
from pointes.files import damage_in, read_json

SECONDS_PER_HOUR = 3600.0


class Spent(NamedTuple):
    """Time that the iterations of a campaign took, without pauses and replays."""

    core_hours: float  # CPU time of the simulations [h]
    wall_hours: float  # time of simulations and learning [h]


def assessment_path(folder: Path | str, iteration: int) -> Path:
    """Return the path of an iteration's assessment."""
    return Path(folder) / f"iteration_{iteration:03d}" / "assessment.json"


def read_assessment(folder: Path | str, iteration: int) -> dict[str, Any]:
    """Return the content of an iteration's ``assessment.json``."""
    path = assessment_path(folder, iteration)
    assessment: dict[str, Any] = read_json(path)
    with damage_in(path):
        if not (isinstance(assessment["simulations"], int) and isinstance(assessment["converged"], bool)):
            raise ValueError("no assessment")
    return assessment


def ended(folder: Path | str, iteration: int, limits: Limits) -> bool:
    """Return whether an iteration is the last one: enough is learned, or a cap forbids another one."""
    return read_assessment(folder, iteration)["converged"] or cap_reached(folder, iteration, limits) != ""


def cap_reached(folder: Path | str, iteration: int, limits: Limits) -> str:
    """Return a sentence about the cap that forbids another iteration after this one; empty if none does."""
    simulations = read_assessment(folder, iteration)["simulations"]
    if simulations + limits.batch > limits.max_simulations:
        return f"{simulations} of at most {limits.max_simulations} simulations were run"
    if limits.max_core_hours is None and limits.max_wall_hours is None:
        return ""  # without a cap on time no benchmark file is read
    used = spent(folder, iteration)
    if limits.max_core_hours is not None and used.core_hours >= limits.max_core_hours:
        return f"{used.core_hours:.3g} of at most {limits.max_core_hours:g} core hours are spent"
    if limits.max_wall_hours is not None and used.wall_hours >= limits.max_wall_hours:
        return f"{used.wall_hours:.3g} of at most {limits.max_wall_hours:g} wall hours are spent"
    return ""


def spent(folder: Path | str, iteration: int) -> Spent:
    """Return the time that the iterations up to this one took, by the benchmark files of the last run of each job."""
    core = wall = 0.0
    for number in range(iteration + 1):
        simulated, learned = (seconds(folder, f"{rule}_{number:03d}") for rule in ("simulate", "learn"))
        core += simulated["cpu_time"]
        wall += simulated["s"] + learned["s"]
    return Spent(core / SECONDS_PER_HOUR, wall / SECONDS_PER_HOUR)


def seconds(folder: Path | str, job: str) -> dict[str, float]:
    """Return the time ``s`` and the CPU time ``cpu_time`` of a job [s], 0 if it has not ended or was too short."""
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
