"""The boundary of a tissue beside those of its cells, and what block does to its QT interval."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pointes.figures import style
from pointes.figures.outcomes import sought

if TYPE_CHECKING:
    import xarray as xr

CELLS = (
    style.Look("", style.BLUE, "o", "--"),
    style.Look("", style.VERMILLION, "s", "-."),
    style.Look("", style.GREEN, "D", ":"),
)


class Shares(NamedTuple):
    """Share of the plane that is arrhythmic: of the tissue's map, and of the cells of each type with a label.

    NaN where nothing was learned or no cell has a label.
    """

    tissue: float
    cells: dict[str, float]


def summarise(risk_map: "xr.Dataset", cells: "xr.Dataset") -> Shares:
    """Return how much of the plane is arrhythmic at either scale."""
    label = cells["label"].values
    shares = [float(np.mean(one[one >= 0] == 1)) if (one >= 0).any() else np.nan for one in label]
    names = [str(name) for name in cells["celltype"].values]
    tissue = np.nan if style.unlearned(risk_map) else float(np.mean(risk_map["risk"].values > 0.5))
    return Shares(tissue, dict(zip(names, shares, strict=True)))


@style.styled
def draw(risk_map: "xr.Dataset", cells: "xr.Dataset", simulations: "xr.Dataset") -> Figure:
    """Draw the tissue's map with the boundaries of its cells, and QT against block.

    Parameters
    ----------
    risk_map
        The map of the tissue over two parameters.
    cells
        ``label`` of single cells on a grid over the same parameters, for each ``celltype``.
    simulations
        ``qt_ms``, ``label`` and the parameters of each simulated tissue; cells among them are left out.
    """
    figure = Figure(figsize=(9.6, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _boundaries(left, risk_map, cells)
    _intervals(right, risk_map, simulations)
    return figure


def _boundaries(axes: Axes, risk_map: "xr.Dataset", cells: "xr.Dataset") -> None:
    x, y = style.plane(risk_map)
    style.show_risk(axes, risk_map[x].values, risk_map[y].values, risk_map["risk"].values)
    style.show_boundary(axes, risk_map, linewidth=1.4)
    shares = summarise(risk_map, cells)
    unlearned = style.unlearned(risk_map)
    handles = []
    if not unlearned:
        # Of a scale without a boundary the share alone is told
        line = "-" if style.has_boundary(risk_map) else "none"
        text = f"tissue ({shares.tissue * 100:.0f} % arrhythmic)"
        handles.append(Line2D([], [], color=style.BLACK, linestyle=line, label=text))
    for look, (name, share) in zip(CELLS, shares.cells.items(), strict=False):
        label = cells["label"].sel(celltype=name).values.astype(float)
        label[label < 0] = np.nan
        lines = {"colors": look.colour, "linestyles": look.line, "linewidths": 1.1}
        text, line = f"{name} cell ({'no label' if np.isnan(share) else f'{share * 100:.0f} %'})", "none"
        if np.isin([0, 1], label).all():
            axes.contour(cells[x].values, cells[y].values, label, levels=[0.5], **lines)
            line = look.line
        handles.append(Line2D([], [], color=look.colour, linestyle=line, label=text))
    axes.set_title(f"tissue: {unlearned}" if unlearned else "where tissue and its cells become arrhythmic")
    axes.figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), handlelength=2.4)


def _intervals(axes: Axes, risk_map: "xr.Dataset", simulations: "xr.Dataset") -> None:
    x, y = style.plane(risk_map)
    simulations = sought(simulations)
    qt, label = simulations["qt_ms"].values, simulations["label"].values
    if not np.isfinite(qt).any():
        style.say(axes, f"none of the {len(qt)} simulations has a T wave that ends")
        return
    scale = ScalarMappable(Normalize(float(risk_map[y].min()), float(risk_map[y].max())), "viridis")
    for value, look in style.LABELS.items():
        chosen = np.isfinite(qt) & (label == value)
        if not chosen.any():
            continue
        faces = scale.to_rgba(simulations[y].values[chosen])
        at = simulations[x].values[chosen], qt[chosen]
        axes.scatter(*at, c=faces, marker=look.marker, s=28, edgecolors="#222222", linewidths=0.4, label=look.name)
    axes.set(xlabel=style.block_label(risk_map[x]), ylabel="QT interval (ms)", ylim=(0, None))
    shown = np.isfinite(qt).sum()
    others = "" if shown == len(qt) else "; the others have no T wave that ends"
    axes.set_title(f"QT of {shown} of {len(qt)} simulations{others}")
    axes.legend(loc="upper left")
    axes.figure.colorbar(scale, ax=axes, label=style.block_label(risk_map[y]))
