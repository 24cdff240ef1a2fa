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


@style.styled
def draw(snapshots: "xarray.Dataset", frame: int = 0) -> Figure:
    """Draw the frame at a position along ``time_ms``, from snapshots ``v_mV`` over ``time_ms``, ``z``, ``y`` and ``x``.

    A solid is shown by the plane through the middle of its shortest axis. Grey places do not conduct.
    """
    potential = section.middle(snapshots["v_mV"])
    width, height = section.panel_size(potential, 5.0, 4.5)
    figure = Figure(figsize=(width + 1.5, height + 0.9), layout="constrained")
    axes, now = figure.subplots(), potential.isel(time_ms=frame)
    limits = float(potential.min()), float(potential.max())
    image = section.draw_plane(axes, now, section.POTENTIAL_COLOURS, *limits)
    figure.colorbar(image, label=section.POTENTIAL, shrink=0.9)
    axes.set_title(_title(now))
    return figure


def _title(now: "xarray.DataArray") -> str:
    return ", ".join(filter(None, [f"{float(now['time_ms']):g} ms", section.cut_position(now)]))


@style.styled
def save(snapshots: "xarray.Dataset", path: Path) -> None:
    """Write the animation of all snapshots as a GIF that repeats; the file appears whole, and its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure = draw(snapshots)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the layout of the first frame stays
    (axes, _), writer = figure.axes, PillowWriter(fps=FRAMES_PER_SECOND)
    with replacing(path) as temporary:
        picture = temporary.with_name(f"{temporary.name}.gif")  # the writer needs the suffix
        writer.setup(figure, picture, dpi=DOTS_PER_INCH)
        for now in section.middle(snapshots["v_mV"]):
            axes.images[0].set_data(now.transpose(*section.axes_of(now)))
            axes.set_title(_title(now))
            writer.grab_frame()
        writer.finish()
        os.replace(picture, temporary)
