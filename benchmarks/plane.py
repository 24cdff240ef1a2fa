"""The default campaign's classifier against the simulated truth on a regular grid, for several seeds.

    python benchmarks/plane.py [--seeds 5] [--grid 24]

Beside it the same classifier on the first points of Sobol sequences and on random points. Everything is simulated here
with the model, protocol and learning settings of config/config.yaml; the labels are those of `pointes simulate`.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import yaml
from scipy.stats import qmc

from pointes import cells
from pointes.learning import ActiveLearner, GaussianProcessClassifier

CONFIG = yaml.safe_load((Path(__file__).parents[1] / "config" / "config.yaml").read_text())
BLOCKS = CONFIG["parameters"]["blocks"]
BOUNDS = np.array(list(BLOCKS.values()))
LEARNING = CONFIG["learning"]


def labels(points: np.ndarray) -> np.ndarray:
    """Simulate points (n, d) and return their labels."""
    model = cells.load(CONFIG["model"]["name"], CONFIG["model"]["celltype"])
    return cells.pace(model, dict(zip(BLOCKS, points.T, strict=True)), **CONFIG["protocol"])["label"]


def active(seed: int, sizes: list[int], grid: np.ndarray, truth: np.ndarray) -> tuple[list[float], int]:
    """Return the accuracy at each size, and the size at which the stopping rule was first met."""
    learner = ActiveLearner(BOUNDS, start=LEARNING["start"], stream_share=LEARNING["stream_share"], seed=seed)
    accuracy, stopped = [], sizes[-1]
    for before, size in zip([0, *sizes], sizes, strict=False):
        proposal = learner.ask(size - before)
        learner.tell(proposal.points, labels(proposal.points), purpose=proposal.purpose, risk=proposal.risk)
        accuracy.append(np.mean((learner.predict_proba(grid) > 0.5) == truth))
        if learner.assess().converged:
            stopped = min(stopped, size)
    return accuracy, stopped


def passive(points: np.ndarray, sizes: list[int], grid: np.ndarray, truth: np.ndarray) -> list[float]:
    """Return the accuracy of the classifier after the first points of a design, at each size."""
    known = labels(points)
    fits = (GaussianProcessClassifier.fit(points[:size], known[:size], BOUNDS) for size in sizes)
    return [np.mean((fit.predict_proba(grid) > 0.5) == truth) for fit in fits]


def held(sizes: list[int], accuracy: list[float], threshold: float) -> float:
    """Return the first size from which the accuracy never falls below a threshold; infinity if there is none."""
    below = [size for size, value in zip(sizes, accuracy, strict=True) if value < threshold]
    later = [size for size in sizes if size > max(below, default=0)]
    return later[0] if later else np.inf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--grid", type=int, default=24)
    options = parser.parse_args()
    axes = [np.linspace(low, high, options.grid) for low, high in BOUNDS]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(BOUNDS))
    truth = labels(grid)
    sizes = list(range(LEARNING["start"], LEARNING["max_simulations"] + 1, LEARNING["batch"]))
    curves: dict[str, list[list[float]]] = {"active": [], "Sobol": [], "random": []}
    stops = []
    for seed in range(1, options.seeds + 1):
        accuracy, stopped = active(seed, sizes, grid, truth)
        stops.append((stopped, accuracy[sizes.index(stopped)]))
        curves["active"].append(accuracy)
        unit = qmc.Sobol(len(BOUNDS), rng=np.random.default_rng(seed)).random_base2(7)[: sizes[-1]]
        curves["Sobol"].append(passive(BOUNDS[:, 0] + unit * np.ptp(BOUNDS, axis=1), sizes, grid, truth))
        unit = np.random.default_rng([seed, 1]).random((sizes[-1], len(BOUNDS)))
        curves["random"].append(passive(BOUNDS[:, 0] + unit * np.ptp(BOUNDS, axis=1), sizes, grid, truth))
    print(f"{len(grid)} grid points, {np.mean(truth == 1):.1%} arrhythmic; {options.seeds} seeds, median (worst)\n")
    print("| points | to hold 95 % | to hold 98 % | to hold 99 % | accuracy at the cap |")
    print("| --- | --- | --- | --- | --- |")
    for name, runs in curves.items():
        cells_ = []
        for threshold in (0.95, 0.98, 0.99):
            sizes_held = [held(sizes, accuracy, threshold) for accuracy in runs]
            cells_.append(f"{np.median(sizes_held):.0f} ({max(sizes_held):.0f})".replace("inf", "not"))
        final = [accuracy[-1] for accuracy in runs]
        print(f"| {name} | {' | '.join(cells_)} | {np.median(final):.2%} ({min(final):.2%}) |")
    sizes_stopped, at_stop = zip(*stops, strict=True)
    print(
        f"\nThe stopping rule is met at {np.median(sizes_stopped):.0f} (at most {max(sizes_stopped)}) simulations, "
        f"where the accuracy is {np.median(at_stop):.2%} (worst {min(at_stop):.2%})."
    )


if __name__ == "__main__":
    main()
