"""The learned risk on a grid over the first two parameters."""

from pathlib import Path

import numpy as np

from pointes import learning
from pointes.campaign.files import surrogate
from pointes.campaign.files.results import write_netcdf
from pointes.campaign.files.samples import Ranges
from pointes.netcdf import Variable

POINTS = 201
"""Points along each axis of the grid."""


def write_risk_map(
    path: Path | str, classifier: "learning.GaussianProcessClassifier", ranges: Ranges, nothing_learned: str = ""
) -> None:
    """Write the risk where the first two parameters vary, and others are at their lower bound; missing if unlearned."""
    x, y = list(ranges)[:2]
    along_x, along_y = (np.linspace(*ranges[name], POINTS) for name in (x, y))
    grid = np.tile([low for low, _ in ranges.values()], (POINTS, POINTS, 1))
    grid[..., 0], grid[..., 1] = np.meshgrid(along_x, along_y)
    points = grid.reshape(-1, len(ranges))
    risk, (mean, sd) = classifier.predict_proba(points), classifier.latent(points)

    def field(values: np.ndarray, long_name: str) -> Variable:
        shown = np.full(len(points), np.nan) if nothing_learned else values
        return Variable((y, x), shown.reshape(POINTS, POINTS), {"long_name": long_name, "units": "1"}, np.nan)

    def axis(name: str, values: np.ndarray) -> Variable:
        return Variable((name,), values, {"long_name": f"block of {name}", "units": "1"})

    variables = {
        x: axis(x, along_x),
        y: axis(y, along_y),
        "risk": field(risk, "probability of arrhythmia"),
        "latent_mean": field(mean, "mean of the Gaussian that approximates the latent process"),
        "latent_sd": field(sd, "standard deviation of that Gaussian"),
    }
    others = {name: low for name, (low, _) in list(ranges.items())[2:]}
    attributes = {"title": "Risk of arrhythmia", "parameters": f"{x} {y}", **surrogate.told(nothing_learned)}
    write_netcdf(path, variables, attributes | {f"block_of_{name}": low for name, low in others.items()})
