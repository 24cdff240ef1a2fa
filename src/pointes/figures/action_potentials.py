"""Action potentials on either side of the boundary: what the map's two classes look like in a cell."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pointes.figures import style

if TYPE_CHECKING:
    import xarray as xr


class Pair(NamedTuple):
    """Positions along ``trace`` of an arrhythmic cell and of the safe one that is nearest to it in the plane."""

    safe: int
    arrhythmic: int


def summarise(traces: "xr.Dataset", parameters: tuple[str, ...]) -> list[Pair]:
    """Return each arrhythmic trace with the nearest safe one, ordered by the pair's last parameter."""
    points = np.column_stack([traces[name].values for name in parameters])
    label = traces["label"].values
    safe, arrhythmic = np.flatnonzero(label == 0), np.flatnonzero(label == 1)
    if not safe.size:
        return []
    distance = np.linalg.norm(points[arrhythmic, None] - points[safe], axis=2)
    pairs = [Pair(int(safe[near]), int(one)) for one, near in zip(arrhythmic, distance.argmin(axis=1), strict=True)]
    return sorted(pairs, key=lambda pair: points[pair.arrhythmic, -1])


@style.styled
def draw(traces: "xr.Dataset", risk_map: "xr.Dataset") -> Figure:
    """Draw one panel per pair of cells just below and just above the boundary, and where on the map they are.

    Parameters
    ----------
    traces
        ``v_mV`` over ``trace`` and ``time`` [ms], with ``label`` and the parameters of each trace.
    risk_map
        The map that the traces' parameters span.
    """
    x, y = style.plane(risk_map)
    pairs = summarise(traces, (x, y))
    figure = Figure(figsize=(2.5 * (len(pairs) + 1) + 0.4, 3.0), layout="constrained")
    *panels, place = figure.subplots(1, len(pairs) + 1, squeeze=False)[0]
    for letter, pair, axes in zip("abcdefgh", pairs, panels, strict=False):
        _voltage(axes, traces, pair, (x, y))
        axes.set_title(f"{letter}   blocked fractions:", pad=28)
        axes.sharey(panels[0])
        axes.set_ylabel("membrane potential (mV)" if axes is panels[0] else "")
    _place(place, traces, risk_map, pairs)
    return figure


def _voltage(axes: Axes, traces: "xr.Dataset", pair: Pair, parameters: tuple[str, str]) -> None:
    for label, trace in enumerate(pair):
        one = traces.isel(trace=trace)
        blocks = ", ".join(f"{name} {float(one[name]):.3f}" for name in parameters)
        look = style.LABELS[label]
        axes.plot(
            traces["time"], one["v_mV"], look.line, color=look.colour, linewidth=1.1, label=f"{look.name}: {blocks}"
        )
    axes.set(xlabel="time (ms)", xlim=(float(traces["time"][0]), float(traces["time"][-1])))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0.2)


def _place(axes: Axes, traces: "xr.Dataset", risk_map: "xr.Dataset", pairs: list[Pair]) -> None:
    x, y = style.plane(risk_map)
    axes.contour(risk_map[x], risk_map[y], risk_map["risk"], levels=[0.5], colors=style.BLACK, linewidths=1.2)
    for letter, pair in zip("abcdefgh", pairs, strict=False):
        for label, trace in enumerate(pair):
            look = style.LABELS[label]
            at = float(traces[x][trace]), float(traces[y][trace])
            axes.plot(
                *at, look.marker, color=look.colour, markersize=5, markeredgecolor="white", clip_on=False, zorder=3
            )
        axes.annotate(letter, at, (8, 4), textcoords="offset points", va="center")
    axes.set(xlabel=style.block_label(risk_map[x]), ylabel=style.block_label(risk_map[y]), aspect="equal")
    axes.set_title("where on the map")
