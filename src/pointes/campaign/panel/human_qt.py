"""QT of people under drugs, and of a transmural cable at the same free concentrations.

Clinical effects are slopes against the total concentration in plasma, and the effect at the mean peak concentration.
The free concentration is the total one times the fraction unbound. It blocks the channels by the Hill curves of each of
the given drug tables that have the drug. The simulated slope is that of the least-squares line through the doses and
the control, as the clinical one has an intercept. QT is that of a beat at a cycle length of 1,000 ms, at which QT and
QTc are the same. J--T-peak is QT without QRS and T-peak--T-end.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pointes.campaign.configuration.loading import load
from pointes.campaign.files.samples import Samples, make
from pointes.campaign.panel.measured import read_records
from pointes.campaign.simulation.execution import simulate
from pointes.campaign.simulation.simulators import Simulator, TissueSimulator
from pointes.campaign.simulation.tissue import describe_tissue
from pointes.campaign.space import Space
from pointes.drugs import DrugTable, hill_block
from pointes.status import reason_of
from pointes.vocabulary import Purpose, Status

CYCLE_LENGTH_MS = 1000.0
BEATS = 1000
DOSES = (1 / 3, 2 / 3, 1.0)
"""Simulated concentrations as parts of the mean peak concentration."""

MODELS = ("ohara-2011", "ohara-cipa-2017", "torord-dyncl")
"""Models with endocardial, mid-myocardial and epicardial cells, of which the cable consists."""

MEASURES = {"QTc": "qt_ms", "J-Tpeak": "jtpeak_ms", "Tpeak-Tend": "tpeak_tend_ms"}
"""Column of the simulated interval for each clinical measure."""

INTERVALS = tuple(MEASURES.values())


@dataclass(frozen=True)
class ClinicalEffect:
    """The effect of a drug on one interval of the ECG in one study, with 95 % bounds that are NaN if not known."""

    drug: str
    study: str
    measure: str
    cmax_total_nM: float
    fraction_unbound: float
    slope_ms_per_nM: float
    slope_q025_ms_per_nM: float
    slope_q975_ms_per_nM: float
    effect_at_cmax_ms: float
    effect_q025_ms: float
    effect_q975_ms: float


BOUNDS = ("slope_q025_ms_per_nM", "slope_q975_ms_per_nM", "effect_q025_ms", "effect_q975_ms")


def read_effects(path: Path) -> list[ClinicalEffect]:
    """Read a table of clinical effects, whose columns are the fields of `ClinicalEffect`; bounds may be blank."""
    anything = (-np.inf, np.inf)
    numbers = {"cmax_total_nM": (0.0, np.inf), "fraction_unbound": (0.0, 1.0)}
    numbers |= dict.fromkeys(("slope_ms_per_nM", "effect_at_cmax_ms", *BOUNDS), anything)
    rows = read_records(path, ["drug", "study", "measure"], numbers, optional=BOUNDS)
    return [ClinicalEffect(**row) for row in rows]


@dataclass(frozen=True)
class _Case:
    """A drug of a study with the blocks at its doses by one drug table."""

    effect: ClinicalEffect
    channels: str  # name of the drug table
    doses: tuple[float, ...]
    blocks: Mapping[str, np.ndarray]  # blocked fraction at each dose by current


def cable(config: Path, model: str, beats: int = BEATS) -> TissueSimulator:
    """Return the simulator of the tissue of a configuration at `CYCLE_LENGTH_MS`, with cells of a model.

    Each cell type is paced on its own for a number of ``beats`` before.
    """
    # Not at the top: they load numba, which reading a table does without
    from pointes.tissue import assembly
    from pointes.tissue.description import fingerprint

    description = describe_tissue(load(config))
    description = replace(description, model=model, cycle_length_ms=CYCLE_LENGTH_MS, cell_beats=beats)
    checked = replace(description)  # what a check loads stays with it, and workers could not load that
    assembly.check(checked)
    return TissueSimulator(description, fingerprint(checked))


def simulate_qt(
    effects: Iterable[ClinicalEffect],
    tables: Mapping[str, DrugTable],
    simulators: Mapping[str, TissueSimulator],
    folder: Path,
    doses: Sequence[float] = DOSES,
    run: Callable[[Samples, Simulator, Path], Samples] = simulate,
) -> list[dict[str, Any]]:
    """Simulate the drugs of clinical effects, and return a row for each model, drug, study, drug table and dose.

    Parameters
    ----------
    effects
        Clinical effects from `read_effects`.
    tables
        Drug tables by name. A drug is simulated for each table that has it, and left out if none has.
    simulators
        Simulators by model (`cable`).
    folder
        Folder of the shards, from which an interrupted call continues; each model has a folder of its own in it.
    doses
        Simulated concentrations as parts of the mean peak concentration.
    run
        `pointes.campaign.simulation.execution.simulate`, with a cluster, workers and limits if wanted.

    Returns
    -------
    list of dict
        Rows with the unit in the name of each column. The first row of each model is the control without a drug.
        Intervals are NaN where there is no T wave or the simulation failed, as ``status`` and ``arrhythmic`` say.
    """
    one_each = {(effect.drug, effect.study): effect for effect in effects}.values()
    cases = [
        _Case(effect, name, tuple(doses), _blocks(effect, table, doses))
        for effect in one_each
        for name, table in tables.items()
        if effect.drug in table.names
    ]
    currents = list(dict.fromkeys(current for case in cases for current in case.blocks))
    rows = []
    for model, simulator in simulators.items():
        rows += _rows(model, cases, currents, run(_points(cases, currents), simulator, folder / model))
    return rows


def effects_at_cmax(effects: Iterable[ClinicalEffect], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each model, clinical effect and drug table: the clinical and the simulated slope and effect.

    The simulated effect is that at the largest dose. It and the slope are NaN if any of the doses or the control has no
    such interval; ``failed`` counts these.
    """
    controls = {row["model"]: row for row in rows if not row["drug"]}
    series: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["drug"]:
            series.setdefault((row["model"], row["drug"], row["study"], row["channels"]), []).append(row)
    return [
        _compared(effect, model, channels, [controls[model], *doses])
        for (model, drug, study, channels), doses in series.items()
        for effect in effects
        if (effect.drug, effect.study) == (drug, study)
    ]


def without_channels(effects: Iterable[ClinicalEffect], tables: Iterable[DrugTable]) -> list[str]:
    """Return the drugs that no table has, and that are not simulated for this reason."""
    known = {name for table in tables for name in table.names}
    return list(dict.fromkeys(effect.drug for effect in effects if effect.drug not in known))


def rank_correlations(compared: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return Spearman's and Kendall's correlation of simulated with clinical effects, and how many signs agree.

    Rows without a simulated effect are left out. A clinical effect whose 95 % interval holds 0, or that is exactly 0,
    has no sign.
    """
    from scipy import stats  # not at the top: it takes a second to import

    known = [row for row in compared if np.isfinite(row["simulated_effect_ms"])]
    clinical = np.array([row["clinical_effect_ms"] for row in known])
    simulated = np.array([row["simulated_effect_ms"] for row in known])
    signed = [row for row in known if _has_sign(row)]
    return {
        "drugs": len(known),
        "spearman": float(stats.spearmanr(clinical, simulated).statistic) if len(known) > 2 else np.nan,
        "kendall": float(stats.kendalltau(clinical, simulated).statistic) if len(known) > 2 else np.nan,
        "signed": len(signed),
        "same_sign": sum(row["clinical_effect_ms"] * row["simulated_effect_ms"] > 0 for row in signed),
    }


def _has_sign(row: Mapping[str, Any]) -> bool:
    bounds = np.array([row["clinical_effect_q025_ms"], row["clinical_effect_q975_ms"]])
    return bool(row["clinical_effect_ms"] != 0 and (np.isnan(bounds).any() or bounds.prod() > 0))


def _blocks(effect: ClinicalEffect, table: DrugTable, doses: Sequence[float]) -> dict[str, np.ndarray]:
    free_nM = np.array(doses) * effect.cmax_total_nM * effect.fraction_unbound
    ic50_nM, hill = (values[table.names.index(effect.drug)] for values in table.point_estimate())
    block = hill_block(free_nM[:, None], ic50_nM, hill)
    return dict(zip(table.channels, block.T, strict=True))


def _points(cases: Sequence[_Case], currents: Sequence[str]) -> Samples:
    """Return the control, and then all doses of each case."""
    blocks = [
        np.column_stack([case.blocks.get(current, np.zeros(len(case.doses))) for current in currents]) for case in cases
    ]
    points = np.concatenate([np.zeros((1, len(currents))), *blocks])
    purpose = np.full(len(points), Purpose.GIVEN, np.int8)
    purpose[0] = Purpose.CONTROL
    return make(points, Space.of(dict.fromkeys(currents, (0.0, 1.0))), purpose=purpose)


def _rows(model: str, cases: Sequence[_Case], currents: Sequence[str], simulated: Samples) -> list[dict[str, Any]]:
    named: list[tuple[str, str, str, float, float]] = [("", "", "", 0.0, 0.0)]  # the control
    for case in cases:
        for dose in case.doses:
            total = dose * case.effect.cmax_total_nM
            named.append(
                (case.effect.drug, case.effect.study, case.channels, total, total * case.effect.fraction_unbound)
            )
    intervals = _intervals(simulated)
    return [
        {
            "model": model,
            "drug": drug,
            "study": study,
            "channels": channels,
            "total_nM": total,
            "free_nM": free,
            **{f"{current}_block": float(simulated[current][k]) for current in currents},
            **{name: float(column[k]) for name, column in intervals.items()},
            "t_amplitude": float(simulated["t_amplitude"][k]),
            "arrhythmic": int(simulated["label"][k]),
            "status": "ok" if simulated["status"][k] == Status.OK else reason_of(simulated["failure"][k]),
        }
        for k, (drug, study, channels, total, free) in enumerate(named)
    ]


def _intervals(simulated: Samples) -> dict[str, np.ndarray]:
    qt, qrs, tpeak_tend = (simulated[name] for name in ("qt_ms", "qrs_ms", "tpeak_tend_ms"))
    return {"qt_ms": qt, "qrs_ms": qrs, "jtpeak_ms": qt - qrs - tpeak_tend, "tpeak_tend_ms": tpeak_tend}


def _compared(effect: ClinicalEffect, model: str, channels: str, doses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the clinical and the simulated effect of a drug; the first dose is the control."""
    total_nM = np.array([row["total_nM"] for row in doses])
    interval_ms = np.array([row[MEASURES[effect.measure]] for row in doses])
    change_ms = interval_ms - interval_ms[0]
    complete = np.isfinite(change_ms).all()
    slope = float(np.polyfit(total_nM, change_ms, 1)[0]) if complete else np.nan
    return {
        "model": model,
        "drug": effect.drug,
        "study": effect.study,
        "measure": effect.measure,
        "channels": channels,
        "cmax_total_nM": effect.cmax_total_nM,
        "cmax_free_nM": effect.cmax_total_nM * effect.fraction_unbound,
        "clinical_slope_ms_per_nM": effect.slope_ms_per_nM,
        "clinical_slope_q025_ms_per_nM": effect.slope_q025_ms_per_nM,
        "clinical_slope_q975_ms_per_nM": effect.slope_q975_ms_per_nM,
        "simulated_slope_ms_per_nM": slope,
        "slope_ratio": slope / effect.slope_ms_per_nM if effect.slope_ms_per_nM else np.nan,
        "clinical_effect_ms": effect.effect_at_cmax_ms,
        "clinical_effect_q025_ms": effect.effect_q025_ms,
        "clinical_effect_q975_ms": effect.effect_q975_ms,
        "simulated_effect_ms": float(change_ms[-1]) if complete else np.nan,
        "failed": int(np.sum(~np.isfinite(change_ms))),
        "arrhythmic": sum(row["arrhythmic"] == 1 for row in doses),
    }
