"""Two fidelities beside one: accuracy, high runs and cost that boundaries of the high fidelity take.

    python benchmarks/fidelity.py [--seeds 10] [--tables labels,high,cost]

The high fidelity is `sine2` or `risk5`, the low one a shifted and simpler partner, or for the last rows `circle2`,
which has nothing to do with it. Test points are 4,000 uniform ones that serve nothing else; a run of the high fidelity
costs as much as ten of the low one where that matters.
"""

# ruff: noqa: B023 (functions made in a loop are called in it)

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Protocol

from pointes.vocabulary import METHODS, Fidelity, Purpose

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from boundaries import circle2, hill, risk5, sine2
from curves import held, number
from numpy.typing import NDArray
from scipy.stats import qmc

from pointes.learning import ActiveLearner, Proposal
from pointes.learning.fidelity import FidelityLearner, FidelityProposal
from pointes.learning.two_fidelity.fits import TwoFidelityFits

Array = NDArray
Curve = list[tuple[float, ...]]
RATIO = 10.0  # cost of a high run in low runs
THRESHOLDS = (0.90, 0.95, 0.98)


def sine2_low(p: Array) -> Array:
    return 0.45 + np.sin(2.2 * np.pi * p[:, 0]) / 2.5 - p[:, 1]


def risk5_low(p: Array) -> Array:
    kr, cal, nal, ks, k1 = p.T
    return 1.3 * hill(kr, 0.6, 1.6) + 0.55 * ks + 0.35 * k1 - 1.15 * cal - 0.60 * nal + 0.05


PAIRS = {
    "sine2": (2, sine2_low, sine2),
    "risk5": (5, risk5_low, risk5),
    "sine2, unrelated": (2, circle2, sine2),
}


class Model(Protocol):
    """Classifier or learner of the boundary of the high fidelity."""

    def predict_proba(self, points: Array) -> Array: ...


class Problem:
    """A pair of fidelities with its test points."""

    def __init__(self, name: str) -> None:
        self.d, *self.margins = PAIRS[name]
        self.bounds = np.array([[0.0, 1.0]] * self.d)
        self.test = np.random.default_rng(12345).random((4000, self.d))
        self.truth = self.label(self.test, Fidelity.HIGH)

    def label(self, points: Array, fidelity: int) -> Array:
        return (self.margins[fidelity](points) > 0).astype(np.int8)

    def accuracy(self, model: Model) -> float:
        return float(np.mean((model.predict_proba(self.test) > 0.5) == self.truth))

    def data(self, n_low: int, n_high: int, seed: int) -> tuple[Array, Array]:
        """Return low points on a Latin hypercube, and high ones of them that are balanced by the low label."""
        rng = np.random.default_rng(1000 + seed)
        low = qmc.LatinHypercube(self.d, rng=rng).random(n_low)
        labels = self.label(low, Fidelity.LOW)
        safe, risky = (rng.permutation(np.flatnonzero(labels == one)) for one in (0, 1))
        n_safe = min(n_high // 2, len(safe))
        return low, low[rng.permutation([*safe[:n_safe], *risky[: n_high - n_safe]])]

    def tell(self, learner: FidelityLearner, points: Array, fidelity: Fidelity, purpose: Purpose) -> None:
        """Label points and tell the learner."""
        n = len(points)
        costs = np.full(n, RATIO**fidelity)
        learner.tell(points, self.label(points, fidelity), np.full(n, fidelity), costs, purpose=np.full(n, purpose))

    def raced(self, low: Array, high: Array, seed: int) -> FidelityLearner:
        """Return a learner that was told the low labels, and then the high ones in five parts, the first as a start."""
        learner = FidelityLearner(self.bounds, start=(len(low), len(high)), seed=seed)
        self.tell(learner, low, Fidelity.LOW, Purpose.START)
        for k, part in enumerate(np.array_split(high, 5)):
            self.tell(learner, part, Fidelity.HIGH, Purpose.STREAM if k else Purpose.START)
        return learner


def same_labels(seeds: int) -> None:
    """Print the accuracy from given labels, which nobody chose."""
    print("| pair | N_L | N_H | low only | single | pooled | stacked | autoregressive | chosen on the stream |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    cases = [("sine2", 50, n) for n in (6, 10, 20, 40)] + [("sine2", 200, 20)]
    cases += [("risk5", 200, n) for n in (20, 40, 80)] + [("sine2, unrelated", 50, n) for n in (10, 20, 40)]
    for name, n_low, n_high in cases:
        problem = Problem(name)
        rows = []
        for seed in range(seeds):
            low, high = problem.data(n_low, n_high, seed)
            labels = np.concatenate([problem.label(low, Fidelity.LOW), problem.label(high, Fidelity.HIGH)])
            fidelity = np.repeat([Fidelity.LOW, Fidelity.HIGH], [len(low), len(high)])
            fits = TwoFidelityFits(np.concatenate([low, high]), labels, fidelity, problem.bounds)
            models = [fits.low, *(fits.fit(method) for method in METHODS[::-1]), problem.raced(low, high, seed)]
            rows.append([problem.accuracy(model) for model in models])
        print(
            f"| {name} | {n_low} | {n_high} | {' | '.join(summary(column) for column in zip(*rows, strict=True))} |",
            flush=True,
        )


def summary(values: Sequence[float]) -> str:
    """Return the median and, in brackets, the worst."""
    return f"{np.median(values):.3f} ({min(values):.3f})"


def grow(problem: Problem, learner: ActiveLearner | FidelityLearner, asks: list[Callable]) -> Curve:
    """Let a learner ask and be told; return high runs, cost in high runs, and accuracy, after each step."""
    two_fidelities = isinstance(learner, FidelityLearner)
    curve = []
    for ask in asks:
        proposal = ask(learner)
        fidelity = proposal.fidelity if two_fidelities else np.ones(len(proposal.points), int)
        labels = np.where(fidelity, problem.label(proposal.points, 1), problem.label(proposal.points, 0))
        more = (fidelity, RATIO**fidelity) if two_fidelities else ()
        learner.tell(proposal.points, labels, *more, purpose=proposal.purpose)
        told = learner.history
        n_high = int((told.fidelity == Fidelity.HIGH).sum()) if two_fidelities else len(told.points)
        cost = told.costs.sum() / RATIO if two_fidelities else n_high
        curve.append((n_high, cost, problem.accuracy(learner)))
    return list(zip(*curve, strict=True))


def to_hold(curves: list[Curve], column: int) -> str:
    """Return the medians of what the thresholds took, in terms of a column of the curves."""
    taken = [np.median([held(curve[column], curve[2], threshold) for curve in curves]) for threshold in THRESHOLDS]
    return " | ".join(map(number, taken))


def high_runs(seeds: int) -> None:
    """Print how many high runs thresholds take from equal starts, when only high points are added."""
    print("| pair | N_L | learner | high runs to hold 90 % | 95 % | 98 % | accuracy at the end |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, n_low, n_high, batch, steps in [("sine2", 50, 10, 1, 30), ("risk5", 200, 20, 8, 10)]:
        problem = Problem(name)
        curves: dict[str, list[Curve]] = {"single": [], "two fidelities": []}
        for seed in range(seeds):
            low, high = problem.data(n_low, n_high, seed)
            given = Proposal(high, np.full(n_high, Purpose.START), np.full(n_high, np.nan))
            single = ActiveLearner(problem.bounds, start=n_high, stream_share=0, seed=seed)
            curves["single"].append(grow(problem, single, [lambda _: given, *[lambda one: one.ask(batch)] * steps]))
            both = FidelityLearner(problem.bounds, start=(n_low, n_high), stream_share=0, seed=seed)
            problem.tell(both, low, Fidelity.LOW, Purpose.START)
            unknown = np.full(n_high, np.nan), np.full((n_high, len(METHODS)), np.nan)
            given = FidelityProposal(high, np.ones(n_high, int), np.full(n_high, Purpose.START), *unknown)
            asks = [lambda _: given, *[lambda one: one.ask(batch, Fidelity.HIGH)] * steps]
            curves["two fidelities"].append(grow(problem, both, asks))
        for learner, found in curves.items():
            end = summary([curve[2][-1] for curve in found])
            print(f"| {name} | {n_low} | {learner} | {to_hold(found, 0)} | {end} |", flush=True)


def total_cost(seeds: int) -> None:
    """Print what thresholds cost, low runs, start and stream included, when the learner chooses the fidelity."""
    print("| pair | learner | cost to hold 90 % | 95 % | 98 % | low and high runs at the end | accuracy at the end |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, start, start_alone, batch, steps in [
        ("sine2", (32, 4), 8, 4, 16),
        ("risk5", (64, 8), 16, 8, 12),
        ("sine2, unrelated", (32, 4), 8, 4, 18),
    ]:
        problem = Problem(name)
        curves: dict[str, list[Curve]] = {"single": [], "two fidelities": []}
        runs: dict[str, list[tuple[int, int]]] = {"single": [], "two fidelities": []}
        for seed in range(seeds):
            further = [lambda one: one.ask(batch)] * steps
            single = ActiveLearner(problem.bounds, start=start_alone, seed=seed)
            curves["single"].append(grow(problem, single, [lambda one: one.ask(start_alone), *further]))
            runs["single"].append((0, len(single.points)))
            both = FidelityLearner(problem.bounds, start=start, seed=seed)
            curves["two fidelities"].append(grow(problem, both, [lambda one: one.ask(sum(start)), *further]))
            runs["two fidelities"].append(tuple(both.assess().runs.values()))
        for learner, found in curves.items():
            n_low, n_high = np.median(runs[learner], axis=0)
            end = summary([curve[2][-1] for curve in found])
            print(f"| {name} | {learner} | {to_hold(found, 1)} | {n_low:g}, {n_high:g} | {end} |", flush=True)


TABLES = {"labels": same_labels, "high": high_runs, "cost": total_cost}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--tables", default=",".join(TABLES))
    options = parser.parse_args()
    print(f"Medians of {options.seeds} seeds (worst).")
    for name in options.tables.split(","):
        print()
        TABLES[name](options.seeds)


if __name__ == "__main__":
    main()
