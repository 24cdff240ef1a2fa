"""Words and numbers about a compound's score, for the terminal and for its card.

A score and its reference panel are the plain values of `pointes.campaign.panel.scoring.DrugReport.to_json`.
"""

from collections.abc import Mapping
from math import inf
from typing import Any

Score = Mapping[str, Any]
Panel = Mapping[str, Any]

NEGLIGIBLE = 5e-5
"""Change of the torsade metric below which nothing is said of it [uC/uF]."""
METHOD = (
    "Each channel is blocked by the Hill equation, at every voltage and time alike (static block). The torsade metric "
    "is the mean of qNet over 1, 2, 3 and 4 × free Cmax [1, 2]. An ordinal logistic regression, fitted to the same "
    "metric of the drugs of the panel [3], gives the probabilities, which are means over draws from the uncertainty of "
    "the IC50 values. They contain neither the uncertainty of Cmax nor that of the regression and the cell model."
)
CITATIONS = (
    "[1] Dutta et al., Front. Physiol. 8, 616 (2017), doi:10.3389/fphys.2017.00616",
    "[2] Li et al., Circ. Arrhythm. Electrophysiol. 10, e004628 (2017), doi:10.1161/CIRCEP.116.004628",
    "[3] Li et al., Clin. Pharmacol. Ther. 105, 466 (2019), doi:10.1002/cpt.1184",
)


def headline(score: Score) -> str:
    """Return the class of a compound as a heading."""
    named = str(score["risk_class"])
    probability = [score["probability"].get(risk) for risk in named.split(" or ")]
    if None in probability:
        return named.capitalize()
    return f"{named.capitalize()} risk ({percent(sum(probability))})"


def percent(value: float | None) -> str:
    """Return a probability in percent.

    Examples
    --------
    >>> percent(0.1234), percent(0.999), percent(None)
    ('12 %', '> 99 %', '-')
    """
    if value is None:
        return "-"
    return "< 1 %" if 0 < value < 0.01 else "> 99 %" if 0.99 < value < 1 else f"{value * 100:.0f} %"


def probabilities(score: Score) -> str:
    """Return the probabilities of the classes; for a compound outside the domain, what they are not."""
    text = ", ".join(f"{name} {percent(value)}" for name, value in score["probability"].items())
    return f"{text} (outside the domain: not to be trusted)" if score["outside"] else text


def metric(score: Score) -> str:
    """Return the median and the 95 % bounds of the torsade metric.

    Examples
    --------
    >>> metric({"metric": {"median": 0.06, "q025": None, "q975": 0.07}, "arrhythmic": 0.1})
    '0.0600 (arrhythmic to 0.0700) µC/µF'
    """
    undefined = "arrhythmic" if score["arrhythmic"] else "unknown"
    values = [score["metric"][name] for name in ("median", "q025", "q975")]
    median, low, high = (undefined if value is None else f"{value:.4f}" for value in values)
    unit = "" if values[2] is None else " µC/µF"
    return f"{median}{unit}" if low == high else f"{median} ({low} to {high}){unit}"


def concentration(nM: float) -> str:
    """Return a concentration with the unit that suits it.

    Examples
    --------
    >>> concentration(120.0), concentration(34500.0)
    ('120 nM', '34.5 µM')
    """
    return f"{nM / 1000:.4g} µM" if nM >= 1000 else f"{nM:.4g} nM"


def ic50(channel: Mapping[str, Any]) -> str:
    """Return the IC50 of a channel with its bounds, or its limit."""
    if channel["limit_nM"] is not None:
        return f"> {concentration(channel['limit_nM'])}"
    value = concentration(channel["ic50_nM"])
    if channel["q025_nM"] is None:
        return value
    return f"{value} ({concentration(channel['q025_nM'])} to {concentration(channel['q975_nM'])})"


def inputs(score: Score) -> list[list[str]]:
    """Return channel, IC50, Hill coefficient, block at the largest dose and effect on mean qNet of each channel."""
    return [
        [
            str(one["channel"]),
            ic50(one),
            f"{one['hill']:g}",
            percent(one["block"]),
            effect(one["attribution"]),
        ]
        for one in score["channels"]
    ]


def effect(attribution: float | None) -> str:
    """Return the change of the torsade metric by the block of a channel.

    Examples
    --------
    >>> effect(-0.01234), effect(0.0), effect(None)
    ('−0.0123', 'none', 'undefined')
    """
    if attribution is None:
        return "undefined"
    return "none" if abs(attribution) < NEGLIGIBLE else f"{attribution:+.4f}".replace("-", "−")


def position(score: Score, panel: Panel) -> str:
    """Return the rank of a compound among the drugs of the panel, and its neighbours."""
    if score["rank"] is None:
        return "unknown"
    ordered = sorted(panel["drugs"], key=by_metric)
    if score["metric"]["median"] is None:
        alike = [drug["drug"] for drug in ordered if drug["metric"]["median"] is None]
        return f"arrhythmic, as {', '.join(alike) or 'no drug of the panel is'}"
    rank = score["rank"]
    beside = [f"{drug['drug']} ({drug['category']})" for drug in ordered[max(rank - 2, 0) : rank]]
    if len(beside) == 2 and rank > 1:
        place = f"between {beside[0]} and {beside[1]}"
    else:
        place = f"{'riskier' if rank == 1 else 'safer'} than {beside[0]}"
    return f"rank {rank} of {len(ordered) + 1} from the riskiest, {place}"


def by_metric(of_drug: Mapping[str, Any]) -> float:
    """Return the key that sorts scores and drugs of the panel: the riskiest first, and the arrhythmic before them."""
    median = of_drug["metric"]["median"]
    return -inf if median is None else float(median)


def critical(score: Score) -> str:
    """Return the critical multiple of Cmax with its interval, and the map that it is from."""
    found = score["critical"]
    return f"{critical_multiple(score)}, on the map of {', '.join(found['parameters'])} block in {found['model']}"


def critical_multiple(score: Score) -> str:
    """Return the critical multiple of Cmax with its interval, or why there is none."""
    found = score["critical"]
    ends = (("multiple", "status"), ("q025", "q025_status"), ("q975", "q975_status"))
    middle, low, high = (
        found[status].replace("_", " ") if found[name] is None else f"{found[name]:.3g} × Cmax" for name, status in ends
    )
    return middle if low == middle == high else f"{middle} (95 % interval: {low} to {high})"


def because(score: Score) -> list[str]:
    """Return sentences on what the block of each channel does to the torsade metric, the largest effect first."""
    if any(one["attribution"] is None for one in score["channels"]):
        without = [f"Without block of {channel} it is not." for channel in score["necessary"]]
        return ["The cell is arrhythmic at the point estimate, or with some of the blocks.", *without]
    effects = sorted(score["channels"], key=lambda one: -abs(one["attribution"]))
    sentences = [
        f"{one['channel']} block {'lowers' if one['attribution'] < 0 else 'raises'} mean qNet by "
        f"{abs(one['attribution']):.4f} µC/µF."
        for one in effects
        if abs(one["attribution"]) >= NEGLIGIBLE
    ]
    return sentences or ["No channel changes mean qNet by 0.0001 µC/µF or more."]


def facts(score: Score, panel: Panel) -> list[tuple[str, str]]:
    """Return names and values of what is known of a compound, in the order in which they are read."""
    rows = [
        ("probability", probabilities(score)),
        ("torsade metric", f"{metric(score)}; without drug {panel['control_qnet']:.4f}"),
        ("thresholds", f"high below {panel['intermediate_high']:.4f}, low above {panel['low_intermediate']:.4f} µC/µF"),
        ("position", position(score, panel)),
        ("because", " ".join(because(score))),
        ("similar block", f"{score['nearest']}, at a distance of {score['nearest_distance']:.2f}"),
    ]
    return rows + ([("critical dose", critical(score))] if score["critical"] else [])


def limits(score: Score, panel: Panel) -> list[str]:
    """Return sentences on the domain and the power of the classification, and on what was assumed or is missing."""
    if score["outside"]:
        domain = [f"Outside the domain of the panel: {text}." for text in score["outside"]]
    else:
        domain = ["Inside the domain: what is blocked, and by how much, is within the range of the drugs of the panel."]
    total = len(panel["drugs"])
    power = (
        f"Static block tells the classes apart poorly: {panel['right']} of the {total} drugs are put in their category "
        f"by a regression fitted to the others, and {panel['most_frequent']} are in the most frequent category."
    )
    return [*domain, power, *score["remarks"]]


def reference(score: Score, panel: Panel) -> str:
    """Return sentences on the panel, the model and the draws."""
    cell = f"{panel['model']}, {panel['celltype']}" if panel["celltype"] else str(panel["model"])
    cell = f"{cell}, paced every {panel['cycle_length']:g} ms until steady"
    return (
        f"Panel: {len(panel['drugs'])} drugs with {panel['samples']} samples each. Cell: {cell}. "
        f"{score['samples']} draws of the compound."
    )
