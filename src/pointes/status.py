"""What becomes of a simulation, and why one fails: the flags that cells, tissues and campaigns share."""

from collections.abc import Mapping

import numpy as np

from pointes.vocabulary import Failure, Status

WORDS = {
    "not_finite": "became infinite or not a number",
    "too_many_steps": "ran out of steps",
    "potential_out_of_range": "left the range of membrane potentials",
    "no_capture": "did not capture",
    "worker_died": "died with the worker process",
    "timed_out": "took longer than the time limit",
    "memory_exceeded": "took more memory than the limit",
    "unknown": "failed for a reason that was not recorded",
}
"""What a simulation did, by the reason for which it failed; the reason is unknown in files without ``failure``."""


def reason_of(failure: float) -> str:
    """Return the name of a flag value of ``failure``."""
    return Failure(int(failure)).name.lower()


def count_failures(status: np.ndarray, failure: np.ndarray | None) -> dict[str, int]:
    """Return how many simulations failed or were lost, by the reasons of `WORDS`, from their flag values (n,).

    A failure that is missing, as NaN, -1 or the whole array, counts as unknown.
    """
    failure = np.full(len(status), -1) if failure is None else np.nan_to_num(failure, nan=-1)
    failure = failure[np.asarray(status) != Status.OK]
    counts = {reason: int(np.sum(failure == Failure[reason.upper()])) for reason in WORDS if reason != "unknown"}
    return counts | {"unknown": len(failure) - sum(counts.values())}


def in_words(counts: Mapping[str, int]) -> str:
    """Return the counts of failures as words.

    Examples
    --------
    >>> in_words({"too_many_steps": 1, "no_capture": 2, "worker_died": 0})
    '2 did not capture, 1 ran out of steps'
    """
    met = sorted(((reason, count) for reason, count in counts.items() if count), key=lambda pair: -pair[1])
    return ", ".join(f"{count} {WORDS[reason]}" for reason, count in met)
