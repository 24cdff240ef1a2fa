"""Replays: accuracy of the same classifier on Sobol, random and actively chosen points, against a simulated reference.

These simulations serve the comparison alone: they are counted separately and never enter the campaign. As in a
campaign, every design simulates the control first, and learns from it where it lies within the space.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import scipy

from pointes import learning, netcdf
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.files.samples import Samples, make
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps.learners.classes import OneFidelity
from pointes.campaign.target import Target
from pointes.vocabulary import DESIGNS, Purpose

GRID = len(DESIGNS)
"""Value of the column ``design`` of the reference points."""
UNBLOCKED = GRID + 1
"""Value of the column ``design`` of the control, which all designs have in common."""


def replay_points(space: Space, seed: int, set_size: int, repeats: int, grid: int) -> Samples:
    """Return the points of ``repeats`` Sobol sets and random sets, those of the reference, and the control.

    The reference is a grid with ``grid`` points along each axis, or a Sobol set of ``grid``² points with more than two
    parameters.
    """
    d = len(space)
    axes = np.meshgrid(*[np.linspace(0, 1, grid)] * d) if d == 2 else None

    def generator(design: int, repeat: int) -> np.random.Generator:
        return np.random.default_rng([seed, 1000 + design, repeat])

    def sobol(rng: np.random.Generator, n: int) -> np.ndarray:
        return scipy.stats.qmc.Sobol(d, rng=rng).random_base2(int(np.ceil(np.log2(n))))[:n]

    reference = np.stack(axes, axis=-1).reshape(-1, d) if axes else sobol(generator(GRID, 0), grid**2)
    parts = [(GRID, 0, reference)]
    for repeat in range(repeats):
        parts.append((1, repeat, sobol(generator(1, repeat), set_size)))
        parts.append((2, repeat, generator(2, repeat).uniform(size=(set_size, d))))
    scaled = [(design, repeat, space.at(unit)) for design, repeat, unit in parts]
    if space.holds_control:
        scaled.append((UNBLOCKED, 0, space.control))
    return make(
        np.concatenate([points for _, _, points in scaled]),
        space,
        design=np.concatenate([np.full(len(points), design, np.int8) for design, _, points in scaled]),
        repeat=np.concatenate([np.full(len(points), repeat, np.int16) for _, repeat, points in scaled]),
    )


def passive_curve(simulations: Samples, design: str, repeat: int, sizes: Sequence[int]) -> list[float]:
    """Return the accuracy on the reference for each number of simulations: of the control and first points of a set."""
    control = np.flatnonzero(simulations["design"] == UNBLOCKED)
    rows = np.flatnonzero((simulations["design"] == DESIGNS.index(design)) & (simulations["repeat"] == repeat))
    bounds = simulations.space.bounds
    accuracies = []
    for size in sizes:
        chosen = simulations.where(np.concatenate([control, rows[: size - 1]]))
        labelled = chosen.where(chosen["label"] >= 0)
        classifier = learning.GaussianProcessClassifier.fit(labelled.coordinates, labelled["label"], bounds)
        accuracies.append(_accuracy(classifier.predict_proba, simulations))
    return accuracies


def active_curve(
    simulations: Samples,
    pace: Callable[[np.ndarray], Mapping[str, np.ndarray]],
    sampling: Sampling,
    repeat: int,
    sizes: Sequence[int],
) -> list[float]:
    """Return the accuracy on the reference after the control and each batch of an active run that no rule stops.

    ``pace`` simulates points (n, d). ``sizes`` are the numbers of simulations after each batch, the control among them.
    ``repeat`` is added to the seed: repeat 0 has the campaign's own points, unless the campaign had a warm start.
    """
    target = Target.parse(sampling.target)
    learner = OneFidelity(simulations.space, replace(sampling, seed=sampling.seed + repeat)).learner
    control = simulations.where(simulations["design"] == UNBLOCKED)
    if len(control):
        learner.tell(control.coordinates, control["label"], status=control["status"], purpose=[Purpose.CONTROL])
    accuracies = []
    for before, size in zip([1, *sizes], sizes, strict=False):
        proposal = learner.ask(size - before)
        result = target.learned(pace(simulations.space.points(proposal.points)))
        learner.tell(
            proposal.points, result["label"], status=result["status"], purpose=proposal.purpose, risk=proposal.risk
        )
        accuracies.append(_accuracy(learner.predict_proba, simulations))
    return accuracies


def _accuracy(predict: Callable[[np.ndarray], np.ndarray], simulations: Samples) -> float:
    reference = (simulations["design"] == GRID) & (simulations["label"] >= 0)
    if not reference.any():
        return np.nan
    return float(np.mean((predict(simulations.coordinates[reference]) > 0.5) == simulations["label"][reference]))


def write_curves(
    path: Path | str, curves: Mapping[str, Sequence[Sequence[float]] | np.ndarray], sizes: Sequence[int]
) -> None:
    """Write the accuracies of some designs, by repeat and number of points, to netCDF4."""
    accuracy = np.array(list(curves.values()))
    meaning = "share of the reference points whose class is predicted right"
    variables = {
        "design": variable(("design",), np.array(list(curves)), "how points were chosen"),
        "repeat": variable(("repeat",), np.arange(accuracy.shape[1]), "number of the run"),
        "n": variable(("n",), np.array(sizes), "number of simulations", "1"),
        "accuracy": variable(("design", "repeat", "n"), accuracy, meaning, "1"),
    }
    write_netcdf(path, variables, {"title": "Learning curves of ways to choose points"})


def merge_curves(paths: Sequence[Path | str], output: Path | str) -> None:
    """Put the curves of several files of `write_curves` into one."""
    curves: dict[str, np.ndarray] = {}
    for path in paths:
        with netcdf.reading(path) as file:
            curves |= dict(zip(file["design"][:], file["accuracy"][:], strict=True))
            sizes = file["n"][:]
    write_curves(output, curves, sizes)
