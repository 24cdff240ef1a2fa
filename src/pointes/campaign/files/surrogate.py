"""The fitted surrogate of a campaign as a file of plain arrays: loading one never runs code from it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from pointes import learning, netcdf
from pointes.campaign.files.results import write_netcdf
from pointes.campaign.space import Space
from pointes.campaign.target import LABEL, Target
from pointes.errors import UserError
from pointes.files import damage_in
from pointes.netcdf import Variable

if TYPE_CHECKING:
    from pointes.learning.regression.surrogate import AnySurrogate
    from pointes.learning.two_fidelity.fits import BoundaryClassifier

    Surrogate: TypeAlias = BoundaryClassifier | AnySurrogate

MEANINGS = {
    "points": "points whose labels the classifier knows",
    "labels": "their labels: 0 safe, 1 arrhythmic",
    "fidelity": "their level: 0 the cheap one, 1 the expensive one",
    "bounds": "lowest and highest value of each input",
    "length_scales": "length scale of the kernel along each input, in units of its range",
    "lengths": "length scale of the kernel along each input, in units of its range",
    "trend": "size of the smooth trend beside local bends",
    "margins": "signed margins of the points, missing where the label alone was told",
    "beyond": "whether a margin is only known to lie beyond its value",
    "amplitude": "prior standard deviation of margins",
    "nugget": "variance of margins that no smooth function explains, in units of the amplitude squared",
    "repaired": "whether shorter length scales were taken, because the fit did not reproduce its labels",
    "disagreement": "share of the space in which the levels are believed to differ",
    "values": "values of the quantity at the points, in its unit",
    "mean": "constant mean of the quantity, in its unit",
    "effects": "size of the effect of each input by itself",
    "shares": "share of each input in interactions",
    "factors": "factor of the standard deviations of each quantity, by which intervals hold their share of the stream",
    "warps": "how much each input is warped",
    "ratios": "size of the interaction of each pair of inputs",
    "interactions": "size of interactions by the number of inputs",
    "smooth": "whether the kernel is that of infinitely smooth functions",
    "inflation": "factor of predicted variances",
    "rho": "factor of the cheap level's value in that of the expensive one",
}
"""Meanings of the arrays. Arrays of one fidelity, quantity or region have its prefix before their names."""

MOST_POINTS = 20_000
"""Largest number of points of a classifier, whose matrices have as many rows and columns."""

PARTS = {
    "low": "cheap level",
    "top": "expensive level",
    "gap": "difference of the levels",
    "region": "classifier of where quantities are regular",
    "output": "regressor of a quantity",
}
"""Meanings of the prefixes; those of regressors have a number."""


def _kinds() -> "dict[str, type[Surrogate]]":
    """Return the classes of surrogates by the names that files give them."""
    return {
        "RegressionSurrogate": learning.RegressionSurrogate,
        "GaussianProcessClassifier": learning.GaussianProcessClassifier,
        "StackedClassifier": learning.StackedClassifier,
        "TwoLevelClassifier": learning.TwoFidelityClassifier,
    }


def _attributes(name: str) -> dict[str, str]:
    return {"long_name": _meaning(name), "units": "1"}


def _meaning(name: str) -> str:
    """Return the meaning of an array, whose name may begin with prefixes of parts.

    Examples
    --------
    >>> _meaning("output0_low_bounds")
    'lowest and highest value of each input; cheap level; regressor of a quantity'
    """
    prefix, _, rest = name.partition("_")
    part = PARTS.get(prefix.rstrip("0123456789"))
    return MEANINGS[name] if part is None else f"{_meaning(rest)}; {part}"


def write(
    path: Path | str,
    surrogate: "Surrogate",
    space: Space,
    nothing_learned: str = "",
    target: str | tuple[str, ...] = LABEL,
) -> None:
    """Write a surrogate of coordinates, the space of its inputs, its target, and the reason if nothing was learned."""
    variables = {}
    for name, array in surrogate.to_arrays().items():
        values = np.asarray(array)
        variables[name] = Variable(tuple(f"{name}_{axis}" for axis in range(values.ndim)), values, _attributes(name))
    attributes = {
        "title": "Gaussian-process classifier of a pointes campaign",
        "classifier": next(name for name, kind in _kinds().items() if isinstance(surrogate, kind)),
        "parameters": " ".join(space),
        **({} if all(axis.is_plain for axis in space.values()) else {"space": json.dumps(space.to_params())}),
        **({} if target == LABEL else {"target": json.dumps(target)}),
        **reason_attribute(nothing_learned),
    }
    if not Target.parse(target).is_class:
        attributes["title"] = "Gaussian-process regressors of a pointes campaign"
    write_netcdf(path, variables, attributes)


UNKNOWN = ("margins", "_mean", "_amplitude")
"""Ends of the names of arrays that may be NaN: margins of some points, and what no value was known for."""


def reason_attribute(nothing_learned: str) -> dict[str, str]:
    """Return the attribute of a file of results for the reason why nothing was learned; none without a reason."""
    return {"nothing_learned": nothing_learned} if nothing_learned else {}


def class_attribute(target: Target) -> dict[str, str]:
    """Return the attribute of a file of results for the classes, where these are not those of arrhythmia."""
    return {} if target.is_default else {"classes": " ".join(target.classes)}


def nothing_learned(path: Path | str) -> str:
    """Return the reason why the classifier in a file has learned nothing; empty if it has learned something."""
    with netcdf.reading(path) as file:
        return getattr(file, "nothing_learned", "")


def target_of(path: Path | str) -> Target:
    """Return what the surrogate in a file has learned."""
    with netcdf.reading(path) as file:
        text = getattr(file, "target", json.dumps(LABEL))
    with damage_in(path):
        return Target.parse(json.loads(text))


def read_classifier(path: Path | str) -> tuple["BoundaryClassifier", Space]:
    """Return a classifier of coordinates that `write` has written, and its space; a UserError if it is none."""
    surrogate, space = read(path)
    if isinstance(surrogate, learning.RegressionSurrogate):
        quantities = ", ".join(target_of(path).results)
        raise UserError(f"a surrogate of {quantities}", expected="that of a campaign that learns a class", where=path)
    return surrogate, space


def read(path: Path | str) -> tuple["Surrogate", Space]:
    """Return a surrogate of coordinates that `write` has written, and the space of its inputs."""
    with netcdf.reading(path) as file:
        if max(variable.shape[0] for variable in file.variables.values() if variable.ndim) > MOST_POINTS:
            raise ValueError(f"more than {MOST_POINTS} points")
        arrays = {name: variable[...] for name, variable in file.variables.items()}
        attributes = file.__dict__
    with damage_in(path), np.errstate(all="ignore"):
        try:
            kind = _kinds()[attributes["classifier"]]
            _check(arrays)
            surrogate = kind.from_arrays(arrays)
        except KeyError as missing:
            expected = "a classifier of this version of pointes: run `snakemake` again"
            raise UserError(f"no {missing.args[0]}", expected=expected, where=path) from None
        middle = surrogate.bounds.mean(axis=1)[None]
        if isinstance(surrogate, learning.RegressionSurrogate):
            surrogate.predict(middle)
        elif not np.isfinite(surrogate.predict_proba(middle)).all():
            raise ValueError("it predicts no risk")
        plain = dict(zip(attributes["parameters"].split(), surrogate.bounds.tolist(), strict=True))
        return surrogate, Space.of(json.loads(attributes["space"]) if "space" in attributes else plain)


def predictor(classifier: "BoundaryClassifier", space: Space) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from points (n, d) of a space to their risks (n,)."""
    return lambda points: classifier.predict_proba(space.coordinates(points))


def _check(arrays: dict[str, np.ndarray]) -> None:
    """Raise a ValueError for arrays with values that no classifier has; a wrong shape is noticed when it predicts."""
    for name, array in arrays.items():
        if not (np.issubdtype(array.dtype, np.number) and (name.endswith(UNKNOWN) or np.isfinite(array).all())):
            raise ValueError(f"{name} is not finite")
        if name.endswith("points") and array.shape[1:] != arrays[name.removesuffix("points") + "bounds"].shape[:1]:
            raise ValueError(f"{name} have another number of inputs than bounds")
