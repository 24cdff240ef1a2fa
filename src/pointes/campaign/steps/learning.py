"""One step of learning: from all simulations so far to a classifier, an assessment and the next samples."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.campaign.files.samples import Ranges, Samples, holds_control, make
from pointes.campaign.files.store import fidelity_details, predicted_by
from pointes.campaign.steps import control
from pointes.campaign.steps.warm_start import BEFORE
from pointes.files import write_json
from pointes.status import count_failures
from pointes.vocabulary import LOW_PER_HIGH, METHODS

if TYPE_CHECKING:
    from pointes.learning import ActiveLearner
    from pointes.learning.fidelity import FidelityLearner, FidelityProposal

    Learner = ActiveLearner | FidelityLearner


def new_learner(ranges: Ranges, sampling: Mapping[str, Any]) -> "Learner":
    """Return a learner that was told nothing yet.

    ``sampling`` holds ``seed``, ``start`` and ``stream_share``; and ``fidelities``, the scales of two levels, if there
    are two.
    """
    bounds, start = np.array(list(ranges.values())), sampling["start"]
    options = {"stream_share": sampling["stream_share"], "seed": sampling["seed"]}
    if "fidelities" in sampling:
        from pointes.learning.fidelity import FidelityLearner

        return FidelityLearner(bounds, start=(LOW_PER_HIGH * start, start), **options)
    from pointes.learning import ActiveLearner

    return ActiveLearner(bounds, start=start, landmarks=single_blocks(ranges), **options)


def single_blocks(ranges: Ranges) -> np.ndarray:
    """Return the points (d, d) at which one current is blocked as far as its range goes, and all others least.

    Selective blockers lie on the ways to them, at the rim of the space, of which a classifier otherwise knows little.
    """
    low, high = np.array(list(ranges.values())).T
    return low + np.diag(high - low)


def taught(
    told: Sequence[Samples], ranges: Ranges, sampling: Mapping[str, Any], costs: Mapping[str, float] | None = None
) -> "Learner":
    """Return a learner that was told these simulations, in order, but for a control outside the ranges.

    It is told labels alone. The margin of a cell jumps from about -0.06 to 1 V/s at the boundary, and gains
    nothing (docs/benchmarks.md); in a tissue a node may have an early afterdepolarisation that does not spread.

    ``costs`` is what a run costs by scale, that of the low level first; of two levels only.
    """
    learner = new_learner(ranges, sampling)
    for simulated in (each.explored for each in told):
        known = {"risk": simulated["predicted_risk"]} if costs is None else _known_of_levels(simulated, costs)
        status, purpose = simulated["status"], simulated["purpose"]
        learner.tell(simulated.points, simulated["label"], status=status, purpose=purpose, **known)
    return learner


def _known_of_levels(simulated: Samples, costs: Mapping[str, float]) -> dict[str, Any]:

    level = simulated["fidelity"]
    predicted = np.column_stack([simulated[predicted_by(method)] for method in METHODS])
    return {"fidelity": level, "costs": np.array(list(costs.values()))[level], "predicted": predicted}


def first_samples(
    learner: "Learner", told: Sequence[Samples], ranges: Ranges, count: int, scales: Sequence[str] | None = None
) -> Samples:
    """Return the points that a campaign begins with: the control, unless it was told, and the learner's ``count``."""
    return control.lead(next_samples(learner, told, ranges, count, scales), told)


def next_samples(
    learner: "Learner", told: Sequence[Samples], ranges: Ranges, count: int, scales: Sequence[str] | None = None
) -> Samples:
    """Return the points that the learner wants to see after those it was told, numbered on from them.

    Before any simulation succeeded there is no risk to predict: that of an untrained classifier is no prediction that
    could come true.

    ``scales`` are the names of the levels, of two levels only.
    """
    proposal = learner.ask(count)
    n = len(proposal.points)
    iteration, last = (max((s[name].max() for s in told), default=BEFORE) for name in ("iteration", "sample_id"))
    trained = any(np.any(simulated.explored["label"] >= 0) for simulated in told)
    made = make(
        proposal.points,
        ranges,
        sample_id=np.arange(n, dtype=np.int32) + np.int32(last + 1),
        iteration=np.full(n, iteration + 1, np.int16),
        purpose=proposal.purpose.astype(np.int8),
        predicted_risk=proposal.risk if trained else np.full(n, np.nan),
    )
    return made if scales is None else _with_levels(made, proposal, scales)


def _with_levels(made: Samples, proposal: "FidelityProposal", scales: Sequence[str]) -> Samples:

    predicted = {predicted_by(method): proposal.predicted[:, k] for k, method in enumerate(METHODS)}
    columns = {**made.columns, "fidelity": proposal.fidelity, **predicted}
    return replace(made, columns=columns, details=fidelity_details(scales))


def nothing_learned(told: Sequence[Samples]) -> str:
    """Say why these simulations tell nothing of the boundary that is sought, as a clause; empty if they do.

    They must be of both classes: labels of one class say nothing of how far a label reaches.
    """
    labels = np.concatenate([simulated.high_fidelity.explored["label"] for simulated in told])
    which = "simulation of the expensive scale" if "fidelity" in told[0].columns else "simulation"
    if not holds_control(told[0].ranges):
        which += " within the ranges"
    if not np.any(labels >= 0):
        return f"no {which} succeeded"
    if not np.any(labels == 1):
        return f"no {which} was arrhythmic"
    return "" if np.any(labels == 0) else f"no {which} was safe"


def write_assessment(
    path: Path | str, learner: "Learner", told: Sequence[Samples], stopping: Mapping[str, Any]
) -> None:
    """Write what the learner says of itself, and the share of arrhythmic samples among those with a label, as JSON.

    ``simulations`` are those of the campaign, ``imported`` those it began with, ``failures`` says how many of both
    failed, by the reason, ``control`` is the state of the control. Of two levels share and control are those of the
    high one.

    ``stopping`` holds the fields of `pointes.learning.StoppingRule`.
    """
    from pointes.learning import StoppingRule

    label = np.concatenate([simulated.high_fidelity.explored["label"] for simulated in told])
    arrhythmic = float(np.mean(label[label >= 0])) if np.any(label >= 0) else None
    assessment = asdict(learner.assess(StoppingRule(**stopping)))
    del assessment["capped"]  # caps may change later without anything being learned anew: `pointes.campaign.stopping`
    imported = int(np.sum(np.concatenate([simulated["iteration"] for simulated in told]) == BEFORE))
    counts = {"simulations": sum(map(len, told)) - imported, "imported": imported}
    by_reason = [count_failures(simulated["status"], simulated.columns.get("failure")) for simulated in told]
    failures = {reason: sum(counted[reason] for counted in by_reason) for reason in by_reason[0]}
    known = {"failures": failures, "control": control.state(told), "arrhythmic": arrhythmic}
    write_json(path, {**counts, **known, **assessment})
