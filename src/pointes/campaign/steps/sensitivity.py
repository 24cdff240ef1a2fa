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
from pointes.campaign.files.samples import Ranges, Samples
from pointes.campaign.steps import crosschecks
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
    path: Path | str, classifier: "BoundaryClassifier", ranges: Ranges, seed: int, nothing_learned: str = ""
) -> SobolIndices:
    """Write the Sobol indices of the label, and return them; they are missing if one class is predicted everywhere."""
    # A few plausible labellings may have a boundary even then, but only by chance
    if not nothing_learned and _has_boundary(classifier, seed):
        indices = sobol_indices(draws.label_draws(classifier, DRAWS, seed), classifier.bounds, seed=seed)
    else:
        missing = np.full((len(ranges), len(BOUNDS.values)), np.nan)
        indices = SobolIndices(missing, missing)

    def index(values: np.ndarray, order: str) -> Variable:
        return variable(("parameter", "bound"), values, f"{order} Sobol index of the label", "1")

    variables = {
        "parameter": _named(ranges),
        "bound": BOUNDS,
        "first": index(indices.first, "first-order"),
        "total": index(indices.total, "total"),
    }
    attributes = {"title": "What the boundary depends on: Sobol indices"}
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
    ranges: Ranges,
    indices: SobolIndices,
    seed: int,
    nothing_learned: str = "",
) -> None:
    """Write the mean risk by each parameter, and by each pair of the `PAIRED` parameters with the largest indices."""
    plausible = draws.label_draws(classifier, DRAWS, seed)
    curves = [partial_dependence(plausible, classifier.bounds, [axis], seed=seed) for axis in range(len(ranges))]
    strongest = sorted(np.argsort(-indices.total[:, 0], kind="stable")[:PAIRED])
    pairs = list(combinations(strongest, 2))
    predicted = draws.risk(classifier.predict_proba)
    planes = [partial_dependence(predicted, classifier.bounds, pair, seed=seed) for pair in pairs]
    names = list(ranges)

    def risks(dimensions: tuple[str, ...], values: Sequence[np.ndarray], long_name: str) -> Variable:
        stacked = np.stack(values)
        shown = np.full_like(stacked, np.nan) if nothing_learned else stacked
        return variable(dimensions, shown, long_name, "1", fill_value=np.nan)

    def block(dimensions: tuple[str, ...], values: Sequence[np.ndarray]) -> Variable:
        return variable(dimensions, np.stack(values), "blocked fraction", "1")

    variables = {
        "parameter": _named(ranges),
        "bound": BOUNDS,
        "value": block(("parameter", "step"), [curve.grids[0] for curve in curves]),
        "risk": risks(
            ("parameter", "step", "bound"),
            [np.column_stack([curve.risk, curve.low, curve.high]) for curve in curves],
            "risk averaged over the other parameters",
        ),
        "x": variable(("pair",), np.array([names[x] for x, _ in pairs]), "first parameter of the pair"),
        "y": variable(("pair",), np.array([names[y] for _, y in pairs]), "second parameter of the pair"),
        "x_value": block(("pair", "x_step"), [plane.grids[0] for plane in planes]),
        "y_value": block(("pair", "y_step"), [plane.grids[1] for plane in planes]),
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
    low, high = np.array(list(simulations.ranges.values())).T
    explained = shapley_values(crosschecks.train(labelled, seed), labelled.points)
    along, meaning = ("sample", "parameter"), "Shapley value: contribution to the log odds of arrhythmia"
    variables = {
        "parameter": _named(simulations.ranges),
        "sample_id": variable(("sample",), labelled["sample_id"], "number of the sample in the campaign"),
        "value": variable(along, labelled.points, "blocked fraction", "1"),
        "contribution": variable(along, explained.values, meaning, "1"),
        "lower": variable(("parameter",), low, "smallest block that was explored", "1"),
        "upper": variable(("parameter",), high, "largest block that was explored", "1"),
    }
    attributes = {"title": "Shapley values of the gradient-boosted cross-check"}
    write_netcdf(path, variables, attributes | surrogate.reason_attribute(nothing_learned))


def _named(ranges: Ranges) -> Variable:
    return variable(("parameter",), np.array(list(ranges)), "channel that is blocked")
