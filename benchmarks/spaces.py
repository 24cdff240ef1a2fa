"""The classifier of real spaces against a large simulated truth: chosen points beside Sobol and random ones.

    python benchmarks/spaces.py [--spaces plane seven-channels conductances] [--seeds 10] [--cache truth.npz]

Everything is simulated here, in one process. The same learner fits the points of all ways to choose them, begins with
the same points and avoids failures; accuracy is that on uniform points whose simulation succeeds. "From the pool",
points are chosen among these uniform ones, as trials of active learning often do, and count as known once chosen.
"""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pointes.vocabulary import Purpose

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from curves import held, number
from scipy.stats import qmc

from pointes import cells
from pointes.campaign.configuration.learning import Learning
from pointes.campaign.configuration.loading import load
from pointes.campaign.configuration.schema import Protocol
from pointes.campaign.steps.learners.classes import single_blocks
from pointes.learning import ActiveLearner, GaussianProcessClassifier, StoppingRule
from pointes.learning.acquisition import ACQUISITIONS
from pointes.learning.acquisition.batch import BatchPosterior, choose_batch
from pointes.learning.active import SHORTLIST

CONFIG = Path(__file__).parents[1] / "config"
THRESHOLDS = (0.95, 0.98, 0.99)
PROBE = 64  # points of the truth that are simulated again before a cache is believed


@dataclass(frozen=True)
class Space:
    """Ranges of parameters, (d, 2), the simulator of points (n, d), and how a campaign would learn it.

    Campaigns also simulate their control, (k, d) with k of 0 or 1, and landmarks, (m, d).
    """

    ranges: np.ndarray
    simulate: Callable[[np.ndarray], dict[str, np.ndarray]]
    learning: Learning
    control: np.ndarray
    landmarks: np.ndarray


@dataclass(frozen=True)
class Way:
    """How points are chosen, and what of them is told."""

    acquisition: str = "sur"
    stream: bool = True
    margins: bool = False
    pool: bool = False
    control: bool = False
    """Whether control and landmarks are told, too."""


WAYS = {
    "as in campaigns": Way(control=True),
    "active": Way(),
    "active, no stream": Way(stream=False),
    "active, with margins": Way(margins=True),
    "active by U": Way("u"),
    "Sobol": Way("sobol"),
    "random": Way("random", stream=False),
    "active, from the pool": Way(stream=False, pool=True),
    "random, from the pool": Way("random", stream=False, pool=True),
}


@dataclass(frozen=True)
class Run:
    """What one learner did: (n_sizes,) arrays, and the share of its simulations that failed."""

    accuracy: np.ndarray
    converged: np.ndarray
    believed: np.ndarray
    failed: float


def campaign(file: str) -> Space:
    """Return the space of a campaign: blocks of currents."""
    config = load(CONFIG / file)
    blocks, protocol = config.parameters.blocks, config.protocol.model_dump()
    model = cells.load(config.model.name, config.model.celltype, stimulus_level=protocol.pop("stimulus_level"))
    ranges = np.array(list(blocks.values()))

    def simulate(x: np.ndarray) -> dict[str, np.ndarray]:
        return cells.pace(model, dict(zip(blocks, x.T, strict=True)), **protocol)

    return Space(ranges, simulate, config.learning, np.zeros((1, len(blocks))), single_blocks(blocks))


def conductances() -> Space:
    """Return the space of eight conductances, a fifth to five times the published ones, even in their logarithms."""
    model = cells.load("ohara-2011", "mid")
    names = [model.conductances[x] for x in ("IKr", "ICaL", "INaL", "IKs", "IK1", "Ito", "INaCa", "INaK")]
    published = np.array([model.parameters[name] for name in names])
    protocol = Protocol(cycle_length=1000).model_dump(exclude={"stimulus_level"})

    def simulate(factors: np.ndarray) -> dict[str, np.ndarray]:
        values = dict(zip(names, (published * np.exp(factors)).T, strict=True))
        return cells.pace(model, {}, values=values, **protocol)

    nothing = np.empty((0, len(names)))
    return Space(np.log([[1 / 5, 5]] * len(names)), simulate, Learning(max_simulations=200), nothing, nothing)


SPACES = {
    "plane": lambda: campaign("config.yaml"),
    "seven-channels": lambda: campaign("campaigns/seven-channels.yaml"),
    "conductances": conductances,
}


def uniform(ranges: np.ndarray, n: int) -> np.ndarray:
    """Return n points of a scrambled Sobol sequence that no learner uses."""
    unit = qmc.Sobol(len(ranges), rng=np.random.default_rng(2**31)).random(n)
    return ranges[:, 0] + unit * np.ptp(ranges, axis=1)


def truth(name: str, space: Space, n: int, cache: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Return n points and their labels, -1 where the simulation failed; from the cache if it has these."""
    known = dict(np.load(cache)) if cache and cache.exists() else {}
    points = uniform(space.ranges, n)
    probe = space.simulate(points[:PROBE])["label"]
    cached = np.array_equal(known.get(f"{name}/points"), points)
    if not cached or not np.array_equal(known[f"{name}/label"][:PROBE], probe):
        known |= {f"{name}/points": points, f"{name}/label": space.simulate(points)["label"]}
        if cache:
            np.savez(cache, **known)
    return points, known[f"{name}/label"]


def run(space: Space, way: Way, seed: int, points: np.ndarray, label: np.ndarray) -> Run:
    """Return what a learner did that was told as many points as a campaign simulates at most."""
    if way.pool:
        return from_pool(space, way, seed, points, label)
    settings = space.learning
    rule = StoppingRule(**settings.stopping.model_dump())
    share = settings.stream_share if way.stream else 0.0
    learner = ActiveLearner(
        space.ranges,
        start=settings.start,
        stream_share=share,
        seed=seed,
        acquisition=way.acquisition,
        landmarks=space.landmarks if way.control else None,
    )
    if way.control and len(space.control):
        result = space.simulate(space.control)
        learner.tell(space.control, result["label"], status=result["status"], purpose=[Purpose.CONTROL])
    accuracy, converged, believed = [], [], []
    for size in sizes(space, way):
        proposal = learner.ask(size - len(learner.history.points))
        result = space.simulate(proposal.points)
        told = margins(result) if way.margins else None
        learner.tell(
            proposal.points, result["label"], told, result["status"], purpose=proposal.purpose, risk=proposal.risk
        )
        accuracy.append(np.mean((learner.predict_proba(points) > 0.5) == label))
        converged.append(learner.assess(rule).converged)
        believed.append(learner.classifier.with_margins)
    return Run(np.array(accuracy), np.array(converged), np.array(believed), float(np.mean(~learner.history.valid)))


def from_pool(space: Space, way: Way, seed: int, points: np.ndarray, label: np.ndarray) -> Run:
    """Return the same of a learner that begins with, and chooses among, the points on which it is judged."""
    checks = sizes(space, way)
    shuffled = np.random.default_rng(seed).permutation(len(points))
    known, accuracy = shuffled[: space.learning.start], []
    for size in checks:
        classifier = GaussianProcessClassifier.fit(points[known], label[known], space.ranges)
        accuracy.append(np.mean((classifier.predict_proba(points) > 0.5) == label))
        if way.acquisition == "random":
            known = shuffled[: size + space.learning.batch]
        else:
            known = np.concatenate([known, most_telling(classifier, points, known, space.learning.batch)])
    never = np.zeros(len(checks), dtype=bool)
    return Run(np.array(accuracy), never, never, 0.0)


def most_telling(classifier: GaussianProcessClassifier, points: np.ndarray, known: np.ndarray, n: int) -> np.ndarray:
    """Return the indices of the points whose labels tell most of those of all."""
    batch, acquisition = BatchPosterior(classifier.posterior(points)), ACQUISITIONS["sur"]()
    unknown = np.setdiff1d(np.arange(len(points)), known)
    return choose_batch(batch, unknown, n, lambda free: acquisition.best(batch, free, SHORTLIST)[1])


def from_half(ranges: np.ndarray, points: np.ndarray, label: np.ndarray) -> str:
    """Say how much of one half of uniform points the same classifier knows that is fitted to the other half."""
    half = len(points) // 2
    learner = ActiveLearner(ranges)
    learner.tell(points[:half], label[:half])
    right = np.mean((learner.predict_proba(points[half:]) > 0.5) == label[half:])
    return f"fitted to {half} of them, the classifier is right on {right:.2%} of the others"


def margins(result: dict[str, np.ndarray]) -> np.ndarray:
    """Return the margins, NaN where repolarisation fails without an early afterdepolarisation."""
    margin = result["margin_V_per_s"]
    return np.where((result["label"] == 1) & ~(margin > 0), np.nan, margin)


def sizes(space: Space, way: Way) -> list[int]:
    """Return the numbers of points after the start and after each batch, the control included if it is told."""
    settings, first = space.learning, len(space.control) if way.control else 0
    return list(range(first + settings.start, settings.max_simulations + 1, settings.batch))


def at_stop(checks: list[int], runs: list[Run]) -> str:
    """Say at how many points the stopping rule is first met, and how accurate the classifier then is."""
    stopped = [(checks[row], each.accuracy[row]) for each in runs for row in np.flatnonzero(each.converged)[:1]]
    if not stopped:
        return "never"
    points, accuracy = map(np.array, zip(*stopped, strict=True))
    met = f"{np.median(points):.0f} ({points.max():.0f}): {np.median(accuracy):.1%} ({accuracy.min():.1%})"
    return met if len(stopped) == len(runs) else f"{met}, {len(stopped)} of {len(runs)} runs"


def report(name: str, way: str, checks: list[int], runs: list[Run]) -> str:
    """Return the row of a table: medians and worst seeds."""
    columns = [name, way]
    for threshold in THRESHOLDS:
        reached = [held(checks, each.accuracy, threshold) for each in runs]
        columns.append(f"{number(np.median(reached))} ({number(max(reached))})")
    last = [each.accuracy[-1] for each in runs]
    columns.append(f"{np.median(last):.2%} ({min(last):.2%})")
    columns.append(
        at_stop(checks, runs) if WAYS[way].stream and not ACQUISITIONS[WAYS[way].acquisition].passive else ""
    )
    columns.append(f"{np.mean([each.failed for each in runs]):.1%}")
    columns.append(f"{np.mean([each.believed for each in runs]):.0%}" if WAYS[way].margins else "")
    return f"| {' | '.join(columns)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spaces", nargs="+", choices=SPACES, default=list(SPACES))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--truth", type=int, default=2048, help="points, a power of two")
    parser.add_argument("--cache", type=Path, help=".npz file that keeps the truth for the next time")
    options = parser.parse_args()
    spaces = {name: SPACES[name]() for name in options.spaces}
    references = {}
    for name, space in spaces.items():
        points, label = truth(name, space, options.truth, options.cache)
        valid = label >= 0
        references[name] = points[valid], label[valid] == 1
        print(
            f"{name}: {len(label)} uniform points, {np.mean(~valid):.1%} failed, {label[valid].mean():.1%} arrhythmic; "
            f"{from_half(space.ranges, *references[name])}"
        )
    heads = [f"to {threshold:.0%}" for threshold in THRESHOLDS]
    print(f"\n| space | points | {' | '.join(heads)} | at the cap | rule met | failed | margins believed |")
    print("| --- " * (len(THRESHOLDS) + 6) + "|")
    for name, space in spaces.items():
        for way in options.ways:
            runs = [run(space, WAYS[way], seed, *references[name]) for seed in range(1, options.seeds + 1)]
            print(report(name, way, sizes(space, WAYS[way]), runs), flush=True)


if __name__ == "__main__":
    main()
