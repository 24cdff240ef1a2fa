"""Page of a panel of drugs: what it shows, from the files of the results folder."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pointes.explorer.arrays import rounded
from pointes.explorer.assembly import assemble
from pointes.figures import qnet_doses
from pointes.figures.shared import classified
from pointes.libraries import xarray

MODULES = ("format", "curve", "panel")
"""Modules of the page, each after those that it imports."""


def render(
    name: str,
    scenarios: Mapping[str, Mapping[str, Any]],
    panels: "Mapping[str, xarray.Dataset]",
    classification: classified.Columns | None = None,
) -> str:
    """Return the page of a panel.

    Parameters
    ----------
    name
        Name of the campaign.
    scenarios
        Settings of the scenarios by their names, the one of reference first.
    panels
        File ``panel.nc`` of each scenario.
    classification
        Columns of ``classification.csv``; None if the drugs are not classified.
    """
    drugs = len(next(iter(panels.values()))["drug"])
    data = {
        "name": name,
        "introduction": f"{drugs} drugs at multiples of their free Cmax, for samples of their uncertain pharmacology.",
        "scenarios": [
            {
                "name": scenario,
                "title": _title(settings),
                **describe_scenario(panels[scenario]),
                "classes": describe_classes(classification, scenario) if classification else None,
            }
            for scenario, settings in scenarios.items()
        ],
    }
    return assemble("panel.html", MODULES, data)


def _title(settings: Mapping[str, Any]) -> str:
    model = settings["model"]
    spread = ", spread between laboratories" if settings.get("laboratory_sd") else ""
    cells = ", population of cells" if settings.get("population") else ""
    return f"{model['name']} {model['celltype'] or ''}, {settings['binding']} hERG block{spread}{cells}"


def describe_scenario(panel: "xarray.Dataset") -> dict[str, Any]:
    """Return the doses of a scenario, and qNet of its drugs: median and 95 % interval over the samples, by dose."""
    cmax = dict(zip(panel["drug"].values.tolist(), panel["cmax"].values.tolist(), strict=True))
    return {
        "doses": panel["dose"].values.tolist(),
        "samples": panel.sizes["sample"],
        "drugs": [
            {
                "name": curve.drug,
                "category": curve.category,
                "cmax": cmax[curve.drug],
                "median": rounded(curve.median),
                "low": rounded(curve.low),
                "high": rounded(curve.high),
                "arrhythmic": rounded(curve.ead),
            }
            for curve in qnet_doses.summarise(panel)
        ],
    }


def describe_classes(classification: classified.Columns, scenario: str) -> dict[str, Any] | None:
    """Return the thresholds of a scenario, and metric and class of its drugs; None if it is not classified.

    Classes are those of fits to the other drugs, if the scenario has them.
    """
    own = classified.rows_of(classification, scenario=scenario, fitted_to=scenario)
    of_all = classified.rows_of(own, scheme=classified.IN_SAMPLE)
    if not len(of_all["drug"]):
        return None
    left_out = classified.rows_of(own, scheme=classified.OUT)
    judged = left_out if len(left_out["drug"]) else of_all
    rows = {drug: row for row, drug in enumerate(judged["drug"].tolist())}
    order = [rows[drug] for drug in of_all["drug"].tolist()]
    return {
        "scheme": classified.SCHEMES[classified.OUT if judged is left_out else classified.IN_SAMPLE],
        "thresholds": [_first(of_all, "threshold_low_intermediate"), _first(of_all, "threshold_intermediate_high")],
        "drug": of_all["drug"].tolist(),
        **{column: rounded(of_all[column]) for column in ("metric", "metric_low", "metric_high")},
        "majority": judged["majority"][order].tolist(),
        "probability": {risk: rounded(np.asarray(judged[f"probability_{risk}"])[order]) for risk in classified.RISKS},
    }


def _first(rows: classified.Columns, column: str) -> float | None:
    return rounded(np.asarray(rows[column], float)[:1])[0]
