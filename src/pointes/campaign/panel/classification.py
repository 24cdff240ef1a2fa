"""Classification of the drugs of a panel by their torsade metric, and the methods that it is compared with.

The torsade metric of a drug and a sample is the mean qNet over the doses of the panel [1]_. It is small for a risky
drug.

References
----------
.. [1] Li et al., Clin. Pharmacol. Ther. 105, 466 (2019). doi:10.1002/cpt.1184
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointes import netcdf
from pointes.drugs import (
    Critical,
    CriticalStatus,
    DrugTable,
    Evaluation,
    Flips,
    Method,
    Scheme,
    axis_scores,
    class_flips,
    classification_rows,
    classify,
    codes,
    critical_score,
    drug_set,
    evaluate,
    table_methods,
)
from pointes.drugs.methods import COMBINED_PENALTY, DrugSet
from pointes.libraries import xarray
from pointes.tables import read_table

AXIS_DOSE = 25.0
"""Dose at which the axis of arrhythmia is published [multiples of Cmax]."""

TRAINING = "training"
"""Cell of the column ``set`` of a drug table that marks the drugs to which a frozen model is fitted."""


@dataclass(frozen=True)
class Scored:
    """Metrics of the compounds in a scenario, (n_compounds, n_samples); NaN where the simulation of a dose failed."""

    names: tuple[str, ...]
    category: np.ndarray  # codes of the published categories, (n_compounds,); -1 without one
    metric: np.ndarray  # torsade metric [µC/µF], or another score
    log_apd90: np.ndarray | None = None  # mean natural logarithm of APD90 [ms] over the doses


def read_metric(path: Path, cycle_length_ms: float) -> Scored:
    """Return the torsade metric, and the APD90, of the file of a scenario.

    An arrhythmic cell, or one without repolarisation, counts as one whose APD90 is the cycle length.
    """
    panel = netcdf.load_dataset(path).transpose("drug", "dose", "sample", ...)
    qnet, apd90_ms, label = (panel[name].values for name in ("qnet_uC_per_uF", "apd90_ms", "label"))
    endless = (label == 1) | (np.isnan(apd90_ms) & (label >= 0))
    log_apd90 = np.log(np.where(endless, cycle_length_ms, apd90_ms))
    return Scored(*_named(panel), qnet.mean(axis=1), log_apd90.mean(axis=1))


def failure_score(path: Path) -> Scored:
    """Return how many cells of a population fail, as a score of each compound, (n_compounds, 1).

    It is the mean over the doses of the share of arrhythmic cells, weighted by the inverse of the dose, as in Passini
    et al. 2017 (doi:10.3389/fphys.2017.00668).
    """
    panel = netcdf.load_dataset(path)
    label = panel["label"].transpose("drug", "dose", "sample").values
    labelled = np.where(label < 0, np.nan, label)  # -1 stands for no label
    with np.errstate(invalid="ignore"):
        share = np.nansum(labelled, axis=2) / np.isfinite(labelled).sum(axis=2)
    weight = 1.0 / panel["dose"].values
    return Scored(*_named(panel), (share @ weight / weight.sum())[:, None])


def critical_multiples(path: Path) -> Scored:
    """Return minus the logarithm of the critical multiples in the file ``drugs.nc`` of a learned map, (n_drugs, 1).

    Drugs that reach none are tied as the least risky, and those beyond the map have no score.
    """
    placed = netcdf.load_dataset(path)
    status = placed["critical_multiple_status"].values
    known = placed["critical_multiple"].values
    ends = {CriticalStatus.NOT_REACHED: np.inf, CriticalStatus.BELOW_SMALLEST_DOSE: 0.0}
    multiple = np.select([status == one for one in ends], list(ends.values()), known)
    return Scored(*_named(placed), critical_score(Critical(multiple, status))[:, None])


def training_drugs(path: Path, names: Sequence[str]) -> np.ndarray | None:
    """Return which drugs of a table are ``training`` ones by its column ``set``, (n_drugs,).

    None unless drugs of high and of low risk are among them, and others are not.
    """
    table = read_table(path, "drug")
    if "set" not in table.header:
        return None
    rows = {row["drug"]: row for _, row in table.rows()}
    training = np.array([rows.get(name, {}).get("set") == TRAINING for name in names])
    risks = {rows[name].get("risk") for name, chosen in zip(names, training, strict=True) if chosen}
    return training if {"high", "low"} <= risks and not training.all() else None


def reference_rows(reference: str, scored: Scored, training: np.ndarray | None) -> list[dict[str, Any]]:
    """Return the classification of the compounds in the reference scenario when they are left out or tested.

    The rows are those of `pointes.drugs.classification_table`.
    """
    schemes = [Scheme.LEAVE_ONE_DRUG_OUT, *([] if training is None else [Scheme.FROZEN])]
    return [
        row
        for scheme in schemes
        for row in classification_rows(
            classify(scored.metric, scored.category, scheme, training=training),
            scored.names,
            scored.category,
            scenario=reference,
            fitted_to=reference,
            scheme=scheme,
            metric=scored.metric,
        )
    ]


def flips(scored: Mapping[str, Scored], comparable: Sequence[str]) -> list[Flips]:
    """Return the classification of all samples in each scenario; the first scenario is the reference."""
    reference = next(iter(scored))
    metrics = {name: one.metric for name, one in scored.items()}
    return class_flips(metrics, scored[reference].category, reference=reference, comparable=comparable)


def compare_methods(
    table: DrugTable,
    training: np.ndarray | None,
    scored: Mapping[str, Scored],
    failing: Mapping[str, Scored],
    maps: Mapping[str, Scored],
    *,
    draws: int = 200,
    seed: int,
) -> tuple[DrugSet, list[Method], list[Evaluation]]:
    """Return the drugs of a table, the methods, and each method's evaluation under each scheme of validation.

    Methods are those that need the table only, the published axis of arrhythmia, the torsade metric of each scenario
    (``scored``), this metric together with APD90 in the first of them, the failing cells of each population
    (``failing``), and the critical multiples on learned maps (``maps``).
    """
    drugs = drug_set("panel", table, training)
    methods = table_methods(table, n_draws=draws, seed=seed)
    axis = axis_scores(table, np.array([AXIS_DOSE])).score[:, 0]
    methods.append(Method(f"axis of arrhythmia, {AXIS_DOSE:g} × Cmax", axis))
    methods += [Method(f"qNet, {name}", -_rows(one, one.metric, table.names)) for name, one in scored.items()]
    reference, first = next(iter(scored.items()))
    if first.log_apd90 is not None:
        both = np.stack([_rows(first, first.metric, table.names), _rows(first, first.log_apd90, table.names)], axis=-1)
        methods.append(Method(f"qNet and APD90, {reference}", both, COMBINED_PENALTY))
    methods += [
        Method(f"failing cells, {name}", _rows(one, one.metric, table.names)[:, 0]) for name, one in failing.items()
    ]
    for name, one in maps.items():
        score = _rows(one, one.metric, table.names)[:, 0]
        known = np.isfinite(score)
        # An infinite score has no place on the axis of a regression: one decade beyond the others stands for it
        ends = (score[known].min(initial=0.0) - np.log(10), score[known].max(initial=0.0) + np.log(10))
        methods.append(Method(f"critical multiple, {name}", np.clip(score, *ends)))
    return drugs, methods, [evaluate(method, drugs, scheme) for method in methods for scheme in drugs.schemes]


def _named(file: "xarray.Dataset") -> tuple[tuple[str, ...], np.ndarray]:
    """Return names and codes of the categories of the drugs of a file."""
    names, categories = (tuple(file[name].values.astype(str).tolist()) for name in ("drug", "category"))
    return names, codes(categories)


def _rows(scored: Scored, values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return the rows of values, one for each compound, of some drugs, which all panels have."""
    return values[[scored.names.index(name) for name in names]]
