"""Scores of new compounds: risk class, torsade metric, position beside the drugs of a reference panel, and why.

A compound's probabilities are those of the ordinal regression that is fitted to the torsade metric of the panel's drugs
(`pointes.drugs.fit_ordinal`), mean over the compound's samples. They hold the uncertainty of its IC50s, and neither
that of its Cmax nor that of the regression and the cell model. An arrhythmic sample counts as high risk.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pointes import drugs
from pointes.campaign.panel.compound_cells import DOSES, CompoundCells, Progress, simulate_compounds
from pointes.campaign.panel.map_position import CriticalDose, critical_doses
from pointes.campaign.panel.reference import ReferencePanel, load_reference
from pointes.campaign.panel.report import (
    NOT_SIMULATED,
    OUTSIDE,
    Channel,
    CompoundScore,
    DrugReport,
    PanelDrug,
    Range,
    Reference,
    or_none,
)
from pointes.drugs import CATEGORIES, CHANNELS, DrugTable, ProportionalOdds, Scheme
from pointes.errors import UserError
from pointes.vocabulary import LABORATORY_SD

N_SAMPLES = 32
MEASURED = ("IKr", "ICaL", "INaL", "INa")
"""Channels that were measured for all drugs of CiPA."""
SAME_CONTROL = 1e-3
"""Largest relative difference of qNet between the cell without block here and in the reference panel."""


def score_drug(
    channels: Sequence[str],
    cmax: str,
    *,
    name: str = "compound",
    panel: Path | str | None = None,
    risk_map: Path | str | None = None,
    samples: int = N_SAMPLES,
    seed: int = 1,
    laboratory_sd: float = LABORATORY_SD,
    workers: int | None = 1,
) -> DrugReport:
    """Score a new compound from its IC50s and its free Cmax.

    Parameters
    ----------
    channels
        IC50 of each blocked channel with its unit, such as ``"IKr=120nM h=1.1"`` (`pointes.drugs.parse_compound`).
    cmax
        Free peak plasma concentration with its unit, such as ``"50nM"``.
    name
        Name of the compound.
    panel
        Results folder of a panel campaign with a static scenario, or a reference panel made from one; that of the
        package by default.
    risk_map
        Results folder of a campaign, on whose map the critical multiple of Cmax is searched.
    samples, seed
        Number of draws from the uncertainty of the IC50s, and their seed.
    laboratory_sd
        Standard deviation of log10 IC50 [decades] of channels that come without an interval; 0: none.
    workers
        Number of processes; None: one per core. A script that asks for more than one needs ``if __name__ ==
        "__main__":``.

    Raises
    ------
    UserError
        A text has another form than it should, or the panel or the map cannot be used.
    """
    return score_drugs(
        drugs.parse_compound(channels, cmax, name),
        panel=None if panel is None else Path(panel),
        risk_map=None if risk_map is None else Path(risk_map),
        samples=samples,
        seed=seed,
        laboratory_sd=laboratory_sd,
        workers=workers,
    )


def score_drugs(
    table: DrugTable,
    *,
    panel: Path | None = None,
    risk_map: Path | None = None,
    samples: int = N_SAMPLES,
    seed: int = 1,
    laboratory_sd: float = LABORATORY_SD,
    workers: int | None = 1,
    progress: Progress = lambda done, total: None,
) -> DrugReport:
    """Score the compounds of a table; the other arguments are those of `score_drug`."""
    reference = load_reference(panel)
    model = drugs.fit_ordinal(reference.metric, drugs.codes(reference.category))
    spread = drugs.with_laboratory_spread(table, laboratory_sd)
    critical = critical_doses(spread, risk_map, seed) if risk_map is not None else [None] * len(table.names)
    simulated, control = simulate_compounds(
        spread, reference, n_samples=samples, seed=seed, workers=workers, progress=progress
    )
    if not abs(control / reference.control_qnet - 1) < SAME_CONTROL:
        expected = f"{reference.control_qnet:g}, as in the reference panel: make that anew with this version"
        raise UserError("qNet of the cell without block [uC/uF]", control, expected, reference.path)
    scores = [
        _score(row, spread, _uncertainty(table, row, laboratory_sd), cells, reference, model, critical[row])
        for row, cells in enumerate(simulated)
    ]
    return DrugReport(_summary(reference, model), tuple(scores))


def _score(
    row: int,
    table: DrugTable,
    uncertainty: Sequence[str],
    cells: CompoundCells,
    reference: ReferencePanel,
    model: ProportionalOdds,
    critical: CriticalDose | None,
) -> CompoundScore:
    metric, at_estimate = cells.metric, cells.metric_of_subsets
    known = metric[~np.isnan(metric)]
    probability = model.probability(known[:, None]).mean(axis=0) if len(known) else np.full(len(CATEGORIES), np.nan)
    block = np.array([cells.block_of(channel) for channel in reference.channels])
    neighbour = drugs.nearest(block, reference.drugs, reference.block[:, -1])
    outside = _outside(block, known, reference)
    channels = _channels(row, table, uncertainty, cells)
    return CompoundScore(
        name=table.names[row],
        cmax_nM=float(table.cmax_nM[row]),
        risk_class=_risk_class(probability, outside),
        probability=dict(zip(CATEGORIES, map(or_none, probability), strict=True)),
        metric=Range.of(metric, at_estimate[-1]),
        doses=tuple(DOSES.tolist()),
        qnet=tuple(
            Range.of(np.where(label == 1, np.nan, qnet), estimate)
            for qnet, label, estimate in zip(cells.qnet, cells.label, cells.qnet_of_subsets[:, -1], strict=True)
        ),
        arrhythmic=float((metric == -np.inf).mean()),
        rank=1 + int((_medians(reference) < _median(known)).sum()) if len(known) else None,
        channels=channels,
        not_given=tuple(one for one in CHANNELS if one not in [channel.channel for channel in channels]),
        nearest=neighbour.drug,
        nearest_distance=neighbour.distance,
        outside=tuple(outside),
        remarks=tuple(_remarks(table.cmax_nM[row] * DOSES[-1], channels, cells)),
        necessary=_necessary(cells),
        critical=critical,
        samples=len(metric),
        failed=len(metric) - len(known),
    )


def _risk_class(probability: np.ndarray, outside: Sequence[str]) -> str:
    """Return the class that is more likely than not, or else the two most likely ones."""
    if np.isnan(probability).any():
        return NOT_SIMULATED
    if outside:
        return OUTSIDE
    named = np.sort(np.argsort(-probability, kind="stable")[: 1 if probability.max() > 0.5 else 2])
    return " or ".join(CATEGORIES[code] for code in named)


def _outside(block: np.ndarray, metric: np.ndarray, reference: ReferencePanel) -> list[str]:
    """Return in what, and by how much, a compound is outside the domain of the reference panel.

    An arrhythmic one has no metric, and nothing to compare it with is needed to call that risky.
    """
    found = [
        f"at {DOSES[-1]:g} × Cmax {excess}"
        for excess in drugs.excesses(block, reference.channels, reference.block[:, -1])
    ]
    medians = _medians(reference)[np.isfinite(_medians(reference))]
    median = _median(metric) if len(metric) else np.nan
    for side, limit, risk in (("below", medians.min(), "high"), ("above", medians.max(), "low")):
        beyond = limit - median if side == "below" else median - limit
        if np.isfinite(beyond) and beyond > 0:
            found.append(
                f"the torsade metric is {median:.4f} µC/µF, {beyond:.4f} {side} that of every drug of the panel, "
                f"towards {risk} risk"
            )
    return found


def _uncertainty(table: DrugTable, row: int, laboratory_sd: float) -> list[str]:
    """Return where the bounds of the IC50 of each channel come from."""
    assumed = f"{laboratory_sd:g} decades between laboratories" if laboratory_sd else "none"
    given = np.isfinite(table.ic50_posterior_nM[row]).all(axis=1)
    return [
        "limit" if np.isfinite(limit) else "given" if known else assumed
        for limit, known in zip(table.limit_nM[row], given, strict=True)
    ]


def _channels(row: int, table: DrugTable, uncertainty: Sequence[str], cells: CompoundCells) -> tuple[Channel, ...]:
    """Return the channels of a compound that have an IC50 or a limit."""
    ic50_nM, hill = (values[row] for values in table.point_estimate())
    limit_nM, bounds = table.limit_nM[row], table.ic50_posterior_nM[row]
    effects = drugs.shapley_values(np.where(np.isfinite(cells.metric_of_subsets), cells.metric_of_subsets, np.nan))
    attribution = dict(zip(cells.blocked, effects, strict=True))
    return tuple(
        Channel(
            channel=channel,
            ic50_nM=or_none(ic50_nM[k]),
            q025_nM=None if np.isfinite(limit_nM[k]) else or_none(bounds[k, 0]),
            q975_nM=None if np.isfinite(limit_nM[k]) else or_none(bounds[k, 2]),
            limit_nM=or_none(limit_nM[k]),
            hill=float(hill[k]),
            uncertainty=uncertainty[k],
            block=cells.block_of(channel),
            attribution=or_none(attribution.get(channel, 0.0)),
        )
        for k, channel in enumerate(table.channels)
        if np.isfinite(ic50_nM[k]) or np.isfinite(limit_nM[k])
    )


def _necessary(cells: CompoundCells) -> tuple[str, ...]:
    """Return the channels without whose block the cell at the point estimate is not arrhythmic, if it is."""
    arrhythmic = cells.metric_of_subsets == -np.inf
    if not arrhythmic[-1]:
        return ()
    with_all_others = ~np.eye(len(cells.blocked), dtype=bool)
    subsets = drugs.subsets(len(cells.blocked))
    rows = [int(np.flatnonzero((subsets == others).all(axis=1))[0]) for others in with_all_others]
    return tuple(channel for channel, place in zip(cells.blocked, rows, strict=True) if not arrhythmic[place])


def _remarks(largest_nM: float, channels: Sequence[Channel], cells: CompoundCells) -> list[str]:
    """Return what a reader of the score should know."""
    known = [one.channel for one in channels]
    remarks = []
    if missing := [channel for channel in MEASURED if channel not in known]:
        remarks.append(f"No IC50 of {', '.join(missing)} is given, which counts as no block.")
    if assumed := [one.channel for one in channels if "laboratories" in one.uncertainty]:
        remarks.append(
            f"No interval of the IC50 of {', '.join(assumed)} is given; the spread of hERG between laboratories is "
            "assumed."
        )
    remarks += [
        f"{one.channel} was tested up to {one.limit_nM:g} nM only; {DOSES[-1]:g} × Cmax is {largest_nM:g} nM."
        for one in channels
        if one.limit_nM is not None and one.limit_nM < largest_nM
    ]
    if arrhythmic := int((cells.metric == -np.inf).sum()):
        remarks.append(
            f"{arrhythmic} of {len(cells.metric)} samples have an early afterdepolarisation or do not repolarise at a "
            "dose of 1 to 4 × Cmax. They count as high risk, and qNet is not defined for them."
        )
    if failed := int(np.isnan(cells.metric).sum()):
        remarks.append(f"{failed} of {len(cells.metric)} samples could not be simulated and are left out.")
    return remarks


def _summary(reference: ReferencePanel, model: ProportionalOdds) -> Reference:
    category, thresholds = drugs.codes(reference.category), model.thresholds()
    left_out = drugs.classify(reference.metric, category, Scheme.LEAVE_ONE_DRUG_OUT)
    return Reference(
        drugs=tuple(
            PanelDrug(name, risk, Range.of(metric), float((metric == -np.inf).mean()))
            for name, risk, metric in zip(reference.drugs, reference.category, reference.metric, strict=True)
        ),
        low_intermediate=thresholds.low_intermediate,
        intermediate_high=thresholds.intermediate_high,
        control_qnet=reference.control_qnet,
        right=int((drugs.majority(left_out.frequency()) == category).sum()),
        most_frequent=int(np.bincount(category[category >= 0]).max()),
        samples=reference.qnet.shape[2],
        model=reference.model,
        celltype=reference.celltype,
        cycle_length=float(reference.protocol["cycle_length"]),
        path=reference.path,
        version=json.loads(reference.attributes.get("versions", "{}")).get("pointes", ""),
    )


def _medians(reference: ReferencePanel) -> np.ndarray:
    """Return the median torsade metric of each drug of the panel, (n_drugs,)."""
    return np.array([_median(metric[~np.isnan(metric)]) for metric in reference.metric])


def _median(values: np.ndarray) -> float:
    return float(np.quantile(values, 0.5, method="inverted_cdf"))
