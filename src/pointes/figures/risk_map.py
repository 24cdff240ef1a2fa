"""Map of the risk of arrhythmia over the blocks of two channels, with the simulations and the drugs."""

import re
from collections.abc import Mapping
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
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

from pointes.figures.shared import style
from pointes.figures.shared.outcomes import by_fidelity, control_as_text, is_control
from pointes.figures.shared.trajectories import MARKED, Trajectory, log_odds, summarise
from pointes.libraries import xarray
from pointes.vocabulary import Status

BAND = (0.05, 0.95)  # between these risks the class is open
BAND_COLOUR = "#8a8a8a80"
SIZES = ((20, 1.0), (7, 0.6))  # area and opacity of points of the high and of the low fidelity
NAME_SIZE = 6  # points
COLUMNS, LETTERS = 3, 44  # columns of a legend above a panel, and letters of a line of it
NAME_GAP = 0.037  # least distance between names in the margin, as a share of the axis
NEAR = 0.13  # largest distance from the end of a line to its name, as a share of the axis
UNBROKEN = re.compile("(?<!,) ")  # spaces at which a text is not broken: those within a part of a list
LEADER: dict[str, Any] = {
    "arrowstyle": "-",
    "color": style.GREY,
    "linewidth": 0.4,
    "shrinkA": 1,
    "shrinkB": 0,
    "relpos": (0, 0.5),
}


@style.styled
def draw(
    risk_map: "xarray.Dataset",
    simulations: "xarray.Dataset",
    control: Mapping[str, Any],
    drugs: "xarray.Dataset | None" = None,
) -> Figure:
    """Draw the map with the simulated points and, if there are drugs, again with the trajectories of the drugs.

    Where nothing was learned no risk is drawn, and a sentence says why. The riskiest drugs are named first, and drugs
    without room for their names are not named.

    The map is predicted by the surrogate, and only the points are simulated. With more than two parameters it shows the
    slice at the lower bound of the others. Points and drugs are projected onto the slice, so that a point can lie on
    the wrong side of the line.

    Parameters
    ----------
    risk_map
        ``risk``, the predicted probability of arrhythmia, over two parameters, the last one on the horizontal axis.
    simulations
        ``iteration``, ``purpose``, ``label``, ``status`` and parameters of each ``sample``, and ``fidelity`` if there
        are two: low-fidelity points are smaller and paler.
    control
        ``state``, ``risk`` and biomarkers of the control, which is shown if it lies in the plane.
    drugs
        Blocks by ``drug`` and ``multiple`` of Cmax, and ``category`` and ``critical_multiple`` of each drug.
    """
    x, y = style.plane(risk_map)
    panels = 1 if drugs is None else 2
    taller = 10 if "fidelity" in simulations else 0  # for the longer legend of two scales [mm]
    figure = style.new_figure(*(("single", 128 + taller) if drugs is None else ("double", 122 + taller)))
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for panel in axes:
        _draw_field(panel, risk_map)
    _draw_samples(axes[0], risk_map, simulations, control)
    if not style.why_unlearned(risk_map):
        scale = ScalarMappable(Normalize(0, 1), style.RISK_COLOURS)
        first, second = style.class_names(risk_map)
        of_class = "arrhythmia" if second == style.LABELS[1].name else second
        bar = _add_colourbar(axes[-1], scale, f"risk: predicted probability of {of_class}")
        bar.set_ticks([0, 0.25, 0.5, 0.75, 1], labels=[f"0 ({first})", "0.25", "0.5", "0.75", f"1 ({second})"])
    style.annotate_slice(figure, risk_map, "points" if drugs is None else "points and drugs")
    if drugs is not None:
        trajectories = summarise(drugs.sortby("critical_multiple"), x, y)
        title = _draw_drugs(axes[1], trajectories, drugs["multiple"].values)
        named = _name_drugs(axes[1], trajectories)  # last, when everything else has its place
        if named < len(trajectories):
            title.set_text(f"{title.get_text()}, {named} of them named")
    return figure


def _draw_field(axes: Axes, risk_map: "xarray.Dataset") -> None:
    x, y = style.plane(risk_map)
    grid, risk = (risk_map[x].values, risk_map[y].values), risk_map["risk"].values
    style.draw_risk(axes, *grid, risk)
    # The risk may jump from 0 to 1 between grid points: contours of the log odds are smoother
    if _is_open(risk_map):
        axes.contourf(*grid, log_odds(risk), levels=log_odds(BAND), colors=[BAND_COLOUR])
    style.draw_boundary(axes, risk_map)


def _is_open(risk_map: "xarray.Dataset") -> bool:
    """Return whether the class is open somewhere on a map."""
    return bool(risk_map["risk"].min() < BAND[1] and risk_map["risk"].max() > BAND[0])


def _draw_samples(
    axes: Axes, risk_map: "xarray.Dataset", simulations: "xarray.Dataset", control: Mapping[str, Any]
) -> None:
    x, y = style.plane(risk_map)
    iteration = simulations["iteration"].values
    first, last = min(int(iteration.min()), 0), int(iteration.max())
    count = last + 1 - first
    steps = BoundaryNorm(np.arange(first - 0.5, last + 1), count)
    colours = ScalarMappable(steps, mpl.colormaps["viridis"].resampled(count))
    handles: list[Artist] = []
    for (scale, group), (size, alpha) in zip(by_fidelity(simulations)[::-1], SIZES, strict=False):
        group = group.isel(sample=~is_control(group))
        ok = group["status"].values == Status.OK
        classes = [(ok & (group["label"].values == label), look) for label, look in style.labels(group).items()]
        for chosen, look in [*classes, (~ok, style.FAILED)]:
            if not chosen.any():
                continue
            name = f"{scale} {look.name}".strip()
            faces = colours.to_rgba(group["iteration"].values[chosen])
            at = group[x].values[chosen], group[y].values[chosen]
            points = axes.scatter(*at, size, faces, marker=look.marker, alpha=alpha, label=name)
            points.set(zorder=2 + alpha, clip_on=False)
            if look is not style.FAILED:
                points.set(edgecolors="#222222", linewidths=0.4)
            entry = style.marker_entry(look.marker, "#333333", f"{name} ({chosen.sum()})")
            entry.set(markersize=size**0.5 - 0.8, alpha=alpha)
            handles.append(entry)
    if style.has_boundary(risk_map):
        handles.append(Line2D([], [], color=style.BLACK, label="risk 0.5"))
    if _is_open(risk_map):
        handles.append(Patch(facecolor=BAND_COLOUR, label=f"risk {BAND[0]} to {BAND[1]}"))
    columns = 2 if "fidelity" in simulations else COLUMNS  # names of two scales are long
    entries = _draw_control(axes, risk_map, control)
    style.add_heading(axes, f"{len(iteration)} simulations", handles, entries, columns)
    imported = "-1: imported, " if first < 0 else ""
    bar = _add_colourbar(axes, colours, f"iteration that chose the point ({imported}0: start)")
    bar.set_ticks(list(range(first, last + 1, last // 10 + 1)), minor=False)
    bar.minorticks_off()


def _draw_control(axes: Axes, risk_map: "xarray.Dataset", control: Mapping[str, Any]) -> list[Line2D]:
    """Mark the control, if it lies in the plane, and return its entry of the legend."""
    x, y = (risk_map[name] for name in style.plane(risk_map))
    if any(not float(axis.min()) <= style.control_of(axis) <= float(axis.max()) for axis in (x, y)):
        return []
    look = style.CONTROL
    (marker,) = axes.plot(style.control_of(x), style.control_of(y), zorder=4, clip_on=False)
    text = f"{look.name}: {control_as_text(control)}"
    entry = Line2D([], [], label=fill(UNBROKEN.sub("\xa0", text), LETTERS))
    for drawn in (marker, entry):
        drawn.set(linestyle="none", marker=look.marker, markersize=9)
        drawn.set(markerfacecolor="white", markeredgecolor=look.colour)
    return [entry]


def _draw_drugs(axes: Axes, drugs: list[Trajectory], multiples: np.ndarray) -> Text:
    for drug in drugs:
        look = style.CATEGORIES[drug.category]
        # Drugs that block one of the channels only lie on the frame, and are drawn above it
        axes.plot(*drug.path.T, color=look.colour, linewidth=0.9, label=drug.drug, zorder=2.6, clip_on=False)
        for at, face in zip(drug.marks, (look.colour, "white"), strict=True):
            axes.plot(*at, look.marker, color=face, markeredgecolor=look.colour, markersize=4, zorder=3, clip_on=False)
    categories = style.category_entries(drug.category for drug in drugs)
    doses = [
        style.marker_entry("o", face, f"{dose:g} × Cmax")
        for column, (dose, face) in enumerate(zip(MARKED, (style.BLACK, "white"), strict=True))
        if any(np.isfinite(drug.marks[column]).all() for drug in drugs)
    ]
    count = "1 drug" if len(drugs) == 1 else f"{len(drugs)} drugs"
    title = f"{count} from {multiples.min():g} to {multiples.max():g} × Cmax"
    return style.add_heading(axes, title, categories + doses, columns=COLUMNS)


def _name_drugs(axes: Axes, drugs: list[Trajectory]) -> int:
    """Name lines at their ends, in the right margin if that is near and else on the map; return the number named."""
    import textalloc  # takes long to load, and only maps with drugs need it

    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    near = right - NEAR * (right - left)
    outside = [drug for drug in drugs if drug.path[-1, 0] >= near][: int(1 / NAME_GAP)]
    outside.sort(key=lambda drug: drug.path[-1, 1])
    heights = spread(np.array([drug.path[-1, 1] for drug in outside]), NAME_GAP * (top - bottom), bottom, top)
    beside = right + 0.05 * (right - left)
    for drug, height in zip(outside, heights, strict=True):
        name = axes.annotate(drug.drug, drug.path[-1], (beside, height), arrowprops=LEADER, annotation_clip=False)
        name.set(va="center", fontsize=NAME_SIZE, color=style.CATEGORIES[drug.category].text)
    inside = [drug for drug in drugs if drug.path[-1, 0] < near]
    if not inside:
        return len(outside)
    ends = np.array([drug.path[-1] for drug in inside])
    marks = np.concatenate([drug.marks for drug in drugs])
    covered = np.concatenate([ends, marks[np.isfinite(marks).all(axis=1)]])
    _, _, placed, _ = textalloc.allocate(
        axes,
        ends[:, 0],
        ends[:, 1],
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

    Where there is no room for that, the gap is as large as the room allows.

    Examples
    --------
    >>> spread(np.array([0.0, 5.0, 5.0]), 2.0, 0.0, 10.0)
    array([0., 4., 6.])
    """
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    offset = gap * np.arange(len(wanted))
    start = isotonic_regression(wanted - offset).x  # without the offsets the positions only have to rise
    return np.asarray(np.clip(start, low, high - gap * (len(wanted) - 1)) + offset)


def _add_colourbar(axes: Axes, colours: ScalarMappable, label: str) -> Colorbar:
    return axes.figure.colorbar(colours, ax=axes, location="bottom", shrink=0.8, aspect=35, label=label)
