"""Predictions of quantities against what was simulated: how far to trust them, and how they improved."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.figures.shared.outcomes import NO_STREAM, purposes
from pointes.libraries import xarray
from pointes.statistics import clopper_pearson

LEVELS = {0.5: 0.674, 0.9: 1.645, 0.95: 1.960}
"""Probabilities of intervals, and their half-widths in standard deviations."""


@style.styled
def draw(response_map: "xarray.Dataset", simulations: "xarray.Dataset", learning: Mapping[str, np.ndarray]) -> Figure:
    """Draw a row of two panels for each quantity: predicted against simulated, and errors against simulations.

    Only points of the unbiased stream are shown, each predicted by the surrogate as it was before the simulation. So
    the errors overstate those of the last surrogate.

    Parameters
    ----------
    response_map
        Its attribute ``quantities`` names the quantities.
    simulations
        Quantities, ``predicted_<name>``, ``predicted_sd_<name>``, ``label``, ``purpose`` and ``sample_id``.
    learning
        Columns of ``learning.csv``, among them ``simulations`` and ``<name>_expected_half_width``.
    """
    names = response_map.attrs["quantities"].split()
    figure = style.new_figure("double", 78 * len(names))
    rows = figure.subplots(len(names), 2, squeeze=False)
    for (left, right), name in zip(rows, names, strict=True):
        streamed = stream_of(simulations, name)
        if not streamed.sizes["sample"]:
            style.write_message(left, NO_STREAM)
            style.write_message(right, NO_STREAM)
            continue
        _draw_predictions(left, streamed, name)
        _draw_errors(right, streamed, learning, name)
    return figure


def stream_of(simulations: "xarray.Dataset", name: str) -> "xarray.Dataset":
    """Return the stream points whose quantity was predicted and is defined, in the order of simulation."""
    known = (purposes(simulations) == "stream") & (simulations["label"].values == 0)
    known &= np.isfinite(simulations[name].values) & np.isfinite(simulations[f"predicted_{name}"].values)
    return simulations.isel(sample=known).sortby("sample_id")


def covered(streamed: "xarray.Dataset", name: str) -> dict[float, tuple[int, int]]:
    """Return in how many of the intervals of each of `LEVELS` the simulated value lies, and the number of all."""
    error = np.abs(streamed[name].values - streamed[f"predicted_{name}"].values)
    sd = streamed[f"predicted_sd_{name}"].values
    return {level: (int(np.sum(error <= width * sd)), len(error)) for level, width in LEVELS.items()}


def _draw_predictions(axes: Axes, streamed: "xarray.Dataset", name: str) -> None:
    unit = style.unit_of(streamed[name])
    in_unit = f" ({unit})" if unit not in ("", "1") else ""
    simulated, mean = streamed[name].values, streamed[f"predicted_{name}"].values
    spread = LEVELS[0.95] * streamed[f"predicted_sd_{name}"].values
    axes.errorbar(simulated, mean, spread, fmt="o", color=style.BLUE, linewidth=0.8, capsize=2, markersize=3.5)
    ends = [min(simulated.min(), mean.min()), max(simulated.max(), mean.max())]
    axes.plot(ends, ends, color=style.GREY, linewidth=0.8, zorder=0)
    texts = []
    for level, (inside, count) in covered(streamed, name).items():
        low, high = clopper_pearson(inside, count)
        share = f"{inside / count * 100:.0f} % ({low * 100:.0f} to {high * 100:.0f} %)"
        texts.append(f"{level * 100:.0f} % intervals hold {share}")
    axes.text(0.02, 0.98, "\n".join(texts), transform=axes.transAxes, va="top", fontsize=7)
    axes.set(xlabel=f"{name} simulated{in_unit}", ylabel=f"predicted before{in_unit}, 95 % interval")
    axes.set_title(f"{len(simulated)} stream points")


def _draw_errors(axes: Axes, streamed: "xarray.Dataset", learning: Mapping[str, np.ndarray], name: str) -> None:
    unit = style.unit_of(streamed[name])
    in_unit = f" ({unit})" if unit not in ("", "1") else ""
    error = np.abs(streamed[name].values - streamed[f"predicted_{name}"].values)
    axes.plot(streamed["sample_id"].values + 1, error, "o", color=style.BLUE, markersize=3.5, label="stream points")
    expected = np.asarray(learning[f"{name}_expected_half_width"], float)
    at = np.asarray(learning["simulations"], float)
    axes.plot(at, expected, "-", color=style.BLACK, label="expected for 95 % of the space")
    left_out = np.asarray(learning[f"{name}_left_out_rmse"], float)
    axes.plot(at, left_out, "--", color=style.ORANGE, label="root mean square, each point left out")
    axes.set(xlabel="simulations", ylabel=f"error of {name}{in_unit}", xlim=(0, None))
    style.make_logarithmic(axes.yaxis)
    axes.set_title("errors of predictions", pad=6 + 3 * style.LEGEND_LINE)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), handlelength=2.4)
