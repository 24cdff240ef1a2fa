"""Sensitivity of the boundary to three or more parameters: one file for each figure that shows it.

Where ``nothing_learned`` holds a reason, instead of being empty, all values are missing.
"""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes.campaign.files import surrogate
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.files.samples import Samples
from pointes.campaign.space import Space
from pointes.campaign.steps import crosschecks
from pointes.campaign.target import THE_LABEL, Target
from pointes.learning.assessment import REFERENCE
from pointes.learning.explanation import draws
from pointes.learning.explanation.partial_dependence import partial_dependence
from pointes.learning.explanation.sensitivity import SobolIndices, sobol_indices
from pointes.learning.explanation.shapley import shapley_values
from pointes.learning.random_streams import RandomStream, sobol
from pointes.netcdf import Variable

if TYPE_CHECKING:
    from pointes.learning.two_fidelity.fits import BoundaryClassifier

DRAWS = 32
"""Draws of plausible boundaries."""
PAIRED = 3
"""Most influential parameters, each pair of which is shown."""
BOUNDS = variable(("bound",), np.array(["estimate", "low", "high"]), "estimate, ends of 95 % interval")


def write_sensitivity(
    path: Path | str,
    classifier: "BoundaryClassifier",
    space: Space,
    seed: int,
    nothing_learned: str = "",
    target: Target = THE_LABEL,
) -> SobolIndices:
    """Write the Sobol indices of the label, and return them; they are missing if one class is predicted everywhere."""
    # A few plausible labellings may have a boundary even then, but only by chance
    if not nothing_learned and _has_boundary(classifier, seed):
        indices = sobol_indices(draws.label_draws(classifier, DRAWS, seed), classifier.bounds, seed=seed)
    else:
        missing = np.full((len(space), len(BOUNDS.values)), np.nan)
        indices = SobolIndices(missing, missing)

    def index(values: np.ndarray, order: str) -> Variable:
        return variable(("parameter", "bound"), values, f"{order} Sobol index of the label", "1")

    variables = {
        **_named(space),
        "bound": BOUNDS,
        "first": index(indices.first, "first-order"),
        "total": index(indices.total, "total"),
    }
    attributes = {"title": "What the boundary depends on: Sobol indices", **surrogate.class_attribute(target)}
    write_netcdf(path, variables, attributes | surrogate.reason_attribute(nothing_learned))
    return indices


def _has_boundary(classifier: "BoundaryClassifier", seed: int) -> bool:
    """Return whether both classes are predicted somewhere among as many points as the stopping rule looks at."""
    points = sobol(classifier.bounds, 0, REFERENCE, seed, RandomStream.REFERENCE)
    arrhythmic = classifier.predict_proba(points) > 0.5
    return bool(arrhythmic.any() and not arrhythmic.all())


def write_partial_dependence(
    path: Path | str,
    classifier: "BoundaryClassifier",
    space: Space,
    indices: SobolIndices,
    seed: int,
    nothing_learned: str = "",
) -> None:
    """Write the mean risk by each parameter, and by each pair of the `PAIRED` parameters with the largest indices."""
    plausible = draws.label_draws(classifier, DRAWS, seed)
    curves = [partial_dependence(plausible, classifier.bounds, [axis], seed=seed) for axis in range(len(space))]
    strongest = sorted(np.argsort(-indices.total[:, 0], kind="stable")[:PAIRED])
    pairs = list(combinations(strongest, 2))
    predicted = draws.risk(classifier.predict_proba)
    planes = [partial_dependence(predicted, classifier.bounds, pair, seed=seed) for pair in pairs]
    names = list(space)

    def risks(dimensions: tuple[str, ...], values: Sequence[np.ndarray], long_name: str) -> Variable:
        stacked = np.stack(values)
        shown = np.full_like(stacked, np.nan) if nothing_learned else stacked
        return variable(dimensions, shown, long_name, "1", fill_value=np.nan)

    def block(dimensions: tuple[str, ...], axes: Sequence[int], coordinates: Sequence[np.ndarray]) -> Variable:
        values = [space[names[axis]].values(grid) for axis, grid in zip(axes, coordinates, strict=True)]
        return variable(dimensions, np.stack(values), _meaning(space), "1")

    variables = {
        **_named(space),
        "bound": BOUNDS,
        "value": block(("parameter", "step"), range(len(names)), [curve.grids[0] for curve in curves]),
        "risk": risks(
            ("parameter", "step", "bound"),
            [np.column_stack([curve.risk, curve.low, curve.high]) for curve in curves],
            "risk averaged over the other parameters",
        ),
        "x": variable(("pair",), np.array([names[x] for x, _ in pairs]), "first parameter of the pair"),
        "y": variable(("pair",), np.array([names[y] for _, y in pairs]), "second parameter of the pair"),
        "x_value": block(("pair", "x_step"), [x for x, _ in pairs], [plane.grids[0] for plane in planes]),
        "y_value": block(("pair", "y_step"), [y for _, y in pairs], [plane.grids[1] for plane in planes]),
        "pair_risk": risks(
            ("pair", "x_step", "y_step"), [plane.risk for plane in planes], "risk averaged over all but the pair"
        ),
    }
    attributes = {"title": "Partial dependence of the risk"}
    write_netcdf(path, variables, attributes | surrogate.reason_attribute(nothing_learned))


def write_shapley(path: Path | str, simulations: Samples, seed: int, nothing_learned: str = "") -> None:
    """Write the contribution of each parameter to the prediction of the gradient-boosted cross-check at each point."""
    explored = simulations.high_fidelity.explored
    labelled = explored.where((explored["status"] == 0) & (not nothing_learned))
    low, high = np.array([[axis.low, axis.high] for axis in simulations.space.values()]).T
    explained = shapley_values(crosschecks.train(labelled, seed), labelled.coordinates)
    what = "block" if len(simulations.space.blocks) == len(simulations.space) else "value"
    along, meaning = ("sample", "parameter"), "Shapley value: contribution to the log odds of arrhythmia"
    variables = {
        **_named(simulations.space),
        "sample_id": variable(("sample",), labelled["sample_id"], "number of the sample in the campaign"),
        "value": variable(along, labelled.points, _meaning(simulations.space), "1"),
        "contribution": variable(along, explained.values, meaning, "1"),
        "lower": variable(("parameter",), low, f"smallest {what} that was explored", "1"),
        "upper": variable(("parameter",), high, f"largest {what} that was explored", "1"),
    }
    attributes = {"title": "Shapley values of the gradient-boosted cross-check"}
    write_netcdf(path, variables, attributes | surrogate.reason_attribute(nothing_learned))


def _named(space: Space) -> dict[str, Variable]:
    """Return the names of the axes, and what values of them are if some are no linear blocks."""
    names = {"parameter": variable(("parameter",), np.array(space.names), "channel that is blocked")}
    if all(axis.is_plain for axis in space.values()):
        return names
    names["parameter"] = variable(("parameter",), np.array(space.names), "axis of the space")
    labels = [f"{axis.long_name(name)} ({axis.units or 'unit of the model file'})" for name, axis in space.items()]
    names["label"] = variable(("parameter",), np.array(labels), "what values of the axis are, and their unit")
    scales = np.array([axis.log for axis in space.values()], np.int8)
    names["logarithmic"] = variable(("parameter",), scales, "whether the axis is logarithmic")
    return names


def _meaning(space: Space) -> str:
    """Return what values of the axes are."""
    return "blocked fraction" if len(space.blocks) == len(space) else "value of the axis"
