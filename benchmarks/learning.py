"""The learner on functions with known boundaries, beside Sobol and random points and strategies of scikit-activeml.

    python benchmarks/learning.py [--seeds 10] [--tables labels others margins batches failures stopping scaling]

Every function maps the unit cube to a margin; the label is 1 where it is positive. Accuracy is that on 4,000 uniform
points that no method sees. All methods begin with the same scrambled Sobol points (8 in two dimensions, else 16;
redrawn until either class has 2) and their points are fitted by the same classifier, so what is compared is the choice
of points. Peers are run when scikit-activeml can be imported; they are given 600 fresh uniform candidates and, as their
documentation shows, scikit-learn's Gaussian-process classifier.
"""

import argparse
import os
import time
from collections.abc import Iterable
from copy import copy
from itertools import pairwise

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from boundaries import FUNCTIONS, OTHERS, Function, risk7
from curves import held, number
from scipy.stats import qmc

from pointes.learning import ActiveLearner, GaussianProcessClassifier
from pointes.statistics import expected_calibration_error

BIOMARKERS: dict[str, Function] = {
    "smooth": lambda m: m,
    "saturating": lambda m: np.tanh(m / 0.4),
    "cut off where safe": lambda m: np.maximum(m, 0) - 0.02,
    "capped where arrhythmic": lambda m: np.where(m > 0, 1, 0.28 / (0.45 + np.maximum(-m, 0))) - 0.811,
}
FITS = {"all": 0, "collapsed": 0}  # the latter miss a label they were trained on, or their posterior has not converged
PEERS = ("margin sampling", "Falcun", "CoreSet", "TypiClust")


def test_points(d: int) -> np.ndarray:
    return np.random.default_rng(12345).random((4000, d))


def start(function: Function, d: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(1000 + seed)
    n = 8 if d == 2 else 16
    while True:
        points = qmc.Sobol(d, rng=rng).random(n)
        if 2 <= np.sum(function(points) > 0) <= n - 2:
            return points


class Run:
    """One learner on one function, with its accuracy after each batch."""

    def __init__(
        self,
        function: Function,
        d: int,
        seed: int,
        *,
        margin: Function | None = None,
        failed: Function | None = None,
        **options: object,
    ) -> None:
        self.function, self.margin, self.failed = function, margin, failed
        self.test = test_points(d)
        self.truth = function(self.test) > 0
        first = start(function, d, seed)
        self.learner = ActiveLearner([[0, 1]] * d, start=len(first), seed=seed, **options)
        self.sizes: list[int] = []
        self.accuracy: list[float] = []
        self.tell(first)

    def tell(self, points: np.ndarray, risk: np.ndarray | None = None, purpose: np.ndarray | None = None) -> None:
        value = self.function(points)
        margins = None if self.margin is None else self.margin(value)
        status = None if self.failed is None else self.failed(points).astype(int)
        self.learner.tell(points, value > 0, margins, status, risk=risk, purpose=purpose)
        self.sizes.append(len(self.learner.history.points))
        FITS["all"] += 1
        FITS["collapsed"] += not self.learner.classifier.healthy
        right = (self.learner.predict_proba(self.test) > 0.5) == self.truth
        self.accuracy.append(right.mean() if self.failed is None else right[~self.failed(self.test)].mean())

    def ask(self, batch: int) -> None:
        proposal = self.learner.ask(batch)
        self.tell(proposal.points, proposal.risk, proposal.purpose)

    def until(self, budget: int, batch: int) -> "Run":
        while self.sizes[-1] < budget:
            self.ask(min(batch, budget - self.sizes[-1]))
        return self


def passive(function: Function, d: int, seed: int, budget: int, batch: int, points: np.ndarray) -> Run:
    run = Run(function, d, seed, stream_share=0)
    while run.sizes[-1] < budget:
        run.tell(points[run.sizes[-1] : run.sizes[-1] + batch])
    return run


def peer(name: str, function: Function, d: int, seed: int, budget: int, batch: int) -> Run:
    """Let a strategy of scikit-activeml choose the points."""
    from skactiveml import pool
    from skactiveml.classifier import SklearnClassifier
    from sklearn.gaussian_process import GaussianProcessClassifier as Laplace
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel

    run = Run(function, d, seed, stream_share=0)
    rng = np.random.default_rng([1000, seed])
    while run.sizes[-1] < budget:
        model = SklearnClassifier(Laplace(ConstantKernel(100.0) * RBF(0.5), optimizer=None), classes=[0, 1])
        strategy = {
            "margin sampling": lambda: pool.UncertaintySampling(method="margin_sampling", random_state=seed),
            "Falcun": lambda: pool.Falcun(random_state=seed),
            "CoreSet": lambda: pool.CoreSet(random_state=seed),
            "TypiClust": lambda: pool.TypiClust(random_state=seed),
        }[name]()
        candidates = rng.random((600, d))
        known = run.learner.history.labels.astype(float)
        X, y = np.concatenate([run.learner.history.points, candidates]), np.concatenate([known, np.full(600, np.nan)])
        wanted = {"clf": model} if name in ("margin sampling", "Falcun") else {}
        run.tell(X[strategy.query(X, y, batch_size=batch, **wanted)])
    return run


def line(name: str, method: str, runs: Iterable[Run]) -> None:
    """Print the median (worst) points to hold three accuracies, the final accuracy, and the final calibration."""
    runs = list(runs)
    cells = []
    for threshold in (0.90, 0.95, 0.98):
        needed = [held(run.sizes, run.accuracy, threshold) for run in runs]
        cells.append(f"{number(np.median(needed))} ({number(max(needed))})")
    end = [run.accuracy[-1] for run in runs]
    risks = [run.learner.predict_proba(run.test) for run in runs]
    ece = np.median([expected_calibration_error(risk, run.truth) for risk, run in zip(risks, runs, strict=True)])
    brier = np.median([np.mean((risk - run.truth) ** 2) for risk, run in zip(risks, runs, strict=True)])
    cells += [f"{np.median(end):.3f} ({min(end):.3f})", f"{ece:.3f}", f"{brier:.4f}"]
    print(
        f"| {name} | {method} | {' | '.join(cells)} |",
        flush=True,
    )


HEAD = "| function | points | to 90 % | to 95 % | to 98 % | at the cap | ECE | Brier |\n" + "| --- " * 8 + "|"


def labels(seeds: range, names: list[str]) -> None:
    print(f"\nLabels alone: median (worst) of {len(seeds)} seeds.\n\n{HEAD}")
    for name in names:
        function, d, budget, batch = FUNCTIONS[name]
        line(name, "**SUR**", (Run(function, d, s, stream_share=0).until(budget, batch) for s in seeds))
        line(name, "SUR, a quarter Sobol", (Run(function, d, s).until(budget, batch) for s in seeds))
        for criterion in ("u", "margin", "feasibility", "straddle"):
            options = {"stream_share": 0, "acquisition": criterion}
            line(name, criterion, (Run(function, d, s, **options).until(budget, batch) for s in seeds))
        sobol = (qmc.Sobol(d, rng=np.random.default_rng(s)).random_base2(9) for s in seeds)
        line(name, "Sobol", (passive(function, d, s, budget, batch, p) for s, p in zip(seeds, sobol, strict=True)))
        uniform = (np.random.default_rng([1, s]).random((512, d)) for s in seeds)
        line(name, "random", (passive(function, d, s, budget, batch, p) for s, p in zip(seeds, uniform, strict=True)))
        try:
            import skactiveml  # noqa: F401
        except ImportError:
            continue
        for strategy in PEERS:
            method = f"scikit-activeml {strategy}"
            line(name, method, (peer(strategy, function, d, s, budget, batch) for s in seeds))


def others(seeds: range, names: list[str]) -> None:
    del names
    print(f"\nOther functions: median (worst) of {len(seeds)} seeds.\n\n{HEAD}")
    for name, (function, d, budget, batch) in OTHERS.items():
        line(name, "**SUR**", (Run(function, d, s, stream_share=0).until(budget, batch) for s in seeds))
        line(name, "SUR, a quarter Sobol", (Run(function, d, s).until(budget, batch) for s in seeds))
        line(name, "u", (Run(function, d, s, stream_share=0, acquisition="u").until(budget, batch) for s in seeds))
        sobol = (qmc.Sobol(d, rng=np.random.default_rng(s)).random_base2(9) for s in seeds)
        line(name, "Sobol", (passive(function, d, s, budget, batch, p) for s, p in zip(seeds, sobol, strict=True)))


def margins(seeds: range, names: list[str]) -> None:
    print(f"\nWith a margin: median (worst) of {len(seeds)} seeds.\n\n{HEAD}")
    for name in [name for name in names if name.startswith("risk")]:
        function, d, _, batch = FUNCTIONS[name]
        for kind, margin in BIOMARKERS.items():

            def value(x: np.ndarray, margin: Function = margin, function: Function = function) -> np.ndarray:
                return margin(function(x))  # its sign is the label, also where the biomarker's threshold is not zero

            runs = (Run(value, d, s, stream_share=0, margin=lambda m: m).until(96, batch) for s in seeds)
            line(name, kind, runs)


def batches(seeds: range, names: list[str]) -> None:
    print(f"\nSize of the batches: median (worst) of {len(seeds)} seeds.\n\n{HEAD}")
    for name in [name for name in names if name.startswith("risk")]:
        function, d, _, _ = FUNCTIONS[name]
        small, large = ([Run(function, d, s, stream_share=0).until(144, batch) for s in seeds] for batch in (8, 32))
        line(name, "batches of 8", small)
        line(name, "batches of 32, checked every 8 points", [in_steps(run, 8) for run in large])
        for run in small:
            run.sizes, run.accuracy = run.sizes[::4], run.accuracy[::4]
        line(name, "batches of 8, checked like those of 32", small)
        line(name, "batches of 32", large)


def in_steps(run: Run, step: int) -> Run:
    """Return a run with its accuracy after every few points, in the order in which a batch's points were chosen."""
    fine, learner = copy(run), run.learner
    fine.sizes = list(range(run.sizes[0], run.sizes[-1] + 1, step))
    fits = (
        GaussianProcessClassifier.fit(learner.history.points[:n], learner.history.labels[:n], learner.bounds)
        for n in fine.sizes
    )
    fine.accuracy = [np.mean((fit.predict_proba(run.test) > 0.5) == run.truth) for fit in fits]
    return fine


def failures(seeds: range, names: list[str]) -> None:
    """Simulations of risk7 fail where INa block exceeds 0.85."""
    del names
    runs = [Run(risk7, 7, s, failed=lambda x: x[:, 5] > 0.85).until(200, 8) for s in seeds]
    whole = [Run(risk7, 7, s).until(200, 8) for s in seeds]
    valid = [r.test[:, 5] <= 0.85 for r in whole]
    without = [
        np.mean(((r.learner.predict_proba(r.test) > 0.5) == r.truth)[v]) for r, v in zip(whole, valid, strict=True)
    ]
    wasted = [np.mean(~run.learner.history.valid) for run in runs]
    print(
        f"\nFailures: {np.median(wasted):.1%} (at most {max(wasted):.1%}) of 200 simulations fail; accuracy where they "
        f"succeed {np.median([r.accuracy[-1] for r in runs]):.3f}, without failures {np.median(without):.3f}; "
        f"{len(seeds)} seeds"
    )


def stopping(seeds: range, names: list[str]) -> None:
    del names
    print("\n| function | points at the stop | accuracy there | worst | stopped |\n| --- | --- | --- | --- | --- |")
    for name in ("risk5", "risk7", "branin2", "banana2", "saddle3", "islands3", "kink6", "stairs4", "ripple4"):
        function, d, _, batch = (FUNCTIONS | OTHERS)[name]
        stops = []
        for seed in seeds:
            run = Run(function, d, seed)
            while run.sizes[-1] < 200 and not run.learner.assess().converged:
                run.ask(batch)
            stops.append((run.sizes[-1], run.accuracy[-1], run.learner.assess().converged))
        size, accuracy, stopped = np.array(stops).T
        print(
            f"| {name} | {np.median(size):g} | {np.median(accuracy):.3f} | {accuracy.min():.3f} | "
            f"{int(stopped.sum())} of {len(seeds)} |",
            flush=True,
        )


def scaling(seeds: range, names: list[str]) -> None:
    """Time refits to many points, half of them near the boundary, predictions and choices: processor time."""
    del seeds, names
    heads = ("function", "points", "kept", "refit [s]", "100,000 predictions [s]", "choice of 8 [s]", "of 128 [s]")
    print(f"\n| {' | '.join(heads)} | accuracy |\n{'| --- ' * (len(heads) + 1)}|")
    grow("risk7")
    grow("hart6")


def grow(name: str) -> None:
    function, d, _, _ = FUNCTIONS[name]
    rng = np.random.default_rng(0)
    points = rng.random((12000, d))
    near = np.argsort(np.abs(function(points)))[:1500]
    points = rng.permutation(points[np.concatenate([near, np.setdiff1d(np.arange(12000), near)[:1500]])])
    learner = ActiveLearner([[0, 1]] * d, stream_share=0)
    for first, last in pairwise((0, 100, 200, 400, 800, 3000)):
        learner.tell(points[first:last], function(points[first:last]) > 0)
        seconds = []
        for work in (
            lambda: learner.classifier,
            lambda: learner.predict_proba(rng.random((100_000, d))),
            lambda: learner.ask(8),
            lambda: learner.ask(128),
        ):
            begin = time.process_time()
            work()
            seconds.append(f"{time.process_time() - begin:.2f}")
        right = np.mean((learner.predict_proba(test_points(d)) > 0.5) == (function(test_points(d)) > 0))
        kept = len(learner.classifier.labels)
        print(f"| {name} | {last} | {kept} | {' | '.join(seconds)} | {right:.4f} |", flush=True)


TABLES = {
    "labels": labels,
    "others": others,
    "margins": margins,
    "batches": batches,
    "failures": failures,
    "stopping": stopping,
    "scaling": scaling,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--functions", nargs="+", choices=FUNCTIONS, default=list(FUNCTIONS))
    options = parser.parse_args()
    for table in options.tables:
        TABLES[table](range(options.seeds), options.functions)
    if FITS["all"]:
        print(f"\n{FITS['collapsed']} of {FITS['all']} fits collapsed.")


if __name__ == "__main__":
    main()
