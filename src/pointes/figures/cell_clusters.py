"""Cells of a population clustered by their phenotype: the mean biomarkers of the clusters, their stability and risk."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.libraries import xarray

COLOURS = LinearSegmentedColormap.from_list("phenotype", [style.BLUE, "#f7f7f5", style.RUST])
LARGEST = 1.5  # mean [standard deviations of the population] at and beyond which colours are full
MOST_UPRIGHT = 12  # largest number of drugs whose columns are wide enough for upright numbers
ROW = 7.5  # height of the row of a cluster [mm]


@style.styled
def draw(cell_clusters: "xarray.Dataset") -> Figure:
    """Draw one row per cluster of cells, and the share of its cells that fail under each drug.

    Clusters are always found, even where phenotypes change gradually: read the mean silhouette, and under the size of
    each cluster how often two of its cells stay together when the population is resampled.

    The dataset has ``phenotype`` (cluster, biomarker), the means of the clusters in standard deviations of the
    population, ``size`` and ``together`` (cluster), ``failing`` (cluster, drug), the shares of failing cells at
    ``dose``, ``agreement`` (replicate) and ``silhouette``. Drugs under which no cell fails are not shown.
    Without enough cells it has only the names of the drugs.
    """
    if "phenotype" not in cell_clusters:
        return style.message_figure("The population has fewer than three cells: there is nothing to cluster.")
    cell_clusters = cell_clusters.isel(drug=(cell_clusters["failing"] > 0).any("cluster").values)
    n, n_biomarkers, n_drugs = (cell_clusters.sizes[name] for name in ("cluster", "biomarker", "drug"))
    widths = [n_biomarkers, max(n_drugs, 4)]
    figure = style.new_figure("double", ROW * n + 72)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=widths)
    phenotype = cell_clusters["phenotype"].transpose("cluster", "biomarker").values
    left.imshow(phenotype, cmap=COLOURS, vmin=-LARGEST, vmax=LARGEST, aspect="auto")
    left.set_xticks(range(n_biomarkers), cell_clusters["biomarker"].values.astype(str), rotation=90)
    left.set_title("Phenotype without a drug")
    rows = zip(cell_clusters["size"].values, cell_clusters["together"].values, strict=True)
    left.set_yticks(range(n), [f"{size} cells\ntogether {together:.2f}" for size, together in rows])
    failing = 100 * cell_clusters["failing"].transpose("cluster", "drug").values
    if n_drugs:
        right.imshow(failing, cmap="Greys", vmin=0, vmax=100, aspect="auto")
    angle = 90 if n_drugs > MOST_UPRIGHT else 0
    for row, column in np.ndindex(failing.shape):
        colour = "white" if failing[row, column] > 60 else style.BLACK
        text = "–" if np.isnan(failing[row, column]) else f"{failing[row, column]:.0f}"  # no cell has a label
        right.text(column, row, text, ha="center", va="center", fontsize=6, color=colour, rotation=angle)
    right.set_xticks(range(n_drugs), cell_clusters["drug"].values.astype(str), rotation=90)
    right.set_title(f"Failing cells [%] at {float(cell_clusters['dose']):g} × Cmax")
    for axes in (left, right):
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    bar = figure.colorbar(
        ScalarMappable(Normalize(-LARGEST, LARGEST), COLOURS), ax=left, location="bottom", aspect=30, pad=0.02
    )
    bar.set_label("mean (standard deviations)")
    bar.outline.set_visible(False)
    low, middle, high = np.nanquantile(cell_clusters["agreement"].values, [0.025, 0.5, 0.975])
    figure.suptitle(
        f"{n} clusters, silhouette {float(cell_clusters['silhouette']):.2f}. Adjusted Rand index of "
        f"{cell_clusters.sizes['replicate']} resampled populations:\nmedian {middle:.2f}, 95 % from {low:.2f} to "
        f"{high:.2f}",
        x=0.01,
        ha="left",
    )
    return figure
