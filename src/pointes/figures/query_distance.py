"""Distances of the simulations to the final boundary, by the purpose for which they were run."""

import numpy as np
from contourpy import contour_generator
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pointes.figures.shared import style
from pointes.figures.shared.outcomes import high_fidelity, is_control, purposes
from pointes.libraries import xarray

WIDTH = 0.05  # width of a bar [fraction of block]


def boundary(risk_map: "xarray.Dataset") -> np.ndarray:
    """Return the segments of the line of risk 0.5 as start and end points, (n, 2, 2), in `style.lengths`."""
    if not style.has_boundary(risk_map):
        return np.empty((0, 2, 2))
    x, y = style.plane(risk_map)
    at_x, at_y = (style.lengths(risk_map[name], risk_map[name].values) for name in (x, y))
    contours = contour_generator(at_x, at_y, style.log_odds(risk_map).values)
    lines = [np.asarray(line) for line in contours.lines(0)]
    return np.concatenate([np.empty((0, 2, 2)), *(np.stack([line[:-1], line[1:]], axis=1) for line in lines)])


def distance(points: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Return the distances (n,) of points (n, 2) to the nearest of some line segments; infinite if there are none.

    Segments (m, 2, 2) are given by their start and end points.

    Examples
    --------
    >>> float(distance(np.array([[0.0, 1.0]]), np.array([[[0.0, 0.0], [2.0, 0.0]]]))[0])
    1.0
    """
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    length = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    share = np.clip(((points[:, None] - start) * along).sum(axis=2) / length, 0, 1)
    away = np.linalg.norm(points[:, None] - start - share[..., None] * along, axis=2)
    return np.asarray(away.min(axis=1, initial=np.inf))


def summarise(risk_map: "xarray.Dataset", simulations: "xarray.Dataset") -> dict[str, np.ndarray]:
    """Return the distances of simulated points to the final boundary by purpose, positive on its arrhythmic side.

    Low-fidelity points and the control are left out.
    """
    x, y = style.plane(risk_map)
    simulations = high_fidelity(simulations)
    simulations = simulations.isel(sample=~is_control(simulations))
    points = np.column_stack([simulations[x].values, simulations[y].values])
    odds = style.log_odds(risk_map).interp({x: ("sample", points[:, 0]), y: ("sample", points[:, 1])}).values
    places = np.column_stack([style.lengths(risk_map[name], simulations[name].values) for name in (x, y)])
    signed = np.where(odds > 0, 1, -1) * distance(places, boundary(risk_map))
    purpose = purposes(simulations)
    return {name: signed[purpose == name] for name in dict.fromkeys(purpose)}


@style.styled
def draw(risk_map: "xarray.Dataset", simulations: "xarray.Dataset") -> Figure:
    """Draw a histogram of the distance to the final boundary for each purpose of the simulations.

    The distance is measured in the plane of the map, to the boundary as it was learned in the end and not as it was
    when a point was chosen. With more than two parameters the plane is a slice, and other parts of the boundary may be
    nearer to a point than the line in it. Each histogram has its own scale of counts.
    """
    sliced = bool(style.held(risk_map))
    if not len(boundary(risk_map)):
        place = "the map's slice" if sliced else "the map"
        return style.message_figure(style.why_unlearned(risk_map) or f"{place} has no boundary from which to measure")
    groups = summarise(risk_map, simulations)
    figure = style.new_figure("single", 25 * len(groups) + 15)
    rows = figure.subplots(len(groups), 1, sharex=True, squeeze=False)[:, 0]
    everything = np.concatenate(list(groups.values()))
    edges = WIDTH * np.arange(np.floor(everything.min() / WIDTH), np.floor(everything.max() / WIDTH) + 2)
    for axes, (purpose, values) in zip(rows, groups.items(), strict=True):
        look = style.PURPOSES[purpose]
        axes.hist(values, edges, color=look.colour, edgecolor="white", linewidth=0.5)
        axes.axvline(0, color=style.BLACK, linewidth=1)
        near = int(np.sum(np.abs(values) <= WIDTH))
        axes.set_title(f"{look.name}: {near} of {len(values)} within {WIDTH:g}", fontsize=7)
        axes.set_ylabel("points")
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    line = "the boundary in the map's slice" if sliced else "the final boundary"
    of_blocks = all(style.is_block(risk_map[name]) for name in style.plane(risk_map))
    unit = "block fraction" if of_blocks else "share of range"
    rows[-1].set_xlabel(f"distance to {line} ({unit}),\nnegative on the {style.class_names(risk_map)[0]} side")
    style.annotate_slice(figure, risk_map, "points")
    return figure
