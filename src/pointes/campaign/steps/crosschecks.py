"""Other classifiers trained on the points of a campaign, as a check of the learner's own."""

from collections.abc import Sequence

import numpy as np
import scipy

from pointes import learning
from pointes.campaign.files.samples import Samples, concatenate
from pointes.learning.explanation import crosscheck
from pointes.vocabulary import Purpose

# ASSUME: block of a repolarising current never makes a cell safer, and block of a depolarising current of the plateau
# never makes it less safe; other currents may act either way.
DIRECTION = {"IKr": 1, "IKs": 1, "IK1": 1, "ICaL": -1, "INaL": -1}
REFERENCE = 4096
"""Points on which the classifiers are compared."""


def train(labelled: Samples, seed: int) -> crosscheck.CrossChecks:
    """Train the cross-check models on samples that all have a label."""
    bounds = labelled.space.bounds
    blocks = labelled.space.blocks
    direction = [DIRECTION.get(name, 0) if name in blocks else 0 for name in labelled.space]
    return crosscheck.train(labelled.coordinates, labelled["label"], bounds, seed=seed, monotone=direction)


def compare(
    history: Sequence[Samples], classifiers: Sequence["learning.GaussianProcessClassifier"], seed: int
) -> list[dict[str, float | None]]:
    """Train the cross-check models after each iteration and compare them with the learner's classifiers.

    The result has, for each iteration, ``<model>_agreement``, the share of the space to which the model gives the same
    class as the learner's classifier, and ``<model>_stream_accuracy``, the share of the stream points whose class it
    predicted before they were simulated. Values are None before there are labels of both classes, or stream points.
    """
    history = [simulations.high_fidelity.explored for simulations in history]
    bounds = history[0].space.bounds
    reference = scipy.stats.qmc.scale(scipy.stats.qmc.Sobol(len(bounds), rng=seed).random(REFERENCE), *bounds.T)
    right: dict[str, list[bool]] = {name: [] for name in crosscheck.MODELS}
    models = None
    rows = []
    for iteration, simulations in enumerate(history):
        stream = (simulations["purpose"] == Purpose.STREAM) & (simulations["status"] == 0)
        if models is not None and stream.any():
            for name, risk in models.predict(simulations.coordinates[stream]).items():
                right[name].extend((risk > 0.5) == simulations["label"][stream])
        simulated = concatenate(history[: iteration + 1])
        labelled = simulated.where(simulated["status"] == 0)
        models = train(labelled, seed) if len(np.unique(labelled["label"])) == 2 else None
        expected = classifiers[iteration].predict_proba(reference) > 0.5
        predicted = models.predict(reference) if models else {}
        row: dict[str, float | None] = {}
        for name in crosscheck.MODELS:
            row[f"{name}_agreement"] = float(np.mean((predicted[name] > 0.5) == expected)) if models else None
            row[f"{name}_stream_accuracy"] = float(np.mean(right[name])) if right[name] else None
        rows.append(row)
    return rows
