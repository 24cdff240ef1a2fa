"""The summary page of the report: what a campaign found, in sentences and tables that are computed from its files."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes.figures import drug_ranking, style
from pointes.figures.drug_ranking import BELOW, BEYOND, GROUPS, REACHED, Bound
from pointes.figures.outcomes import levels, purposes, sought, tell_control
from pointes.statistics import clopper_pearson
from pointes.status import count_failures, in_words

if TYPE_CHECKING:
    import xarray as xr

PURPOSES = {
    "control": "of the control",
    "start": "at the start",
    "landmark": "with one current blocked as far as it goes",
    "boundary": "where they were to tell most of the map",
    "stream": "for the unbiased stream",
    "verification": "to verify the map along its boundary",
}
METHODS = {
    "autoregressive": "autoregressive",
    "stacked": "stacked",
    "pooled": "pooled",
    "single": "single-scale",
}
OURS = "critical multiple"
CLASSIFIERS = {"svm": "support vector machine", "forest": "random forest", "xgboost": "boosted trees (XGBoost)"}


def render(
    config: Mapping[str, Any],
    status: Mapping[str, Any],
    simulations: "xr.Dataset",
    learning: Mapping[str, np.ndarray],
    risk_map: "xr.Dataset",
    control: Mapping[str, Any],
    drugs: "xr.Dataset | None" = None,
    drug_classification: Mapping[str, Any] | None = None,
) -> str:
    """Return the summary page as HTML that needs nothing from elsewhere.

    Without drugs it says nothing of them; where nothing was learned it says so, and why.

    Parameters
    ----------
    config
        The campaign's configuration in JSON form.
    status
        ``converged``, and the ``reason`` for which the campaign ended.
    simulations, learning, risk_map, control, drugs, drug_classification
        The campaign's files of these names.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters |= {"multiple": multiple, "interval": interval}
    unlearned = style.unlearned(risk_map)
    template = environment.from_string(files("pointes.figures").joinpath("summary.html").read_text(encoding="utf-8"))
    return template.render(
        config=config,
        found=[
            *simulated(simulations, config["learning"]["max_simulations"]),
            *of_control(control),
            *of_two_scales(simulations, learning),
            *learned(status, learning, unlearned),
        ],
        others=[] if unlearned else other_classifiers(learning),
        drugs=None if drugs is None else of_drugs(drugs, drug_classification or {}),
        groups=GROUPS,
        made=simulations.attrs,
        versions=json.loads(simulations.attrs["versions"]),
    )


def of_drugs(drugs: "xr.Dataset", classification: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page says of the drugs: sentences, and what its tables hold."""
    return {
        "sentences": [*placed(drugs), *([] if style.unlearned(drugs) else separated(classification))],
        "classification": classification,
        "ranks": [] if style.unlearned(drugs) else drug_ranking.summarise(drugs),
        "smallest": float(drugs["smallest_multiple"]),
        "largest": float(drugs["largest_multiple"]),
        "table": drugs.attrs.get("drug_table", ""),
    }


def simulated(simulations: "xr.Dataset", cap: int) -> list[str]:
    """Say how many simulations were run, why, and how many failed or were arrhythmic."""
    earlier, failed = simulations["iteration"].values < 0, failures(simulations)
    purpose, imported = purposes(simulations)[~earlier], int(np.sum(earlier))
    reasons = [f"{np.sum(purpose == name)} {why}" for name, why in PURPOSES.items() if (purpose == name).any()]
    sentences = [f"{len(purpose)} of at most {cap} simulations were run: {', '.join(reasons)}."]
    if imported:
        sentences.append(f"{imported} others were taken over from an earlier campaign.")
    if failed:
        sentences.append(f"{failed} They are neither safe nor arrhythmic, and nothing was learned from them.")
    of_map = sought(simulations)
    even = (of_map["status"].values == 0) & np.isin(purposes(of_map), ["start", "stream"])
    if even.any():
        arrhythmic, total = int(np.sum(of_map["label"].values[even] == 1)), int(np.sum(even))
        bounds = clopper_pearson(arrhythmic, total)
        share = _percent(arrhythmic / total, *bounds)
        sentences.append(f"{arrhythmic} of the {total} evenly spread ones were arrhythmic: {share} of the space.")
    return sentences


def failures(simulations: "xr.Dataset") -> str:
    """Say in a sentence how many simulations failed, and why; nothing if none did."""
    failure = simulations["failure"].values if "failure" in simulations else None
    counts = count_failures(simulations["status"].values, failure)
    if not any(counts.values()):
        return ""
    return f"{sum(counts.values())} of {simulations.sizes['sample']} simulations failed: {in_words(counts)}."


def of_control(control: Mapping[str, Any]) -> list[str]:
    """Say what the control is like, and whether that makes the map doubtful."""
    sentences = [f"Control, without any block: {tell_control(control)}."]
    if remark := control["remark"]:
        sentences.append(f"{remark[0].upper()}{remark[1:]}.")
    return sentences


def of_two_scales(simulations: "xr.Dataset", learning: Mapping[str, np.ndarray]) -> list[str]:
    """Say of two scales what their runs cost, how far they differ, and which classifier is believed."""
    scales = [name for name, _ in levels(simulations)]
    if len(scales) < 2:
        return []
    last = {name: values[-1] for name, values in learning.items()}
    low, high = (
        f"{last[f'runs_{level}']:.0f} were of a {scale}, at {last[f'mean_cost_{level}']:.2g} core-seconds each"
        for level, scale in zip(("low", "high"), scales, strict=True)
    )
    sentences = [
        f"Of all simulations {low}, and {high}, as measured at the start; {last['total_cost']:.3g} core-seconds "
        "together.",
        f"{scales[0].capitalize()} and {scales[1]} are believed to differ in {last['disagreement'] * 100:.0f} % of the "
        f"space. The map is that of the {METHODS[str(last['leader'])]} classifier.",
    ]
    if last["stream_n"]:
        scores = ", ".join(f"{name} {last[f'log_scores_{method}']:.2f}" for method, name in METHODS.items())
        sentences.append(f"Log probability that each way gave to the last stream points: {scores}.")
    return sentences


def learned(status: Mapping[str, Any], learning: Mapping[str, np.ndarray], unlearned: str = "") -> list[str]:
    """Say whether the campaign stopped by itself and how well its predictions came true.

    ``unlearned`` is the sentence that says why nothing was learned, if so.
    """
    sentences = [f"The campaign ended {'because' if status['converged'] else 'at a cap:'} {status['reason']}."]
    if unlearned:
        return [*sentences, f"{unlearned} The map tells no risk."]
    foretold = ("stream_", "verification_")
    last = {name: float(values[-1]) for name, values in learning.items() if name.startswith(foretold)}
    if n := last["verification_n"]:
        sentences.append(
            f"{last['verification_wrong']:.0f} of the {n:.0f} simulations along the boundary came out otherwise than "
            f"predicted; {last['verification_expected']:.1f} were expected to."
        )
    count, accuracy = last["stream_n"], last["stream_accuracy"]
    expected = float(learning["expected_error"][-1]) * 100
    own = f"The map itself expects to be wrong on {expected:.1f} % of the space."
    if not count:
        return [*sentences, "It had no unbiased stream, and so there is no honest measure of its accuracy.", own]
    sentences.append(
        f"{round(accuracy * count)} of {count:.0f} points of the unbiased stream were predicted right before they were "
        f"simulated, an accuracy of {_percent(accuracy, last['stream_low'], last['stream_high'])}."
    )
    if accuracy == 1:
        sentences.append("That is without a mistake, and the interval is as narrow as so few points allow.")
    sentences.append(
        f"The Brier score of these predictions is {last['stream_brier']:.3f}, their calibration error "
        f"{last['stream_ece']:.3f}."
    )
    return [*sentences, own]


def other_classifiers(learning: Mapping[str, np.ndarray]) -> list[tuple[str, float, float]]:
    """Return name, agreement with the map and accuracy on the stream of the classifiers trained on the same points."""
    columns = [[learning[f"{key}_{what}"][-1] for what in ("agreement", "stream_accuracy")] for key in CLASSIFIERS]
    return [(name, *map(float, values)) for name, values in zip(CLASSIFIERS.values(), columns, strict=True)]


def placed(drugs: "xr.Dataset") -> list[str]:
    """Say which drugs become arrhythmic within the doses that were searched, and which at the therapeutic dose."""
    if unlearned := style.unlearned(drugs):
        return [f"{unlearned} No drug is placed."]
    ranks = drug_ranking.summarise(drugs)
    reached = [rank for rank in ranks if rank.critical.status in (REACHED, BELOW)]
    searched = f"{float(drugs['largest_multiple']):g} × Cmax"
    sentences = [f"{len(reached)} of {len(ranks)} drugs reach a risk above 0.5 at a dose of up to {searched}."]
    therapeutic = [rank.drug for rank in reached if at_most_cmax(rank.critical)]
    sentences.append(f"At their therapeutic peak concentration or less: {', '.join(therapeutic) or 'none'}.")
    possible = [rank.drug for rank in ranks if at_most_cmax(rank.low) and not at_most_cmax(rank.critical)]
    if possible:
        sentences.append(f"Within the uncertainty of their IC50 values possibly also: {', '.join(possible)}.")
    if off_map := [rank.drug for rank in ranks if rank.critical.status == BEYOND]:
        sentences.append(
            f"{len(off_map)} leave the explored ranges of block before their risk is above 0.5, and are not placed: "
            f"{', '.join(off_map)}."
        )
    return sentences


def at_most_cmax(bound: Bound) -> bool:
    """Return whether a critical multiple is known to be 1 or less."""
    return bound.status == BELOW or bound.multiple <= 1


def separated(classification: Mapping[str, Any]) -> list[str]:
    """Compare how the critical multiple separates the known categories with how simple scores do.

    No difference is claimed where the critical multiple of some of the drugs is not known.
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
    """Return a critical multiple of Cmax as text, or what is known of it.

    Examples
    --------
    >>> multiple(Bound(12.345, "reached")), multiple(Bound(float("nan"), "not_reached"))
    ('12.3', 'not reached')
    """
    return f"{bound.multiple:.3g}" if bound.status == REACHED else bound.status.replace("_", " ")


def interval(rank: drug_ranking.Rank) -> str:
    """Return the interval of a drug's critical multiple as text."""
    low, high = multiple(rank.low), multiple(rank.high)
    return low if low == high else f"{low} to {high}"


def _percent(value: float, low: float, high: float) -> str:
    return f"{value * 100:.0f} % (95 % interval {low * 100:.0f} to {high * 100:.0f} %)"
