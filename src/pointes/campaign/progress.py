"""Progress of a campaign, from the files in its results folder: lines on the terminal, and `pointes status`.

In a file or the log of a batch job each line begins with the time at which it was written.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, Any

from pointes.campaign import stopping
from pointes.campaign.files import identity
from pointes.campaign.settings import Limits
from pointes.campaign.steps.control import REMARKS
from pointes.campaign.stopping import read_assessment
from pointes.campaign.target import LABEL, Target
from pointes.errors import printable
from pointes.files import damage_in
from pointes.status import in_words
from pointes.vocabulary import TABLE, class_as_text

if TYPE_CHECKING:
    from pointes.campaign.configuration.schema import Config
    from pointes.campaign.configuration.sweep import Sweep

HEADER = "iteration  simulations  {:>10}  stream accuracy (95 % interval)  boundary drift   time to cap"
QUANTITY_HEADER = "iteration  simulations  arrhythmic  {:<40}   time to cap"
LEARNED, AT_CAP, FINISHED = "learned", "stopped at a cap", "finished"
ON_TERMINAL, IN_LOG = 15.0, 60.0
"""Shortest times between two lines about one simulation of many points [s], on a terminal and in a log."""
SEVERAL = "POINTES_SEVERAL_CAMPAIGNS"
"""Environment variable that is set where several campaigns run at once: lines then begin with a campaign's name."""
SIMULATED = "%d of %d points simulated"
"""Message that the log of a job has about the points that it simulates."""
PLACES = {
    "summary": ("summary.html",),
    "results": ("simulations.nc", "surrogate.nc", "drugs.csv", "classification.csv", "methods.csv"),
    "figures": ("figures",),
    "checksums": ("SHA256SUMS",),
}
"""Files and folders whose places are printed when a campaign has ended, by their kind. A report is made later."""
SCHEDULING = (
    "Select jobs",
    "Execute ",
    "DAG of jobs",
    "Updating checkpoint",
    "Using shell",
    "Assuming unrestricted",
    "Building DAG",
    "Loading script",
    "Adding ",
)


def hide_scheduling() -> None:
    """Keep Snakemake's messages about its scheduling off the terminal; they stay in its log file."""
    for handler in logging.getLogger("snakemake.logging").handlers:
        handler.addFilter(lambda record: not record.getMessage().startswith(SCHEDULING))


def say(text: str, folder: Path | str = "") -> None:
    """Print a line about the campaign of a results folder at once, after the time unless it goes to a terminal."""
    name = Path(folder).name
    before = f"{name}: " if name and SEVERAL in os.environ else ""
    now = "" if sys.stdout.isatty() or TABLE in os.environ else f"{datetime.now():%Y-%m-%d %H:%M:%S}  "
    print(f"{now}{before}{text}", flush=True)


def introduce(config: "Config", notes: Iterable[str] = ()) -> None:
    """Print a line about the campaign that begins, and one for each note."""
    axes = config.parameters.others
    space = ([f"block of {', '.join(config.parameters.blocks)}"] if config.parameters.blocks else []) + list(axes)
    scale, target = config.simulation.scale, config.learning.target
    learned = "" if target == LABEL else f"{target if isinstance(target, str) else ' and '.join(target)} over "
    celltype = config.model.celltype if scale == "cell" else None
    kind = " and ".join(config.learning.fidelities or [celltype or scale])
    most = f"at most {config.learning.max_simulations} simulations" if config.sweep is None else _swept(config.sweep)
    say(f"campaign {config.name}: {config.model.name} ({kind}), {learned}{', '.join(space)}, {most}")
    for note in notes:
        say(printable(note))


def _swept(sweep: "Sweep") -> str:
    """Return what a sweep simulates, in words."""
    if sweep.file is not None:
        return f"a sweep of the points in {sweep.file}"
    return f"a {sweep.design} sweep of {sweep.n} points{' along each axis' if sweep.design == 'grid' else ''}"


def report(folder: Path | str, iteration: int, began: float) -> None:
    """Print a line about an iteration that has just ended, below a header if it is the first since the run ``began``.

    ``began`` is in seconds since the epoch. The first iteration is followed by a remark on a control that is not safe.
    Where a table shows the progress, the remark is all that is printed.
    """
    folder = Path(folder)
    assessment = read_assessment(folder, iteration)
    settings = identity.read(folder)["config"]["learning"]
    limits, target = Limits.from_params(settings), _target(settings)
    if TABLE not in os.environ:
        if iteration == 0 or stopping.assessment_path(folder, iteration - 1).stat().st_mtime < began:
            say(_header(target), folder)
        left = time_to_cap(folder, iteration, limits)
        say(line(iteration, assessment, limits.max_simulations, left), folder)
    if iteration == 0 and (remark := REMARKS[assessment["control"]]):
        say(remark, folder)


def _target(settings: Mapping[str, Any]) -> Target:
    """Return what a campaign learns, from the section ``learning`` of its record."""
    with damage_in("campaign.json"):
        target = settings.get("target", LABEL)
        return Target.parse(target if isinstance(target, str) else tuple(target))


def _header(target: Target) -> str:
    """Return the header of the lines about iterations."""
    if not target.is_class:
        names = " / ".join(target.results)
        return QUANTITY_HEADER.format(f"{names}: last stream errors, 95 % within")
    name = class_as_text(target.classes[1])
    return HEADER.format(name if len(name) <= 10 else "class 1")


def ticker(title: str, folder: Path | str, every: float | None = None) -> Callable[[int, int], None]:
    """Return a callback that logs how many points of a campaign are simulated, and also prints it now and then.

    ``every`` is the shortest time between two lines that are printed [s]; None stands for `ON_TERMINAL` or `IN_LOG`.
    """
    if every is None:
        every = ON_TERMINAL if sys.stdout.isatty() else IN_LOG
    printed = time.monotonic()

    def tick(done: int, total: int) -> None:
        nonlocal printed
        logging.info(SIMULATED, done, total)
        if time.monotonic() - printed >= every and done < total and TABLE not in os.environ:
            say(f"           {title}: {done} of {total} points simulated", folder)
            printed = time.monotonic()

    return tick


def line(iteration: int, assessment: dict[str, Any], cap: int, time_left: float | None) -> str:
    """Return the line about one iteration.

    Examples
    --------
    >>> print(line(3, {"simulations": 40, "arrhythmic": 0.24, "stream_n": 6, "stream_accuracy": 1.0, "stream_low": 0.54,
    ...     "stream_high": 1.0, "drift": 0.0123, "converged": False}, cap=96, time_left=19.2))
            3     40 / 96         24 %  100 % (54-100 %) of 6 points              1.2 %     about 20 s
    """
    stream, drift, share = "-", "-", "-"
    if assessment["arrhythmic"] is not None:
        share = _percent(assessment["arrhythmic"])
    left = "learned" if assessment["converged"] else "at cap" if time_left == 0 else about(time_left)
    count = f"{assessment['simulations']:5d} / {cap:<3d}"
    if "quantities" in assessment:
        return f"{iteration:9d}  {count}  {share:>10}  {_errors(assessment):<40}  {left:>13}"
    if assessment["stream_n"]:
        low, high = assessment["stream_low"], assessment["stream_high"]
        interval = f"{low * 100:.0f}-{high * 100:.0f} %"
        stream = f"{_percent(assessment['stream_accuracy'])} ({interval}) of {assessment['stream_n']} points"
    if assessment["drift"] is not None:
        drift = f"{assessment['drift'] * 100:.1f} %"
    return f"{iteration:9d}  {count}  {share:>10}  {stream:<31}  {drift:>14}  {left:>13}"


def _errors(assessment: Mapping[str, Any]) -> str:
    """Return the largest error among the last stream points, and the expected one, of each quantity."""
    found = [assessment[name] for name in assessment["quantities"]]
    return " / ".join(f"{_number(one['recent_error'])}, {_number(one['expected_half_width'])}" for one in found)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def conclude(folder: Path) -> None:
    """Print the reason for which the campaign ended, and the place of its results."""
    status = read_status(folder)
    if status["state"] in (LEARNED, AT_CAP, FINISHED):
        if status["state"] != FINISHED:
            say(f"{status['state']} after {status['simulations']} simulations: {status['reason']}", folder)
        say_places(folder)


def say_places(folder: Path) -> None:
    """Print where the results of a campaign are, as far as it has made them, in one line for each kind."""
    for what, names in PLACES.items():
        if made := [str(folder / name) for name in names if (folder / name).exists()]:
            say(f"{what:<10} {', '.join(made)}", folder)


def read_status(folder: Path) -> dict[str, Any]:
    """Return the state of a campaign, its last assessment and its caps, by the names that `pointes status` prints."""
    record = identity.read(folder)
    limits = Limits.from_params(record["config"]["learning"])
    last = -1
    while stopping.assessment_path(folder, last + 1).is_file():
        last += 1
        if stopping.ended(folder, last, limits):
            break
    status: dict[str, Any] = {"name": record["config"]["name"], "state": "started", "iterations": last + 1}
    if last >= 0:
        assessment, reached = read_assessment(folder, last), stopping.cap_reached(folder, last, limits)
        status["state"] = LEARNED if assessment["converged"] else AT_CAP if reached else "learning"
        status |= assessment
        if status["state"] == AT_CAP:
            status["reason"] = f"{reached}; {assessment['reason']}"
    status["max_simulations"] = limits.max_simulations
    if record["config"].get("sweep") is not None:
        status |= {"state": FINISHED if (folder / "simulations.nc").is_file() else "simulating", "sweep": True}
    status["report"] = str(folder / "report.html") if (folder / "report.html").is_file() else None
    with damage_in(stopping.assessment_path(folder, last)):  # here, where the file is known
        describe_status(status)
        json.dumps(status, allow_nan=False)
    return status


def describe_status(status: dict[str, Any]) -> dict[str, str]:
    """Return the result of `read_status` with the words and units of the summary page."""
    words = {
        "campaign": status["name"],
        "state": status["state"],
        "iterations": str(status["iterations"]),
        "simulations": f"{status.get('simulations', 0)} of at most {status['max_simulations']}",
    }
    if status.get("sweep"):
        words = {name: words[name] for name in ("campaign", "state")}
    elif status["iterations"]:
        words |= _assessed(status)
    return words | {"report": status["report"] or "not made yet"}


def _assessed(status: dict[str, Any]) -> dict[str, str]:
    """Return the last assessment with the words and units of the summary page."""
    words = {}
    if status.get("reason"):
        words["reason"] = status["reason"]
    if status["imported"]:
        words["taken over from an earlier campaign"] = str(status["imported"])
    words["failed"] = in_words(status.get("failures", {})) or str(status["n_failed"])
    if "quantities" in status:
        return words | _quantities(status)
    if status["arrhythmic"] is not None:
        words["arrhythmic"] = f"{_percent(status['arrhythmic'])} of the simulations"
    if n := status["stream_n"]:
        low, high = (f"{status[end] * 100:.0f}" for end in ("stream_low", "stream_high"))
        words["unbiased stream"] = (
            f"{status['stream_correct']} of {n} points predicted right, an accuracy of "
            f"{_percent(status['stream_accuracy'])} (95 % interval {low} to {high} %)"
        )
        words["Brier score"] = f"{status['stream_brier']:.3f}"
        words["calibration error"] = f"{status['stream_ece']:.3f}"
    if n := status["verification_n"]:
        words["along the boundary"] = (
            f"{status['verification_wrong']} of the {n} simulations came out otherwise than predicted; "
            f"{status['verification_expected']:.1f} were expected to"
        )
    words["expected to be wrong"] = f"{status['expected_error'] * 100:.1f} % of the space"
    if status["drift"] is not None:
        words["boundary drift"] = f"{status['drift'] * 100:.1f} % of the space"
    return words


def _quantities(status: dict[str, Any]) -> dict[str, str]:
    """Return what is known of the errors of each quantity, in words."""
    words = {}
    for name in status["quantities"]:
        one, n = status[name], status["stream_n"]
        text = f"95 % of the space is expected to be within {_number(one['expected_half_width'])}"
        if n:
            text += f"; root mean square error at {n} stream points {_number(one['rmse'])}, "
            text += f"largest {_number(one['largest_error'])}"
        words[name] = text
    if status["n_irregular"]:
        words["without a value"] = f"{status['n_irregular']} simulations were arrhythmic or have no such value"
    return words


def time_to_cap(folder: Path, iteration: int, limits: Limits) -> float | None:
    """Return the time from the end of an iteration to the cap on simulations [s]; 0 at a cap, None if not known yet.

    Each further iteration is taken to last as long as the median of those so far, so that one slow iteration, or a
    pause between two runs, does not change the estimate. The first one is left out, as it is larger, and at least two
    others are needed.
    """
    if stopping.cap_reached(folder, iteration, limits):
        return 0.0
    ends: list[float] = [stopping.assessment_path(folder, number).stat().st_mtime for number in range(iteration + 1)]
    durations = [later - earlier for earlier, later in pairwise(ends)]
    if len(durations) < 2:
        return None
    simulations: int = read_assessment(folder, iteration)["simulations"]
    return median_low(durations) * ((limits.max_simulations - simulations) // limits.batch)


def about(seconds: float | None) -> str:
    """Return a time in words that are as rough as it is known, or a dash.

    Examples
    --------
    >>> about(52.0), about(400.0), about(9000.0), about(None)
    ('about 1 min', 'about 7 min', 'about 3 h', '-')
    """
    if seconds is None:
        return "-"
    if seconds < 45:
        return f"about {max(-(-seconds // 10), 1) * 10:.0f} s"
    minutes = -(-seconds // 60)
    return f"about {minutes:.0f} min" if minutes < 120 else f"about {-(-seconds // 3600):.0f} h"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
