"""The drugs of a table placed on the learned map, as files."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from pointes.campaign import netcdf
from pointes.campaign.netcdf import Variable
from pointes.campaign.samples import Ranges
from pointes.drugs import (
    SCORED,
    DrugRisks,
    DrugTable,
    assess_drugs,
    baseline_scores,
    critical_score,
    read_drug_table,
    separation,
)
from pointes.files import write_csv


def place_drugs(
    table: Path,
    predict: Callable[[np.ndarray], np.ndarray],
    ranges: Ranges,
    multiples: tuple[float, ...],
    *,
    draws: int,
    seed: int,
) -> tuple[DrugTable, DrugRisks]:
    """Return a drug table's channels in the map and the risks of its drugs; parameters as `write_drugs` writes them.

    Blocks beyond the explored ranges are taken at the edge: the map knows nothing there.
    """
    drugs = read_drug_table(table, list(ranges), SCORED)
    low, high = np.array(list(ranges.values())).T

    def risk(blocks: np.ndarray) -> np.ndarray:
        return predict(np.clip(blocks, low, high))

    return drugs, assess_drugs(drugs.select(ranges), risk, np.array(multiples), n_draws=draws, seed=seed)


def classify(drugs: DrugTable, risks: DrugRisks, *, draws: int, seed: int) -> dict:
    """Return how well the critical multiple, and two simple scores, separate the drugs' known categories."""
    scores = {"critical multiple": critical_score(risks.critical_median)}
    scores |= baseline_scores(drugs, n_draws=draws, seed=seed)
    return {name: asdict(separation(score, drugs.risk, seed=seed)) for name, score in scores.items()}


def write_drugs(path: Path | str, drugs: DrugTable, risks: DrugRisks, ranges: Ranges) -> None:
    """Write block and risk along the doses, and the critical multiple of Cmax with its interval, to netCDF4."""
    along = ("drug", "multiple")
    probability = {"long_name": "probability of arrhythmia", "units": "1"}
    critical = {"long_name": "dose at which the risk reaches 0.5; infinite if nowhere", "units": "1", "unit_of": "Cmax"}
    variables = {
        "drug": Variable(("drug",), np.array(drugs.names), {"long_name": "drug"}),
        "multiple": Variable(("multiple",), risks.multiples, {"long_name": "multiple of Cmax", "units": "1"}),
        "category": Variable(("drug",), np.array(drugs.risk), {"long_name": "published risk category"}),
        "cmax": Variable(
            ("drug",), drugs.cmax_nM, {"long_name": "free peak plasma concentration", "units": "nmol L-1"}
        ),
        **{
            name: Variable(along, risks.block[..., column], {"long_name": f"block of {name}", "units": "1"})
            for column, name in enumerate(ranges)
        },
        "risk": Variable(along, risks.risk, probability),
        "risk_low": Variable(along, risks.risk_q025, probability | {"comment": "2.5 % quantile over the draws"}),
        "risk_high": Variable(along, risks.risk_q975, probability | {"comment": "97.5 % quantile over the draws"}),
        "critical_multiple": Variable(
            ("drug",), risks.critical_median, critical | {"comment": "median over the draws"}
        ),
        "critical_multiple_low": Variable(("drug",), risks.critical_q025, critical | {"comment": "2.5 % quantile"}),
        "critical_multiple_high": Variable(("drug",), risks.critical_q975, critical | {"comment": "97.5 % quantile"}),
        "critical_multiple_best_fit": Variable(("drug",), risks.critical_best_fit, critical),
    }
    netcdf.write(path, variables, {"title": "Drugs on the risk map", "parameters": " ".join(ranges)})


def write_ranking(path: Path | str, drugs: DrugTable, risks: DrugRisks) -> None:
    """Write one row per drug, the one closest to arrhythmia first, as CSV."""
    rows = [
        {
            "drug": drugs.names[row],
            "risk": drugs.risk[row],
            "cmax_nM": f"{drugs.cmax_nM[row]:g}",
            "critical_multiple": f"{risks.critical_median[row]:.4g}",
            "critical_multiple_low": f"{risks.critical_q025[row]:.4g}",
            "critical_multiple_high": f"{risks.critical_q975[row]:.4g}",
            **{
                f"risk_at_{multiple:g}_cmax": f"{risks.risk[row, column]:.4g}"
                for column, multiple in enumerate(risks.multiples)
            },
        }
        for row in np.argsort(risks.critical_median, kind="stable")
    ]
    write_csv(path, rows)
