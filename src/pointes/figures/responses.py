"""Learned quantities along each axis of the space, averaged over all others."""

from textwrap import fill

from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.libraries import xarray

COLUMNS = 4
LETTERS = 24  # letters that fit beside a panel
PANEL = 44  # height of a panel [mm]


@style.styled
def draw(responses: "xarray.Dataset") -> Figure:
    """Draw a row of panels for each quantity, one panel for each axis: the mean, and a band of the predictions.

    The dataset has each of the ``quantities`` that its attribute names, with ``<name>_low`` and ``<name>_high``, by
    ``parameter`` and ``step`` of its ``value``; and ``label``, ``unit`` and ``logarithmic`` by ``parameter``.
    """
    if reason := style.why_unlearned(responses):
        return style.message_figure(reason)
    names, count = responses.attrs["quantities"].split(), responses.sizes["parameter"]
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    figure = style.new_figure("single" if columns <= 2 else "double", PANEL * rows * len(names) + 8)
    title = "Mean over the other axes where the quantity is defined; band: 5 to 95 % of its values"
    figure.suptitle(style.wrapped(figure, title))
    grid = figure.subplots(rows * len(names), columns, squeeze=False, sharey=False)
    for k, name in enumerate(names):
        panels = grid[k * rows : (k + 1) * rows].flat
        for number, axes in enumerate(panels):
            if number >= count:
                axes.set_visible(False)
                continue
            one = responses.isel(parameter=number)
            x = one["value"].values
            axes.fill_between(x, one[f"{name}_low"], one[f"{name}_high"], color=style.SKY, alpha=0.45, linewidth=0)
            axes.plot(x, one[name], color=style.BLACK)
            unit = style.UNITS.get(str(one["unit"].item()), str(one["unit"].item()))
            label = str(one["label"].item())
            axes.set_xlabel(_wrapped(f"{label} ({unit})" if unit not in ("", "1") else label))
            axes.set_xlim(x[0], x[-1])
            if bool(one["logarithmic"]):
                style.make_logarithmic(axes.xaxis)
            if number % columns == 0:
                of = style.unit_of(responses[name])
                axes.set_ylabel(_wrapped(f"{name} ({of})" if of not in ("", "1") else name))
    return figure


def _wrapped(label: str) -> str:
    """Return the label of an axis in lines that are not longer than it, as far as its words allow."""
    return fill(label, LETTERS, break_long_words=False)
