"""Cables that the boundary of the cable takes, with and without cells, replayed against all cables of two campaigns.

    python benchmarks/two_scales.py results/cable-plane results/cell-cable-plane [--seeds 5]

A cable's label is that of a classifier fitted to all cables of both campaigns: nothing is simulated but cells, and what
the campaigns found, and the learners find, is compared with that classifier on 20,000 uniform points. Costs are those
that the second campaign measured. A run ends where the stopping rule ends it, or at 96 cables.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from pointes import cells
from pointes.campaign.files import store, surrogate
from pointes.campaign.files.samples import concatenate
from pointes.learning import ActiveLearner, GaussianProcessClassifier
from pointes.learning.fidelity import FidelityLearner

BATCH, MOST = 8, 96
AGREED = 0.01  # share of the plane that may differ

Labels = Callable[[NDArray], NDArray]


def single(bounds: NDArray, seed: int) -> ActiveLearner:
    """The learner of cable-plane.yaml."""
    return ActiveLearner(bounds, start=16, seed=seed)


def two_scales(bounds: NDArray, seed: int) -> FidelityLearner:
    """The learner of cell-cable-plane.yaml."""
    return FidelityLearner(bounds, start=(64, 8), stream_share=0.5, seed=seed)


def run(
    learner: ActiveLearner | FidelityLearner, cell: Labels, cable: Labels, costs: NDArray, test: NDArray
) -> tuple[float, ...]:
    """Return cables and cells until the end, the share of test points that differ then, and cables to hold `AGREED`."""
    truth, cables, differ = cable(test), [], []
    while not (differ and learner.assess().converged) and (not cables or cables[-1] < MOST):
        proposal = learner.ask(BATCH if differ else int(np.sum(learner.start)))
        points, purpose, labels = proposal.points, proposal.purpose, cable(proposal.points)
        if isinstance(learner, FidelityLearner):
            fidelity = proposal.fidelity
            if (fidelity == 0).any():
                labels[fidelity == 0] = cell(points[fidelity == 0])
            learner.tell(points, labels, fidelity, costs[fidelity], purpose=purpose, predicted=proposal.predicted)
            cables.append(int((learner.history.fidelity == 1).sum()))
        else:
            learner.tell(points, labels, purpose=purpose, risk=proposal.risk)
            cables.append(len(learner.history.points))
        differ.append(float(np.mean((learner.predict_proba(test) > 0.5) != truth)))
    above = [number for number, one in zip(cables, differ, strict=True) if one > AGREED]
    held = next((number for number in cables if number > max(above, default=0)), np.inf)
    return cables[-1], len(learner.history.points) - cables[-1], differ[-1], held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, nargs=2)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()

    known = concatenate([store.read(folder / "simulations.nc").high_fidelity for folder in options.results])
    known = known.where(known["status"] == 0)
    bounds = known.space.bounds
    everything = GaussianProcessClassifier.fit(known.points, known["label"], bounds)
    costs = np.array(list(json.loads((options.results[1] / "costs.json").read_text()).values()))
    test = np.random.default_rng(0).uniform(*bounds.T, size=(20_000, len(bounds)))

    def cable(points: NDArray) -> NDArray:
        return (everything.predict_proba(points) > 0.5).astype(int)

    def pacing(celltype: str) -> Labels:
        model = cells.load("ohara-2011", celltype=celltype)
        return lambda points: cells.pace(
            model, dict(zip(known.space, points.T, strict=True)), cycle_length=2000.0, beats=30, label_beats=4
        )["label"]

    risky = cable(test) > 0
    for folder in options.results:
        found = surrogate.read(folder / "surrogate.nc")[0].predict_proba(test) > 0.5
        differs, missed = np.mean(found != risky), np.mean(~found[risky])
        print(f"{folder.name}: differs on {differs:.2%} of the plane, misses {missed:.1%} of what is arrhythmic")
    print(f"\n{len(known)} cables known. Medians of {options.seeds} seeds (lowest to highest).\n")
    print("| learner | cables until it stops | cells | differs then by | cables to hold 1 % |")
    print("| --- | --- | --- | --- | --- |")
    for name, new, cell in [
        ("cables alone", single, pacing("mid")),
        ("mid-myocardial cells, too", two_scales, pacing("mid")),
        ("endocardial cells, too", two_scales, pacing("endo")),
    ]:
        runs = np.array([run(new(bounds, seed), cell, cable, costs, test) for seed in range(1, options.seeds + 1)])
        runs[:, 2] *= 100
        columns = [
            f"{np.median(column):.3g}{unit} ({column.min():.3g} to {column.max():.3g})".replace("inf", "–")
            for column, unit in zip(runs.T, ("", "", " %", ""), strict=True)
        ]
        print(f"| {name} | {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main()
