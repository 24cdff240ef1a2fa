"""A strip of snapshots: how excitation spreads through a tissue and leaves it."""

from itertools import cycle
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from pointes.figures import section, style

if TYPE_CHECKING:
    import xarray as xr

COUNT = 6
PER_ROW = 3


def summarise(snapshots: "xr.Dataset") -> "xr.DataArray":
    """Return the potential over a line or plane of the tissue, at up to `COUNT` times.

    Between two of them the potential changes by the same amount, on average over the nodes shown: plateau and rest,
    which last long and in which nothing happens, need no pictures.
    """
    potential = section.middle(snapshots["v_mV"])
    change = np.nanmean(np.abs(potential.diff("time_ms").values), axis=tuple(range(1, potential.ndim)))
    passed = np.concatenate([[0.0], np.cumsum(change)])
    wanted = (np.arange(COUNT) + 0.5) / COUNT * passed[-1]
    return potential.isel(time_ms=np.unique(np.abs(passed - wanted[:, None]).argmin(axis=1)))


@style.styled
def draw(snapshots: "xr.Dataset") -> Figure:
    """Draw the membrane potential at some times: as pictures, or of a cable as lines.

    Parameters
    ----------
    snapshots
        ``v_mV`` over ``time_ms``, ``z``, ``y`` and ``x``, as `pointes.tissue.observers.snapshots` writes it.

    Notes
    -----
    The times are those between which much happens, not equally spaced (`summarise`). What does not conduct is grey. A
    solid is shown by the plane through the middle of its shortest axis: a wave that moves across that plane looks
    faster than it is.
    """
    potential = summarise(snapshots)
    return _lines(potential) if section.is_line(potential) else _pictures(potential)


def _pictures(potential: "xr.DataArray") -> Figure:
    times = potential["time_ms"].values
    columns = min(PER_ROW, len(times))
    rows = -(-len(times) // columns)
    width, height = section.panel_size(potential, 2.6, 2.2)
    figure = Figure(figsize=(columns * width + 1.6, rows * (height + 0.35) + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    low, high = float(potential.min()), float(potential.max())
    for number, axes in enumerate(panels.flat):
        if number >= len(times):
            axes.remove()
            continue
        image = section.show(axes, potential.isel(time_ms=number), section.POTENTIAL_COLOURS, low, high)
        axes.set_title(f"{times[number]:g} ms")
        axes.label_outer()
    figure.colorbar(image, ax=panels, label=section.POTENTIAL, shrink=0.8, aspect=30)
    section.tell_place(figure, potential)
    return figure


def _lines(potential: "xr.DataArray") -> Figure:
    figure = Figure(figsize=(5.4, 3.0), layout="constrained")
    axes = figure.subplots()
    # Yellow would vanish on white; line styles say the same for those who do not see the colours
    colours = mpl.colormaps[section.POTENTIAL_COLOURS](np.linspace(0, 0.85, len(potential)))
    for now, colour, line in zip(potential, colours, cycle(("-", "--", "-.", ":")), strict=False):
        time = f"{float(now['time_ms']):g} ms"
        section.plot(axes, now, section.POTENTIAL, linestyle=line, color=colour, label=time)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure
