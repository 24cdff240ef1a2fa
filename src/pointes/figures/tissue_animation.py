"""Animation of the membrane potential of a tissue, as a GIF."""

import os
from pathlib import Path

from matplotlib.animation import PillowWriter
from matplotlib.figure import Figure

from pointes.figures.shared import section, style
from pointes.files import replacing
from pointes.libraries import xarray

FRAMES_PER_SECOND = 12
DOTS_PER_INCH = 110


def summarise(snapshots: "xarray.Dataset") -> "xarray.DataArray":
    """Return the potential over a line or a plane of the tissue at all times."""
    return section.middle(snapshots["v_mV"])


@style.styled
def draw(snapshots: "xarray.Dataset", frame: int = 0) -> Figure:
    """Draw one frame of the animation.

    Parameters
    ----------
    snapshots
        ``v_mV`` over ``time_ms``, ``z``, ``y`` and ``x``.
    frame
        Position of the frame along ``time_ms``.

    Notes
    -----
    A solid is shown by the plane through the middle of its shortest axis. Grey places do not conduct.
    """
    potential = summarise(snapshots)
    low, high = float(potential.min()), float(potential.max())
    here = potential.isel(time_ms=frame)
    if section.is_line(potential):
        figure = Figure(figsize=(5.0, 3.0), layout="constrained")
        axes = figure.subplots()
        section.draw_line(axes, here, section.POTENTIAL, color=style.BLUE)
        margin = 0.03 * (high - low)
        axes.set_ylim(low - margin, high + margin)
    else:
        width, height = section.panel_size(potential, 5.0, 4.5)
        figure = Figure(figsize=(width + 1.5, height + 0.9), layout="constrained")
        axes = figure.subplots()
        image = section.draw_plane(axes, here, section.POTENTIAL_COLOURS, low, high)
        figure.colorbar(image, label=section.POTENTIAL, shrink=0.9)
    axes.set_title(_title(here))
    return figure


def _title(here: "xarray.DataArray") -> str:
    return ", ".join(filter(None, [f"{float(here['time_ms']):g} ms", section.cut_position(here)]))


@style.styled
def save(snapshots: "xarray.Dataset", path: str | Path) -> None:
    """Write the animation of two or more snapshots as a GIF that repeats; the file appears whole.

    Parameters
    ----------
    snapshots
        ``v_mV`` over ``time_ms``, ``z``, ``y`` and ``x``.
    path
        GIF to be written; a missing folder is made.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    potential = summarise(snapshots)
    figure = draw(snapshots)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the layout of the first frame stays
    axes = figure.axes[0]
    writer = PillowWriter(fps=FRAMES_PER_SECOND)
    with replacing(path) as temporary:
        picture = temporary.with_name(f"{temporary.name}.gif")  # the writer goes by the suffix
        writer.setup(figure, picture, dpi=DOTS_PER_INCH)
        for here in potential:
            if axes.images:
                axes.images[0].set_data(here.transpose(*section.axes_of(here)))
            else:
                axes.lines[0].set_ydata(here)
            axes.set_title(_title(here))
            writer.grab_frame()
        writer.finish()
        os.replace(picture, temporary)
