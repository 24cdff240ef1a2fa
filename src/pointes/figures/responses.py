"""Learned quantities along each axis of the space, averaged over all others."""

from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.libraries import xarray

COLUMNS = 4
PANEL = 2.1  # [inches]


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
    figure = Figure(figsize=(PANEL * columns + 0.6, PANEL * rows * len(names) + 0.5), layout="constrained")
    figure.suptitle("Mean over the other axes where the quantity is defined; band: 5 to 95 % of its values", fontsize=8)
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
            axes.set(xlabel=f"{label} ({unit})" if unit not in ("", "1") else label, xlim=(x[0], x[-1]))
            if bool(one["logarithmic"]):
                style.make_logarithmic(axes.xaxis)
            if number % columns == 0:
                of = style.unit_of(responses[name])
                axes.set_ylabel(f"{name} ({of})" if of not in ("", "1") else name)
    return figure
