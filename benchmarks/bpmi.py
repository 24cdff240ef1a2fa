"""The two toys of BPMI: log predictive probability of the high fidelity against cost, beside BPMI itself.

    python benchmarks/bpmi.py [--seeds 10] [--labels sharp noisy] [--toys linear non-linear]

After Cutforth et al., arXiv:2510.08865 (2025). A label is 1 above a boundary in the unit square, and a run costs 0.1 at
the low fidelity and 1 at the high one. All methods begin with Latin hypercubes of 50 low and 25 high points (those of
the high fidelity alone with 30 high ones, at the same cost), and choose five batches. ELPP is the mean of log p(label)
at the high fidelity over 4,000 points that serve nothing else, and 0 at best. The paper spends 100 on each batch
because its labels scatter; without noise a tenth is enough.

`noisy` are the labels of the paper: 1 with a probability that rises across the boundary with a slope of 20 (1 - ¾ x).
The learners of pointes take labels as deterministic: a noisy likelihood would be a further hyperparameter in each of
their classifiers. With noisy labels, the same probit classifier (`bpmi_peer.py`) is therefore fitted for all rules, and
the rules by which points are chosen are compared. ELPP is then the expectation over the labels.
"""

import argparse
import os
from abc import ABC, abstractmethod
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from bpmi_peer import ROUNDING, ProbitClassifier, informative_batch
from machine import described
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import qmc

from pointes.learning import ActiveLearner, Proposal
from pointes.learning.acquisition import ACQUISITIONS
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.acquisition.fidelity_choice import FidelityChoice
from pointes.learning.fidelity import FidelityLearner
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.vocabulary import Fidelity, Purpose

Array = NDArray
D, RANGES = 2, [[0, 1], [0, 1]]
COSTS = {Fidelity.LOW: 0.1, Fidelity.HIGH: 1.0}
START = {Fidelity.LOW: 50, Fidelity.HIGH: 25}
START_COST = 30
BATCH, BATCHES = 10, 5
SPENT = [START_COST + BATCH * k for k in range(BATCHES + 1)]
SHOWN = (30, 40, 50, 60, 80)  # costs in the table
TESTED = 4000
FLOOR = 1e-8  # least probability of a label
MOST = 100  # points of a batch at the low fidelity alone
CANDIDATES = 512  # of each fidelity
HIGH_SHARE = 0.9  # of the cost of random batches, as in the paper


def low_boundary(x: Array) -> Array:
    return (np.cos(0.5 * np.pi * x) + 1) / 3 - 0.1


def linear_boundary(x: Array) -> Array:
    return 0.8 * low_boundary(x) + 0.3


def nonlinear_boundary(x: Array) -> Array:
    return low_boundary(x) + 0.2 * np.sin(3 * np.pi * x) * (1 - x) + 0.1


TOYS = {"linear": linear_boundary, "non-linear": nonlinear_boundary}


class Toy:
    """A toy with its random numbers: labels of points (n, 2), each of a fidelity, (n,), and test points."""

    def __init__(self, name: str, noisy: bool, seed: int) -> None:
        self.boundaries = {Fidelity.LOW: low_boundary, Fidelity.HIGH: TOYS[name]}
        self.noisy, self.seed, self.rng = noisy, seed, np.random.default_rng([seed, 1])
        self.test = np.random.default_rng(12345).random((TESTED, D))
        self.truth = self.probability(self.test, np.full(TESTED, Fidelity.HIGH))

    def probability(self, points: Array, fidelity: Array) -> Array:
        """Return the probabilities, (n,), that labels are 1."""
        x, y = points.T
        height = y - np.choose(fidelity, [self.boundaries[one](x) for one in Fidelity])
        return expit(20 * (1 - 0.75 * x) * height) if self.noisy else (height > 0).astype(float)

    def label(self, points: Array, fidelity: Array) -> Array:
        return (self.rng.random(len(points)) < self.probability(points, fidelity)).astype(np.int8)

    def start(self, sizes: dict[Fidelity, int]) -> tuple[Array, Array]:
        """Return points and fidelities with which a method begins."""
        rng = np.random.default_rng(self.seed)
        points = np.concatenate([qmc.LatinHypercube(D, rng=rng).random(n) for n in sizes.values()])
        return points, np.repeat(list(sizes), list(sizes.values()))

    def elpp(self, risk: Array) -> float:
        """Return the expected log predictive probability of labels at the test points."""
        return float(np.mean(self.truth * np.log(risk + FLOOR) + (1 - self.truth) * np.log(1 - risk + FLOOR)))

    def accuracy(self, risk: Array) -> float:
        return float(np.mean((risk > 0.5) == (self.truth > 0.5)))


class Way(ABC):
    """A way to choose points of a toy: it has its start when it is made, and then spends batch by batch."""

    def __init__(self, toy: Toy) -> None:
        self.toy = toy

    @abstractmethod
    def spend(self, budget: float) -> float:
        """Choose and label points; return what they cost, at most the budget."""

    @abstractmethod
    def predict(self, points: Array) -> Array:
        """Return the probabilities, (n,), that labels of the high fidelity are 1."""


class HighAlone(Way):
    """`ActiveLearner` at the high fidelity."""

    def __init__(self, toy: Toy, acquisition: str) -> None:
        super().__init__(toy)
        self.learner = ActiveLearner(RANGES, start=START_COST, seed=toy.seed, acquisition=acquisition)
        points, _ = toy.start({Fidelity.HIGH: START_COST})
        self._tell(Proposal(points, np.full(START_COST, Purpose.START), np.full(START_COST, np.nan)))

    def spend(self, budget: float) -> float:
        n = int(budget + ROUNDING)
        self._tell(self.learner.ask(n))
        return n

    def predict(self, points: Array) -> Array:
        return self.learner.predict_proba(points)

    def _tell(self, chosen: Proposal) -> None:
        labels = self.toy.label(chosen.points, np.full(len(chosen.points), Fidelity.HIGH))
        self.learner.tell(chosen.points, labels, purpose=chosen.purpose, risk=chosen.risk)


class BothLearned(Way):
    """`FidelityLearner`, whose batches are chosen one point after the other: the budget cuts them off."""

    def __init__(self, toy: Toy) -> None:
        super().__init__(toy)
        self.learner = FidelityLearner(RANGES, start=tuple(START.values()), seed=toy.seed)
        points, fidelity = toy.start(START)
        self.learner.tell(
            points, toy.label(points, fidelity), fidelity, costs(fidelity), purpose=np.full(len(points), Purpose.START)
        )

    def spend(self, budget: float) -> float:
        chosen = self.learner.ask(MOST)
        n = int(np.sum(np.cumsum(costs(chosen.fidelity)) <= budget + ROUNDING))
        points, fidelity = chosen.points[:n], chosen.fidelity[:n]
        labels, cost = self.toy.label(points, fidelity), costs(fidelity)
        self.learner.tell(points, labels, fidelity, cost, purpose=chosen.purpose[:n], predicted=chosen.predicted[:n])
        return float(cost.sum())

    def predict(self, points: Array) -> Array:
        return self.learner.predict_proba(points)


class Probit(Way):
    """A rule that chooses batches, given the probit classifier of BPMI."""

    def __init__(self, toy: Toy, rule: Callable[[ProbitClassifier, float, Toy], tuple[Array, Array]]) -> None:
        super().__init__(toy)
        self.rule = rule
        points, fidelity = toy.start(START)
        self.classifier = ProbitClassifier.fit(points, toy.label(points, fidelity), fidelity)

    def spend(self, budget: float) -> float:
        before = self.classifier
        points, fidelity = self.rule(before, budget, self.toy)
        labels = self.toy.label(points, fidelity)
        told = [
            np.concatenate(pair)
            for pair in ((before.points, points), (before.labels, labels), (before.fidelity, fidelity))
        ]
        self.classifier = ProbitClassifier.fit(*told, near=before)
        return float(costs(fidelity).sum())

    def predict(self, points: Array) -> Array:
        return self.classifier.predict_proba(points)


class ProbitJudged(Probit):
    """The same points, predicted by the classifier that `FidelityLearner` uses by default."""

    def predict(self, points: Array) -> Array:
        told = self.classifier
        fit = TwoFidelityClassifier.fit(told.points, told.labels, told.fidelity, RANGES)
        return fit.predict_proba(points)


def costs(fidelity: Array) -> Array:
    return np.where(fidelity == Fidelity.HIGH, COSTS[Fidelity.HIGH], COSTS[Fidelity.LOW])


def by_information(classifier: ProbitClassifier, budget: float, toy: Toy) -> tuple[Array, Array]:
    """Choose points as BPMI does."""
    return informative_batch(classifier, budget, COSTS, toy.rng, toy.noisy)


def at_random(classifier: ProbitClassifier, budget: float, toy: Toy) -> tuple[Array, Array]:
    """Choose points at random, with a fixed share of the cost for the high fidelity."""
    n_high = round(HIGH_SHARE * budget)
    n_low = round((budget - n_high) / COSTS[Fidelity.LOW])
    return toy.rng.random((n_low + n_high, D)), np.repeat(list(Fidelity), [n_low, n_high])


def by_reduction(classifier: ProbitClassifier, budget: float, toy: Toy) -> tuple[Array, Array]:
    """Choose points as `FidelityLearner` does, without a stream."""
    points = qmc.Sobol(D, rng=toy.rng).random(CANDIDATES)
    values, fidelity = np.tile(points, (2, 1)), np.repeat([Fidelity.HIGH, Fidelity.LOW], CANDIDATES)
    sur = ACQUISITIONS["sur"]()
    posterior = classifier.posterior(values, fidelity)
    batch = BatchPosterior(posterior, (), sur.explained, slice(CANDIDATES))
    free = {one: np.flatnonzero(fidelity == one) for one in Fidelity}
    choice = FidelityChoice(sur, batch, CANDIDATES, free, COSTS)
    picks: list[int] = []
    while costs(fidelity[picks]).sum() + COSTS[Fidelity.HIGH] <= budget + ROUNDING:
        picks.append(choice.take())
        batch.condition(picks[-1])
    return values[picks], fidelity[picks]


WAYS: dict[str, dict[str, Callable[[Toy], Way]]] = {
    "sharp": {
        "random points, high": lambda toy: HighAlone(toy, "random"),
        "Sobol points, high": lambda toy: HighAlone(toy, "sobol"),
        "`ActiveLearner`, high": lambda toy: HighAlone(toy, "sur"),
        "random points, both": lambda toy: Probit(toy, at_random),
        "BPMI, both": lambda toy: Probit(toy, by_information),
        "BPMI, both, classifier of pointes": lambda toy: ProbitJudged(toy, by_information),
        "`FidelityLearner`, both": BothLearned,
    },
    "noisy": {
        "random": lambda toy: Probit(toy, at_random),
        "BPMI": lambda toy: Probit(toy, by_information),
        "SUR per cost": lambda toy: Probit(toy, by_reduction),
    },
}
PEER = {"sharp": "BPMI, both", "noisy": "BPMI"}


def run(toy: Toy, new: Callable[[Toy], Way]) -> tuple[list[float], float]:
    """Return the ELPP after the start and after each batch, and the accuracy at the end."""
    way, spent, elpp = new(toy), float(START_COST), []
    for total in SPENT:
        if total > START_COST:
            spent += way.spend(total - spent)
        risk = way.predict(toy.test)
        elpp.append(toy.elpp(risk))
    return elpp, toy.accuracy(risk)


def summary(values: Array) -> str:
    """Return the median and, in brackets, the quartiles."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{median:.3f} ({low:.3f} to {high:.3f})"


def table(labels: str, toys: list[str], seeds: int) -> None:
    """Print a row of each way in each toy."""
    heads = ["toy", "points", *(f"ELPP at cost {cost}" for cost in SHOWN), "better than BPMI", "accuracy at the end"]
    print(f"\n| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|")
    for name in toys:
        found = {
            way: [run(Toy(name, labels == "noisy", seed), new) for seed in range(1, seeds + 1)]
            for way, new in WAYS[labels].items()
        }
        peer = np.array([elpp[-1] for elpp, _ in found[PEER[labels]]])
        for way, runs in found.items():
            elpp = np.array([each for each, _ in runs])
            better = "" if way == PEER[labels] else f"{np.sum(elpp[:, -1] > peer)} of {seeds}"
            accuracy = np.median([each for _, each in runs])
            shown = [summary(elpp[:, SPENT.index(cost)]) for cost in SHOWN]
            print(f"| {' | '.join([name, way, *shown, better, f'{accuracy:.2%}'])} |", flush=True)
        if labels == "noisy":
            toy = Toy(name, True, 0)
            shown = [f"{toy.elpp(toy.truth):.3f}"] * len(SHOWN)
            print(f"| {' | '.join([name, 'true probabilities', *shown, '', '100.00%'])} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--labels", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--toys", nargs="+", choices=TOYS, default=list(TOYS))
    options = parser.parse_args()
    print(f"{described()}. Medians of {options.seeds} seeds (quartiles).")
    for labels in options.labels:
        table(labels, options.toys, options.seeds)


if __name__ == "__main__":
    main()
