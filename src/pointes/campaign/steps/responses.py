"""What a campaign has learned of quantities: their values over the plane of a map, and along each axis."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.campaign.files import store, surrogate
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.space import Space
from pointes.campaign.steps.risk_map import held, plane
from pointes.campaign.target import Target
from pointes.learning.random_streams import RandomStream, sobol
from pointes.netcdf import Variable

if TYPE_CHECKING:
    from pointes.learning.regression.surrogate import AnySurrogate

PLANE = 101
"""Points along each axis of the plane."""

STEPS, OTHERS = 33, 512
"""Points along each axis, and points of all other axes over which they are averaged."""

BAND = (0.05, 0.95)
"""Quantiles of the predictions over the other axes."""


def write_response_map(
    path: Path | str,
    learned: "AnySurrogate",
    space: Space,
    target: Target,
    units: Mapping[str, str],
    nothing_learned: str = "",
) -> None:
    """Write quantities, their standard deviations and where they are regular over the first two axes of the space."""
    axes, points = plane(space, PLANE)
    x, y = axes
    at = space.coordinates(points)
    mean, sd = learned.predict(at)

    def field(values: np.ndarray, long_name: str, unit: str) -> Variable:
        shown = np.full(len(points), np.nan) if nothing_learned else values
        return variable((y, x), shown.reshape(PLANE, PLANE), long_name, unit, fill_value=np.nan)

    variables = dict(axes)
    for k, name in enumerate(target.results):
        variables[name] = field(mean[:, k], f"prediction of {name}", units[name])
        variables[_sd(name)] = field(sd[:, k], f"standard deviation of the prediction of {name}", units[name])
    regular = learned.probability_regular(at)
    variables["regular"] = field(regular, "probability that the cell or tissue is safe and has all quantities", "1")
    write_netcdf(path, variables, _attributes("Learned quantities", target, nothing_learned) | held(space))


def write_responses(
    path: Path | str,
    learned: "AnySurrogate",
    space: Space,
    target: Target,
    units: Mapping[str, str],
    seed: int,
    nothing_learned: str = "",
) -> None:
    """Write the mean prediction along each axis, and its quantiles, over the regular part of all other axes."""
    others = sobol(space.bounds, 0, OTHERS, seed, RandomStream.REFERENCE)
    along = [space.axis_grid(name, STEPS) for name in space]
    shape = (len(space), STEPS, len(target.results))
    mean, low, high = (np.full(shape, np.nan) for _ in range(3))
    for axis in range(len(space)) if not nothing_learned else ():
        for step, value in enumerate(np.linspace(space.bounds[axis, 0], space.bounds[axis, 1], STEPS)):
            points = others.copy()
            points[:, axis] = value
            regular = learned.probability_regular(points) > 0.5
            if regular.any():
                predicted = learned.predict(points[regular])[0]
                mean[axis, step] = predicted.mean(axis=0)
                low[axis, step], high[axis, step] = np.quantile(predicted, BAND, axis=0)
    meanings = [store.axis_attributes(name, axis) for name, axis in space.items()]
    labels = np.array([one["long_name"] for one in meanings])
    variables = {
        "parameter": variable(("parameter",), np.array(space.names), "axis of the space"),
        "label": variable(("parameter",), labels, "what values of the axis are"),
        "unit": variable(("parameter",), np.array([one.get("units", "") for one in meanings]), "unit of the axis"),
        "logarithmic": variable(
            ("parameter",), np.array([axis.log for axis in space.values()], np.int8), "whether the axis is logarithmic"
        ),
        "value": variable(("parameter", "step"), np.stack(along), "value of the axis, in its own unit"),
    }
    for k, name in enumerate(target.results):
        for suffix, values, meaning in (
            ("", mean, "mean prediction over the other axes"),
            ("_low", low, "5 % quantile of the prediction over the other axes"),
            ("_high", high, "95 % quantile of the prediction over the other axes"),
        ):
            dimensions = ("parameter", "step")
            variables[f"{name}{suffix}"] = variable(dimensions, values[..., k], meaning, units[name], fill_value=np.nan)
    write_netcdf(path, variables, _attributes("Learned quantities along each axis", target, nothing_learned))


def _sd(name: str) -> str:
    """Return the name of the variable with the standard deviation of a quantity."""
    return f"{name}_sd"


def _attributes(title: str, target: Target, nothing_learned: str) -> dict[str, Any]:
    return {
        "title": title,
        "quantities": " ".join(target.results),
        **surrogate.reason_attribute(nothing_learned),
    }
