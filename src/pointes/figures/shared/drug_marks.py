"""Markers that tell drugs apart by shape and colour, for scatters in which names would overlap."""

from collections.abc import Iterable, Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from pointes.figures.shared import style

SHAPES = "osD^vPX<>p*h"
COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY, style.GREY, style.BLACK)


def drug_looks(drugs: Iterable[str]) -> dict[str, style.Look]:
    """Return a look for each drug, in alphabetical order: 24 drugs differ in their pair of shape and colour."""
    return {
        drug: style.Look(drug, colour, shape)
        for drug, shape, colour in zip(sorted(set(drugs)), cycle(SHAPES), cycle(COLOURS), strict=False)
    }


def entries(looks: Iterable[style.Look], filled_and_hollow: Sequence[str]) -> list[Line2D]:
    """Return legend entries of drugs, and of what filled and hollow markers mean, if there are both."""
    drugs = [Line2D([], [], color=look.colour, marker=look.marker, ls="none", label=look.name) for look in looks]
    meanings = [
        Line2D([], [], color=style.GREY, marker="o", ls="none", mfc=face, label=label)
        for face, label in zip((style.GREY, "white"), filled_and_hollow, strict=False)
    ]
    return drugs + meanings


def scatter(
    axes: Axes, look: style.Look, measured: np.ndarray, simulated: np.ndarray, reach: np.ndarray, *, filled: bool
) -> None:
    """Draw points of one drug, measured values with error bars that reach (2, n) to either side.

    A point without a simulated value stands as a cross on the upper edge.
    """
    failed = np.isnan(simulated)
    axes.errorbar(
        measured[~failed],
        simulated[~failed],
        xerr=reach[:, ~failed],
        fmt=look.marker,
        color=look.colour,
        mfc=look.colour if filled else "white",
        mew=0.8,
        ms=4,
        elinewidth=0.6,
        ecolor=(*to_rgb(look.colour), 0.45),
    )
    if not failed.any():
        return  # the layout would reserve space for a line without points that is not clipped
    edge = axes.get_xaxis_transform()
    axes.plot(measured[failed], np.ones(failed.sum()), "x", color=look.colour, ms=5, transform=edge, clip_on=False)


def draw_identity(axes: Axes) -> None:
    """Draw the lines on which simulated and measured values are equal, and on which nothing changes.

    Both axes must have the same kind of scale.
    """
    axes.axline((0, 0), (1, 1), color=style.BLACK, lw=0.7, ls="--", zorder=0)
    axes.axhline(0, color=style.GREY, lw=0.6, ls=":", zorder=0)
