"""Strip of snapshots of the membrane potential of a tissue."""

from itertools import cycle

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from pointes.figures.shared import section, style
from pointes.libraries import xarray

COUNT = 6  # largest number of snapshots
PER_ROW = 3
SCALE = 30  # width of the colour scale with its texts [mm]


def summarise(snapshots: "xarray.Dataset") -> "xarray.DataArray":
    """Return the potential over a line or a plane of the tissue, at up to `COUNT` times.

    Between two successive times the potential changes by the same amount, on average over the nodes that are shown:
    plateau and rest last long, but nothing happens then.
    """
    potential = section.middle(snapshots["v_mV"])
    change = np.nanmean(np.abs(potential.diff("time_ms").values), axis=tuple(range(1, potential.ndim)))
    total = np.concatenate([[0.0], np.cumsum(change)])
    wanted = (np.arange(COUNT) + 0.5) / COUNT * total[-1]
    return potential.isel(time_ms=np.unique(np.abs(total - wanted[:, None]).argmin(axis=1)))


@style.styled
def draw(snapshots: "xarray.Dataset") -> Figure:
    """Draw the membrane potential at several times: as pictures, or as lines along a cable.

    The times are not equally spaced: there are more where the potential changes more. Grey places do not conduct. A
    solid is shown by the plane through the middle of its shortest axis, across which a wave may look faster than it is.

    ``snapshots`` has ``v_mV`` over ``time_ms``, ``z``, ``y`` and ``x``.
    """
    potential = summarise(snapshots)
    return _draw_lines(potential) if section.is_line(potential) else _draw_pictures(potential)


def _draw_pictures(potential: "xarray.DataArray") -> Figure:
    times = potential["time_ms"].values
    columns = min(PER_ROW, len(times))
    rows = -(-len(times) // columns)
    _, height = section.panel_size(potential, (style.WIDTHS["double"] - SCALE) / columns, 56)
    figure = style.new_figure("double", rows * (height + 9) + 13)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    low, high = float(potential.min()), float(potential.max())
    for number, axes in enumerate(panels.flat):
        if number >= len(times):
            axes.remove()
            continue
        image = section.draw_plane(axes, potential.isel(time_ms=number), section.POTENTIAL_COLOURS, low, high)
        axes.set_title(f"{times[number]:g} ms")
        axes.label_outer()
    figure.colorbar(image, ax=panels, label=section.POTENTIAL, shrink=0.8, aspect=30)
    section.annotate_cut(figure, potential)
    return figure


def _draw_lines(potential: "xarray.DataArray") -> Figure:
    figure = style.new_figure("single", 62)
    axes = figure.subplots()
    # Without the yellow end of the colours, which vanishes on white; line styles differ as well
    colours = mpl.colormaps[section.POTENTIAL_COLOURS](np.linspace(0, 0.85, len(potential)))
    for now, colour, line in zip(potential, colours, cycle(("-", "--", "-.", ":")), strict=False):
        time = f"{float(now['time_ms']):g} ms"
        section.draw_line(axes, now, section.POTENTIAL, linestyle=line, color=colour, label=time)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure
