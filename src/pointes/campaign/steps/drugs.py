"""The drugs of a table on the learned map: their risks, a ranking, and how well it separates risk categories."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pointes import drugs
from pointes.campaign.files import store, surrogate
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.space import Space
from pointes.drugs import CriticalStatus
from pointes.files import write_csv
from pointes.netcdf import Variable

MEANINGS = tuple(status.name.lower() for status in CriticalStatus)
"""Names of the values of `CriticalStatus`: flag meanings in netCDF files, cells in CSV files."""

RANKED = (CriticalStatus.BELOW_SMALLEST_DOSE, CriticalStatus.REACHED, CriticalStatus.NOT_REACHED)
"""Statuses in the order of the ranking; drugs with another status follow."""


def place_drugs(
    table: Path,
    predict: Callable[[np.ndarray], np.ndarray],
    space: Space,
    multiples: tuple[float, ...],
    *,
    largest: float,
    draws: int,
    seed: int,
    nothing_learned: str = "",
) -> "tuple[drugs.DrugTable, drugs.DrugRisks]":
    """Return a drug table and the risks of its drugs at doses, ``multiples`` of Cmax.

    Axes that are no blocks are held (`Space.reference`). Risks beyond the ranges are unknown, and so are all of them if
    ``nothing_learned`` holds a reason.
    """
    drug_table = drugs.read_drug_table(table, space.blocks, drugs.SCORED)
    risks = risks_on_map(
        drug_table, predict, space, multiples, largest=largest, draws=draws, seed=seed, nothing_learned=nothing_learned
    )
    return drug_table, risks


def risks_on_map(
    table: "drugs.DrugTable",
    predict: Callable[[np.ndarray], np.ndarray],
    space: Space,
    multiples: Sequence[float],
    *,
    largest: float,
    draws: int,
    seed: int,
    nothing_learned: str = "",
) -> "drugs.DrugRisks":
    """Return the risks of the drugs of a table, whose channels include the parameters of the map, as `place_drugs`."""
    columns = [space.names.index(name) for name in space.blocks]

    def risk(blocks: np.ndarray) -> np.ndarray:
        points = np.tile(space.reference, (len(blocks), 1))
        points[:, columns] = blocks
        inside = space.holds(points) & (not nothing_learned)
        risks = np.full(len(blocks), np.nan)
        if inside.any():
            risks[inside] = predict(points[inside])
        return risks

    return drugs.assess_drugs(
        table.select(space.blocks),
        risk,
        np.array(multiples),
        n_draws=draws,
        seed=seed,
        largest=largest,
        unknown=CriticalStatus.NOTHING_LEARNED if nothing_learned else CriticalStatus.BEYOND_MAP,
    )


def classify(table: "drugs.DrugTable", risks: "drugs.DrugRisks", *, draws: int, seed: int) -> dict[str, dict[str, Any]]:
    """Return the separation of the published risk categories by the critical multiple and by two simple scores."""
    scores = {"critical multiple": drugs.critical_score(risks.median)}
    scores |= drugs.baseline_scores(table, n_draws=draws, seed=seed)
    return {name: asdict(drugs.separation(score, table.risk, seed=seed)) for name, score in scores.items()}


def write_drugs(
    path: Path | str, table: "drugs.DrugTable", risks: "drugs.DrugRisks", space: Space, nothing_learned: str = ""
) -> None:
    """Write block and risk along the doses, and the critical multiple of Cmax with its interval, to netCDF4.

    All risks are missing if ``nothing_learned`` holds a reason.
    """
    along = ("drug", "multiple")

    def probability(values: np.ndarray, comment: str) -> Variable:
        return variable(along, values, "probability of arrhythmia", "1", fill_value=np.nan, comment=comment)

    variables = {
        "drug": variable(("drug",), np.array(table.names), "drug"),
        "multiple": variable(("multiple",), risks.multiples, "multiple of Cmax", "1"),
        "category": variable(("drug",), np.array(table.risk), "published risk category"),
        "cmax": variable(("drug",), table.cmax_nM, "free peak plasma concentration", "nmol L-1"),
        **{
            name: variable(along, risks.block[..., column], f"block of {name}", "1")
            for column, name in enumerate(space.blocks)
        },
        "risk": probability(risks.risk, "at the point estimate"),
        "risk_low": probability(risks.risk_q025, "2.5 % quantile over the draws"),
        "risk_high": probability(risks.risk_q975, "97.5 % quantile over the draws"),
        **_critical("critical_multiple", risks.median, "median over the draws"),
        **_critical("critical_multiple_low", risks.q025, "2.5 % quantile over the draws"),
        **_critical("critical_multiple_high", risks.q975, "97.5 % quantile over the draws"),
        **_critical("critical_multiple_best_fit", risks.best_fit, "of the best fit"),
        "smallest_multiple": _searched(risks.smallest, "smallest"),
        "largest_multiple": _searched(risks.largest, "largest"),
    }
    attributes = {"title": "Drugs on the risk map", "parameters": " ".join(space)}
    attributes |= {"drug_table": "; ".join(table.notes)} if table.notes else {}
    attributes |= surrogate.reason_attribute(nothing_learned)
    write_netcdf(path, variables, attributes)


def _critical(name: str, critical: "drugs.Critical", comment: str) -> dict[str, Variable]:
    """Return variables with the critical multiples, and with the reasons for which some are missing."""
    dose = {"long_name": "dose from which on the risk is above 0.5", "ancillary_variables": f"{name}_status"}
    unit = {"units": "1", "unit_of": "Cmax", "comment": comment}
    status, meanings = critical.status.astype("i1"), store.flags(MEANINGS)
    return {
        name: Variable(("drug",), critical.known, dose | unit, np.nan),
        f"{name}_status": variable(("drug",), status, f"what is known of {name}", **meanings),
    }


def _searched(multiple: float, which: str) -> Variable:
    return variable((), np.array(multiple), f"{which} dose that was searched", "1", unit_of="Cmax")


def write_ranking(
    path: Path | str, table: "drugs.DrugTable", risks: "drugs.DrugRisks", control: Mapping[str, Any]
) -> None:
    """Write one row per drug, the one closest to arrhythmia first, as CSV, with the values of the control in each."""
    critical = {"": risks.median, "_low": risks.q025, "_high": risks.q975}
    control_columns = {
        f"control_{name}": f"{value:.4g}" if isinstance(value, float) else value
        for name, value in control.items()
        if name != "remark"
    }
    rows = [
        {
            "drug": table.names[row],
            "risk": table.risk[row],
            "cmax_nM": f"{table.cmax_nM[row]:g}",
            **{f"critical_multiple{bound}": _text(one.known[row]) for bound, one in critical.items()},
            **{f"critical_multiple{bound}_status": MEANINGS[one.status[row]] for bound, one in critical.items()},
            "smallest_multiple": f"{risks.smallest:g}",
            "largest_multiple": f"{risks.largest:g}",
            **{
                f"risk_at_{multiple:g}_cmax": _text(risks.risk[row, column])
                for column, multiple in enumerate(risks.multiples)
            },
            **control_columns,
        }
        for row in _order(risks.median, risks.q025)
    ]
    write_csv(path, rows)


def _order(critical: "drugs.Critical", low: "drugs.Critical") -> np.ndarray:
    """Return the rows of drugs by rising critical multiple, ties by its lower bound; those without one come last."""
    group = np.array([RANKED.index(one) if one in RANKED else len(RANKED) for one in critical.status])
    return np.lexsort((low.multiple, critical.known, group))


def _text(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.4g}"
