"""Where a campaign stands at this moment, and watching it until its run ends."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pointes.campaign import panel_progress, progress
from pointes.campaign.configuration.meaning import is_panel
from pointes.campaign.files import identity
from pointes.campaign.progress import AT_CAP, LEARNED, SIMULATED, about, read_status, time_to_cap
from pointes.campaign.settings import Limits
from pointes.campaign.stopping import assessment_path, read_assessment
from pointes.files import read_bytes
from pointes.locks import is_locked

COUNTED = re.compile(re.escape(SIMULATED).replace("%d", r"(\d+)"))
LONGEST_TAIL = 10_000
"""Number of bytes at the end of a log in which the last message about points is looked for."""


def stand(folder: Path) -> dict[str, Any]:
    """Return the result of `read_status`, with ``at_work``, ``simulating`` and ``seconds_to_cap``.

    ``at_work`` says whether a run of the campaign is at work. ``simulating`` has the numbers of points of the running
    iteration: ``iteration``, ``done`` and ``total``. It is None if no iteration is being simulated.
    ``seconds_to_cap`` is the time to the cap on simulations [s], None if it is not known or nothing is being learned.
    Panels have the state of each scenario instead.
    """
    at_work = is_locked(folder / ".lock")
    record = identity.read(folder)
    if is_panel(record["config"]):
        return panel_progress.read_status(folder, record) | {"at_work": at_work}
    status = read_status(folder)
    ended = status["state"] in (LEARNED, AT_CAP)
    simulating = None if ended or not at_work else _counted(folder, status["iterations"])
    learns = at_work and status["state"] == "learning"
    left = _seconds_to_cap(folder, status["iterations"] - 1, record) if learns else None
    return status | {"at_work": at_work, "simulating": simulating, "seconds_to_cap": left}


def _seconds_to_cap(folder: Path, iteration: int, record: dict[str, Any]) -> float | None:
    """Return the time to the cap on simulations [s], which falls while the next iteration is at work."""
    limits = Limits.from_params(record["config"]["learning"])
    left = time_to_cap(folder, iteration, limits)
    if not left:
        return left
    since = time.time() - assessment_path(folder, iteration).stat().st_mtime
    further: int = (limits.max_simulations - read_assessment(folder, iteration)["simulations"]) // limits.batch
    return left - min(max(since, 0.0), left / further)


def _counted(folder: Path, iteration: int) -> dict[str, int] | None:
    """Return the numbers of points in the log of an iteration's simulation; None before there are any."""
    try:
        tail = read_bytes(folder / f"logs/simulate_{iteration:03d}.log")[-LONGEST_TAIL:].decode(errors="replace")
    except FileNotFoundError:
        return None
    counts = COUNTED.findall(tail)
    return {"iteration": iteration, "done": int(counts[-1][0]), "total": int(counts[-1][1])} if counts else None


def watch(folder: Path, every: float) -> Iterator[dict[str, Any]]:
    """Yield the result of `stand` now and every ``every`` seconds, until no run of the campaign is at work."""
    while True:
        status = stand(folder)
        yield status
        if not status["at_work"]:
            return
        time.sleep(every)


def describe_stand(status: dict[str, Any]) -> dict[str, str]:
    """Return the result of `stand` in the words of `describe_status`, with what is being done at this moment."""
    is_of_panel = "scenarios" in status
    described = panel_progress.describe_status(status) if is_of_panel else progress.describe_status(status)
    now = {name: described.pop(name) for name in ("campaign", "state")}  # what changes most stands above all else
    if status["at_work"] and status["state"] in (LEARNED, AT_CAP):
        now["state"] += "; its results are being made"
    now["run at work"] = "yes" if status["at_work"] else "no"
    if status.get("simulating"):
        now["being simulated"] = _simulating(status["simulating"])
    if status.get("seconds_to_cap") is not None:
        now["time to cap"] = about(status["seconds_to_cap"])
    return now | described


def describe_line(status: dict[str, Any]) -> str:
    """Return the result of `stand` in one line, for a log."""
    if "scenarios" in status:
        return panel_progress.describe_line(status)
    counted = f"{status.get('simulations', 0)} of at most {status['max_simulations']} simulations"
    parts = [status["state"], f"{status['iterations']} iterations", counted]
    if status["simulating"]:
        parts.append(_simulating(status["simulating"]))
    elif not status["at_work"]:
        parts.append("no run is at work")
    return f"{status['name']}: {', '.join(parts)}"


def _simulating(counts: dict[str, int]) -> str:
    return f"{counts['done']} of {counts['total']} points of iteration {counts['iteration']}"
