"""Uncertainty quantification: distributions of the axes through what a campaign has learned, beside direct runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes import uncertainty
from pointes.campaign.files import surrogate
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.files.samples import Samples, make
from pointes.campaign.space import Space
from pointes.campaign.target import Target
from pointes.learning.explanation.draws import label_draws
from pointes.netcdf import Variable
from pointes.vocabulary import Purpose, Status

if TYPE_CHECKING:
    from pointes.learning.regression.surrogate import AnySurrogate
    from pointes.learning.two_fidelity.fits import BoundaryClassifier

DRAWS = 64
"""Draws of plausible surrogates."""

BOUND = variable(("bound",), np.array(["estimate", "low", "high"]), "estimate, ends of 95 % interval")
END = variable(("end",), np.array(["low", "high"]), "ends of 95 % interval")

Distributions = Sequence["uncertainty.Distribution"]


def direct_samples(space: Space, distributions: Distributions, n: int, seed: int) -> Samples:
    """Return ``n`` points that follow the distributions, as samples that are simulated to check the surrogate."""
    points = uncertainty.drawn_points(distributions, n, seed)
    purpose = np.full(n, Purpose.GIVEN, np.int8)
    return make(points, space, sample_id=np.arange(n, dtype=np.int32), purpose=purpose)


def write_quantities(
    path: Path | str,
    learned: "AnySurrogate",
    space: Space,
    target: Target,
    units: Mapping[str, str],
    distributions: Distributions,
    *,
    n: int,
    seed: int,
    direct: Samples | None = None,
    nothing_learned: str = "",
) -> None:
    """Write quantiles and Sobol indices of quantities, what the surrogate leaves open, and quantiles of direct runs."""
    predict, sample = uncertainty.predictor(learned), uncertainty.sampler(learned)

    def predicted(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return predict(space.coordinates(points))

    def drawn(points: np.ndarray, k: int, key: int) -> np.ndarray:
        return sample(space.coordinates(points), k, key)

    variables = _names(space) | {
        "quantity": variable(("quantity",), np.array(target.results), "quantity that was learned"),
        "unit": variable(("quantity",), np.array([units[name] for name in target.results]), "its unit"),
        "level": variable(("level",), np.array(uncertainty.LEVELS), "probability of the quantile", "1"),
    }
    if not nothing_learned:
        found = uncertainty.propagate(predicted, distributions, n=n, sample_surrogate=drawn, draws=DRAWS, seed=seed)
        indices = uncertainty.quantity_indices(predicted, distributions, sample_surrogate=drawn, draws=DRAWS, seed=seed)
        along = ("quantity", "level")
        variables |= {
            "value": _missing(along, found.values, "quantile over the distributions of the axes"),
            "surrogate_low": _missing(along, found.low, "low end of what the surrogate leaves open"),
            "surrogate_high": _missing(along, found.high, "high end of what the surrogate leaves open"),
            "defined": _missing(("quantity",), found.defined, "share of the distribution with a value", "1"),
            **_indices(indices),
        }
        if direct is not None:
            simulated = np.where(target.regular(direct.columns)[:, None], target.values(direct.columns), np.nan)
            compared = uncertainty.compare_quantiles(found, simulated, seed=seed)
            variables |= {
                "direct": _missing((*along, "bound"), compared.direct, "quantile of direct simulations"),
                "direct_defined": _missing(("quantity",), compared.defined, "share of direct runs with a value", "1"),
            }
    _write(path, variables, target, direct, nothing_learned)


def write_class(
    path: Path | str,
    classifier: "BoundaryClassifier",
    space: Space,
    target: Target,
    distributions: Distributions,
    *,
    n: int,
    seed: int,
    direct: Samples | None = None,
    nothing_learned: str = "",
) -> None:
    """Write the share of the distributions that is of class 1, its Sobol indices, and the share of direct runs."""
    labels = label_draws(classifier, DRAWS, seed)

    def at(points: np.ndarray) -> np.ndarray:
        return labels(space.coordinates(points))

    variables = _names(space)
    if not nothing_learned:
        risk = surrogate.predictor(classifier, space)
        found = uncertainty.propagate_risk(risk, distributions, n=n, labels=at, seed=seed)
        indices = uncertainty.label_indices(at, distributions, seed=seed)
        share = np.array([found.value, found.low, found.high])
        variables |= {
            "share": _missing(("bound",), share, f"share of the distribution that is {target.classes[1]}", "1"),
            "first": _missing(("parameter", "bound"), indices.first, "first-order Sobol index", "1"),
            "total": _missing(("parameter", "bound"), indices.total, "total Sobol index", "1"),
        }
        if direct is not None:
            labelled = np.where(direct["status"] == Status.OK, direct["label"], -1).astype(np.int8)
            compared = uncertainty.compare_share(found, labelled)
            meaning = f"share of direct simulations that is {target.classes[1]}"
            variables["direct"] = _missing(("bound",), np.array(compared.direct), meaning, "1")
    _write(path, variables, target, direct, nothing_learned)


def _names(space: Space) -> dict[str, Variable]:
    return {"parameter": variable(("parameter",), np.array(space.names), "axis of the space"), "bound": BOUND}


def _indices(found: "uncertainty.QuantityIndices") -> dict[str, Variable]:
    along, left_open = ("quantity", "parameter"), "what the surrogate leaves open of the index"
    return {
        "end": END,
        "first": _missing((*along, "bound"), found.first, "first-order Sobol index", "1"),
        "total": _missing((*along, "bound"), found.total, "total Sobol index", "1"),
        "surrogate_first": _missing((*along, "end"), found.surrogate_first, left_open, "1"),
        "surrogate_total": _missing((*along, "end"), found.surrogate_total, left_open, "1"),
    }


def _missing(dimensions: tuple[str, ...], values: np.ndarray, meaning: str, units: str = "") -> Variable:
    """Return a variable whose values may be missing."""
    return variable(dimensions, values, meaning, units, fill_value=np.nan)


def _write(
    path: Path | str, variables: Mapping[str, Variable], target: Target, direct: Samples | None, nothing_learned: str
) -> None:
    attributes = {
        "title": "What the uncertainty of the axes makes of the target",
        "direct_simulations": 0 if direct is None else len(direct),
        **(surrogate.class_attribute(target) if target.is_class else {"quantities": " ".join(target.results)}),
        **surrogate.reason_attribute(nothing_learned),
    }
    write_netcdf(path, variables, attributes)
