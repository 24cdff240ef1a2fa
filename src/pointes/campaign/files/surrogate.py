"""The fitted classifier of a campaign as a file of plain arrays: loading one never runs code from it."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes import learning, netcdf
from pointes.campaign.files.results import write_netcdf
from pointes.campaign.files.samples import Ranges
from pointes.errors import UserError
from pointes.files import damage_in
from pointes.netcdf import Variable

if TYPE_CHECKING:
    from pointes.learning.two_fidelity.fits import BoundaryClassifier

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
}
"""Meanings of the arrays. Arrays of one fidelity have its prefix before their names."""

MOST_POINTS = 20_000
"""Largest number of points of a classifier, whose matrices have as many rows and columns."""

FIDELITIES = {"low": "cheap level", "top": "expensive level", "gap": "difference of the levels"}


def _kinds() -> "dict[str, type[BoundaryClassifier]]":
    """Return the classes of classifiers by the names that files give them."""
    return {
        "GaussianProcessClassifier": learning.GaussianProcessClassifier,
        "StackedClassifier": learning.StackedClassifier,
        "TwoLevelClassifier": learning.TwoFidelityClassifier,
    }


def _attributes(name: str) -> dict[str, str]:
    prefix, _, rest = name.partition("_")
    meaning = f"{MEANINGS[rest]}; {FIDELITIES[prefix]}" if prefix in FIDELITIES else MEANINGS[name]
    return {"long_name": meaning, "units": "1"}


def write(path: Path | str, classifier: "BoundaryClassifier", ranges: Ranges, nothing_learned: str = "") -> None:
    """Write a classifier, the names of its inputs, and the reason if nothing was learned."""
    variables = {}
    for name, array in classifier.to_arrays().items():
        values = np.asarray(array)
        variables[name] = Variable(tuple(f"{name}_{axis}" for axis in range(values.ndim)), values, _attributes(name))
    attributes = {
        "title": "Gaussian-process classifier of a pointes campaign",
        "classifier": next(name for name, kind in _kinds().items() if isinstance(classifier, kind)),
        "parameters": " ".join(ranges),
        **reason_attribute(nothing_learned),
    }
    write_netcdf(path, variables, attributes)


def reason_attribute(nothing_learned: str) -> dict[str, str]:
    """Return the attribute of a file of results for the reason why nothing was learned; none without a reason."""
    return {"nothing_learned": nothing_learned} if nothing_learned else {}


def nothing_learned(path: Path | str) -> str:
    """Return the reason why the classifier in a file has learned nothing; empty if it has learned something."""
    with netcdf.reading(path) as file:
        return getattr(file, "nothing_learned", "")


def read(path: Path | str) -> tuple["BoundaryClassifier", Ranges]:
    """Return a classifier written by `write` and the ranges of the parameters, in the order of its inputs."""
    with netcdf.reading(path) as file:
        if max(variable.shape[0] for variable in file.variables.values() if variable.ndim) > MOST_POINTS:
            raise ValueError(f"more than {MOST_POINTS} points")
        arrays = {name: variable[...] for name, variable in file.variables.items()}
        attributes = file.__dict__
    with damage_in(path), np.errstate(all="ignore"):
        try:
            kind = _kinds()[attributes["classifier"]]
            _check(arrays)
            classifier = kind.from_arrays(arrays)
        except KeyError as missing:
            expected = "a classifier of this version of pointes: run `snakemake` again"
            raise UserError(f"no {missing.args[0]}", expected=expected, where=path) from None
        if not np.isfinite(classifier.predict_proba(classifier.bounds.mean(axis=1)[None])).all():
            raise ValueError("it predicts no risk")
        limits = map(tuple, classifier.bounds.tolist())
        return classifier, dict(zip(attributes["parameters"].split(), limits, strict=True))


def _check(arrays: dict[str, np.ndarray]) -> None:
    """Raise a ValueError for arrays with values that no classifier has; a wrong shape is noticed when it predicts."""
    for name, array in arrays.items():
        if not (np.issubdtype(array.dtype, np.number) and (name.endswith("margins") or np.isfinite(array).all())):
            raise ValueError(f"{name} is not finite")
        if name.endswith("points") and array.shape[1:] != arrays[name.removesuffix("points") + "bounds"].shape[:1]:
            raise ValueError(f"{name} have another number of inputs than bounds")
