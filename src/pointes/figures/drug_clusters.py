"""Drugs clustered by their simulated effects: dendrogram, heat map, and how often two drugs are in one cluster."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from scipy.cluster import hierarchy

from pointes.figures.shared import style
from pointes.libraries import xarray

EFFECT_COLOURS = LinearSegmentedColormap.from_list("effect", [style.BLUE, "#f7f7f5", style.RUST])
TOGETHER_COLOURS = LinearSegmentedColormap.from_list("together", ["#ffffff", style.BLACK])
LARGEST = 3.0  # effect [standard deviations] at and beyond which colours are full
ROW = 3.2  # height of the row of a drug [mm]


@style.styled
def draw(drug_clusters: "xarray.Dataset") -> Figure:
    """Draw one row per drug, in the order of the dendrogram; lines separate the clusters.

    A dendrogram always divides the drugs, even where there are no groups. The title therefore has the mean silhouette
    and the agreement of the clusters of resampled data.

    The dataset has ``effect`` (drug, biomarker) in standard deviations, ``tree`` (merge, link) in scipy's format,
    ``cluster`` and ``category`` (drug), ``together`` (drug, other_drug), ``agreement`` (replicate) and ``silhouette``.
    Without enough drugs it has only their names and categories.
    """
    if "tree" not in drug_clusters:
        return style.message_figure("Fewer than three drugs have a known effect: there is nothing to cluster.")
    tree = drug_clusters["tree"].values
    order = hierarchy.leaves_list(tree)
    clusters = drug_clusters["cluster"].values[order]
    edges = np.flatnonzero(np.diff(clusters)) + 0.5
    n, n_biomarkers = len(order), drug_clusters.sizes["biomarker"]
    figure = style.new_figure("double", ROW * n + 66)
    left, middle, right = figure.subplots(1, 3, width_ratios=[6, n_biomarkers, n])
    _draw_tree(left, tree)
    effect = np.ma.masked_invalid(drug_clusters["effect"].transpose("drug", "biomarker").values[order])
    middle.imshow(effect, cmap=EFFECT_COLOURS, vmin=-LARGEST, vmax=LARGEST, aspect="auto")
    middle.set_facecolor("#d0d0d0")  # seen where an effect is missing
    middle.set_xticks(range(n_biomarkers), drug_clusters["biomarker"].values.astype(str), rotation=90)
    middle.set_title("Effect on biomarkers")
    _name_drugs(middle, drug_clusters, order)
    together = drug_clusters["together"].values[np.ix_(order, order)]
    right.imshow(together, cmap=TOGETHER_COLOURS, vmin=0, vmax=1, aspect="auto")
    right.set_xticks(range(n), drug_clusters["drug"].values[order].astype(str), rotation=90)
    right.set_yticks([])
    right.set_title("In one cluster")
    for axes in (middle, right):
        axes.hlines(edges, *axes.get_xlim(), color=style.BLACK, linewidth=0.8)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    right.vlines(edges, *right.get_ylim(), color=style.BLACK, linewidth=0.8)
    _add_colours(figure, middle, EFFECT_COLOURS, LARGEST, "standard deviations (grey: none)")
    _add_colours(figure, right, TOGETHER_COLOURS, 1.0, "share of resampled data")
    _add_heading(figure, drug_clusters)
    return figure


def _draw_tree(axes: Axes, tree: np.ndarray) -> None:
    """Draw the dendrogram with its leaves on the rows 0, 1, ... from top to bottom."""
    drawn = hierarchy.dendrogram(tree, no_plot=True)
    for heights, places in zip(drawn["dcoord"], drawn["icoord"], strict=True):
        axes.plot(heights, (np.array(places) - 5) / 10, color=style.BLACK, linewidth=0.8)  # scipy's leaves: 5, 15, ...
    axes.set(xlim=(tree[:, 2].max() * 1.05, 0), ylim=(len(tree) + 0.5, -0.5), xlabel="distance")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.set_title("Ward")


def _name_drugs(axes: Axes, drug_clusters: "xarray.Dataset", order: np.ndarray) -> None:
    """Write the names of the drugs beside their rows, in the colours of their categories."""
    names, categories = (drug_clusters[name].values[order].astype(str) for name in ("drug", "category"))
    axes.set_yticks(range(len(order)), names)
    for text, category in zip(axes.get_yticklabels(), categories, strict=True):
        look = style.CATEGORIES[category]
        text.set(color=look.text, fontweight="bold" if category == "high" else "normal")
        text.set_fontstyle("italic" if category == "low" else "normal")


def _add_colours(figure: Figure, axes: Axes, colours: LinearSegmentedColormap, largest: float, label: str) -> None:
    lowest = -largest if colours is EFFECT_COLOURS else 0.0
    bar = figure.colorbar(
        ScalarMappable(Normalize(lowest, largest), colours), ax=axes, location="bottom", shrink=0.7, aspect=25, pad=0.02
    )
    bar.set_label(label)
    bar.outline.set_visible(False)


def _add_heading(figure: Figure, drug_clusters: "xarray.Dataset") -> None:
    agreement = drug_clusters["agreement"].values
    low, middle, high = np.nanquantile(agreement, [0.025, 0.5, 0.975])
    n_clusters = len(np.unique(drug_clusters["cluster"].values))
    figure.suptitle(
        f"{n_clusters} clusters of {drug_clusters.sizes['drug']} drugs, silhouette "
        f"{float(drug_clusters['silhouette']):.2f}. Adjusted Rand index of {len(agreement)} resampled data sets:\n"
        f"median {middle:.2f}, 95 % from {low:.2f} to {high:.2f}. Names: high risk bold, low risk italic",
        x=0.01,
        ha="left",
    )
