"""One step of learning: from all simulations so far to a classifier, an assessment and the next samples."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointes.campaign.files.samples import Samples, make
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps import control
from pointes.campaign.steps.learners import new_learner
from pointes.campaign.steps.learners.base import CampaignLearner
from pointes.campaign.steps.warm_start import IMPORTED_ITERATION
from pointes.campaign.target import THE_LABEL, Target
from pointes.files import write_json
from pointes.status import count_failures
from pointes.vocabulary import class_as_text


def replay_history(
    history: Sequence[Samples], space: Space, sampling: Sampling, costs: Mapping[str, float] | None = None
) -> CampaignLearner:
    """Return a learner with the simulations of each iteration in its history, without a control outside the space."""
    learner = new_learner(space, sampling, costs)
    for simulations in history:
        learner.tell(simulations.explored)
    return learner


def first_samples(learner: CampaignLearner, history: Sequence[Samples], count: int) -> Samples:
    """Return the points of the start: the control, unless the history holds it, and the learner's ``count`` points."""
    return control.put_first(next_samples(learner, history, count), history)


def next_samples(learner: CampaignLearner, history: Sequence[Samples], count: int) -> Samples:
    """Return the ``count`` points that the learner proposes after a history, with numbers that follow its own."""
    asked = learner.ask(count)
    n = len(asked.points)
    last_iteration = max((samples["iteration"].max() for samples in history), default=IMPORTED_ITERATION)
    last_id = max((samples["sample_id"].max() for samples in history), default=IMPORTED_ITERATION)
    # The risk that an untrained classifier gives is no prediction
    trained = any(np.any(samples.explored["label"] >= 0) for samples in history)
    samples = make(
        learner.space.points(asked.points),
        learner.space,
        sample_id=np.arange(n, dtype=np.int32) + np.int32(last_id + 1),
        iteration=np.full(n, last_iteration + 1, np.int16),
        purpose=asked.purpose.astype(np.int8),
        predicted_risk=asked.risk if trained else np.full(n, np.nan),
    )
    return replace(samples, columns=samples.columns | asked.columns, details=asked.details)


def nothing_learned(history: Sequence[Samples], simulation: str = "simulation", target: Target = THE_LABEL) -> str:
    """Return why nothing is learned from a history, as a clause; empty if it has both classes, or a value.

    ``simulation`` is the expression for a simulation from which is learned, `CampaignLearner.simulation`.
    """
    explored = [simulations.high_fidelity.explored for simulations in history]
    labels = np.concatenate([simulations["label"] for simulations in explored])
    if not history[0].space.holds_control:
        simulation += " within the ranges"
    if not np.any(labels >= 0):
        return f"no {simulation} succeeded"
    if not target.is_class:
        regular = any(target.regular(simulations.columns).any() for simulations in explored)
        return "" if regular else f"no {simulation} was safe with a value of {' and '.join(target.results)}"
    for value in (1, 0):
        if not np.any(labels == value):
            return f"no {simulation} was {class_as_text(target.classes[value])}"
    return ""


def write_assessment(
    path: Path | str, learner: CampaignLearner, history: Sequence[Samples], rule: Mapping[str, Any]
) -> None:
    """Write the learner's assessment as JSON, with the numbers of ``simulations``, those ``imported`` apart.

    ``failures`` counts both by reason. ``control`` and ``arrhythmic``, the share of arrhythmic labels, are those of the
    high fidelity in two-fidelity campaigns.
    """
    label = np.concatenate([simulations.high_fidelity.explored["label"] for simulations in history])
    arrhythmic = float(np.mean(label[label >= 0])) if np.any(label >= 0) else None
    assessment = learner.assess(rule)
    del assessment["capped"]  # caps may change later without anything being learned anew: `pointes.campaign.stopping`
    iteration = np.concatenate([simulations["iteration"] for simulations in history])
    imported = int(np.sum(iteration == IMPORTED_ITERATION))
    by_reason = [count_failures(simulations["status"], simulations.columns.get("failure")) for simulations in history]
    write_json(
        path,
        {
            "simulations": len(iteration) - imported,
            "imported": imported,
            "failures": {reason: sum(counted[reason] for counted in by_reason) for reason in by_reason[0]},
            "control": control.state(history),
            "arrhythmic": arrhythmic,
            **assessment,
        },
    )
