"""The learned risk on a grid over the first two parameters."""

from pathlib import Path

import numpy as np

from pointes import learning
from pointes.campaign.files import store, surrogate
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.space import Space
from pointes.campaign.target import THE_LABEL, Target
from pointes.netcdf import Variable

POINTS = 201
"""Points along each axis of the grid."""


def write_risk_map(
    path: Path | str,
    classifier: "learning.GaussianProcessClassifier",
    space: Space,
    nothing_learned: str = "",
    target: Target = THE_LABEL,
) -> None:
    """Write the risk where the first two axes of the space vary and all others are held (`Space.reference`).

    All risks are missing if ``nothing_learned`` holds a reason.
    """
    axes, points = plane(space, POINTS)
    x, y = space.names[:2]
    at = space.coordinates(points)
    risk, (mean, sd) = classifier.predict_proba(at), classifier.latent(at)

    of_class = "probability of arrhythmia" if target.is_default else f"probability of {target.classes[1]}"

    def field(values: np.ndarray, long_name: str) -> Variable:
        shown = np.full(len(points), np.nan) if nothing_learned else values
        return variable((y, x), shown.reshape(POINTS, POINTS), long_name, "1", fill_value=np.nan)

    variables = {
        **axes,
        "risk": field(risk, of_class),
        "latent_mean": field(mean, "mean of the Gaussian that approximates the latent process"),
        "latent_sd": field(sd, "standard deviation of that Gaussian"),
    }
    attributes = {"title": "Risk of arrhythmia", "parameters": f"{x} {y}"}
    attributes |= surrogate.reason_attribute(nothing_learned) | surrogate.class_attribute(target)
    write_netcdf(path, variables, attributes | held(space))


def plane(space: Space, count: int) -> tuple[dict[str, Variable], np.ndarray]:
    """Return axes and points (count², d) of a grid over the first two axes of the space; all others are held."""
    x, y = space.names[:2]
    along = {name: space.axis_grid(name, count) for name in (x, y)}
    grid = np.tile(space.reference, (count, count, 1))
    grid[..., 0], grid[..., 1] = np.meshgrid(along[x], along[y])
    axes = {name: Variable((name,), values, store.axis_attributes(name, space[name])) for name, values in along.items()}
    return axes, grid.reshape(-1, len(space))


def held(space: Space) -> dict[str, float]:
    """Return the values of the axes that a map of the first two does not show, as attributes of its file."""
    held_at = dict(zip(space, map(float, space.reference), strict=True))
    prefix = {name: "block_of" if name in space.blocks else "value_of" for name in space}
    return {f"{prefix[name]}_{name}": held_at[name] for name in space.names[2:]}
