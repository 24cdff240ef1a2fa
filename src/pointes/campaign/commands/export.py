"""A surrogate as a netCDF file that others can use without pointes, and its reader in NumPy."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes import learning
from pointes.campaign.files import identity, surrogate
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.space import Space
from pointes.campaign.target import Target
from pointes.errors import UserError
from pointes.learning.classifier.expectation_propagation import NOISE
from pointes.learning.regression.conditioning import ROUNDING
from pointes.learning.regression.kernel import NODES, WEIGHTS, centring
from pointes.netcdf import Variable

if TYPE_CHECKING:
    from pointes.learning import GaussianProcessClassifier, GaussianProcessRegressor

READER = Path(__file__).with_name("reader.py")
"""The reader, which needs NumPy and netCDF4 only."""

MEANINGS = {
    "points": "training points in the unit cube of the coordinates",
    "weights": "weights of the covariances with the training points in the mean",
    "roots": "factors of these covariances before they are whitened",
    "factor": "lower triangular matrix whose inverse whitens them; their squares are the variance that is explained",
    "mean": "prior mean",
    "nugget": "variance of a simulation that no smooth function explains",
    "scale": "factor of the standard deviation",
    "smallest": "smallest variance that is left at a training point",
    "rounding": "the same as a share of the prior variance",
    "length_scales": "length scale along each input",
    "trend": "size of the trend beside local bends",
    "warps": "how much each input is warped",
    "effects": "variance of the effect of each input",
    "pairs": "variance of the effect of each pair of inputs",
    "shares": "share of each input in interactions",
    "interactions": "strength of interactions of three, four and more inputs",
    "smooth": "whether effects are infinitely smooth",
    "amplitude": "unit of the effects",
    "total": "mean of each effect's covariance, which centring takes away",
    "centred": "mean variance of each effect after centring",
    "nodes": "nodes of the quadrature that centres effects",
    "node_weights": "weights of the nodes",
}


def export_surrogate(results: Path, output: Path) -> Path:
    """Write the surrogate of a finished campaign to netCDF, and the reader beside it; return the path of the reader.

    Raises
    ------
    UserError
        The folder is not that of a finished campaign that has learned something with one fidelity.
    """
    identity.read(results)
    path = results / "surrogate.nc"
    if not path.is_file():
        raise UserError("no surrogate.nc yet; let `snakemake` finish this campaign first", where=results)
    if reason := surrogate.nothing_learned(path):
        raise UserError(f"nothing was learned, because {reason}", expected="a surrogate to export", where=results)
    learned, space = surrogate.read(path)
    parts = _parts(learned, surrogate.target_of(path))
    if not parts:
        raise UserError("a classifier of two fidelities", expected="that of a campaign with one fidelity", where=path)
    _write(output, parts, space)
    reader = output.with_name("reader.py")
    shutil.copyfile(READER, reader)
    return reader


def _parts(learned: "surrogate.Surrogate", target: Target) -> dict[str, dict[str, np.ndarray]]:
    """Return the arrays of each part by its name: the quantities and their region, or the class."""
    if isinstance(learned, learning.GaussianProcessClassifier):
        return {"class": _of_classifier(learned)}
    if not isinstance(learned, learning.RegressionSurrogate):
        return {}
    columns = zip(target.results, learned.regressors, learned.factors, strict=True)
    parts = {name: _of_regressor(regressor, factor) for name, regressor, factor in columns}
    return parts if learned.region is None else {**parts, "region": _of_classifier(learned.region)}


def _of_classifier(classifier: "GaussianProcessClassifier") -> dict[str, np.ndarray]:
    fit = classifier.training
    numbers = {"mean": 0.0, "nugget": 0.0, "scale": 1.0, "smallest": NOISE, "rounding": 0.0, "trend": classifier.trend}
    return {
        "points": classifier.inputs,
        "weights": fit.weights,
        "roots": fit.sqrt_precision,
        "factor": fit.cholesky,
        "length_scales": classifier.length_scales,
        **{name: np.asarray(number) for name, number in numbers.items()},
    }


def _of_regressor(regressor: "GaussianProcessRegressor", factor: float) -> dict[str, np.ndarray]:
    kernel = regressor.kernel
    centred = centring(kernel.length_scales, kernel.smooth)
    numbers = {
        "mean": regressor.mean,
        "nugget": regressor.nugget,
        "scale": factor * np.sqrt(regressor.inflation),
        "smallest": 0.0,
        "rounding": ROUNDING,
        "amplitude": kernel.amplitude,
    }
    return {
        "points": regressor.conditioned.inputs,
        "weights": regressor.conditioned.weights,
        "roots": np.ones(len(regressor.points)),
        "factor": regressor.conditioned.factor,
        "length_scales": kernel.length_scales,
        "warps": kernel.warps,
        "effects": kernel.effects,
        "pairs": kernel.pairs,
        "shares": kernel.shares,
        "interactions": kernel.interactions,
        "smooth": np.asarray(kernel.smooth, np.int8),
        "total": centred.total,
        "centred": centred.mean,
        "nodes": NODES,
        "node_weights": WEIGHTS,
        **{name: np.asarray(number) for name, number in numbers.items()},
    }


def _write(path: Path, parts: dict[str, dict[str, np.ndarray]], space: Space) -> None:
    variables: dict[str, Variable] = {
        "bounds": variable(("parameter", "end"), space.bounds, "range of each coordinate", "1"),
        "logarithmic": variable(
            ("parameter",),
            np.array([axis.log for axis in space.values()], np.int8),
            "whether the coordinate is the decimal logarithm of the value",
        ),
    }
    for part, arrays in parts.items():
        for name, array in arrays.items():
            values = np.asarray(array)
            dimensions = tuple(f"{part}_{name}_{axis}" for axis in range(values.ndim))
            variables[f"{part}.{name}"] = variable(dimensions, values, f"{MEANINGS[name]}; {part}", "1")
    units = " ".join(axis.units.replace(" ", "_") or "-" for axis in space.values())
    attributes = {
        "title": "Surrogate of a pointes campaign, to be read by reader.py",
        "parameters": " ".join(space),
        "units_of_parameters": units,
        "parts": " ".join(parts),
    }
    write_netcdf(path, variables, attributes)
