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
    drug_set,
    evaluate,
    table_methods,
)
from pointes.drugs.methods import DrugSet
from pointes.tables import read_table

AXIS_DOSE = 25.0
"""Dose at which the axis of arrhythmia is published [multiples of Cmax]."""

TRAINING = "training"
"""Cell of the column ``set`` of a drug table that marks the drugs to which a frozen model is fitted."""


@dataclass(frozen=True)
class Scored:
    """Torsade metric of the compounds in a scenario, (n_compounds, n_samples) [µC/µF]; NaN where a dose failed."""

    names: tuple[str, ...]
    category: np.ndarray  # codes of the published categories, (n_compounds,); -1 without one
    metric: np.ndarray


def read_metric(path: Path) -> Scored:
    """Return the torsade metric of the file of a scenario."""
    panel = netcdf.load_dataset(path)
    qnet = panel["qnet_uC_per_uF"].transpose("drug", "dose", "sample").values
    names, categories = (tuple(panel[name].values.astype(str).tolist()) for name in ("drug", "category"))
    return Scored(names, codes(categories), qnet.mean(axis=1))


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
    names, categories = (tuple(panel[name].values.astype(str).tolist()) for name in ("drug", "category"))
    return Scored(names, codes(categories), (share @ weight / weight.sum())[:, None])


def training_drugs(path: Path, names: Sequence[str]) -> np.ndarray | None:
    """Return which drugs of a table are ``training`` ones by its column ``set``; None unless some are and some not."""
    table = read_table(path, "drug")
    if "set" not in table.header:
        return None
    sets = {row["drug"]: row["set"] for _, row in table.rows()}
    training = np.array([sets.get(name) == TRAINING for name in names])
    return training if training.any() and not training.all() else None


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
    *,
    draws: int = 200,
    seed: int,
) -> tuple[DrugSet, list[Method], list[Evaluation]]:
    """Return the drugs of a table, the methods, and each method's evaluation under each scheme of validation.

    Methods are those that need the table only, the published axis of arrhythmia, the torsade metric of each scenario
    (``scored``) and the failing cells of each population (``failing``).
    """
    drugs = drug_set("panel", table, training)
    methods = table_methods(table, n_draws=draws, seed=seed)
    axis = axis_scores(table, np.array([AXIS_DOSE])).score[:, 0]
    methods.append(Method(f"axis of arrhythmia, {AXIS_DOSE:g} × Cmax", axis))
    methods += [Method(f"qNet, {name}", -_of_drugs(one, table.names)) for name, one in scored.items()]
    methods += [Method(f"failing cells, {name}", _of_drugs(one, table.names)[:, 0]) for name, one in failing.items()]
    return drugs, methods, [evaluate(method, drugs, scheme) for method in methods for scheme in drugs.schemes]


def _of_drugs(scored: Scored, names: Sequence[str]) -> np.ndarray:
    """Return the rows of some drugs, which all panels have."""
    return scored.metric[[scored.names.index(name) for name in names]]
