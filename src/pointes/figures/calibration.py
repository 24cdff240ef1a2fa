"""Calibration: the share of stream points that turned out arrhythmic, by the risk that was predicted for them."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from pointes.figures.shared import style
from pointes.figures.shared.outcomes import NO_STREAM, stream
from pointes.libraries import xarray
from pointes.statistics import BINS, clopper_pearson, expected_calibration_error, risk_bins


class Bin(NamedTuple):
    """A bin of predicted risk, with the 95 % interval from ``low`` to ``high`` of the share that was arrhythmic."""

    middle: float
    points: int
    arrhythmic: int
    mean_risk: float
    low: float
    high: float


class Calibration(NamedTuple):
    """Bins that hold points, and the expected calibration error and the Brier score of all points."""

    bins: list[Bin]
    error: float
    brier: float


def summarise(risk: np.ndarray, label: np.ndarray) -> Calibration:
    """Return the calibration of predicted risks, (n,), against labels, (n,).

    The Brier score is the mean of (risk - label)². Smaller scores are better; without points they are NaN.

    Examples
    --------
    >>> round(summarise(np.array([0.1, 0.9]), np.array([0, 1])).brier, 3)
    0.01
    """
    which = risk_bins(risk)
    bins = []
    for number in range(BINS):
        inside = which == number
        count, arrhythmic = int(inside.sum()), int(label[inside].sum())
        if count:
            middle, mean_risk = (number + 0.5) / BINS, float(risk[inside].mean())
            bins.append(Bin(middle, count, arrhythmic, mean_risk, *clopper_pearson(arrhythmic, count)))
    if not bins:
        return Calibration([], np.nan, np.nan)
    return Calibration(bins, expected_calibration_error(risk, label), float(np.mean((risk - label) ** 2)))


@style.styled
def draw(simulations: "xarray.Dataset") -> Figure:
    """Draw the share of arrhythmic stream points against the risk that was predicted before they were simulated.

    Earlier points were predicted from fewer simulations: the figure judges the predictions of the whole campaign, not
    its last map. The interval of a bin with few points is wide.
    """
    risk, label = stream(simulations)
    if not len(risk):
        return style.message_figure(NO_STREAM)
    calibration = summarise(risk, label)
    figure = style.new_figure("single", 98)
    axes, strip = figure.subplots(2, 1, sharex=True, height_ratios=[5, 1])
    axes.plot([0, 1], [0, 1], color=style.GREY, linewidth=0.8, zorder=0)
    for one in calibration.bins:
        share = one.arrhythmic / one.points
        spread = [[share - one.low], [one.high - share]]
        axes.errorbar(one.mean_risk, share, spread, fmt="o", color=style.BLUE, linewidth=1, capsize=3, clip_on=False)
        # Counts stand in a row above the panel, as bars of neighbouring bins may be close together
        count = axes.text(one.middle, 1.0, f"{one.arrhythmic}/{one.points}", ha="center", va="bottom", fontsize=6.5)
        count.set_transform(axes.get_xaxis_transform())
    looks = style.labels(simulations)
    axes.set(ylabel=f"share that was {looks[1].name} (95 % interval)", xlim=(-0.06, 1.06), ylim=(-0.02, 1.04))
    scores = f"calibration error {calibration.error:.3f}, Brier score {calibration.brier:.3f}"
    axes.set_title(
        f"{len(risk)} stream points\n{scores}\n{looks[1].name} of all points in each tenth of the risk:",
        fontsize=7,
        pad=13,
    )
    for value, look in looks.items():
        shown = risk[label == value]
        strip.plot(shown, np.full(shown.shape, value), "|", color=look.colour, markersize=12)
    names = [look.name for look in looks.values()]
    strip.set(xlabel="risk predicted before the simulation", ylim=(-0.6, 1.6))
    strip.set_yticks(list(looks), names)
    return figure
