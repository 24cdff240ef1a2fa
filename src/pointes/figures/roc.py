"""ROC curves of methods that tell risky drugs from others, with intervals over drugs."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import LineStyleType

from pointes.figures.shared import classified, style
from pointes.statistics import bootstrap_weights

QUESTIONS = {"high": "High risk against the rest", "low": "Intermediate or high risk against low risk"}
LINES: tuple[tuple[str, LineStyleType], ...] = (
    *((style.BLACK, "-"), (style.VERMILLION, "--"), (style.BLUE, "-."), (style.GREEN, ":")),
    *((style.PURPLE, (0, (5, 1))), (style.SKY, (0, (3, 1, 1, 1, 1, 1))), (style.ORANGE, (0, (1, 1)))),
)
CURVES, LINE = 90, 3.9  # heights of the curves and of a line of a legend [mm]
RESAMPLES, SEED = 2000, 1
FALSE_ALARMS = np.linspace(0, 1, 201)
"""Shares of false alarms at which the band of a curve is computed."""


class Roc(NamedTuple):
    """Curve of a method from (0, 0) to (1, 1), its AUC with a 95 % interval, and the band of the curve.

    ``band`` is the 95 % interval of the hits at each of `FALSE_ALARMS`, (2, n), over resamples of the drugs.
    """

    method: str
    drugs: int
    false_alarms: np.ndarray
    hits: np.ndarray
    auc: float
    low: float
    high: float
    band: np.ndarray


def summarise(methods: classified.Columns, scheme: str, question: str) -> list[Roc]:
    """Return the curves of all methods for a question of `QUESTIONS`; methods that cannot answer it are left out."""
    curves = []
    for name in classified.names(methods, "scenario"):
        rows = classified.rows_of(methods, scenario=name, fitted_to=name, scheme=scheme)
        probability = rows["probability_high"] if question == "high" else 1 - rows["probability_low"]
        category = rows["category"]
        known = (category != "") & np.isfinite(probability)
        riskier = category == "high" if question == "high" else category != "low"
        if 0 < riskier[known].sum() < known.sum():
            curves.append(_roc(name, probability[known].round(9), riskier[known], category[known]))
    return curves


def _roc(method: str, score: np.ndarray, riskier: np.ndarray, category: np.ndarray) -> Roc:
    stratum = np.unique(category, return_inverse=True)[1]
    weights = bootstrap_weights(stratum, np.arange(len(score)), RESAMPLES, SEED)
    # Weighted shares of both groups above each of the different scores, the largest first
    above = score >= np.unique(score)[::-1][:, None]
    hits, false_alarms = (
        np.hstack([np.zeros((len(weights), 1)), (weights * group) @ above.T / (weights @ group)[:, None]])
        for group in (riskier, ~riskier)
    )
    auc = np.trapezoid(hits, false_alarms, axis=1).round(12)
    low, high = np.quantile(auc[1:], [0.025, 0.975], method="inverted_cdf")
    resampled = [np.interp(FALSE_ALARMS, x, y) for x, y in zip(false_alarms[1:], hits[1:], strict=True)]
    band = np.quantile(resampled, [0.025, 0.975], axis=0)
    return Roc(method, len(score), false_alarms[0], hits[0], float(auc[0]), float(low), float(high), band)


@style.styled
def draw(methods: classified.Columns) -> Figure:
    """Draw the ROC curves of methods for both questions, with AUCs, and a band around the curve of the first method.

    Drugs are ordered by the mean probability of their samples, from fits to other drugs. With 28 drugs the bands are
    wide, and curves that differ by a step differ by one drug. Of many methods the first one and those with the largest
    AUCs have a curve, and the legend has the AUCs of all.

    Parameters
    ----------
    methods
        Columns of a classification table (`pointes.drugs.classification_table`) whose scenarios are methods. The
        scheme that leaves one drug out is drawn, or else the frozen one.
    """
    scheme = classified.OUT if classified.OUT in methods["scheme"] else classified.FROZEN
    curves = {question: summarise(methods, scheme, question) for question in QUESTIONS}
    looks = _looks([*curves["high"], *curves["low"]]) if any(curves.values()) else {}
    lines = max(map(len, curves.values())) + 1.5
    figure = style.new_figure("double", CURVES + LINE * lines)
    panels, legends = figure.subplots(2, 2, height_ratios=[CURVES, LINE * lines])
    for axes, below, (question, title) in zip(panels, legends, QUESTIONS.items(), strict=True):
        axes.set_title(title)
        below.set_axis_off()
        if curves[question]:
            _draw_curves(axes, below, curves[question], looks)
        else:
            style.write_message(axes, "one of the two groups has no drug")
    return figure


def _looks(curves: Iterable[Roc]) -> dict[str, tuple[str, LineStyleType]]:
    """Return colour and line of the methods that are drawn: the first one, and those with the largest AUCs."""
    aucs: dict[str, list[float]] = {}
    for curve in curves:
        aucs.setdefault(curve.method, []).append(curve.auc)
    first, *others = aucs
    best = sorted(others, key=lambda name: -float(np.mean(aucs[name])))[: len(LINES) - 1]
    drawn = [name for name in aucs if name == first or name in best]
    return dict(zip(drawn, LINES, strict=False))


def _draw_curves(axes: Axes, below: Axes, curves: list[Roc], looks: Mapping[str, tuple[str, LineStyleType]]) -> None:
    first = curves[0]
    axes.fill_between(FALSE_ALARMS, *first.band, color=style.GREY, alpha=0.2, linewidth=0)
    axes.plot([0, 1], [0, 1], color=style.GREY, linewidth=0.7, zorder=0)
    for curve in sorted(curves, key=lambda one: one.method not in looks):
        colour, line = looks.get(curve.method, ("none", "-"))
        label = f"{curve.method}: {curve.auc:.3f} ({curve.low:.2f}–{curve.high:.2f})"
        label += f", {curve.drugs} drugs" if curve.drugs != first.drugs else ""
        axes.plot(curve.false_alarms, curve.hits, color=colour, linestyle=line, label=label, clip_on=False)
    axes.set(xlabel="false alarms (share of safer drugs)", ylabel="hits (share of riskier drugs)", aspect="equal")
    axes.set(xlim=(-0.01, 1), ylim=(0, 1.01))
    legend = below.legend(
        handles=axes.get_legend_handles_labels()[0],
        title=f"AUC (95 % interval over {first.drugs} drugs)",
        title_fontsize=6.5,
        fontsize=6,
        loc="upper left",
        alignment="left",
        handlelength=2.8,
    )
    legend.set_in_layout(False)  # a long name would narrow the curves
