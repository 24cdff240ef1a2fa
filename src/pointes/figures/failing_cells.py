"""Cells of a population that fail under drugs: their share at each dose, and the conductances that set them apart."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.libraries import xarray

AUC_COLOURS = LinearSegmentedColormap.from_list("auc", [style.BLUE, "#f7f7f5", style.RUST])
ROW = 5.4  # height of the row of a drug [mm]
SPREAD = 0.5  # part of the row of a drug that its doses take


@style.styled
def draw(failing_cells: "xarray.Dataset") -> Figure:
    """Draw one row per drug in which a cell fails, the drug with the largest share at the largest dose first.

    The left panel has the share of failing cells at each dose with its 95 % interval, which is that of the population
    alone. The right panel has, for the largest dose, the probability that a failing cell has the larger conductance
    than another cell. Numbers stand where the 95 % interval leaves out one half; white rows have too few failing or too
    few other cells.

    The dataset has ``category`` (drug), ``share`` (drug, dose, bound) and, at the largest dose, ``auc`` (drug, factor,
    bound). The bounds are estimate, lower and upper end of the 95 % interval.
    """
    failing = (failing_cells["share"].isel(bound=0) > 0).any("dose").values
    if not failing.any():
        return style.message_figure("No cell of the population fails at any dose of any drug.")
    shown = failing_cells.isel(drug=failing).sortby("dose")
    last = shown["share"].isel(dose=-1, bound=0).values
    shown = shown.isel(drug=np.argsort(-last, kind="stable"))
    n, n_factors = shown.sizes["drug"], shown.sizes["factor"]
    figure = style.new_figure("double", ROW * n + 45)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[3.2, max(0.36 * n_factors, 1.8)])
    _draw_shares(left, shown)
    _draw_contrasts(figure, right, shown)
    others = failing_cells.sizes["drug"] - n
    figure.suptitle(f"{n} drugs under which cells fail; {others} others without a failing cell", x=0.01, ha="left")
    return figure


def _draw_shares(axes: Axes, shown: "xarray.Dataset") -> None:
    """Draw the shares of each drug at all doses, the smallest dose on top of its row."""
    n_doses = shown.sizes["dose"]
    shifts = np.linspace(-SPREAD / 2, SPREAD / 2, n_doses) if n_doses > 1 else [0.0]
    names, categories = shown["drug"].values.astype(str), shown["category"].values.astype(str)
    share, low, high = 100 * shown["share"].transpose("bound", "drug", "dose").values
    for row, category in enumerate(categories):
        look = style.CATEGORIES[category]
        for dose, shift in enumerate(shifts):
            axes.hlines(row + shift, low[row, dose], high[row, dose], color=look.colour, linewidth=0.8)
        axes.plot(share[row], row + np.array(shifts), look.marker, color=look.colour, markersize=2.8)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params("y", length=0)
    axes.set(ylim=(len(names) - 0.5, -0.5), xlim=(0, min(100.0, 1.05 * np.nanmax(high))))
    doses = ", ".join(f"{dose:g}" for dose in shown["dose"].values)
    axes.set_xlabel(f"failing cells [%]; from top to bottom\n{doses} × Cmax")
    style.add_heading(axes, "Share of failing cells", style.category_entries(categories))


def _draw_contrasts(figure: Figure, axes: Axes, shown: "xarray.Dataset") -> None:
    auc, low, high = shown["auc"].transpose("bound", "drug", "factor").values
    axes.imshow(np.ma.masked_invalid(auc), cmap=AUC_COLOURS, vmin=0, vmax=1, aspect="auto")
    for row, column in zip(*np.nonzero((low > 0.5) | (high < 0.5)), strict=True):
        strong = abs(auc[row, column] - 0.5) > 0.3
        colour = "white" if strong else style.BLACK
        axes.text(column, row, f"{auc[row, column]:.2f}", ha="center", va="center", fontsize=6, color=colour)
    factors = shown["factor"].values.astype(str)
    axes.set_xticks(range(len(factors)), factors, rotation=90)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(f"Conductances at {float(shown['dose'][-1]):g} × Cmax")
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, 1), AUC_COLOURS), ax=axes, location="bottom", aspect=25, pad=0.02, shrink=0.9
    )
    bar.set_label("probability that it is larger than in others")
    bar.outline.set_visible(False)
