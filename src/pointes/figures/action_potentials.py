"""Action potentials of pairs of cells on either side of the boundary."""

from textwrap import fill
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from pointes.figures.shared import style
from pointes.libraries import xarray

LINE = 23  # letters that fit above a panel
LINE_HEIGHT = 9.5  # [points]
LETTERS = "abcdefgh"  # names of the pairs


class Pair(NamedTuple):
    """Positions along ``trace`` of an arrhythmic cell and of the safe cell nearest to it."""

    safe: int
    arrhythmic: int


def summarise(traces: "xarray.Dataset") -> list[Pair]:
    """Return pairs of each arrhythmic trace and the nearest safe one, ordered by the second parameter."""
    names = traces.attrs["parameters"].split()
    points = np.column_stack([style.lengths(traces[name], traces[name].values) for name in names])
    label = traces["label"].values
    safe, arrhythmic = np.flatnonzero(label == 0), np.flatnonzero(label == 1)
    if not safe.size:
        return []
    distance = np.linalg.norm(points[arrhythmic, None] - points[safe], axis=2)
    pairs = map(Pair, safe[distance.argmin(axis=1)].tolist(), arrhythmic.tolist())
    return sorted(pairs, key=lambda pair: points[pair.arrhythmic, 1])


@style.styled
def draw(traces: "xarray.Dataset", risk_map: "xarray.Dataset") -> Figure:
    """Draw a panel for each pair of a safe and an arrhythmic cell, and their places on the map.

    ``traces`` has the potential ``v_mV`` over ``trace`` and ``time_ms``, in the units of its attribute, with ``label``
    and the parameters of each trace, which its attribute ``parameters`` names. The map is over the first two of them.
    """
    units = traces["v_mV"].attrs.get("units", "mV")
    label = "membrane potential" + ("" if units == "1" else f" ({units})")
    return draw_pairs(traces, risk_map, "v_mV", label)


def draw_pairs(traces: "xarray.Dataset", risk_map: "xarray.Dataset", name: str, label: str) -> Figure:
    """Draw the variable ``name`` of pairs of traces, with ``label`` on its axis, and their places on the map."""
    pairs = summarise(traces)
    if not pairs:
        return style.message_figure(style.why_unlearned(risk_map) or "no pair to compare: only one class was met")
    of_blocks = all(style.is_block(traces[parameter]) for parameter in traces.attrs["parameters"].split())
    heading = "blocked fractions" if of_blocks else "values"
    texts = [[describe_blocks(traces, value, trace) for value, trace in enumerate(pair)] for pair in pairs]
    lines = max(sum(text.count("\n") + 1 for text in pair) for pair in texts)
    figure = style.new_figure("double" if len(pairs) > 1 else "single", 55 + lines * LINE_HEIGHT * style.MM_PER_POINT)
    *panels, place = figure.subplots(1, len(pairs) + 1, squeeze=False, width_ratios=[1] * len(pairs) + [1.2])[0]
    for letter, pair, text, axes in zip(LETTERS, pairs, texts, panels, strict=False):
        _draw_pair(axes, traces, pair, name, text)
        axes.set_title(f"{letter}   {heading}:", pad=6 + lines * LINE_HEIGHT)
        axes.sharey(panels[0])
        axes.set_ylabel(label if axes is panels[0] else "")
    _draw_places(place, traces, risk_map, pairs)
    return figure


def describe_blocks(traces: "xarray.Dataset", label: int, trace: int) -> str:
    """Return the class of a trace and its blocked fractions, in lines that fit above a panel."""
    one = traces.isel(trace=trace)
    # No line breaks between a name and its number
    values = ", ".join(f"{name}\xa0{float(one[name]):.3f}" for name in traces.attrs["parameters"].split())
    return fill(f"{style.labels(traces)[label].name}: {values}", LINE)


def _draw_pair(axes: Axes, traces: "xarray.Dataset", pair: Pair, name: str, texts: list[str]) -> None:
    for label, (trace, text) in enumerate(zip(pair, texts, strict=True)):
        look = style.LABELS[label]
        axes.plot(traces["time_ms"], traces[name][trace], look.line, color=look.colour, linewidth=1.1, label=text)
    axes.set(xlabel="time (ms)", xlim=(float(traces["time_ms"][0]), float(traces["time_ms"][-1])))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0.2)


def _draw_places(axes: Axes, traces: "xarray.Dataset", risk_map: "xarray.Dataset", pairs: list[Pair]) -> None:
    x, y = style.plane(risk_map)
    style.draw_boundary(axes, risk_map)
    for parameter, axis in ((x, axes.xaxis), (y, axes.yaxis)):
        if style.is_logarithmic(risk_map[parameter]):
            axis.set_major_locator(LogLocator())  # the panel has no room for more numbers
    for letter, pair in zip(LETTERS, pairs, strict=False):
        for label, trace in enumerate(pair):
            look = style.LABELS[label]
            at = float(traces[x][trace]), float(traces[y][trace])
            axes.plot(*at, look.marker, color=look.colour, markeredgecolor="white", clip_on=False, zorder=3)
        axes.annotate(letter, at, (8, 4), textcoords="offset points", va="center")
    axes.set_title("on the map")
