"""Summary page of a panel campaign: what was simulated, how the drugs are classified, and how methods compare."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined

from pointes.figures.shared import classified
from pointes.libraries import xarray
from pointes.status import count_failures, in_words
from pointes.vocabulary import Status

DESCRIBED = {
    classified.IN_SAMPLE: "With a model that was fitted to all drugs",
    classified.OUT: "With a model that was fitted to the other drugs",
    classified.FROZEN: "With a model that was fitted to the training drugs",
}
"""Beginnings of sentences about the schemes of validation."""


def render(
    config: Mapping[str, Any],
    panel: "xarray.Dataset",
    classification: classified.Columns | None = None,
    tables: Mapping[str, Sequence[Sequence[str]]] | None = None,
) -> str:
    """Return the summary page as a single HTML file, which loads no other files.

    Parameters
    ----------
    config
        Configuration of the campaign in JSON form.
    panel
        File of the reference scenario.
    classification
        Columns of ``classification.csv``; None if the drugs are not classified.
    tables
        Content of ``methods.json``; None if the drugs are not classified.
    """
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    template = environment.from_string(files("pointes.figures").joinpath("panel_summary.html").read_text("utf-8"))
    return template.render(
        config=config,
        scenarios={name: {**one, "differs": describe_scenario(one)} for name, one in _scenarios(config).items()},
        doses=_numbers(config["panel"]["doses"]),
        found=[*describe_panel(panel), *describe_control(panel)],
        classes=[*describe_classes(classification), *describe_flips(classification)] if classification else [],
        drugs=drug_table(classification) if classification else [],
        tables=tables or {},
        compared=describe_methods(tables["methods"]) if tables else "",
        made=panel.attrs,
        versions=json.loads(panel.attrs["versions"]),
    )


def describe_scenario(scenario: Mapping[str, Any]) -> str:
    """Return what a scenario has that others do not: channels, spread, doses and cycle length.

    Examples
    --------
    >>> describe_scenario({"channels": ["IKr", "ICaL"], "doses": [1.0, 10.0], "cycle_length": 1000.0})
    'block of IKr, ICaL; doses 1, 10 × Cmax; every 1000 ms'
    """
    parts = [
        f"block of {', '.join(scenario['channels'])}" if scenario.get("channels") else "",
        "spread between laboratories" if scenario.get("laboratory_sd") else "",
        f"doses {_numbers(scenario['doses'])} × Cmax" if scenario.get("doses") else "",
        f"every {scenario['cycle_length']:g} ms" if scenario.get("cycle_length") else "",
    ]
    return "; ".join(filter(None, parts))


def _scenarios(config: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    scenarios: Mapping[str, Mapping[str, Any]] = config["panel"]["scenarios"]
    return scenarios


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def describe_panel(panel: "xarray.Dataset") -> list[str]:
    """Return sentences on the size of the reference scenario, and on its failed and unsteady simulations."""
    n_drugs, n_doses, n_samples = (panel.sizes[name] for name in ("drug", "dose", "sample"))
    status, failure = (panel[name].values.ravel() for name in ("status", "failure"))
    total = status.size
    sentences = [f"{n_drugs} compounds at {n_doses} doses with {n_samples} samples each are {total} cells."]
    if (status != Status.OK).any():
        counts = count_failures(status, failure)
        sentences.append(f"{sum(counts.values())} of them failed: {in_words(counts)}. They have no class.")
    else:
        sentences.append("None of the simulations failed.")
    if "period" in panel and np.isfinite(panel["beats"]).any():
        unsteady = int(np.sum((panel["period"].values.ravel() == 0) & (status == Status.OK)))
        beats = float(panel["beats"].values[panel["status"].values == Status.OK].mean())
        sentences.append(
            f"{unsteady} cells had no steady rhythm at the last beat; {beats:.0f} beats were paced on average."
        )
    return sentences


def describe_control(panel: "xarray.Dataset") -> list[str]:
    """Return a sentence on the cell without a drug."""
    values = {
        "qNet": ("control_qnet_uC_per_uF", "{:.4f} µC/µF"),
        "APD90": ("control_apd90_ms", "{:.0f} ms"),
        "CaTD90": ("control_catd90_ms", "{:.0f} ms"),
    }
    known = [f"{name} {text.format(panel.attrs[key])}" for name, (key, text) in values.items() if key in panel.attrs]
    return [f"Without a drug the cell has {', '.join(known)}."] if known else []


def describe_classes(classification: classified.Columns) -> list[str]:
    """Return sentences on the thresholds of the torsade metric, and on the drugs that are put in another class."""
    within = classified.first_scenario(classification, classified.IN_SAMPLE)
    low, high = (float(within[name][0]) for name in ("threshold_low_intermediate", "threshold_intermediate_high"))
    sentences = [
        f"The thresholds of the torsade metric, the mean qNet over the doses, are {low:.4f} µC/µF between low and "
        f"intermediate risk and {high:.4f} µC/µF between intermediate and high risk."
    ]
    for scheme in classified.SCHEMES:
        rows = classified.first_scenario(classification, scheme)
        labelled = np.array([bool(one) for one in rows["category"].tolist()])
        if not labelled.any():
            continue
        wrong = labelled & (rows["category"] != rows["majority"])
        names = ", ".join(sorted(rows["drug"][wrong].tolist()))
        right = f"{int(labelled.sum() - wrong.sum())} of {int(labelled.sum())} drugs are in their published category"
        sentences.append(f"{DESCRIBED[scheme]}, {right}{f'; the others are {names}' if names else ''}.")
    return sentences


def describe_flips(classification: classified.Columns) -> list[str]:
    """Return sentences on the drugs whose class depends on the sample or on the scenario."""
    rows = classified.rows_of(classification, scheme=classified.IN_SAMPLE)
    reference = classified.first_scenario(classification, classified.IN_SAMPLE)
    majority = dict(zip(reference["drug"].tolist(), reference["majority"].tolist(), strict=True))
    largest = np.max([reference[f"frequency_{name}"] for name in classified.RISKS], axis=0)
    moving = reference["drug"][largest < 0.95].tolist()
    sentences = [
        f"{len(moving)} drugs have more than 5 % of their samples outside their most frequent class{_listed(moving)}."
    ]
    pairs = dict.fromkeys(zip(rows["scenario"].tolist(), rows["fitted_to"].tolist(), strict=True))
    for scenario, fitted_to in pairs:
        there = classified.rows_of(rows, scenario=scenario, fitted_to=fitted_to)
        changed = [
            drug
            for drug, one in zip(there["drug"].tolist(), there["majority"].tolist(), strict=True)
            if one != majority[drug]
        ]
        if scenario == fitted_to == reference["scenario"][0]:
            continue
        own = "its own thresholds" if scenario == fitted_to else f"the thresholds of {fitted_to}"
        sentences.append(f"In scenario {scenario}, with {own}, {len(changed)} drugs change class{_listed(changed)}.")
    return sentences


def drug_table(classification: classified.Columns) -> list[dict[str, Any]]:
    """Return a row for each drug of the reference scenario, the riskiest first."""
    rows = classified.first_scenario(classification, classified.OUT)
    order = np.argsort(rows["metric"], kind="stable")
    return [{name: column[k].item() for name, column in rows.items()} for k in order]


def describe_methods(methods: Sequence[Sequence[str]]) -> str:
    """Return a sentence on the method that orders the most pairs of drugs right when each drug is left out."""
    header, *rows = methods
    column = header.index("left out: pairs")
    known = [row for row in rows if row[column][0].isdigit()]
    best = max(known, key=lambda row: float(row[column].split()[0]))
    return (
        f"{best[0]} orders the most pairs of drugs right when each drug is left out: {best[column]}. Intervals are "
        "over drugs. A method whose interval of the difference holds 0 cannot be said to be better."
    )


def _listed(names: Sequence[str]) -> str:
    return f": {', '.join(names)}" if names else ""
