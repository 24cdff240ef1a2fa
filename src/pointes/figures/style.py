"""What all figures share: sizes, colours that survive colour blindness, labels, and how a file is written.

Most colours are those of Okabe and Ito, "Color universal design" (2008), https://jfly.uni-koeln.de/color/. Whatever a
colour says is said a second time by a marker, a line style or a word.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import offset_copy

from pointes.files import replacing

if TYPE_CHECKING:
    import xarray as xr

BLACK = "#000000"
GREY = "#6b6b6b"
ORANGE = "#e69f00"
SKY = "#56b4e9"
YELLOW = "#f0e442"
GREEN = "#009e73"
BLUE = "#0072b2"
VERMILLION = "#d55e00"
RUST = "#b5300a"  # not theirs: next to orange, vermillion is too close for a deuteranope
PURPLE = "#cc79a7"


LEGEND_LINE = 12  # height of a line of a legend, points


class Look(NamedTuple):
    """How one class of things is shown: by colour, by marker and by line style, so that any one of them suffices."""

    name: str
    colour: str
    marker: str
    line: str = "-"
    text: str = ""


CATEGORIES = {
    "high": Look("high risk", RUST, "D", text=RUST),
    "intermediate": Look("intermediate risk", ORANGE, "s", text="#8a6000"),
    "low": Look("low risk", BLUE, "o", text=BLUE),
    "": Look("category unknown", GREY, "v", text=GREY),
}
LABELS = {0: Look("safe", "#1b7837", "o"), 1: Look("arrhythmic", "#762a83", "^", "--")}
FAILED = Look("failed", GREY, "x")
CONTROL = Look("control", BLACK, "*")
PURPOSES = {
    "start": Look("start (Sobol)", GREY, "s", ":"),
    "boundary": Look("chosen by the classifier", VERMILLION, "D"),
    "stream": Look("unbiased stream (Sobol)", BLUE, "o", "--"),
    "given": Look("of an earlier campaign", SKY, "v"),
    "landmark": Look("one current alone", YELLOW, "P", ":"),
    "verification": Look("verification along the boundary", BLACK, "^", "-."),
}
DESIGNS = {
    "active": Look("active", BLACK, "D"),
    "sobol": Look("Sobol", SKY, "o", "--"),
    "random": Look("random", PURPLE, "s", ":"),
}

# From safe over even odds to arrhythmic: pale tints of the two label colours, on which points and lines stand out.
RISK_COLOURS = LinearSegmentedColormap.from_list("risk", ["#dcefe0", "#f7f7f5", "#ddcae6"])

SIZES = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "pointes",
}


P = ParamSpec("P")
R = TypeVar("R")


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function run under the style of the figures; matplotlib's own settings are as before when it returns."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        # The defaults come first, or a matplotlibrc file would show; without their backend, which would load pyplot.
        settings = {**mpl.rcParamsDefault, **SIZES}
        del settings["backend"]
        with mpl.rc_context(settings):
            return function(*args, **kwargs)

    return inner


@styled
def save(figure: Figure, *paths: str | Path) -> None:
    """Write a figure to each path, in the format that its suffix names.

    The same figure gives the same bytes each time: no date is written, and SVG identifiers are hashed with a fixed
    salt. A reader never sees half a file.

    Parameters
    ----------
    figure
        The figure.
    paths
        Files ending in ``.svg`` or ``.png`` (200 dots per inch). Folders are made when missing.
    """
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = path.suffix.removeprefix(".")
        with replacing(path) as temporary:
            figure.savefig(temporary, format=kind, dpi=200, metadata={"Date": None} if kind == "svg" else None)


def heading(axes: Axes, title: str, handles: Sequence[Artist], last: Sequence[Artist] = ()) -> Text:
    """Write the title above a panel and its legend between the two, in one line or, of more than five entries, two.

    The entries ``last`` have a line of their own below the others. Returns the title.
    """
    lines = 1 if len(handles) <= 5 else 2
    height = LEGEND_LINE * bool(last)
    above = axes.set_title(title, pad=6 + LEGEND_LINE * lines + height)
    place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0), "handletextpad": 0.3, "columnspacing": 1}
    if last:
        axes.add_artist(axes.legend(handles=last, ncols=len(last), **place))
    place["bbox_transform"] = offset_copy(axes.transAxes, axes.figure, y=height, units="points")
    axes.legend(handles=handles, ncols=-(-len(handles) // lines), **place)
    return above


def say(axes: Axes, sentence: str) -> None:
    """Write a sentence into a panel that has nothing to show, in place of its axes; a title stays."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, sentence, transform=axes.transAxes, ha="center", va="center", color=GREY)


def nothing(sentence: str) -> Figure:
    """Return a figure that says why there is nothing to show."""
    figure = Figure(figsize=(4.6, 1.2), layout="constrained")
    say(figure.subplots(), sentence)
    return figure


def unlearned(dataset: "xr.Dataset") -> str:
    """Return a sentence that says why a file tells no risk; empty if something was learned."""
    reason = dataset.attrs.get("nothing_learned", "")
    return reason and f"Nothing was learned, because {reason}."


def mark(marker: str, face: str, label: str) -> Line2D:
    """Return a legend entry that is a marker alone."""
    return Line2D([], [], color="none", marker=marker, markerfacecolor=face, markeredgecolor="#333333", label=label)


def category_entries(shown: Iterable[str]) -> list[Line2D]:
    """Return the legend entries of the drugs' categories that are shown, the riskiest first."""
    shown = set(shown)
    looks = [look for name, look in CATEGORIES.items() if name in shown]
    return [Line2D([], [], color=look.colour, marker=look.marker, label=look.name) for look in looks]


def plane(risk_map: "xr.Dataset") -> tuple[str, str]:
    """Return the names of a risk map's parameters, that of the horizontal axis (the last dimension) first."""
    vertical, horizontal = risk_map["risk"].dims
    return str(horizontal), str(vertical)


def slice_of(risk_map: "xr.Dataset") -> dict[str, float]:
    """Return the attributes that say at which block the other parameters are held; none of a map of two."""
    return {name: value for name, value in risk_map.attrs.items() if name.startswith("block_of_")}


def tell_slice(figure: Figure, risk_map: "xr.Dataset", projected: str) -> None:
    """Say above a figure where a map of more than two parameters is cut, and what is projected onto it.

    And that it tells no risk, if nothing was learned.
    """
    fixed = [f"{name.removeprefix('block_of_')} {low:g}" for name, low in slice_of(risk_map).items()]
    cut = fixed and f"Slice at block of {', '.join(fixed)}; {projected} are projected onto it"
    sentences = [sentence for sentence in (unlearned(risk_map), cut) if sentence]
    if sentences:
        figure.suptitle("\n".join([*sentences, ""]), fontsize=8)  # the empty line keeps the panels' headings away


def show_risk(axes: Axes, x: np.ndarray, y: np.ndarray, risk: np.ndarray) -> None:
    """Colour a plane by its risk, (n_y, n_x); rasterised, as it would be tens of thousands of paths."""
    axes.pcolormesh(x, y, risk, cmap=RISK_COLOURS, vmin=0, vmax=1, shading="gouraud", rasterized=True)


def log_odds(risk_map: "xr.Dataset") -> "xr.DataArray":
    """Return the log odds of a map's risk: 0 on the boundary, and even where the risk itself is a step."""
    risk = risk_map["risk"].clip(1e-12, 1 - 1e-12)
    return np.log(risk) - np.log1p(-risk)


def has_boundary(risk_map: "xr.Dataset") -> bool:
    """Return whether the risk of a map is 0.5 somewhere between its points."""
    return bool(risk_map["risk"].min() < 0.5 < risk_map["risk"].max())


def show_boundary(axes: Axes, risk_map: "xr.Dataset", linewidth: float = 1.0) -> None:
    """Draw where the risk of a map is 0.5, if it is anywhere, and label the axes of its plane."""
    x, y = plane(risk_map)
    if has_boundary(risk_map):
        axes.contour(risk_map[x], risk_map[y], log_odds(risk_map), levels=[0], colors=BLACK, linewidths=linewidth)
    axes.set(xlabel=block_label(risk_map[x]), ylabel=block_label(risk_map[y]), aspect="equal")


def block_label(parameter: "xr.DataArray") -> str:
    """Return the axis label of a parameter, a fraction that is blocked."""
    return f"{parameter.attrs.get('long_name', f'block of {parameter.name}')} (fraction)"
