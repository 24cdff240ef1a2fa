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
from pointes.learning.two_fidelity.kernel import correlation
from pointes.netcdf import Variable
from pointes.vocabulary import Fidelity

if TYPE_CHECKING:
    from pointes.learning import (
        GaussianProcessClassifier,
        GaussianProcessRegressor,
        TwoFidelityClassifier,
        TwoFidelityRegressor,
    )
    from pointes.learning.classifier.base import LatentClassifier
    from pointes.learning.regression.conditioning import Conditioned
    from pointes.learning.regression.kernel import AnovaKernel

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
    "nodes": "nodes of a quadrature over the unit interval, which centres effects and integrates Owen's function",
    "node_weights": "weights of the nodes",
    "rows": "numbers of the training points, from 0, whose labels say more than their Gaussian factors do",
    "sign": "labels of these points, -1 or 1",
    "label_mean": "posterior mean at these points",
    "variance": "posterior variance at these points",
    "precision": "precision of the Gaussian factor of these labels",
    "cavity_mean": "mean at these points without the Gaussian factor",
    "cavity_variance": "variance at these points without the Gaussian factor",
    "score": "cavity mean beyond the threshold, in standard deviations",
    "skewness": "third moment that the step leaves, over the cube of the variance",
    "latent_range": "range of the further input, which is the mean of the part low",
    "factors": "factors of the cheap level's function and of the difference in that of the expensive level",
}
"""Meanings of the arrays of a part."""

GAP = "gap_"
"""Beginning of the names of arrays of the covariance of the difference of two levels; others are of the cheap level."""


def export_surrogate(results: Path, output: Path) -> Path:
    """Write the surrogate of a finished campaign to netCDF, and the reader beside it; return the path of the reader.

    Raises
    ------
    UserError
        The folder is not that of a finished campaign that has learned something.
    """
    identity.read(results)
    path = results / "surrogate.nc"
    if not path.is_file():
        raise UserError("no surrogate.nc yet; let `snakemake` finish this campaign first", where=results)
    if reason := surrogate.nothing_learned(path):
        raise UserError(f"nothing was learned, because {reason}", expected="a surrogate to export", where=results)
    learned, space = surrogate.read(path)
    _write(output, parts_of(learned, surrogate.target_of(path)), space)
    reader = output.with_name("reader.py")
    shutil.copyfile(READER, reader)
    return reader


def parts_of(learned: "surrogate.Surrogate", target: Target) -> dict[str, dict[str, np.ndarray]]:
    """Return the arrays of each part by its name: the quantities and their region, or the class.

    A stacked classifier has a part ``low``, too, whose mean is the further input of the class.
    """
    if isinstance(learned, learning.RegressionSurrogate):
        columns = zip(target.results, learned.regressors, learned.factors, strict=True)
        parts = {name: _of_regressor(regressor, factor) for name, regressor, factor in columns}
        return parts if learned.region is None else {**parts, "region": _of_class(learned.region)}
    if isinstance(learned, learning.StackedClassifier):
        latent_range = learned.top.bounds[-1]
        return {
            "low": _of_classifier(learned.low),
            "class": {**_of_classifier(learned.top), "latent_range": latent_range},
        }
    return {"class": _of_class(learned)}


def _of_class(classifier: "GaussianProcessClassifier | TwoFidelityClassifier") -> dict[str, np.ndarray]:
    if isinstance(classifier, learning.TwoFidelityClassifier):
        return _of_two_fidelities(classifier)
    return _of_classifier(classifier)


def _of_classifier(classifier: "GaussianProcessClassifier") -> dict[str, np.ndarray]:
    return {
        **_of_latent(classifier),
        "points": classifier.inputs,
        "length_scales": classifier.length_scales,
        "trend": np.asarray(classifier.trend),
    }


def _of_two_fidelities(classifier: "TwoFidelityClassifier") -> dict[str, np.ndarray]:
    low, gap = classifier.kernel.low, classifier.kernel.gap
    share = correlation(classifier.disagreement)
    factors = np.array([share, np.sqrt(1.0 - share**2)])
    return {
        **_of_latent(classifier),
        "points": _with_factors(classifier.inputs, factors),
        "factors": factors,
        "length_scales": low.length_scales,
        "trend": np.asarray(low.trend),
        f"{GAP}length_scales": gap.length_scales,
        f"{GAP}trend": np.asarray(gap.trend),
    }


def _with_factors(inputs: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return inputs whose last column, the fidelity, is replaced by the factors of the two functions, (n, d + 2)."""
    is_high = inputs[:, -1:] == Fidelity.HIGH
    return np.column_stack([inputs[:, :-1], np.where(is_high, factors, [1.0, 0.0])])


def _of_latent(classifier: "LatentClassifier") -> dict[str, np.ndarray]:
    """Return what classifiers of all priors have: their posterior, and the labels that are taken as signs."""
    fit, labels = classifier.training, classifier.correction
    numbers = {"mean": 0.0, "nugget": 0.0, "scale": 1.0, "smallest": NOISE, "rounding": 0.0}
    return {
        "weights": fit.weights,
        "roots": fit.sqrt_precision,
        "factor": fit.cholesky,
        "rows": labels.rows,
        "sign": labels.sign,
        "label_mean": labels.mean,
        "variance": labels.variance,
        "precision": labels.precision,
        "cavity_mean": labels.cavity_mean,
        "cavity_variance": labels.cavity_variance,
        "score": labels.score,
        "skewness": labels.skewness,
        "nodes": NODES,
        "node_weights": WEIGHTS,
        **{name: np.asarray(number) for name, number in numbers.items()},
    }


def _of_regressor(regressor: "GaussianProcessRegressor | TwoFidelityRegressor", factor: float) -> dict[str, np.ndarray]:
    scale = factor * np.sqrt(regressor.inflation)
    conditioned = regressor.conditioned
    if isinstance(regressor, learning.TwoFidelityRegressor):
        low, gap, factors = regressor.low, regressor.gap, np.array([regressor.rho, 1.0])
        return {
            **_of_conditioned(conditioned, regressor.rho * low.mean + gap.mean, gap.nugget, scale),
            **_of_kernel(low.kernel),
            **{f"{GAP}{name}": array for name, array in _of_kernel(gap.kernel).items()},
            "points": _with_factors(conditioned.inputs, factors),
            "factors": factors,
        }
    return {
        **_of_conditioned(conditioned, regressor.mean, regressor.nugget, scale),
        **_of_kernel(regressor.kernel),
        "points": conditioned.inputs,
    }


def _of_conditioned(conditioned: "Conditioned", mean: float, nugget: float, scale: float) -> dict[str, np.ndarray]:
    numbers = {"mean": mean, "nugget": nugget, "scale": scale, "smallest": 0.0, "rounding": ROUNDING}
    return {
        "weights": conditioned.weights,
        "roots": np.ones(len(conditioned.values)),
        "factor": conditioned.factor,
        "nodes": NODES,
        "node_weights": WEIGHTS,
        **{name: np.asarray(number) for name, number in numbers.items()},
    }


def _of_kernel(kernel: "AnovaKernel") -> dict[str, np.ndarray]:
    centred = centring(kernel.length_scales, kernel.smooth)
    return {
        "amplitude": np.asarray(kernel.amplitude),
        "length_scales": kernel.length_scales,
        "warps": kernel.warps,
        "effects": kernel.effects,
        "pairs": kernel.pairs,
        "shares": kernel.shares,
        "interactions": kernel.interactions,
        "smooth": np.asarray(kernel.smooth, np.int8),
        "total": centred.total,
        "centred": centred.mean,
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
            meaning = MEANINGS[name.removeprefix(GAP)] + ("; difference of levels" if name.startswith(GAP) else "")
            variables[f"{part}.{name}"] = variable(dimensions, values, f"{meaning}; {part}", "1")
    units = " ".join(axis.units.replace(" ", "_") or "-" for axis in space.values())
    attributes = {
        "title": "Surrogate of a pointes campaign, to be read by reader.py",
        "parameters": " ".join(space),
        "units_of_parameters": units,
        "parts": " ".join(parts),
    }
    write_netcdf(path, variables, attributes)
