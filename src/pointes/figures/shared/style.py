"""Style of all figures: sizes, colours that colour-blind readers can tell apart, labels, and writing to files.

Most colours are those of Okabe and Ito, "Color universal design" (2008), https://jfly.uni-koeln.de/color/. A marker, a
line style or a word repeats what a colour says.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from io import BytesIO
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import offset_copy
from matplotlib.typing import LineStyleType

from pointes.files import replacing
from pointes.libraries import xarray
from pointes.vocabulary import class_as_text

BLACK = "#000000"
GREY = "#6b6b6b"
ORANGE = "#e69f00"
SKY = "#56b4e9"
YELLOW = "#f0e442"
GREEN = "#009e73"
BLUE = "#0072b2"
VERMILLION = "#d55e00"
RUST = "#b5300a"  # not of that palette, in which a deuteranope can hardly tell vermillion from orange
PURPLE = "#cc79a7"

UNITS = {"mmol L-1": "mM", "mm2 ms-1": "mm²/ms", "uC uF-1": "µC/µF", "V s-1": "V/s", "m s-1": "m/s", "A F-1": "A/F"}
"""Units of netCDF files as figures write them, where they differ."""

WIDTHS = {"single": 88.0, "double": 178.0}
"""Widths of figures [mm]: one and two columns of a journal, within what most of them ask for."""

SMALLEST_TEXT = 6.0
"""Smallest size of text [points]; a figure is printed at its own size, so that this is the size on paper."""

MM_PER_INCH, POINTS_PER_INCH = 25.4, 72
MM_PER_POINT = MM_PER_INCH / POINTS_PER_INCH
LETTER = 0.57  # mean width of a letter of a sentence, as a share of the size of the text
LEGEND_LINE = 11  # height of a line of a legend [points]


class Look(NamedTuple):
    """Look of one class of things; colour, marker or line style alone tells classes apart.

    ``name`` is the text of its legend entry, and ``text`` the colour of text that belongs to it.
    """

    name: str
    colour: str
    marker: str
    line: LineStyleType = "-"
    text: str = ""


CATEGORIES = {
    "high": Look("high risk", RUST, "D", text=RUST),
    "intermediate": Look("intermediate risk", ORANGE, "s", text="#8a6000"),
    "low": Look("low risk", BLUE, "o", text=BLUE),
    "": Look("category unknown", GREY, "v", text=GREY),
}
LABELS = {0: Look("safe", "#1b7837", "o"), 1: Look("arrhythmic", "#762a83", "^", "--")}
"""Looks of the classes of arrhythmia; `labels` has them with the names of other classes."""
FAILED = Look("failed", GREY, "x")
CONTROL = Look("control", BLACK, "*")
PURPOSES = {
    "start": Look("start (Sobol)", GREY, "s", ":"),
    "boundary": Look("chosen by the classifier", VERMILLION, "D"),
    "stream": Look("unbiased stream (Sobol)", BLUE, "o", "--"),
    "given": Look("taken from an earlier campaign", SKY, "v"),
    "landmark": Look("one current alone", YELLOW, "P", ":"),
    "verification": Look("verification along the boundary", BLACK, "^", "-."),
}
"""Looks of the purposes in `pointes.vocabulary.Purpose` except the control, which no histogram counts."""
DESIGNS = {
    "active": Look("active", BLACK, "D"),
    "sobol": Look("Sobol", SKY, "o", "--"),
    "random": Look("random", PURPLE, "s", ":"),
}

RISK_COLOURS = LinearSegmentedColormap.from_list("risk", ["#dcefe0", "#f7f7f5", "#ddcae6"])
"""Pale tints of the two label colours, on which points and lines stand out."""

SIZES: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.labelsize": 7,
    "axes.titlesize": 7.5,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.title_fontsize": 6.5,
    "figure.titlesize": 7,
    "figure.labelsize": 7,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "pointes",
    "pdf.fonttype": 42,  # fonts as TrueType, which editors of figures can change and all journals take
}

WITHOUT_DATE: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
"""Metadata of each format of a figure that would differ from one time to the next, which is left out."""
DOTS_PER_INCH = 300
"""Resolution of PNG files, and of what is rasterised in the others."""

P = ParamSpec("P")
R = TypeVar("R")


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function run with the settings of the figures; the settings of matplotlib are restored when it returns."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        # Defaults replace the settings of a matplotlibrc file, but the default backend would load pyplot
        settings: dict[Any, Any] = {**mpl.rcParamsDefault, **SIZES}
        del settings["backend"]
        with mpl.rc_context(settings):
            return function(*args, **kwargs)

    return inner


def new_figure(width: str, height_mm: float) -> Figure:
    """Return an empty figure, ``"single"`` or ``"double"`` column of a journal wide, whose layout fits its texts.

    Examples
    --------
    >>> figure = new_figure("single", 60)
    >>> float(figure.get_figwidth() * 25.4)
    88.0
    """
    return Figure(figsize=(WIDTHS[width] / MM_PER_INCH, height_mm / MM_PER_INCH), layout="constrained")


@styled
def save(figure: Figure, *paths: str | Path) -> None:
    """Write a figure to files, each in the format that its suffix names: ``.svg``, ``.pdf`` or ``.png``.

    The same figure gives the same bytes each time: no date is written, and SVG identifiers are hashed with a fixed
    salt. A file appears whole, and missing folders are made.
    """
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            _write(figure, temporary, path.suffix.removeprefix("."), DOTS_PER_INCH)
        figure.set_layout_engine("none")  # the panels keep their places: finding them takes time, in each format anew


@styled
def rendered(figure: Figure, kind: str, dots_per_inch: int = DOTS_PER_INCH) -> bytes:
    """Return a figure as the content of a file, in the format ``svg``, ``pdf`` or ``png``, as `save` writes it."""
    stream = BytesIO()
    _write(figure, stream, kind, dots_per_inch)
    return stream.getvalue()


def _write(figure: Figure, target: Path | BytesIO, kind: str, dots_per_inch: int) -> None:
    figure.savefig(target, format=kind, dpi=dots_per_inch, metadata=WITHOUT_DATE[kind])


def add_heading(
    axes: Axes, title: str, handles: Sequence[Artist | BarContainer], last: Sequence[Artist] = (), columns: int = 5
) -> Text:
    """Write a title above a panel and a legend between the two, and return the title.

    A line of the legend has at most so many ``columns``. The handles ``last`` have lines of their own below.
    """
    lines = max(-(-len(handles) // columns), 1)
    height = LEGEND_LINE * max((str(one.get_label()).count("\n") + 1 for one in last), default=0)
    text = axes.set_title(title, pad=6 + LEGEND_LINE * lines + height)
    if last:
        axes.add_artist(_legend_above(axes, last, len(last), 0))
    _legend_above(axes, handles, -(-len(handles) // lines), height)
    return text


def _legend_above(axes: Axes, handles: Sequence[Artist | BarContainer], columns: int, height: float) -> Legend:
    """Draw a legend above a panel, at a height [points] over its upper edge."""
    return axes.legend(
        handles=handles,
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        bbox_transform=offset_copy(axes.transAxes, axes.get_figure(root=True), y=height, units="points"),
        handletextpad=0.3,
        columnspacing=1,
    )


def write_message(axes: Axes, sentence: str) -> None:
    """Write a sentence into a panel that has nothing to show, in place of its axes; a title stays."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, sentence, transform=axes.transAxes, ha="center", va="center", color=GREY)


def message_figure(sentence: str) -> Figure:
    """Return a figure with nothing but a sentence, which says why there is nothing to show."""
    figure = new_figure("double", 25)
    write_message(figure.subplots(), sentence)
    return figure


def why_unlearned(dataset: "xarray.Dataset") -> str:
    """Return a sentence that says why a dataset holds no risk; empty if something was learned."""
    reason = dataset.attrs.get("nothing_learned", "")
    return f"Nothing was learned, because {reason}." if reason else ""


def marker_entry(marker: str, face: str, label: str) -> Line2D:
    """Return a legend entry that is a marker without a line."""
    return Line2D([], [], color="none", marker=marker, markerfacecolor=face, markeredgecolor="#333333", label=label)


def category_entries(shown: Iterable[str]) -> list[Line2D]:
    """Return the legend entries of the risk categories of drugs that are shown, the riskiest first."""
    shown = set(shown)
    looks = [look for name, look in CATEGORIES.items() if name in shown]
    return [Line2D([], [], color=look.colour, marker=look.marker, label=look.name) for look in looks]


def labels(simulations: "xarray.Dataset") -> dict[int, Look]:
    """Return the looks of the classes of a dataset with the variable ``label``."""
    names = simulations["label"].attrs.get("flag_meanings", "safe arrhythmic").split()
    return {value: look._replace(name=class_as_text(names[value])) for value, look in LABELS.items()}


def class_names(dataset: "xarray.Dataset") -> tuple[str, str]:
    """Return the names of the classes 0 and 1 of a map or another dataset without labels."""
    first, second = dataset.attrs.get("classes", "safe arrhythmic").split()
    return class_as_text(first), class_as_text(second)


def plane(risk_map: "xarray.Dataset") -> tuple[str, str]:
    """Return the names of the parameters on the horizontal axis of a map (its last dimension) and the vertical one."""
    vertical, horizontal = risk_map["risk"].dims
    return str(horizontal), str(vertical)


def held(risk_map: "xarray.Dataset") -> dict[str, float]:
    """Return the values at which a map holds the axes beyond two, by name."""
    prefixes = ("block_of_", "value_of_")
    return {name[len(prefixes[0]) :]: value for name, value in risk_map.attrs.items() if name.startswith(prefixes)}


def annotate_slice(figure: Figure, risk_map: "xarray.Dataset", projected: str) -> None:
    """Write above a figure why nothing was learned, if so, and where a map of more than two parameters is cut.

    ``projected`` names what the figure projects onto that slice.
    """
    sentences = [why_unlearned(risk_map)]
    if fixed := [f"{name} {value:g}" for name, value in held(risk_map).items()]:
        of_blocks = all(f"block_of_{name}" in risk_map.attrs for name in held(risk_map))
        place = "block of " if of_blocks else ""
        sentences.append(f"Slice at {place}{', '.join(fixed)}; {projected} are projected onto it")
    if text := "\n".join(wrapped(figure, sentence) for sentence in filter(None, sentences)):
        figure.suptitle(f"{text}\n")  # the empty line keeps the panels' headings away


def wrapped(figure: Figure, text: str) -> str:
    """Return a text that stands above a whole figure in lines that fit its width."""
    return fill(text, int(figure.get_figwidth() * POINTS_PER_INCH / (LETTER * SIZES["figure.titlesize"])))


def draw_risk(axes: Axes, x: np.ndarray, y: np.ndarray, risk: np.ndarray) -> None:
    """Colour a plane by its risk, (n_y, n_x), rasterised: as vectors it would be tens of thousands of paths."""
    look: dict[str, Any] = {"cmap": RISK_COLOURS, "vmin": 0, "vmax": 1}
    if not all(np.allclose(np.diff(along), along[1] - along[0]) for along in (x, y)):
        axes.pcolormesh(x, y, risk, shading="gouraud", rasterized=True, **look)
        return
    # An image of the middles of evenly spaced cells looks the same and is drawn in a fraction of the time
    middles = (risk[:-1, :-1] + risk[:-1, 1:] + risk[1:, :-1] + risk[1:, 1:]) / 4
    edges = (x[0], x[-1], y[0], y[-1])
    axes.imshow(middles, extent=edges, origin="lower", aspect="auto", interpolation="bilinear", **look)


def log_odds(risk_map: "xarray.Dataset") -> "xarray.DataArray":
    """Return the log odds of a map's risk, which are 0 on the boundary and smooth even where the risk is a step."""
    risk = risk_map["risk"].values.clip(1e-12, 1 - 1e-12)
    return risk_map["risk"].copy(data=np.log(risk) - np.log1p(-risk))


def has_boundary(risk_map: "xarray.Dataset") -> bool:
    """Return whether a map has a line where its risk is 0.5."""
    return bool(risk_map["risk"].min() < 0.5 < risk_map["risk"].max())


def draw_boundary(axes: Axes, risk_map: "xarray.Dataset", linewidth: float = 1.0) -> None:
    """Draw the line of risk 0.5 of a map, if there is one, and label the axes of its plane."""
    x, y = plane(risk_map)
    if has_boundary(risk_map):
        axes.contour(risk_map[x], risk_map[y], log_odds(risk_map), levels=[0], colors=BLACK, linewidths=linewidth)
    label_plane(axes, risk_map[x], risk_map[y])


def label_plane(axes: Axes, x: "xarray.DataArray", y: "xarray.DataArray") -> None:
    """Label the axes of a plane of two parameters and give them their scales; units of blocks are equally long."""
    axes.set(xlabel=axis_label(x), ylabel=axis_label(y))
    if is_block(x) and is_block(y):
        axes.set_aspect("equal")
    else:
        axes.set_box_aspect(1)
    for parameter, axis in ((x, axes.xaxis), (y, axes.yaxis)):
        if is_logarithmic(parameter):
            make_logarithmic(axis)


def make_logarithmic(axis: Axis) -> None:
    """Make an axis of a panel logarithmic, with plain numbers at 1, 2 and 5 times the powers of ten."""
    axis._set_axes_scale("log")  # type: ignore[attr-defined]  # what Axes.set_xscale and Axes.set_yscale call
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def axis_label(parameter: "xarray.DataArray") -> str:
    """Return the label of the axis of a parameter, with its unit."""
    title = parameter.attrs.get("long_name", f"block of {parameter.name}")
    unit = "fraction" if is_block(parameter) else unit_of(parameter)
    return f"{title} ({unit})" if unit not in ("", "1") else title


def unit_of(variable: "xarray.DataArray") -> str:
    """Return the unit of a variable as figures write it; empty if it is not known."""
    unit = str(variable.attrs.get("units", ""))
    return UNITS.get(unit, unit)


def is_block(parameter: "xarray.DataArray") -> bool:
    """Return whether a parameter is a linear blocked fraction."""
    return "axis_kind" not in parameter.attrs


def is_logarithmic(parameter: "xarray.DataArray") -> bool:
    """Return whether the axis of a parameter is logarithmic."""
    return bool(parameter.attrs.get("axis_scale") == "logarithmic")


def control_of(parameter: "xarray.DataArray") -> float:
    """Return the value of a parameter in the control."""
    return float(parameter.attrs.get("control_value", 0.0))


def lengths(parameter: "xarray.DataArray", values: np.ndarray) -> np.ndarray:
    """Return values of a parameter between which distances mean something: as they are of blocks, else per range."""
    if is_block(parameter):
        return values
    ends = np.asarray(parameter.attrs.get("explored_range", [parameter.values.min(), parameter.values.max()]))
    scaled, ends = (np.log10(one) if is_logarithmic(parameter) else one for one in (values, ends))
    return np.asarray((scaled - ends[0]) / np.ptp(ends))
