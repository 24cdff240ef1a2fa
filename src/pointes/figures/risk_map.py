"""The risk map: where in the plane of two channel blocks the cell becomes arrhythmic, and where the drugs lie."""

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import BoundaryNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from scipy.optimize import isotonic_regression

from pointes.figures import style
from pointes.figures.outcomes import levels
from pointes.figures.trajectories import MARKED, Trajectory, log_odds, summarise

if TYPE_CHECKING:
    import xarray as xr

BAND = (0.05, 0.95)  # a predicted risk between these two leaves the class open
BAND_COLOUR = "#8a8a8a80"
SIZES = ((28, 1.0), (9, 0.6))  # area and opacity of points, of the scale that is sought and of the cheap one
NAME_GAP = 0.033  # least distance between drug names, as a share of the axis
LEADER = {"arrowstyle": "-", "color": style.GREY, "linewidth": 0.4, "shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)}
NAME = {"va": "center", "fontsize": 6.5, "arrowprops": LEADER, "annotation_clip": False}


@style.styled
def draw(risk_map: "xr.Dataset", simulations: "xr.Dataset", drugs: "xr.Dataset | None" = None) -> Figure:
    """Draw the map twice: with the simulated points, and with the drugs' ways through it at rising concentration.

    Where nothing was learned no risk is drawn, and a sentence says why.

    Parameters
    ----------
    risk_map
        ``risk``, the predicted probability of arrhythmia, over two parameters, the last one drawn to the right.
    simulations
        ``iteration``, ``label``, ``status`` and the parameters of each ``sample``; and ``fidelity`` if there are two
        scales, of which the cheap one gets smaller and paler points.
    drugs
        Blocks over ``drug`` and ``multiple`` of Cmax, named as the parameters, and each drug's ``category``. Without
        them the map is drawn once.

    Notes
    -----
    The map is the surrogate's: only the points are simulated. With more than two parameters it shows the slice at the
    lower bound of the others, onto which points and drugs are projected; a point can then lie on the wrong side of the
    line.
    """
    x, y = style.plane(risk_map)
    panels = 1 if drugs is None else 2
    figure = Figure(figsize=(5.4 * panels, 6.0), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for panel in axes:
        _field(panel, risk_map)
    _samples(axes[0], risk_map, simulations)
    if drugs is not None:
        _drugs(axes[1], summarise(drugs, x, y), drugs["multiple"].values)
    if not style.unlearned(risk_map):
        scale = ScalarMappable(Normalize(0, 1), style.RISK_COLOURS)
        bar = _colourbar(axes[-1], scale, "risk: predicted probability of arrhythmia")
        bar.set_ticks([0, 0.25, 0.5, 0.75, 1], labels=["0 (safe)", "0.25", "0.5", "0.75", "1 (arrhythmic)"])
    style.tell_slice(figure, risk_map, "points and drugs")
    return figure


def _field(axes: Axes, risk_map: "xr.Dataset") -> None:
    x, y = style.plane(risk_map)
    grid, risk = (risk_map[x].values, risk_map[y].values), risk_map["risk"].values
    style.show_risk(axes, *grid, risk)
    if _has_band(risk_map):
        # From one grid point to the next risk may jump from 0 to 1: contours are smooth in what it is a function of.
        axes.contourf(*grid, log_odds(risk), levels=log_odds(BAND), colors=[BAND_COLOUR])
    style.show_boundary(axes, risk_map)


def _has_band(risk_map: "xr.Dataset") -> bool:
    low, high = BAND
    return bool(risk_map["risk"].max() > low and risk_map["risk"].min() < high)


def _samples(axes: Axes, risk_map: "xr.Dataset", simulations: "xr.Dataset") -> None:
    x, y = style.plane(risk_map)
    iteration = simulations["iteration"].values
    first, last = min(int(iteration.min()), 0), int(iteration.max())
    count = last + 1 - first
    steps = BoundaryNorm(np.arange(first - 0.5, last + 1), count)
    colours = ScalarMappable(steps, mpl.colormaps["viridis"].resampled(count))
    handles = []
    for (scale, simulated), (size, alpha) in zip(levels(simulations)[::-1], SIZES, strict=False):
        ok = simulated["status"].values == 0
        groups = [(ok & (simulated["label"].values == label), look) for label, look in style.LABELS.items()]
        for chosen, look in [*groups, (~ok, style.FAILED)]:
            if not chosen.any():
                continue
            name = f"{scale} {look.name}".strip()
            at = simulated[x].values[chosen], simulated[y].values[chosen]
            drawn = {"marker": look.marker, "s": size, "alpha": alpha, "zorder": 2 + alpha, "clip_on": False}
            edges = {} if look is style.FAILED else {"edgecolors": "#222222", "linewidths": 0.4}
            faces = colours.to_rgba(simulated["iteration"].values[chosen])
            axes.scatter(*at, c=faces, label=name, **drawn, **edges)
            handles.append(style.mark(look.marker, "#333333", f"{name} ({chosen.sum()})"))
            handles[-1].set(markersize=size**0.5 - 0.8, alpha=alpha)
    if style.has_boundary(risk_map):
        handles.append(Line2D([], [], color=style.BLACK, label="risk 0.5"))
    if _has_band(risk_map):
        handles.append(Patch(facecolor=BAND_COLOUR, label=f"risk {BAND[0]} to {BAND[1]}"))
    style.heading(axes, f"{len(iteration)} simulations", handles)
    bar = _colourbar(axes, colours, f"iteration that chose the point ({'-1: imported, ' * (first < 0)}0: start)")
    bar.set_ticks(np.arange(first, last + 1, last // 10 + 1), minor=False)
    bar.minorticks_off()


def _drugs(axes: Axes, drugs: list[Trajectory], multiples: np.ndarray) -> None:
    for drug in drugs:
        look = style.CATEGORIES[drug.category]
        axes.plot(*drug.path.T, color=look.colour, linewidth=0.9, label=drug.drug)
        for at, face in zip(drug.marks, (look.colour, "white"), strict=True):
            axes.plot(*at, look.marker, color=face, markeredgecolor=look.colour, markersize=4, zorder=3, clip_on=False)
    _names(axes, drugs)
    categories = style.category_entries(drug.category for drug in drugs)
    doses = [
        style.mark("o", face, f"{dose:g} × Cmax") for dose, face in zip(MARKED, (style.BLACK, "white"), strict=True)
    ]
    title = f"{len(drugs)} drugs from {multiples.min():g} to {multiples.max():g} × Cmax"
    style.heading(axes, title, categories + doses)


def _names(axes: Axes, drugs: list[Trajectory]) -> None:
    """Name each line at its end: beside it in the left half of the panel, in the right margin otherwise."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    outside = [drug.path[-1, 0] > (left + right) / 2 for drug in drugs]
    for margin in (False, True):
        group = [drug for drug, out in zip(drugs, outside, strict=True) if out == margin]
        group.sort(key=lambda drug: drug.path[-1, 1])
        gap = NAME_GAP * (top - bottom)
        wanted = np.array([drug.path[-1, 1] for drug in group])
        # Inside, names stand clear of the lines that begin at the bottom, and of the frame.
        heights = spread(wanted, gap, bottom, top) if margin else spread(wanted + 3 * gap, gap, bottom, top - gap)
        for drug, height in zip(group, heights, strict=True):
            end = drug.path[-1]
            start = (right if margin else end[0]) + 0.05 * (right - left)
            colour = style.CATEGORIES[drug.category].text
            halo = [] if margin else [withStroke(linewidth=2, foreground="#ffffffb0")]  # only where it crosses lines
            axes.annotate(drug.drug, end, (start, height), color=colour, path_effects=halo, **NAME)


def spread(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Move rising positions as little as possible (least squares) until they are ``gap`` apart within [low, high].

    When there is no room for that, the gap shrinks to what there is.

    Examples
    --------
    >>> spread(np.array([0.0, 5.0, 5.0]), 2.0, 0.0, 10.0)
    array([0., 4., 6.])
    """
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    offset = gap * np.arange(len(wanted))
    level = isotonic_regression(wanted - offset).x  # without the offsets the positions only have to rise
    return np.clip(level, low, high - gap * (len(wanted) - 1)) + offset


def _colourbar(axes: Axes, colours: ScalarMappable, label: str) -> Colorbar:
    return axes.figure.colorbar(colours, ax=axes, location="bottom", shrink=0.7, aspect=35, label=label)
