"""One step of learning: from all simulations so far to a classifier, an assessment and the next samples."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.campaign.samples import Ranges, Samples, make
from pointes.campaign.warm_start import BEFORE
from pointes.files import write_json

if TYPE_CHECKING:
    from pointes.learning import ActiveLearner


def new_learner(ranges: Ranges, sampling: Mapping[str, Any]) -> "ActiveLearner":
    """Return a learner that was told nothing yet; ``sampling`` holds ``seed``, ``start`` and ``stream_share``."""
    from pointes.learning import ActiveLearner

    bounds = np.array(list(ranges.values()))
    return ActiveLearner(bounds, start=sampling["start"], stream_share=sampling["stream_share"], seed=sampling["seed"])


def taught(told: Sequence[Samples], ranges: Ranges, sampling: Mapping[str, Any]) -> "ActiveLearner":
    """Return a learner that was told these simulations, in order.

    It is told labels alone. The margin of a cell jumps from about -0.06 to 1 V/s at the boundary, and to believe it
    costs accuracy (docs/learning.md); in a tissue a node may have an early afterdepolarisation that does not spread.
    """
    learner = new_learner(ranges, sampling)
    for simulated in told:
        learner.tell(
            simulated.points,
            simulated["label"],
            status=simulated["status"],
            purpose=simulated["purpose"],
            risk=simulated["predicted_risk"],
        )
    return learner


def next_samples(learner: "ActiveLearner", told: Sequence[Samples], ranges: Ranges, count: int) -> Samples:
    """Return the points that the learner wants to see after those it was told, numbered on from them."""
    proposal = learner.ask(count)
    n = len(proposal.points)
    iteration, last = (max((s[name].max() for s in told), default=BEFORE) for name in ("iteration", "sample_id"))
    return make(
        proposal.points,
        ranges,
        sample_id=np.arange(n, dtype=np.int32) + np.int32(last + 1),
        iteration=np.full(n, iteration + 1, np.int16),
        purpose=proposal.purpose.astype(np.int8),
        predicted_risk=proposal.risk,
    )


def write_assessment(
    path: Path | str, learner: "ActiveLearner", told: Sequence[Samples], stopping: Mapping[str, Any]
) -> None:
    """Write what the learner says of itself, and the share of arrhythmic cells among those with a label, as JSON.

    ``simulations`` are those of the campaign, ``imported`` those it began with.

    ``stopping`` holds the fields of `pointes.learning.StoppingRule`.
    """
    from pointes.learning import StoppingRule

    label = np.concatenate([simulated["label"] for simulated in told])
    arrhythmic = float(np.mean(label[label >= 0])) if np.any(label >= 0) else None
    assessment = asdict(learner.assess(StoppingRule(**stopping)))
    del assessment["capped"]  # caps may change later without anything being learned anew: `pointes.campaign.ending`
    imported = int(np.sum(np.concatenate([simulated["iteration"] for simulated in told]) == BEFORE))
    counts = {"simulations": len(label) - imported, "imported": imported}
    write_json(path, {**counts, "arrhythmic": arrhythmic, **assessment})
