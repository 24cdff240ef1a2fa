"""Simulations that the axis of arrhythmia takes: pointes' learner beside logistic regression on random points.

    python benchmarks/axis.py [--seeds 10] [--free 2] [--pool 2048] [--cache pool.npz]

Heitmann et al. (eLife 2023, doi:10.7554/eLife.90027) scale four conductances of the O'Hara–Rudy cell by e^-3 to e^3,
evenly in their logarithms, label 100,000 cells by early afterdepolarisations, and take the direction of a logistic
regression. The table has angles to that direction in degrees: the median over seeds, and the worst in brackets. To save
time, learners choose among the points of a simulated pool; those of `--free` seeds choose freely and simulate.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from machine import described, timed
from scipy.stats import qmc
from sklearn.linear_model import LogisticRegression
from spaces import most_telling

from pointes import cells
from pointes.drugs.axis import AXIS, INTERCEPT
from pointes.learning import ActiveLearner, GaussianProcessClassifier

RESCALED = {"IKs": 8.09, "IKr": 1.17, "ICaL": 3.57, "INaCa": 3.05, "INaK": 1.91, "INaL": 1.7}
"""Factors of the published variant of the model (its table 1)."""
BOUNDS = np.array([[-3.0, 3.0]] * len(AXIS))  # natural logarithms of the scalings, in the order of `AXIS`
PUBLISHED = np.array(list(AXIS.values()))

START, BATCH = 16, 8
SIZES = (32, 48, 64, 96)
LARGER = (128, 256, 512, 1024)
SUBSETS = 40  # random parts of the pool, for each number of points
SURROGATE = 2**14  # uniform points at which the labels are predicted

MODEL = cells.load("ohara-2011", "endo")


def simulate(log_scalings: np.ndarray) -> np.ndarray:
    """Return whether cells have an early afterdepolarisation in the last four beats, of up to 1,000 at 1 Hz, (n,)."""
    factors = dict(RESCALED)
    for channel, column in zip(AXIS, log_scalings.T, strict=True):
        factors[channel] = RESCALED[channel] * np.exp(column)
    names = MODEL.conductances
    values = {names[current]: MODEL.parameters[names[current]] * factor for current, factor in factors.items()}
    result = cells.pace(MODEL, {}, cycle_length=1000.0, beats=1000, label_beats=4, values=values, until_steady=True)
    return np.where(result["status"] == 0, result["ead"], -1)


def uniform(n: int, seed: int) -> np.ndarray:
    return qmc.scale(qmc.Sobol(len(BOUNDS), rng=np.random.default_rng(seed)).random(n), *BOUNDS.T)


def regression(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return intercept and coefficients of a logistic regression, (5,), nearly without penalty."""
    fitted = LogisticRegression(C=1e3, max_iter=1000).fit(points, labels)
    return np.concatenate([fitted.intercept_, fitted.coef_[0]])


def regression_of(classifier: GaussianProcessClassifier) -> np.ndarray:
    """Return the regression on the labels that a classifier predicts: the published procedure, without simulations."""
    points = uniform(SURROGATE, 2**30)
    return regression(points, classifier.predict_proba(points) > 0.5)


def angle(coefficients: np.ndarray) -> float:
    """Return the angle to the published direction [degrees] of an intercept and coefficients, (5,)."""
    direction = coefficients[1:] / np.linalg.norm(coefficients[1:])
    return float(np.degrees(np.arccos(direction @ PUBLISHED / np.linalg.norm(PUBLISHED))))


def chosen_freely(seed: int) -> list[np.ndarray]:
    """Return the regressions at `SIZES` of a learner that chooses its points anywhere, and simulates them."""
    learner, found = ActiveLearner(BOUNDS, start=START, seed=seed), []
    while len(found) < len(SIZES):
        proposal = learner.ask(BATCH if len(learner.history.points) else START)
        labels = simulate(proposal.points)
        learner.tell(
            proposal.points, labels, status=(labels < 0).astype(int), purpose=proposal.purpose, risk=proposal.risk
        )
        if len(learner.history.points) in SIZES:
            found.append(regression_of(learner.classifier))
    return found


def chosen_from(points: np.ndarray, labels: np.ndarray, seed: int) -> list[np.ndarray]:
    """Return the regressions at `SIZES` of a classifier whose points are chosen from a pool, by expected gain.

    It begins with a random part of the pool that has both labels; there is no unbiased stream.
    """
    shuffled, found = np.random.default_rng(seed).permutation(len(points)), []
    known = shuffled[:START]
    while len(found) < len(SIZES):
        classifier = GaussianProcessClassifier.fit(points[known], labels[known], BOUNDS)
        if len(known) in SIZES:
            found.append(regression_of(classifier))
        known = np.concatenate([known, most_telling(classifier, points, known, BATCH)])
    return found


def parts(points: np.ndarray, labels: np.ndarray, n: int, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield random parts of the pool, of n points each."""
    for seed in range(count):
        rows = np.random.default_rng([n, seed]).choice(len(points), n, replace=False)
        yield points[rows], labels[rows]


def cell(angles: list[float]) -> str:
    return f"{np.median(angles):.1f} ({max(angles):.1f})"


def written(coefficients: np.ndarray) -> str:
    names = ["intercept", *AXIS]
    return ", ".join(f"{name} {value:.2f}" for name, value in zip(names, coefficients, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10, help="learners that choose from the pool")
    parser.add_argument("--free", type=int, default=2, help="learners that choose freely")
    parser.add_argument("--pool", type=int, default=2048, help="Sobol points to draw random ones from, a power of two")
    parser.add_argument("--cache", type=Path, help=".npz file that keeps the pool for the next time")
    options = parser.parse_args()
    print(described())
    points = uniform(options.pool, 11)
    if options.cache and options.cache.exists():
        labels = np.load(options.cache)["labels"]
    else:
        simulate(points[:8])  # compiles
        elapsed, labels = timed(lambda: simulate(points))
        print(f"{len(points)} cells: {1000 * elapsed / len(points):.0f} ms of CPU time each")
        if options.cache:
            np.savez(options.cache, labels=labels)
    points, labels = points[labels >= 0], labels[labels >= 0]
    whole = regression(points, labels)
    print(f"{options.pool - len(labels)} cells failed, {labels.mean():.1%} of the others have afterdepolarisations")
    print(f"published: {written(np.array([INTERCEPT, *PUBLISHED]))}")
    print(f"all {len(labels)}: {written(whole)}; angle {angle(whole):.1f} degrees")
    elapsed, pooled = timed(lambda: [chosen_from(points, labels, seed) for seed in range(1, options.seeds + 1)])
    print(f"chosen from the pool: {elapsed / options.seeds:.1f} s of CPU time for each seed")
    elapsed, free = timed(lambda: [chosen_freely(seed) for seed in range(1, options.free + 1)])
    print(f"chosen freely: {elapsed / max(options.free, 1):.0f} s of CPU time for each seed, with simulations")
    heads = ["random, logistic regression", "random, classifier", "chosen from the pool", "chosen freely"]
    print(f"\n| simulations | {' | '.join(heads)} |")
    print("| ---: " * (1 + len(heads)) + "|")
    for size in (*SIZES, *LARGER):
        row = [cell([angle(regression(*part)) for part in parts(points, labels, size, SUBSETS)]), "", "", ""]
        if size in SIZES:
            fits = (GaussianProcessClassifier.fit(*part, BOUNDS) for part in parts(points, labels, size, options.seeds))
            row[1] = cell([angle(regression_of(fit)) for fit in fits])
            row[2:] = [cell([angle(run[SIZES.index(size)]) for run in runs]) if runs else "" for runs in (pooled, free)]
        print(f"| {size} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
