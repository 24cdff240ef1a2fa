"""The iterations of a campaign as a table, with other classifiers trained on the same points beside the learner's."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.campaign.files.samples import Samples, concatenate
from pointes.files import read_json, write_csv
from pointes.vocabulary import Purpose

if TYPE_CHECKING:
    from pointes.learning import GaussianProcessClassifier
    from pointes.learning.explanation.crosscheck import CrossChecks

# ASSUME: block of a repolarising current never makes a cell safer, nor block of a current of the plateau less safe;
# other currents may act either way.
DIRECTION = {"IKr": 1, "IKs": 1, "IK1": 1, "ICaL": -1, "INaL": -1}
REFERENCE = 4096  # points on which the classifiers are compared


def train(known: Samples, seed: int) -> "CrossChecks":
    """Train the cross-check models on samples that all have a label."""
    from pointes.learning.explanation import crosscheck

    bounds = np.array(list(known.ranges.values()))
    direction = [DIRECTION.get(name, 0) for name in known.ranges]
    return crosscheck.train(known.points, known["label"], bounds, seed=seed, monotone=direction)


def compare(
    told: Sequence[Samples], classifiers: Sequence["GaussianProcessClassifier"], seed: int
) -> list[dict[str, float | None]]:
    """Train the cross-check models after each iteration and compare them with the learner's classifier.

    Parameters
    ----------
    told
        Simulations by iteration; of two levels those of the high one count.
    classifiers
        The learner's classifier after each of them.
    seed
        Seed of the models and of the reference points.

    Returns
    -------
    list of dict
        Per iteration and model: ``<model>_agreement``, the share of the space to which it gives the same class as the
        learner's classifier; and ``<model>_stream_accuracy``, the share of the stream points so far whose class it
        predicted before they were simulated (None as long as there are none). A model is trained when both classes
        were met; as long as it is not, it agrees with nothing and predicts nothing.
    """
    from scipy.stats import qmc

    from pointes.learning.explanation import crosscheck

    told = [simulated.high_fidelity.explored for simulated in told]
    bounds = np.array(list(told[0].ranges.values()))
    reference = qmc.scale(qmc.Sobol(len(bounds), rng=seed).random(REFERENCE), *bounds.T)
    right: dict[str, list[bool]] = {name: [] for name in crosscheck.MODELS}
    models = None
    rows = []
    for iteration, simulated in enumerate(told):
        stream = (simulated["purpose"] == Purpose.STREAM) & (simulated["status"] == 0)
        if models is not None and stream.any():
            for name, risk in models.predict(simulated.points[stream]).items():
                right[name].extend((risk > 0.5) == simulated["label"][stream])
        known = concatenate(told[: iteration + 1])
        labelled = known.where(known["status"] == 0)
        models = train(labelled, seed) if len(np.unique(labelled["label"])) == 2 else None
        expected = classifiers[iteration].predict_proba(reference) > 0.5
        row = {}
        predicted = models.predict(reference) if models else {}
        for name in crosscheck.MODELS:
            row[f"{name}_agreement"] = float(np.mean((predicted[name] > 0.5) == expected)) if models else None
            row[f"{name}_stream_accuracy"] = float(np.mean(right[name])) if right[name] else None
        rows.append(row)
    return rows


def write_table(
    path: Path | str, assessments: Sequence[Path | str], compared: Sequence[dict[str, float | None]]
) -> None:
    """Write one row per iteration to CSV: the numbers of its assessment, and the comparison."""
    rows = []
    for iteration, (file, comparison) in enumerate(zip(assessments, compared, strict=True)):
        assessment = read_json(file)
        rows.append({"iteration": iteration, **dict(_numbers(assessment)), **comparison})
    write_csv(path, rows)


def _numbers(assessment: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what is one number; of a mapping its values, under names such as ``runs_low``."""
    for name, value in assessment.items():
        if isinstance(value, dict):
            yield from ((f"{name}_{key}", number) for key, number in value.items())
        elif not isinstance(value, list):
            yield name, value
