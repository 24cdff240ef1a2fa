"""Boundaries of a tissue and of its cells, and the QT interval against block."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from pointes.figures.shared import style
from pointes.figures.shared.outcomes import high_fidelity
from pointes.libraries import xarray

CELLS = (
    style.Look("", style.BLUE, "o", "--"),
    style.Look("", style.VERMILLION, "s", "-."),
    style.Look("", style.GREEN, "D", ":"),
)


class Shares(NamedTuple):
    """Arrhythmic share of the plane by the map of the tissue, and by the labels of cells of each type, or NaN."""

    tissue: float
    cells: dict[str, float]


def summarise(risk_map: "xarray.Dataset", cells: "xarray.Dataset") -> Shares:
    """Return the arrhythmic shares of the plane of tissue and cells."""
    label = cells["label"].values
    shares = [float(np.mean(one[one >= 0] == 1)) if (one >= 0).any() else np.nan for one in label]
    names = [str(name) for name in cells["celltype"].values]
    tissue = np.nan if style.why_unlearned(risk_map) else float(np.mean(risk_map["risk"].values > 0.5))
    return Shares(tissue, dict(zip(names, shares, strict=True)))


@style.styled
def draw(risk_map: "xarray.Dataset", cells: "xarray.Dataset", simulations: "xarray.Dataset") -> Figure:
    """Draw the map of the tissue with the boundaries of its cells, and QT against block.

    ``cells`` has the ``label`` of single cells of each ``celltype``, on a grid over the parameters of the map of the
    tissue. ``simulations`` has ``qt_ms``, ``label`` and the parameters of each tissue; low-fidelity cells are left out.
    """
    figure = style.new_figure("double", 86)
    left, right = figure.subplots(1, 2)
    _draw_boundaries(left, risk_map, cells)
    _draw_qt(right, risk_map, simulations)
    return figure


def _draw_boundaries(axes: Axes, risk_map: "xarray.Dataset", cells: "xarray.Dataset") -> None:
    x, y = style.plane(risk_map)
    style.draw_risk(axes, risk_map[x].values, risk_map[y].values, risk_map["risk"].values)
    style.draw_boundary(axes, risk_map, linewidth=1.4)
    shares = summarise(risk_map, cells)
    reason = style.why_unlearned(risk_map)
    handles = []
    if not reason:
        text = f"tissue ({shares.tissue * 100:.0f} % arrhythmic)"
        line: LineStyleType = "-" if style.has_boundary(risk_map) else "none"  # without a boundary, only the share
        handles.append(Line2D([], [], color=style.BLACK, linestyle=line, label=text))
    for look, (name, share) in zip(CELLS, shares.cells.items(), strict=False):
        label = cells["label"].sel(celltype=name).values.astype(float)
        label[label < 0] = np.nan
        text = f"{name} cell ({'no label' if np.isnan(share) else f'{share * 100:.0f} %'})"
        line = look.line if np.isin([0, 1], label).all() else "none"
        if line == look.line:
            lines = axes.contour(cells[x].values, cells[y].values, label, levels=[0.5], colors=look.colour)
            lines.set(linestyle=line, linewidth=1.1)
        handles.append(Line2D([], [], color=look.colour, linestyle=line, label=text))
    axes.set_title(f"tissue: {reason}" if reason else "where tissue and its cells become arrhythmic")
    axes.figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), handlelength=2.4)


def _draw_qt(axes: Axes, risk_map: "xarray.Dataset", simulations: "xarray.Dataset") -> None:
    x, y = style.plane(risk_map)
    simulations = high_fidelity(simulations)
    qt, label = simulations["qt_ms"].values, simulations["label"].values
    if not np.isfinite(qt).any():
        style.write_message(axes, f"none of the {len(qt)} simulations has a T wave that ends")
        return
    scale = ScalarMappable(Normalize(float(risk_map[y].min()), float(risk_map[y].max())), "viridis")
    for value, look in style.labels(simulations).items():
        chosen = np.isfinite(qt) & (label == value)
        if not chosen.any():
            continue
        faces = scale.to_rgba(simulations[y].values[chosen])
        at = simulations[x].values[chosen], qt[chosen]
        axes.scatter(*at, c=faces, marker=look.marker, s=28, edgecolors="#222222", linewidths=0.4, label=look.name)
    axes.set(xlabel=style.axis_label(risk_map[x]), ylabel="QT interval (ms)", ylim=(0, None))
    shown = np.isfinite(qt).sum()
    others = "" if shown == len(qt) else ";\nthe others have no T wave that ends"
    axes.set_title(f"QT of {shown} of {len(qt)} simulations{others}")
    axes.legend(loc="upper left")
    axes.figure.colorbar(scale, ax=axes, label=style.axis_label(risk_map[y]))
