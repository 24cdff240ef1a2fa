"""One step of learning: from all simulations so far to a classifier, an assessment and the next samples."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.campaign.samples import Ranges, Samples, make
from pointes.files import write_json

if TYPE_CHECKING:
    from pointes.learning import ActiveLearner, Proposal


def new_learner(ranges: Ranges, sampling: Mapping[str, Any]) -> "ActiveLearner":
    """Return a learner that was told nothing yet; ``sampling`` holds ``seed``, ``start`` and ``stream_share``."""
    from pointes.learning import ActiveLearner

    bounds = np.array(list(ranges.values()))
    return ActiveLearner(bounds, start=sampling["start"], stream_share=sampling["stream_share"], seed=sampling["seed"])


def first_samples(ranges: Ranges, sampling: Mapping[str, Any]) -> Samples:
    """Return the points that a campaign starts with."""
    proposal = new_learner(ranges, sampling).ask(sampling["start"])
    return _samples(proposal, ranges, iteration=0, first_id=0)


def taught(told: Sequence[Samples], sampling: Mapping[str, Any]) -> "ActiveLearner":
    """Return a learner that was told the simulations of these iterations, in order.

    It is told labels alone. The margin of a cell jumps from about -0.06 to 1 V/s at the boundary, and gains
    nothing (docs/benchmarks.md); in a tissue a node may have an early afterdepolarisation that does not spread.
    """
    learner = new_learner(told[0].ranges, sampling)
    for simulated in told:
        learner.tell(
            simulated.points,
            simulated["label"],
            status=simulated["status"],
            purpose=simulated["purpose"],
            risk=simulated["predicted_risk"],
        )
    return learner


def next_samples(learner: "ActiveLearner", told: Sequence[Samples], batch: int) -> Samples:
    """Return the points that the learner wants to see after those it was told."""
    first_id = sum(map(len, told))
    return _samples(learner.ask(batch), told[0].ranges, iteration=len(told), first_id=first_id)


def write_assessment(
    path: Path | str, learner: "ActiveLearner", told: Sequence[Samples], stopping: Mapping[str, Any]
) -> None:
    """Write what the learner says of itself, and the share of arrhythmic cells among those with a label, as JSON.

    ``stopping`` holds the fields of `pointes.learning.StoppingRule`.
    """
    from pointes.learning import StoppingRule

    label = np.concatenate([simulated["label"] for simulated in told])
    arrhythmic = float(np.mean(label[label >= 0])) if np.any(label >= 0) else None
    assessment = {
        "simulations": len(label),
        "arrhythmic": arrhythmic,
        **asdict(learner.assess(StoppingRule(**stopping))),
    }
    write_json(path, assessment)


def _samples(proposal: "Proposal", ranges: Ranges, iteration: int, first_id: int) -> Samples:
    count = len(proposal.points)
    return make(
        proposal.points,
        ranges,
        sample_id=np.arange(first_id, first_id + count, dtype=np.int32),
        iteration=np.full(count, iteration, np.int16),
        purpose=proposal.purpose.astype(np.int8),
        predicted_risk=proposal.risk,
    )
