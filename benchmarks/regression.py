"""The regression learner on public test functions and real cells, beside other regressors on Sobol and random points.

    python benchmarks/regression.py [--seeds 10] [--functions ishigami borehole friedman otl] [--cells | --fidelities]

A run adds points in the steps of `SIZES` until the root mean square error on 4,096 held-out points, in units of the
standard deviation of the values there, is 0.1 % (of cells 0.1 % as well, on 1,024 points), or at the cap of 128 points.
Points to an error are read off between sizes, linearly in logarithms. pointes chooses by integrated variance, without
and with a quarter of stream points; its own regressor is also given the Sobol points that the other methods get. Of
scikit-learn's Gaussian processes and networks, values are standardised and searches have two restarts. The ensemble has
five networks of two layers of 64 units; its interval is that of mean and standard deviation of their predictions, and
that of xgboost of ten bootstrap samples. CPU time is that of a fit and, for the learner, the choice of the next points,
at 64 points.

BoTorch is no dependency. Where it is installed, its Gaussian process with the default priors gets the Sobol points,
too. After the table comes the coverage of intervals at the stream points of the runs with a stream, each interval
widened by what the points before it asked for.

With ``--cells`` the functions are APD90 and qNet of cells where these are regular: simulations that succeed without
arrhythmia. Irregular points count among the points. Two channels are blocked by up to 100 %, seven by up to 50 %.

With ``--fidelities`` a cheap version of a function, at a tenth of the cost, helps or misleads; costs are in runs of the
expensive one.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from curves import number
from machine import described
from scipy.stats import qmc

from pointes.learning import (
    FidelityRegressionLearner,
    GaussianProcessRegressor,
    RegressionAssessment,
    RegressionLearner,
)
from pointes.learning.random_streams import RandomStream, sobol
from pointes.vocabulary import Fidelity

SIZES = (16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 200, 256)
TARGETS = (0.01, 0.001)
SHOWN = 64  # size at which coverage, error and CPU time are shown
HELD_OUT = 4096

Values = Callable[[np.ndarray], np.ndarray]
Prediction = tuple[np.ndarray, np.ndarray]
Predict = Callable[[np.ndarray], Prediction]


def scaled(unit: np.ndarray, *ranges: tuple[float, float]) -> np.ndarray:
    low, high = np.array(ranges).T
    return (low + unit * (high - low)).T


def ishigami(unit: np.ndarray) -> np.ndarray:
    """Ishigami and Homma, Proc. ISUMA 1990, doi:10.1109/ISUMA.1990.151285."""
    x = scaled(unit, *[(-np.pi, np.pi)] * 3)
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def borehole(unit: np.ndarray, factor: float = 2 * np.pi, one: float = 1.0) -> np.ndarray:
    """Flow of water through a borehole [m³/a]: Morris, Mitchell and Ylvisaker, doi:10.1080/00401706.1993.10485320."""
    ranges = (0.05, 0.15), (100, 50000), (63070, 115600), (990, 1110), (63.1, 116), (700, 820), (1120, 1680)
    rw, r, Tu, Hu, Tl, Hl, L, Kw = scaled(unit, *ranges, (9855, 12045))
    log = np.log(r / rw)
    return factor * Tu * (Hu - Hl) / (log * (one + 2 * L * Tu / (log * rw**2 * Kw) + Tu / Tl))


def friedman(unit: np.ndarray) -> np.ndarray:
    """Friedman, Ann. Stat. 19, 1 (1991), doi:10.1214/aos/1176347963; its five inputs that matter."""
    x = unit.T
    return 10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]


def otl(unit: np.ndarray) -> np.ndarray:
    """Midpoint voltage of an output-transformerless circuit: Ben-Ari and Steinberg, doi:10.1080/08982110701580930."""
    ranges = (50, 150), (25, 70), (0.5, 3), (1.2, 2.5), (0.25, 1.2), (50, 300)
    b1, b2, f, c1, c2, beta = scaled(unit, *ranges)
    base, gain = 12 * b2 / (b1 + b2), beta * (c2 + 9)
    return (base + 0.74) * gain / (gain + f) + 11.35 * f / (gain + f) + 0.74 * f * gain / ((gain + f) * c1)


FUNCTIONS: dict[str, tuple[Values, int]] = {
    "ishigami": (ishigami, 3),
    "borehole": (borehole, 8),
    "friedman": (friedman, 5),
    "otl": (otl, 6),
}


@dataclass(frozen=True)
class Run:
    """Errors, coverage of 90 % intervals and CPU time [s] at each of the sizes that were reached."""

    sizes: list[float]
    errors: list[float]
    coverage: list[float]
    seconds: list[float]
    assessment: RegressionAssessment | None = None

    def points_to(self, target: float) -> float:
        """Return the points to an error, infinite if it is not reached."""
        for k, error in enumerate(self.errors):
            if error <= target:
                if k == 0:
                    return self.sizes[0]
                part = np.log(self.errors[k - 1] / target) / np.log(self.errors[k - 1] / error)
                return float(self.sizes[k - 1] * (self.sizes[k] / self.sizes[k - 1]) ** part)
        return np.inf

    def at(self, size: int, column: str) -> float:
        return float(getattr(self, column)[self.sizes.index(size)])


class Held:
    """Held-out points, their values, and where these are regular."""

    def __init__(self, values: Values, d: int, n: int) -> None:
        self.points = qmc.Sobol(d, rng=np.random.default_rng(2**31)).random(n)
        self.values = values(self.points)
        self.points, self.values = self.points[np.isfinite(self.values)], self.values[np.isfinite(self.values)]

    def judge(self, mean: np.ndarray, sd: np.ndarray) -> tuple[float, float]:
        """Return the error in standard deviations of the values, and the coverage of 90 % intervals."""
        error = mean - self.values
        return float(np.sqrt(np.mean(error**2)) / self.values.std()), float(np.mean(np.abs(error) <= 1.645 * sd))


def grown(step: Callable[[int], Prediction], held: Held, cap: int) -> Run:
    """Return the run of a method, whose step to a size returns its predictions at the held-out points."""
    run = Run([], [], [], [])
    for size in (size for size in SIZES if size <= cap):
        begin = time.process_time()
        mean, sd = step(size)
        error, coverage = held.judge(mean, sd)
        for column, value in zip(
            (run.sizes, run.errors, run.coverage, run.seconds),
            (size, error, coverage, time.process_time() - begin),
            strict=True,
        ):
            column.append(value)
        if error <= min(TARGETS) and size >= SHOWN:
            break
    return run


def active(values: Values, d: int, seed: int, held: Held, cap: int, share: float) -> Run:
    """Return a run of the learner; irregular values are NaN."""
    learner = RegressionLearner([[0, 1]] * d, seed=seed, stream_share=share)

    def step(size: int) -> Prediction:
        proposal = learner.ask(size - len(learner.history.points))
        found = values(proposal.points)
        learner.tell(proposal.points, found, purpose=proposal.purpose, mean=proposal.mean, sd=proposal.sd)
        mean, sd = learner.predict(held.points)
        return mean[:, 0], sd[:, 0]

    run = grown(step, held, cap)
    return replace(run, assessment=learner.assess())


def passive(
    fit: Callable[[np.ndarray, np.ndarray], Predict], points: np.ndarray, values: Values, held: Held, cap: int
) -> Run:
    """Return a run of a regressor that is fitted to the first of some points."""
    known = values(points)

    def step(size: int) -> Prediction:
        regular = np.isfinite(known[:size])
        return fit(points[:size][regular], known[:size][regular])(held.points)

    return grown(step, held, cap)


def own(points: np.ndarray, values: np.ndarray) -> Predict:
    return GaussianProcessRegressor.fit(points, values, [[0, 1]] * points.shape[1]).predict


def scikit_learn(smooth: bool) -> Callable[[np.ndarray, np.ndarray], Predict]:
    def fit(points: np.ndarray, values: np.ndarray) -> Predict:
        from sklearn.gaussian_process import GaussianProcessRegressor as Peer
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern

        scales, bounds = np.full(points.shape[1], 0.5), (0.01, 100.0)
        kernel = RBF(scales, bounds) if smooth else Matern(scales, bounds, nu=2.5)
        peer = Peer(ConstantKernel(1.0, (1e-3, 1e6)) * kernel, normalize_y=True, n_restarts_optimizer=2, random_state=0)
        peer.fit(points, values)
        return lambda new: peer.predict(new, return_std=True)

    return fit


def botorch(points: np.ndarray, values: np.ndarray) -> Predict:
    """Return BoTorch's Gaussian process, fitted with its default priors and without noise."""
    import torch
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.models.transforms.outcome import Standardize
    from gpytorch.mlls import ExactMarginalLogLikelihood

    torch.set_num_threads(1)
    x, y = torch.tensor(points), torch.tensor(values)[:, None]
    model = SingleTaskGP(x, y, torch.full_like(y, 1e-8), outcome_transform=Standardize(1))
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))

    def predict(new: np.ndarray) -> Prediction:
        with torch.no_grad():
            found = model.posterior(torch.tensor(new))
        return found.mean[:, 0].numpy(), found.variance[:, 0].sqrt().numpy()

    return predict


def spread(members: list[Callable[[np.ndarray], np.ndarray]], points: np.ndarray) -> Prediction:
    found = np.array([member(points) for member in members])
    return found.mean(axis=0), found.std(axis=0, ddof=1)


def networks(points: np.ndarray, values: np.ndarray) -> Predict:
    from sklearn.neural_network import MLPRegressor

    mean, sd = values.mean(), values.std()
    members = [
        MLPRegressor(hidden_layer_sizes=(64, 64), solver="lbfgs", alpha=1e-4, max_iter=300, random_state=k).fit(
            2 * points - 1, (values - mean) / sd
        )
        for k in range(5)
    ]
    return lambda new: spread([lambda x, each=each: mean + sd * each.predict(2 * x - 1) for each in members], new)


def trees(points: np.ndarray, values: np.ndarray) -> Predict:
    from xgboost import XGBRegressor

    members = []
    for k in range(10):
        drawn = np.random.default_rng(k).integers(0, len(points), len(points))
        settings = {"n_estimators": 300, "learning_rate": 0.05, "max_depth": 4, "n_jobs": 1}
        members.append(XGBRegressor(**settings).fit(points[drawn], values[drawn]).predict)
    return lambda new: spread(members, new)


Method = Callable[[Values, int, int, Held, int], Run]


def on_sobol(fit: Callable[[np.ndarray, np.ndarray], Predict]) -> Method:
    def method(values: Values, d: int, seed: int, held: Held, cap: int) -> Run:
        points = sobol(np.array([[0.0, 1.0]] * d), 0, cap, seed, RandomStream.DESIGN)
        return passive(fit, points, values, held, cap)

    return method


def on_random(fit: Callable[[np.ndarray, np.ndarray], Predict]) -> Method:
    def method(values: Values, d: int, seed: int, held: Held, cap: int) -> Run:
        return passive(fit, np.random.default_rng([1, seed]).random((cap, d)), values, held, cap)

    return method


METHODS: dict[str, Method] = {
    "**pointes, chosen points**": lambda *task: active(*task, share=0.0),
    "pointes, a quarter Sobol": lambda *task: active(*task, share=0.25),
    "pointes' regressor, Sobol": on_sobol(own),
    "scikit-learn GP, RBF, Sobol": on_sobol(scikit_learn(True)),
    "scikit-learn GP, Matérn, Sobol": on_sobol(scikit_learn(False)),
    "scikit-learn GP, RBF, random": on_random(scikit_learn(True)),
    "scikit-learn networks, Sobol": on_sobol(networks),
    "xgboost, Sobol": on_sobol(trees),
}
if find_spec("botorch") is not None:
    METHODS["BoTorch GP, Sobol"] = on_sobol(botorch)


def cell_functions() -> dict[str, tuple[Values, int]]:
    """Return quantities of cells over blocks; NaN where they are not regular."""
    from pointes import cells

    def quantity(model: cells.CellModel, blocks: list[str], largest: float, name: str, cycle_length: float) -> Values:
        def values(unit: np.ndarray) -> np.ndarray:
            drawn = dict(zip(blocks, largest * unit.T, strict=True))
            found = cells.pace(model, drawn, cycle_length=cycle_length, beats=30, label_beats=4)
            return np.where((found["status"] == 0) & (found["label"] == 0), found[name], np.nan)

        return values

    plane, seven = ["IKr", "ICaL"], ["IKr", "ICaL", "INaL", "INa", "IKs", "IK1", "Ito"]
    ohara, cipa = cells.load("ohara-2011", "mid"), cells.load("ohara-cipa-2017", "endo")
    return {
        "APD90, IKr x ICaL": (quantity(ohara, plane, 1.0, "apd90_ms", 1000.0), 2),
        "APD90, seven channels": (quantity(cipa, seven, 0.5, "apd90_ms", 2000.0), 7),
        "qNet, seven channels": (quantity(cipa, seven, 0.5, "qnet_uC_per_uF", 2000.0), 7),
    }


def park(unit: np.ndarray, level: Fidelity) -> np.ndarray:
    """Park's function and a cheap version: Xiong, Qian and Wu, doi:10.1080/00401706.2012.723572."""
    x = np.maximum(unit.T, 1e-6)
    high = x[0] / 2 * (np.sqrt(1 + (x[1] + x[2] ** 2) * x[3] / x[0] ** 2) - 1)
    high += (x[0] + 3 * x[3]) * np.exp(1 + np.sin(x[2]))
    return high if level == Fidelity.HIGH else (1 + np.sin(x[0]) / 10) * high - 2 * x[0] + x[1] ** 2 + x[2] ** 2 + 0.5


def two_boreholes(unit: np.ndarray, level: Fidelity) -> np.ndarray:
    """The borehole and a cheap version of it, of the same source."""
    return borehole(unit) if level == Fidelity.HIGH else borehole(unit, 5.0, 1.5)


def two_friedmans(unit: np.ndarray, level: Fidelity) -> np.ndarray:
    """Friedman's function and a cheap one that tells nothing of it: the inputs in another order."""
    return friedman(unit if level == Fidelity.HIGH else 1 - unit[:, ::-1])


PAIRS: dict[str, tuple[Callable[[np.ndarray, Fidelity], np.ndarray], int]] = {
    "park": (park, 4),
    "borehole": (two_boreholes, 8),
    "friedman, useless low fidelity": (two_friedmans, 5),
}
LOW_COST = 0.1  # of a run of the low fidelity, in runs of the high one


def two_levels(values: Callable[[np.ndarray, Fidelity], np.ndarray], d: int, seed: int, held: Held, cap: float) -> Run:
    """Return a run of the two-fidelity learner, its sizes in costs."""
    learner, run = (
        FidelityRegressionLearner([[0, 1]] * d, start=(40, 8), seed=seed, stream_share=0),
        Run([], [], [], []),
    )
    while not run.sizes or (run.sizes[-1] < cap and run.errors[-1] > min(TARGETS)):
        proposal = learner.ask(8 if run.sizes else 48)
        level = [Fidelity(each) for each in proposal.fidelity]
        found = [values(point[None], each)[0] for point, each in zip(proposal.points, level, strict=True)]
        costs = np.where(proposal.fidelity == Fidelity.HIGH, 1.0, LOW_COST)
        of_proposal = {"purpose": proposal.purpose, "mean": proposal.mean, "sd": proposal.sd}
        learner.tell(proposal.points, found, proposal.fidelity, costs, **of_proposal)
        mean, sd = learner.predict(held.points)
        error, coverage = held.judge(mean[:, 0], sd[:, 0])
        run.sizes.append(float(learner.history.costs.sum()))
        run.errors.append(error)
        run.coverage.append(coverage)
    return run


def fidelities(seeds: range, cap: float) -> None:
    """Print costs to an error, in runs of the high fidelity, with and without a low one."""
    heads = ["function", "fidelities", *[f"cost to {target:.1%}" for target in TARGETS]]
    print(f"{described()}; median (worst) of {len(seeds)} seeds\n\n| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|")
    for name, (values, d) in PAIRS.items():
        dear = partial(values, level=Fidelity.HIGH)
        held = Held(dear, d, HELD_OUT)
        runs = {
            "both": [two_levels(values, d, seed, held, cap) for seed in seeds],
            "high": [active(dear, d, seed, held, int(cap), 0.0) for seed in seeds],
        }
        for method, some in runs.items():
            needed = [[run.points_to(target) for run in some] for target in TARGETS]
            columns = [f"{number(np.round(np.median(each)))} ({number(np.round(max(each)))})" for each in needed]
            print(f"| {name} | {method} | {' | '.join(columns)} |", flush=True)


def row(name: str, method: str, runs: list[Run]) -> str:
    """Return the row of a table: median (worst) of the seeds."""
    columns = [name, method]
    for target in TARGETS:
        needed = [run.points_to(target) for run in runs]
        columns.append(f"{number(np.round(np.median(needed)))} ({number(np.round(max(needed)))})")
    errors, coverage, seconds = (
        [run.at(SHOWN, column) for run in runs] for column in ("errors", "coverage", "seconds")
    )
    columns.append(f"{np.median(errors) * 100:.2g} % ({max(errors) * 100:.2g} %)")
    columns.append(f"{np.mean(coverage):.0%} ({min(coverage):.0%})")
    columns.append(f"{np.median(seconds):.2f}")
    return f"| {' | '.join(columns)} |"


def streams(runs: list[Run]) -> str:
    """Return how often intervals of 50, 90 and 95 % contained the values of the stream points of some runs."""
    assessed = [run.assessment for run in runs if run.assessment and run.assessment.stream_n]
    n = sum(each.stream_n for each in assessed)
    shares = []
    for k in range(3):
        inside = sum(each.quantities[0].coverage[k].share * each.stream_n for each in assessed)
        shares.append(f"{inside / n:.1%} of {assessed[0].quantities[0].coverage[k].level:.0%}")
    return f"{n} stream points: {', '.join(shares)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--functions", nargs="*", choices=FUNCTIONS, default=list(FUNCTIONS))
    parser.add_argument("--methods", nargs="+", help="parts of the names of methods", default=[""])
    parser.add_argument("--cap", type=int, default=128, help="largest number of points")
    parser.add_argument("--fidelities", action="store_true", help="two fidelities instead of the functions")
    parser.add_argument("--cells", action="store_true", help="quantities of cells instead of the functions")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="sklearn")  # of searches that end at a bound or early
    if options.fidelities:
        fidelities(range(1, options.seeds + 1), options.cap)
        return
    functions = cell_functions() if options.cells else {name: FUNCTIONS[name] for name in options.functions}
    errors = [f"to {target:.1%}" for target in TARGETS]
    heads = ["function", "method", *errors, f"error at {SHOWN}", "coverage of 90 %", "CPU [s]"]
    print(
        f"{described()}; median (worst) of {options.seeds} seeds\n\n| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|"
    )
    streamed: dict[str, list[Run]] = {}
    for name, (values, d) in functions.items():
        held = Held(values, d, HELD_OUT // 4 if options.cells else HELD_OUT)
        for method, learn in METHODS.items():
            if any(part in method for part in options.methods):
                runs = [learn(values, d, seed, held, options.cap) for seed in range(1, options.seeds + 1)]
                print(row(name, method, runs), flush=True)
                if any(run.assessment and run.assessment.stream_n for run in runs):
                    streamed[name] = runs
    for name, runs in streamed.items():
        print(f"\n{name}: {streams(runs)}", end="")


if __name__ == "__main__":
    main()
