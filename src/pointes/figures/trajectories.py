"""Trajectories of drugs through the space of blocks as the dose rises, by published risk category."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.figures.shared.trajectories import MARKED, Trajectory, summarise
from pointes.libraries import xarray

ACROSS = "IKr"
PLANES = ("ICaL", "INaL")
"""Currents whose block is drawn against that of `ACROSS`, where the table has them."""
NAME_SIZE = 6  # [points]


@style.styled
def draw(trajectories: "xarray.Dataset") -> Figure:
    """Draw the blocks of pairs of currents from 0.1 to 100 times Cmax, a line per drug, with markers at 1 and 10.

    The dataset has ``category`` (drug) and the block of each current (drug, multiple), at the point estimates.
    """
    shown = [name for name in PLANES if name in trajectories and ACROSS in trajectories]
    if not shown:
        return style.message_figure(f"The table has no IC50 of {ACROSS} together with {' or '.join(PLANES)}.")
    figure = style.new_figure("single" if len(shown) == 1 else "double", 100)
    for axes, name in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        paths = summarise(trajectories, ACROSS, name)
        for path in paths:
            _draw_path(axes, path)
        axes.set(xlabel=f"block of {ACROSS}", ylabel=f"block of {name}", xlim=(0, 1), ylim=(0, 1), aspect="equal")
        _name(axes, paths)
    marks = " and ".join(f"{mark:g}" for mark in MARKED)
    figure.legend(
        handles=style.category_entries(trajectories["category"].values.astype(str)),
        title=f"markers at {marks} × Cmax",
        alignment="left",
        loc="outside upper left",
        ncols=4,
    )
    return figure


def _draw_path(axes: Axes, path: Trajectory) -> None:
    look = style.CATEGORIES[path.category]
    axes.plot(*path.path.T, color=look.colour, lw=0.9, alpha=0.8)
    axes.plot(*path.marks.T, look.marker, color=look.colour, ms=3.5, clip_on=False)


def _name(axes: Axes, paths: list[Trajectory]) -> None:
    """Write the names of drugs beside their markers at the larger dose, as far as there is room."""
    import textalloc  # takes long to load

    known = [path for path in paths if np.isfinite(path.marks[-1]).all()]
    x, y = np.array([path.marks[-1] for path in known]).T
    lines = [path.path for path in known]
    textalloc.allocate(
        axes,
        x,
        y,
        [path.drug for path in known],
        x_scatter=x,
        y_scatter=y,
        x_lines=[line[:, 0] for line in lines],
        y_lines=[line[:, 1] for line in lines],
        textsize=NAME_SIZE,
        linecolor=style.GREY,
        linewidth=0.4,
        draw_all=False,
        textcolor=[style.CATEGORIES[path.category].text or style.BLACK for path in known],
    )
