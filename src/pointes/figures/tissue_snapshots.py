"""A strip of snapshots: how excitation spreads through a tissue and leaves it."""

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pointes.figures import section, style

if TYPE_CHECKING:
    import xarray as xr

COLOURS = "viridis"
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
        ``v_mV`` over ``time_ms``, ``z``, ``y`` and ``x``, as `pointes.tissue.snapshots` writes it.

    Notes
    -----
    The times are those between which much happens, not equally spaced (`summarise`). What does not conduct is grey. A
    solid is shown by the plane through the middle of its shortest axis: a wave that moves across that plane looks
    faster than it is.
    """
    potential = summarise(snapshots)
    return _lines(potential) if len(section.axes_of(potential)) == 1 else _pictures(potential)


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
        image = section.show(axes, potential.isel(time_ms=number), COLOURS, low, high)
        axes.set_title(f"{times[number]:g} ms")
        axes.label_outer()
    figure.colorbar(image, ax=panels, label="membrane potential (mV)", shrink=0.8, aspect=30)
    where = section.place(potential)
    if where:
        figure.suptitle(f"Plane at {where}", fontsize=8)
    return figure


def _lines(potential: "xr.DataArray") -> Figure:
    figure = Figure(figsize=(5.4, 3.0), layout="constrained")
    axes: Axes = figure.subplots()
    (along,) = section.axes_of(potential)
    times = potential["time_ms"].values
    # Yellow would vanish on white; line styles say the same for those who do not see the colours
    colours = mpl.colormaps[COLOURS](np.linspace(0, 0.85, len(times)))
    for time, colour, line in zip(times, colours, _styles(len(times)), strict=True):
        axes.plot(potential[along], potential.sel(time_ms=time), linestyle=line, color=colour, label=f"{time:g} ms")
    axes.set(xlabel=f"{along} (mm)", ylabel="membrane potential (mV)")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _styles(count: int) -> list[str]:
    return [("-", "--", "-.", ":")[number % 4] for number in range(count)]
