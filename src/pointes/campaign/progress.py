"""Progress of a campaign, from the files in its results folder: lines on the terminal, and `pointes status`."""

import json
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointes.campaign import stopping
from pointes.campaign.files import identity
from pointes.campaign.settings import Limits
from pointes.campaign.steps.control import REMARKS
from pointes.campaign.stopping import read_assessment
from pointes.errors import printable
from pointes.files import damage_in
from pointes.status import in_words

if TYPE_CHECKING:
    from pointes.campaign.configuration.schema import Config

HEADER = "iteration  simulations  arrhythmic  stream accuracy (95 % interval)  boundary drift  time left"
LEARNED, AT_CAP = "learned", "stopped at a cap"
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


def introduce(config: "Config", notes: Iterable[str] = ()) -> None:
    """Print a line about the campaign that begins, and one for each note."""
    currents = ", ".join(config.parameters.blocks)
    scale = config.simulation.scale
    celltype = config.model.celltype if scale == "cell" else None
    kind = " and ".join(config.learning.fidelities or [celltype or scale])
    print(
        f"campaign {config.name}: {config.model.name} ({kind}), block of {currents}, "
        f"at most {config.learning.max_simulations} simulations",
        flush=True,
    )
    for note in notes:
        print(printable(note), flush=True)


def report(folder: Path | str, iteration: int, began: float) -> None:
    """Print a line about an iteration that has just ended, below a header if it is the first since the run ``began``.

    ``began`` is in seconds since the epoch. The first iteration is followed by a remark on a control that is not safe.
    """
    folder = Path(folder)
    assessment = read_assessment(folder, iteration)
    limits = Limits.from_params(identity.read(folder)["config"]["learning"])
    left = _time_left(folder, iteration, assessment["simulations"], limits)
    if iteration == 0 or stopping.assessment_path(folder, iteration - 1).stat().st_mtime < began:
        print(HEADER, flush=True)
    print(line(iteration, assessment, limits.max_simulations, left), flush=True)
    if iteration == 0 and (remark := REMARKS[assessment["control"]]):
        print(remark, flush=True)


def ticker(title: str, every: float = 15.0) -> Callable[[int, int], None]:
    """Return a callback that logs how many points are simulated, and prints it at most every ``every`` seconds."""
    printed = time.monotonic()

    def tick(done: int, total: int) -> None:
        nonlocal printed
        logging.info("%d of %d points simulated", done, total)
        if time.monotonic() - printed >= every and done < total:
            print(f"           {title}: {done} of {total} points simulated", flush=True)
            printed = time.monotonic()

    return tick


def line(iteration: int, assessment: dict[str, Any], cap: int, time_left: float) -> str:
    """Return the line about one iteration.

    Examples
    --------
    >>> print(line(3, {"simulations": 40, "arrhythmic": 0.24, "stream_n": 6, "stream_accuracy": 1.0, "stream_low": 0.54,
    ...     "stream_high": 1.0, "drift": 0.0123, "converged": False}, cap=96, time_left=19.2))
            3     40 / 96         24 %  100 % (54-100 %) of 6 points              1.2 %     < 20 s
    """
    stream, drift, share = "-", "-", "-"
    if assessment["stream_n"]:
        low, high = assessment["stream_low"], assessment["stream_high"]
        interval = f"{low * 100:.0f}-{high * 100:.0f} %"
        stream = f"{_percent(assessment['stream_accuracy'])} ({interval}) of {assessment['stream_n']} points"
    if assessment["drift"] is not None:
        drift = f"{assessment['drift'] * 100:.1f} %"
    if assessment["arrhythmic"] is not None:
        share = _percent(assessment["arrhythmic"])
    left = "learned" if assessment["converged"] else "at cap" if time_left == 0 else f"< {_round_up(time_left)}"
    count = f"{assessment['simulations']:5d} / {cap:<3d}"
    return f"{iteration:9d}  {count}  {share:>10}  {stream:<31}  {drift:>14}  {left:>9}"


def conclude(folder: Path) -> None:
    """Print the reason for which the campaign ended, and the place of its results."""
    status = read_status(folder)
    if status["state"] in (LEARNED, AT_CAP):
        print(f"{status['state']} after {status['simulations']} simulations: {status['reason']}")
        if (folder / "summary.html").is_file():
            print(f"see {folder}/summary.html and {folder}/figures")


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
    if status["iterations"]:
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
    if status["arrhythmic"] is not None:
        words["arrhythmic"] = f"{_percent(status['arrhythmic'])} of the space"
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


def _time_left(folder: Path, iteration: int, simulations: int, limits: Limits) -> float:
    """Return the time to the cap [s] if each further iteration takes as long as this one; 0 at a cap."""
    if stopping.cap_reached(folder, iteration, limits):
        return 0.0
    # The time of learning is the CPU time of this process
    seconds = stopping.seconds(folder, f"simulate_{iteration:03d}")["s"] + time.process_time()
    return seconds * ((limits.max_simulations - simulations) // limits.batch)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _round_up(seconds: float) -> str:
    return f"{-(-seconds // 10) * 10:.0f} s" if seconds < 100 else f"{-(-seconds // 60):.0f} min"
