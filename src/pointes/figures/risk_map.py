"""The risk map: where in the plane of two channel blocks the cell becomes arrhythmic, and where the drugs lie."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
from matplotlib.text import Text
from scipy.optimize import isotonic_regression

from pointes.figures import style
from pointes.figures.outcomes import is_control, levels, tell_control
from pointes.figures.trajectories import MARKED, Trajectory, log_odds, summarise

if TYPE_CHECKING:
    import xarray as xr

BAND = (0.05, 0.95)  # a predicted risk between these two leaves the class open
BAND_COLOUR = "#8a8a8a80"
SIZES = ((28, 1.0), (9, 0.6))  # area and opacity of points, of the scale that is sought and of the cheap one
NAME_SIZE = 6.5  # points
NAME_GAP = 0.033  # least distance between names in the margin, as a share of the axis
NEAR = 0.13  # longest way from the end of a line over the map to its name, as a share of the axis
LEADER = {"arrowstyle": "-", "color": style.GREY, "linewidth": 0.4, "shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)}


@style.styled
def draw(
    risk_map: "xr.Dataset",
    simulations: "xr.Dataset",
    control: Mapping[str, Any],
    drugs: "xr.Dataset | None" = None,
) -> Figure:
    """Draw the map twice: with the simulated points, and with the drugs' ways through it at rising concentration.

    Where nothing was learned no risk is drawn, and a sentence says why. A drug that has no room for its name is not
    named; the riskiest are named first.

    Parameters
    ----------
    risk_map
        ``risk``, the predicted probability of arrhythmia, over two parameters, the last one drawn to the right.
    simulations
        ``iteration``, ``purpose``, ``label``, ``status`` and the parameters of each ``sample``; and ``fidelity`` if
        there are two scales, of which the cheap one gets smaller and paler points.
    drugs
        Blocks over ``drug`` and ``multiple`` of Cmax, named as the parameters, and each drug's ``category`` and
        ``critical_multiple``. Without them the map is drawn once.
    control
        ``state``, ``risk`` and biomarkers of the control, which is shown where the plane holds it.

    Notes
    -----
    The map is the surrogate's: only the points are simulated. With more than two parameters it shows the slice at the
    lower bound of the others, onto which points and drugs are projected; a point can then lie on the wrong side of the
    line.
    """
    x, y = style.plane(risk_map)
    panels = 1 if drugs is None else 2
    figure = Figure(figsize=(5.4 * panels, 6.3), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for panel in axes:
        _field(panel, risk_map)
    _samples(axes[0], risk_map, simulations, control)
    if not style.unlearned(risk_map):
        scale = ScalarMappable(Normalize(0, 1), style.RISK_COLOURS)
        bar = _colourbar(axes[-1], scale, "risk: predicted probability of arrhythmia")
        bar.set_ticks([0, 0.25, 0.5, 0.75, 1], labels=["0 (safe)", "0.25", "0.5", "0.75", "1 (arrhythmic)"])
    style.tell_slice(figure, risk_map, "points and drugs")
    if drugs is not None:
        drawn = summarise(drugs.sortby("critical_multiple"), x, y)
        title = _drugs(axes[1], drawn, drugs["multiple"].values)
        named = _name(axes[1], drawn)  # last, when everything else has its place
        if named < len(drawn):
            title.set_text(f"{title.get_text()}, {named} of them named")
    return figure


def _field(axes: Axes, risk_map: "xr.Dataset") -> None:
    x, y = style.plane(risk_map)
    grid, risk = (risk_map[x].values, risk_map[y].values), risk_map["risk"].values
    style.show_risk(axes, *grid, risk)
    # From one grid point to the next risk may jump from 0 to 1: contours are smooth in what it is a function of.
    if _is_open(risk_map):
        axes.contourf(*grid, log_odds(risk), levels=log_odds(BAND), colors=[BAND_COLOUR])
    style.show_boundary(axes, risk_map)


def _is_open(risk_map: "xr.Dataset") -> bool:
    """Return whether the class is open somewhere on a map, so that there is a band to draw."""
    return bool(risk_map["risk"].min() < BAND[1] and risk_map["risk"].max() > BAND[0])


def _samples(axes: Axes, risk_map: "xr.Dataset", simulations: "xr.Dataset", control: Mapping[str, Any]) -> None:
    x, y = style.plane(risk_map)
    iteration = simulations["iteration"].values
    first, last = min(int(iteration.min()), 0), int(iteration.max())
    count = last + 1 - first
    steps = BoundaryNorm(np.arange(first - 0.5, last + 1), count)
    colours = ScalarMappable(steps, mpl.colormaps["viridis"].resampled(count))
    handles = []
    for (scale, simulated), (size, alpha) in zip(levels(simulations)[::-1], SIZES, strict=False):
        simulated = simulated.isel(sample=~is_control(simulated))
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
    if _is_open(risk_map):
        handles.append(Patch(facecolor=BAND_COLOUR, label=f"risk {BAND[0]} to {BAND[1]}"))
    style.heading(axes, f"{len(iteration)} simulations", handles, _control(axes, risk_map, control))
    bar = _colourbar(axes, colours, f"iteration that chose the point ({'-1: imported, ' * (first < 0)}0: start)")
    bar.set_ticks(np.arange(first, last + 1, last // 10 + 1), minor=False)
    bar.minorticks_off()


def _control(axes: Axes, risk_map: "xr.Dataset", control: Mapping[str, Any]) -> list[Line2D]:
    """Mark the control, if the plane holds it, and return its entry of the legend."""
    if any(float(risk_map[name].min()) > 0 for name in style.plane(risk_map)):
        return []
    look = style.CONTROL
    shape = {"marker": look.marker, "markerfacecolor": "white", "markeredgecolor": look.colour, "markersize": 11}
    axes.plot(0, 0, linestyle="none", zorder=4, clip_on=False, **shape)
    return [Line2D([], [], linestyle="none", label=f"{look.name}: {tell_control(control)}", **shape)]


def _drugs(axes: Axes, drugs: list[Trajectory], multiples: np.ndarray) -> Text:
    for drug in drugs:
        look = style.CATEGORIES[drug.category]
        # Above the frame, on which drugs lie that block one of the channels only
        axes.plot(*drug.path.T, color=look.colour, linewidth=0.9, label=drug.drug, zorder=2.6, clip_on=False)
        for at, face in zip(drug.marks, (look.colour, "white"), strict=True):
            axes.plot(*at, look.marker, color=face, markeredgecolor=look.colour, markersize=4, zorder=3, clip_on=False)
    categories = style.category_entries(drug.category for drug in drugs)
    doses = [
        style.mark("o", face, f"{dose:g} × Cmax")
        for column, (dose, face) in enumerate(zip(MARKED, (style.BLACK, "white"), strict=True))
        if any(np.isfinite(drug.marks[column]).all() for drug in drugs)
    ]
    count = "1 drug" if len(drugs) == 1 else f"{len(drugs)} drugs"
    title = f"{count} from {multiples.min():g} to {multiples.max():g} × Cmax"
    return style.heading(axes, title, categories + doses)


def _name(axes: Axes, drugs: list[Trajectory]) -> int:
    """Name lines at their ends, in the right margin if that is near, else on the map; return how many had room."""
    import textalloc

    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    near = right - NEAR * (right - left)
    outside = [drug for drug in drugs if drug.path[-1, 0] >= near][: int(1 / NAME_GAP)]
    outside.sort(key=lambda drug: drug.path[-1, 1])
    heights = spread(np.array([drug.path[-1, 1] for drug in outside]), NAME_GAP * (top - bottom), bottom, top)
    beside = right + 0.05 * (right - left)
    for drug, height in zip(outside, heights, strict=True):
        name = {"va": "center", "fontsize": NAME_SIZE, "arrowprops": LEADER, "annotation_clip": False}
        axes.annotate(drug.drug, drug.path[-1], (beside, height), color=style.CATEGORIES[drug.category].text, **name)
    inside = [drug for drug in drugs if drug.path[-1, 0] < near]
    if not inside:
        return len(outside)
    ends = np.array([drug.path[-1] for drug in inside])
    marks = np.concatenate([drug.marks for drug in drugs])
    covered = np.concatenate([ends, marks[np.isfinite(marks).all(axis=1)]])
    _, _, placed, _ = textalloc.allocate(
        axes,
        *ends.T,
        [drug.drug for drug in inside],
        x_scatter=covered[:, 0],
        y_scatter=covered[:, 1],
        textsize=NAME_SIZE,
        textcolor=[style.CATEGORIES[drug.category].text for drug in inside],
        linecolor=style.GREY,
        plot_kwargs={"linewidth": LEADER["linewidth"], "zorder": 2.6},
        margin=0.002,
        min_distance=0.005,
        max_distance=NEAR,
        draw_all=False,
        avoid_label_lines_overlap=True,
        avoid_crossing_label_lines=True,
        path_effects=[withStroke(linewidth=2, foreground="#ffffffb0")],  # names cross lines
    )
    return len(outside) + sum(name is not None for name in placed)


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
