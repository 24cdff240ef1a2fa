"""Confusion matrices of a classification of drugs, with the names of the drugs."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pointes.figures.shared import classified, style

LINE = 2.65  # height of a line with a name [mm]
NAME_SIZE = 6  # [points]

Matrix = Mapping[tuple[str, str], Sequence[str]]
"""Names of drugs by true and predicted category."""


def summarise(rows: classified.Columns) -> Matrix:
    """Return the drugs by true category and by the most frequent one of their samples; unknown ones are left out."""
    pairs = list(zip(*(rows[column].tolist() for column in ("category", "majority", "drug")), strict=True))
    return {
        (true, guess): [drug for *pair, drug in pairs if pair == [true, guess]]
        for true in classified.RISKS
        for guess in classified.RISKS
    }


@style.styled
def draw(classification: classified.Columns) -> Figure:
    """Draw a confusion matrix for each scheme of validation of the first scenario, with names and numbers of drugs.

    Only the scheme that leaves each drug out, and the frozen one, say how drugs outside the fit are classified.

    Parameters
    ----------
    classification
        Columns of ``classification.csv`` (`pointes.drugs.classification_table`).
    """
    found = {scheme: classified.first_scenario(classification, scheme) for scheme in classified.SCHEMES}
    matrices = {scheme: summarise(rows) for scheme, rows in found.items() if len(rows["drug"])}
    heights = [
        2.2 + max(len(matrix[true, guess]) for matrix in matrices.values() for guess in classified.RISKS)
        for true in classified.RISKS
    ]
    figure = style.new_figure("single" if len(matrices) == 1 else "double", LINE * sum(heights) + 20)
    grid = figure.subplots(1, len(matrices), sharey=True, squeeze=False)[0]
    for axes, (scheme, matrix) in zip(grid, matrices.items(), strict=True):
        _draw_matrix(axes, matrix, np.concatenate([[0], np.cumsum(heights)]))
        right = sum(len(matrix[risk, risk]) for risk in classified.RISKS)
        axes.set_title(f"{classified.SCHEMES[scheme]}:\n{right} of {sum(map(len, matrix.values()))} right")
        axes.set_xlabel("most frequent category")
    grid[0].set_ylabel("true category")
    return figure


def _draw_matrix(axes: Axes, matrix: Matrix, edges: np.ndarray) -> None:
    """Draw a matrix whose rows have these edges, counted in lines of names from the top."""
    most = max(1, *map(len, matrix.values()))
    for row, true in enumerate(classified.RISKS):
        top, height = edges[row], edges[row + 1] - edges[row]
        for column, guess in enumerate(classified.RISKS):
            drugs = matrix[true, guess]
            shade = 0.08 + 0.25 * len(drugs) / most if drugs else 0.0
            colour = style.CATEGORIES[true].colour
            axes.add_patch(Rectangle((column, top), 1, height, facecolor=colour, alpha=shade, linewidth=0))
            axes.add_patch(Rectangle((column, top), 1, height, fill=False, edgecolor=style.GREY, linewidth=0.5))
            if drugs:
                weight = "bold" if true == guess else "normal"
                axes.text(column + 0.05, top + 0.2, str(len(drugs)), va="top", fontsize=8, fontweight=weight)
                middle = top + height / 2 + 0.6
                axes.text(column + 0.5, middle, "\n".join(drugs), ha="center", va="center", fontsize=NAME_SIZE)
    axes.set(xlim=(0, 3), ylim=(edges[-1], 0))
    axes.set_xticks(np.arange(3) + 0.5, classified.RISKS)
    axes.set_yticks((edges[1:] + edges[:-1]) / 2, classified.RISKS, rotation=90, va="center")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
