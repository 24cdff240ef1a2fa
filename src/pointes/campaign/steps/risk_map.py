"""The learned risk on a grid over the first two parameters."""

from pathlib import Path

import numpy as np

from pointes import learning
from pointes.campaign.files import surrogate
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.files.samples import Ranges
from pointes.netcdf import Variable

POINTS = 201
"""Points along each axis of the grid."""


def write_risk_map(
    path: Path | str, classifier: "learning.GaussianProcessClassifier", ranges: Ranges, nothing_learned: str = ""
) -> None:
    """Write the risk where the first two parameters vary and all others are at their lower bound.

    All risks are missing if ``nothing_learned`` holds a reason.
    """
    axes, points = plane(ranges, POINTS)
    x, y, *others = ranges
    risk, (mean, sd) = classifier.predict_proba(points), classifier.latent(points)

    def field(values: np.ndarray, long_name: str) -> Variable:
        shown = np.full(len(points), np.nan) if nothing_learned else values
        return variable((y, x), shown.reshape(POINTS, POINTS), long_name, "1", fill_value=np.nan)

    variables = {
        **axes,
        "risk": field(risk, "probability of arrhythmia"),
        "latent_mean": field(mean, "mean of the Gaussian that approximates the latent process"),
        "latent_sd": field(sd, "standard deviation of that Gaussian"),
    }
    attributes = {"title": "Risk of arrhythmia", "parameters": f"{x} {y}"}
    attributes |= surrogate.reason_attribute(nothing_learned)
    write_netcdf(path, variables, attributes | {f"block_of_{name}": ranges[name][0] for name in others})


def plane(ranges: Ranges, count: int) -> tuple[dict[str, Variable], np.ndarray]:
    """Return axes and points (count², d) of a grid over the first two parameters; others are at their lower bound."""
    x, y = list(ranges)[:2]
    along = {name: np.linspace(*ranges[name], count) for name in (x, y)}
    grid = np.tile([low for low, _ in ranges.values()], (count, count, 1))
    grid[..., 0], grid[..., 1] = np.meshgrid(along[x], along[y])
    axes = {name: variable((name,), values, f"block of {name}", "1") for name, values in along.items()}
    return axes, grid.reshape(-1, len(ranges))
