"""Summary page of the report: findings of a campaign as sentences and tables, computed from its files."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined

from pointes import vocabulary
from pointes.figures import drug_ranking
from pointes.figures.drug_ranking import BELOW, BEYOND, GROUPS, REACHED, Bound
from pointes.figures.shared import style
from pointes.figures.shared.outcomes import by_fidelity, control_as_text, high_fidelity, purposes
from pointes.libraries import xarray
from pointes.statistics import clopper_pearson
from pointes.status import count_failures, in_words

PURPOSES = {
    "control": "of the control",
    "start": "at the start",
    "landmark": "with one current blocked as far as its range goes",
    "boundary": "where they were expected to tell most about the boundary",
    "stream": "for the unbiased stream",
    "given": "at points that were labelled elsewhere",
    "verification": "to verify the map along its boundary",
}
"""Phrases for the purposes in `pointes.vocabulary.Purpose`."""
METHODS = {**{name: name for name in vocabulary.METHODS}, "single": "single-fidelity"}
OURS = "critical multiple"
RHO = "_rho"
"""End of the names of columns with the factor of the low fidelity's value in that of the high one."""
CLASSIFIERS = {"svm": "support vector machine", "forest": "random forest", "xgboost": "boosted trees (XGBoost)"}


def render(
    config: Mapping[str, Any],
    status: Mapping[str, Any],
    simulations: "xarray.Dataset",
    learning: Mapping[str, np.ndarray] | None = None,
    risk_map: "xarray.Dataset | None" = None,
    control: Mapping[str, Any] = {},
    drugs: "xarray.Dataset | None" = None,
    drug_classification: Mapping[str, Any] | None = None,
) -> str:
    """Return the summary page as a single HTML file, which loads no other files.

    ``config`` is the configuration of the campaign in JSON form, and ``status`` has ``converged`` and the ``reason``
    for which the campaign ended. The other arguments are the contents of the files of these names, as far as the
    campaign has them.
    """
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters |= {"multiple": multiple, "interval": interval}
    reason = "" if risk_map is None else style.why_unlearned(risk_map)
    learned: list[str] = []
    if learning is not None:
        learned = describe_fidelities(simulations, learning)
        learned += describe_quantities(status) if risk_map is None else describe_learning(status, learning, reason)
    template = environment.from_string(files("pointes.figures").joinpath("summary.html").read_text(encoding="utf-8"))
    return template.render(
        config=config,
        explorable=learning is not None,
        found=[
            *describe_simulations(simulations, None if learning is None else config["learning"]["max_simulations"]),
            *describe_control(control, set(config["parameters"]) == {"blocks"}),
            *learned,
        ],
        others=[] if reason or risk_map is None or learning is None else compare_classifiers(learning),
        drugs=None if drugs is None else drug_section(drugs, drug_classification or {}),
        axes=describe_axes(config["parameters"], simulations),
        groups=GROUPS,
        made=simulations.attrs,
        versions=json.loads(simulations.attrs["versions"]),
    )


def describe_axes(parameters: Mapping[str, Any], simulations: "xarray.Dataset") -> list[str]:
    """Return a sentence on each axis that is not one of ``parameters.blocks``, with its range and unit."""
    sentences = []
    for name in parameters:
        if name == "blocks":
            continue
        axis = simulations[name]
        low, high = axis.attrs["explored_range"]
        unit = style.unit_of(axis)
        scale = ", logarithmic" if style.is_logarithmic(axis) else ""
        title = axis.attrs["long_name"]
        ends = f"{low:g} to {high:g}{f' {unit}' if unit not in ('', '1') else ''}"
        sentences.append(f"{title[0].upper()}{title[1:]}: {ends}{scale}.")
    return sentences


def drug_section(drugs: "xarray.Dataset", classification: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sentences of the section on drugs, and the content of its tables."""
    learned = not style.why_unlearned(drugs)
    return {
        "sentences": [*describe_ranking(drugs), *(describe_separation(classification) if learned else [])],
        "classification": classification,
        "ranks": drug_ranking.summarise(drugs) if learned else [],
        "smallest": float(drugs["smallest_multiple"]),
        "largest": float(drugs["largest_multiple"]),
        "table": drugs.attrs.get("drug_table", ""),
    }


def describe_simulations(simulations: "xarray.Dataset", cap: int | None) -> list[str]:
    """Return sentences on the number of simulations, their purposes, and how many failed or were arrhythmic.

    ``cap`` is the largest number of simulations; None in a sweep.
    """
    earlier = simulations["iteration"].values < 0
    purpose, imported = purposes(simulations)[~earlier], int(np.sum(earlier))
    reasons = [f"{np.sum(purpose == name)} {text}" for name, text in PURPOSES.items() if (purpose == name).any()]
    of_cap = "" if cap is None else f" of at most {cap}"
    sentences = [f"{len(purpose)}{of_cap} simulations were run: {', '.join(reasons)}."]
    if imported:
        sentences.append(f"{imported} others were taken over from an earlier campaign.")
    if failed := describe_failures(simulations):
        first, second = (look.name for look in style.labels(simulations).values())
        sentences.append(f"{failed} They count as neither {first} nor {second}, and nothing was learned from them.")
    of_map = high_fidelity(simulations)
    even = (of_map["status"].values == vocabulary.Status.OK) & np.isin(purposes(of_map), ["start", "stream"])
    if even.any():
        arrhythmic, total = int(np.sum(of_map["label"].values[even] == 1)), int(np.sum(even))
        bounds = clopper_pearson(arrhythmic, total)
        share = _percent(arrhythmic / total, *bounds)
        sentences.append(
            f"{arrhythmic} of the {total} evenly spread simulations were {style.labels(of_map)[1].name}: {share} of "
            "the space."
        )
    return sentences


def describe_failures(simulations: "xarray.Dataset") -> str:
    """Return a sentence on the number of failed simulations and the reasons; empty if none failed."""
    failure = simulations["failure"].values if "failure" in simulations else None
    counts = count_failures(simulations["status"].values, failure)
    if not any(counts.values()):
        return ""
    return f"{sum(counts.values())} of {simulations.sizes['sample']} simulations failed: {in_words(counts)}."


def describe_control(control: Mapping[str, Any], of_blocks: bool = True) -> list[str]:
    """Return sentences on the control, and on doubts about the map that follow from it."""
    what = "without any block" if of_blocks else "at the published values"
    sentences = [f"Control, {what}: {control_as_text(control)}."]
    if remark := control["remark"]:
        sentences.append(f"{remark[0].upper()}{remark[1:]}.")
    return sentences


def describe_fidelities(simulations: "xarray.Dataset", learning: Mapping[str, np.ndarray]) -> list[str]:
    """Return sentences on the costs of two fidelities, their difference, and the selected classifier."""
    scales = [scale for scale, _ in by_fidelity(simulations)]
    if len(scales) < 2:
        return []
    last = {name: values[-1] for name, values in learning.items()}
    low, high = (
        f"{last[f'runs_{fidelity}']:.0f} simulations were of the {fidelity} fidelity ({scale}), at "
        f"{last[f'mean_cost_{fidelity}']:.2g} core-seconds each"
        for fidelity, scale in zip(vocabulary.meanings(vocabulary.Fidelity), scales, strict=True)
    )
    sentences = [f"{low}, and {high}, as measured at the start: {last['total_cost']:.3g} core-seconds in total."]
    if "leader" not in last:
        factors = {name.removesuffix(RHO): factor for name, factor in last.items() if name.endswith(RHO)}
        return [*sentences, *(_describe_rho(name, float(factor)) for name, factor in factors.items())]
    sentences.append(
        f"The classes of {scales[0]} and {scales[1]} are expected to differ in {last['disagreement'] * 100:.0f} % of "
        f"the space. The map is that of the {METHODS[str(last['leader'])]} classifier."
    )
    if last["stream_n"]:
        scores = ", ".join(f"{name} {last[f'log_scores_{method}']:.2f}" for method, name in METHODS.items())
        sentences.append(f"Log probability that each classifier gave to the last stream points: {scores}.")
    return sentences


def _describe_rho(name: str, rho: float) -> str:
    """Return a sentence on what the low fidelity tells of a quantity, given its factor in the high fidelity's value."""
    if rho == 0:
        return f"{name}: the low fidelity tells nothing of the high one."
    return f"{name}: the high fidelity's value changes by {rho:.2g} where that of the low fidelity changes by 1."


def describe_learning(status: Mapping[str, Any], learning: Mapping[str, np.ndarray], unlearned: str = "") -> list[str]:
    """Return sentences on the end of the campaign and on the accuracy of its predictions.

    ``unlearned`` is the sentence that says why nothing was learned, if so.
    """
    sentences = [f"The campaign ended {'because' if status['converged'] else 'at a cap:'} {status['reason']}."]
    if unlearned:
        return [*sentences, f"{unlearned} The map holds no risk."]
    predicted = ("stream_", "verification_")
    last = {name: float(values[-1]) for name, values in learning.items() if name.startswith(predicted)}
    if n := last["verification_n"]:
        sentences.append(
            f"{last['verification_wrong']:.0f} of the {n:.0f} simulations along the boundary had another label than "
            f"predicted; {last['verification_expected']:.1f} were expected to differ."
        )
    count, accuracy = last["stream_n"], last["stream_accuracy"]
    expected = float(learning["expected_error"][-1]) * 100
    own = f"The map itself expects to be wrong on {expected:.1f} % of the space."
    if not count:
        return [*sentences, "It had no unbiased stream, and so there is no unbiased measure of its accuracy.", own]
    sentences.append(
        f"{round(accuracy * count)} of {count:.0f} points of the unbiased stream were predicted right before they were "
        f"simulated, an accuracy of {_percent(accuracy, last['stream_low'], last['stream_high'])}."
    )
    if accuracy == 1:
        sentences.append("No prediction was wrong, and the interval is as narrow as so few points allow.")
    sentences.append(
        f"The Brier score of these predictions is {last['stream_brier']:.3f}, their calibration error "
        f"{last['stream_ece']:.3f}."
    )
    return [*sentences, own]


def describe_quantities(status: Mapping[str, Any]) -> list[str]:
    """Return sentences on the end of a campaign that learns quantities, and on the accuracy of its predictions."""
    sentences = [f"The campaign ended {'because' if status['converged'] else 'at a cap:'} {status['reason']}."]
    if irregular := status["n_irregular"]:
        sentences.append(f"{irregular} simulations were arrhythmic or lack a quantity, and no value was learned there.")
    for name in status["quantities"]:
        one = status[name]
        if one["expected_half_width"] is None:
            sentences.append(f"{name}: no value is known.")
            continue
        text = f"{name}: 95 % of the space is expected to be predicted within {one['expected_half_width']:.3g}"
        if status["stream_n"]:
            text += (
                f"; {status['stream_n']} points of the unbiased stream were predicted with a root mean square error of "
                f"{one['rmse']:.3g} before they were simulated, the largest error being {one['largest_error']:.3g}; "
                f"{one['coverage_95'] * 100:.0f} % of their 95 % intervals held the value"
            )
        sentences.append(f"{text}.")
    return sentences


def compare_classifiers(learning: Mapping[str, np.ndarray]) -> list[tuple[str, float, float]]:
    """Return name, agreement with the map and accuracy on the stream of the classifiers trained on the same points."""
    return [
        (name, float(learning[f"{key}_agreement"][-1]), float(learning[f"{key}_stream_accuracy"][-1]))
        for key, name in CLASSIFIERS.items()
    ]


def describe_ranking(drugs: "xarray.Dataset") -> list[str]:
    """Return sentences on the drugs that become arrhythmic within the searched doses, and at the therapeutic dose."""
    if reason := style.why_unlearned(drugs):
        return [f"{reason} No drug is placed."]
    ranks = drug_ranking.summarise(drugs)
    reached = [rank for rank in ranks if rank.critical.status in (REACHED, BELOW)]
    searched = f"{float(drugs['largest_multiple']):g} × Cmax"
    sentences = [f"{len(reached)} of {len(ranks)} drugs reach a risk above 0.5 at a dose of up to {searched}."]
    therapeutic = [rank.drug for rank in reached if at_most_cmax(rank.critical)]
    sentences.append(f"At their therapeutic peak concentration or less: {', '.join(therapeutic) or 'none'}.")
    possible = [rank.drug for rank in ranks if at_most_cmax(rank.low) and not at_most_cmax(rank.critical)]
    if possible:
        sentences.append(f"Possibly also, within the uncertainty of their IC50 values: {', '.join(possible)}.")
    if off_map := [rank.drug for rank in ranks if rank.critical.status == BEYOND]:
        sentences.append(
            f"{len(off_map)} leave the explored ranges of block before their risk is above 0.5, and are not placed: "
            f"{', '.join(off_map)}."
        )
    return sentences


def at_most_cmax(bound: Bound) -> bool:
    """Return whether a critical multiple is known to be 1 or less."""
    return bound.status == BELOW or bound.multiple <= 1


def describe_separation(classification: Mapping[str, Any]) -> list[str]:
    """Return sentences that compare how the critical multiple and simple scores separate the risk categories.

    They claim no difference if the critical multiple of some of the drugs is not known.
    """
    sentences = []
    others = {name: result for name, result in classification.items() if name != OURS}
    for group, title in GROUPS.items():
        ours = classification[OURS][group]
        if ours["value"] is None or not others:
            continue
        best, name = max((result[group]["value"], name) for name, result in others.items())
        count, of_all = classification[OURS]["n_drugs"], others[name]["n_drugs"]
        if count < of_all or ours["q025"] <= best <= ours["q975"]:
            verdict = "no difference can be claimed"
        else:
            verdict = "it is better" if best < ours["q025"] else "it is worse"
        sentences.append(
            f"{title.capitalize()}: the {OURS} reaches an AUC of {ours['value']:.2f} "
            f"(95 % interval {ours['q025']:.2f} to {ours['q975']:.2f}), the best simple score, {name}, {best:.2f}; "
            f"with {count}{f' and {of_all}' if count < of_all else ''} drugs, {verdict}."
        )
    return sentences


def multiple(bound: Bound) -> str:
    """Return a critical multiple of Cmax as text, or its status if there is no number.

    Examples
    --------
    >>> multiple(Bound(12.345, "reached")), multiple(Bound(float("nan"), "not_reached"))
    ('12.3', 'not reached')
    """
    return f"{bound.multiple:.3g}" if bound.status == REACHED else bound.status.replace("_", " ")


def interval(rank: drug_ranking.Rank) -> str:
    """Return the interval of the critical multiple of a drug as text."""
    low, high = multiple(rank.low), multiple(rank.high)
    return low if low == high else f"{low} to {high}"


def _percent(value: float, low: float, high: float) -> str:
    return f"{value * 100:.0f} % (95 % interval {low * 100:.0f} to {high * 100:.0f} %)"
