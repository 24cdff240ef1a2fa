"""First-order and total Sobol indices of the parameters with their intervals."""

from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.figures.shared.sobol_bars import draw_bars
from pointes.libraries import xarray


@style.styled
def draw(sensitivity: "xarray.Dataset") -> Figure:
    """Draw two bars per parameter, the most influential parameter first.

    Estimates may be slightly below 0, and total indices add up to more than 1 where parameters act together.

    The dataset has ``first`` and ``total`` Sobol index by ``parameter`` and ``bound`` (estimate, lower and upper end of
    the 95 % interval), which are missing where there is no boundary.
    """
    first_class, second_class = style.class_names(sensitivity)
    figure = style.new_figure("single", 9 * sensitivity.sizes["parameter"] + 29)
    heading = f"What decides between {first_class} and {second_class}"
    if draw_bars(figure.subplots(), sensitivity, "the label's variance", heading):
        return figure
    no_boundary = f"no boundary was found: nothing decides between {first_class} and {second_class}"
    return style.message_figure(style.why_unlearned(sensitivity) or no_boundary)
