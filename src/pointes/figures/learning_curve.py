"""Accuracy of the map against the number of simulations, for each way of choosing points."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from pointes.figures.shared import outcomes, style
from pointes.libraries import xarray

TARGETS = (0.95, 0.98, 0.99)  # accuracies for which the number of simulations is shown
COUNTS = 9  # numbers of points that fit side by side
TICKS = (0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, *TARGETS, 1.0)
STREAM = ("simulations", "stream_n", "stream_accuracy", "stream_low", "stream_high")


class Curve(NamedTuple):
    """Accuracy of a design over its repeats, after each number of simulations.

    ``hold`` is the median number of simulations from which on the accuracy stays at or above each of `TARGETS`;
    infinite when half of the repeats or more miss the target at the end. With an even number of repeats both medians
    are the worse of the two middle values, so that ``median`` stays at or above a target that is held.
    """

    simulations: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    hold: tuple[float, ...]


def first_held(simulations: np.ndarray, accuracy: np.ndarray, target: float) -> float:
    """Return the number of simulations from which on the accuracy stays at or above a target; infinite if none.

    Examples
    --------
    >>> first_held(np.array([8, 16, 24, 32]), np.array([0.96, 0.94, 0.95, 0.97]), 0.95)
    24.0
    """
    below = np.flatnonzero(~(accuracy >= target))
    start = below[-1] + 1 if below.size else 0
    return float(simulations[start]) if start < len(simulations) else np.inf


def summarise(replays: "xarray.Dataset") -> dict[str, Curve]:
    """Return the curve of each design in the dataset, with median, lowest and highest accuracy over the repeats."""
    simulations = replays["n"].values
    curves = {}
    for design in replays["design"].values:
        runs = replays["accuracy"].sel(design=design).transpose("repeat", "n").values
        # The median is not interpolated, as the mean of a finite and an infinite number has no meaning
        hold = tuple(
            float(np.quantile([first_held(simulations, run, target) for run in runs], 0.5, method="higher"))
            for target in TARGETS
        )
        median = np.quantile(runs, 0.5, axis=0, method="lower")
        curves[str(design)] = Curve(simulations, median, runs.min(axis=0), runs.max(axis=0), hold)
    return curves


@style.styled
def draw(learning: Mapping[str, np.ndarray], replays: "xarray.Dataset | None" = None) -> Figure:
    """Draw accuracy against the number of simulations: on reference points, if there are any, and on the stream.

    The scale is stretched towards 100 %, as 95 and 99 % differ by a factor of five in errors: equal distances are equal
    steps of the square root of the error. A stream point is judged by the map before the point was simulated, so the
    accuracy on the stream lags behind that of the present map.

    ``learning`` has the columns of ``learning.csv``, among them those in `STREAM`; ``replays`` has ``accuracy`` on the
    reference points over ``design``, ``repeat`` and number of simulations ``n``.
    """
    curves = {} if replays is None else summarise(replays)
    figure = style.new_figure("double" if curves else "single", 82)
    *grid, stream = figure.subplots(1, 2 if curves else 1, squeeze=False)[0]
    for axes in grid:
        if all(np.isnan(curve.low).all() for curve in curves.values()):
            style.write_message(axes, "no reference point has a label")
        else:
            _draw_curves(axes, curves)
    _draw_stream(stream, {name: np.asarray(learning[name], float) for name in STREAM})
    return figure


def _draw_curves(axes: Axes, curves: Mapping[str, Curve]) -> None:
    for design, curve in curves.items():
        look = style.DESIGNS[design]
        hold = " / ".join(f"{n:.0f}" if np.isfinite(n) else "not yet" for n in curve.hold)
        axes.fill_between(curve.simulations, curve.low, curve.high, color=look.colour, alpha=0.18, linewidth=0)
        (line,) = axes.plot(curve.simulations, curve.median, linestyle=look.line, label=f"{look.name}: {hold}")
        line.set_markevery([])  # the marker is in the legend only
        (marks,) = axes.plot(curve.hold, TARGETS, linestyle="", markeredgewidth=1.2, zorder=3)
        for drawn in (line, marks):
            drawn.set(color=look.colour, marker=look.marker, markersize=6, markerfacecolor="none")
    targets = " / ".join(f"{target * 100:.0f}" for target in TARGETS)
    axes.set(xlabel="simulations", ylabel="share of reference points agreeing")
    axes.set_title("Agreement with simulated reference points", pad=22)
    axes.text(0, 1.02, "median and range of the runs of each design", transform=axes.transAxes, fontsize=6.5)
    axes.legend(loc="lower right", title=f"simulations to hold {targets} %", alignment="left")
    axes.set_xlim(left=0)
    _stretch(axes, min(np.nanmin(curve.low) for curve in curves.values()))


def _draw_stream(axes: Axes, learning: Mapping[str, np.ndarray]) -> None:
    axes.set_title("Accuracy on the unbiased stream", pad=22)
    accuracy, low, high = (learning[f"stream_{name}"] for name in ("accuracy", "low", "high"))
    shown = learning["stream_n"] > 0
    if not shown.any():
        style.write_message(axes, outcomes.NO_STREAM)
        return
    at, spread = learning["simulations"][shown], np.array([accuracy - low, high - accuracy])[:, shown]
    axes.errorbar(at, accuracy[shown], spread, fmt="o", color=style.BLUE, linewidth=1, capsize=2.5, clip_on=False)
    counts, room = learning["stream_n"][shown], at[-1] / COUNTS
    for k in apart(at, room):
        place = at[k], accuracy[shown][k]
        count = axes.annotate(f"{counts[k]:.0f}", place, (4, 0), textcoords="offset points", va="center", fontsize=6.5)
        count.set_path_effects([withStroke(linewidth=2, foreground="white")])  # it may cross a neighbour's interval
    axes.set(xlabel="simulations", ylabel="share of stream points predicted right")
    note = "with 95 % Clopper–Pearson interval\nand number of stream points so far"
    axes.text(0, 1.03, note, transform=axes.transAxes, fontsize=6.5)
    axes.set_xlim(left=0)
    _stretch(axes, 0.0)


def apart(at: np.ndarray, room: float) -> list[int]:
    """Return the places of rising positions that are at least ``room`` apart, the last position among them.

    Examples
    --------
    >>> apart(np.array([0.0, 1.0, 2.0, 3.0]), 1.5)
    [1, 3]
    """
    chosen = [len(at) - 1]
    for k in range(len(at) - 2, -1, -1):
        if at[chosen[-1]] - at[k] >= room:
            chosen.append(k)
    return chosen[::-1]


def _stretch(axes: Axes, lowest: float) -> None:
    axes.set_yscale("function", functions=(lambda a: -np.sqrt(np.maximum(1 - a, 0)), lambda s: 1 - s**2))
    axes.set_ylim(max(np.floor(lowest * 10) / 10, 0), 1)
    ticks = [tick for tick in TICKS if tick >= axes.get_ylim()[0]]
    axes.set_yticks(ticks, [f"{tick * 100:.0f} %" for tick in ticks])
    for target in TARGETS:
        axes.axhline(target, color=style.GREY, linewidth=0.5, zorder=0)
