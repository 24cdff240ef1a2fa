"""The control: the cell or tissue without any block, which a campaign simulates first and tells changes against."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pointes.campaign.files.samples import Samples, concatenate, make
from pointes.campaign.simulation.fidelities import sought
from pointes.vocabulary import Purpose, Status

COMPARED = ("apd90_ms", "qnet_uC_per_uF", "qt_ms", "apd90_mean_ms")
"""Biomarkers whose change against the control is told, where they are measured."""

REMARKS = {
    "safe": "",
    "arrhythmic": "the control is arrhythmic without any block: check model and protocol before you believe the map",
    "failed": "the simulation of the control, without any block, failed: check model and protocol",
    "lost": "the simulation of the control, without any block, was lost: its workers died",
}
"""What is to be said of a control by its state."""


def put_first(chosen: Samples, told: Sequence[Samples]) -> Samples:
    """Return the points of a start with the control before them, unless it is among the simulations told already.

    Of two levels there is one control at each. The numbers of the other points follow.
    """
    if any((simulated["purpose"] == Purpose.CONTROL).any() for simulated in told):
        return chosen
    levels = {name: np.unique(column) for name, column in chosen.columns.items() if name == "fidelity"}
    count = max((len(values) for values in levels.values()), default=1)
    first = make(
        np.zeros((count, len(chosen.ranges))),
        chosen.ranges,
        sample_id=chosen["sample_id"][:count],
        iteration=chosen["iteration"][:count],
        purpose=np.full(count, Purpose.CONTROL, np.int8),
        predicted_risk=np.full(count, np.nan),
        **levels,
    )
    later = replace(chosen, columns=chosen.columns | {"sample_id": chosen["sample_id"] + np.int32(count)})
    return concatenate([first, later])


def with_changes(simulated: Samples) -> Samples:
    """Return samples with a column ``delta_<biomarker>`` for each of `COMPARED`, the change against the control.

    Changes are NaN where the sample or the control has no such biomarker. Of two levels each has its own control.
    """
    columns, details = dict(simulated.columns), dict(simulated.details)
    level = columns.get("fidelity", np.zeros(len(simulated), np.int8))
    control = simulated["purpose"] == Purpose.CONTROL
    for name in filter(columns.__contains__, COMPARED):
        change = np.full(len(simulated), np.nan)
        for each in np.unique(level[control]):
            of_level = level == each
            change[of_level] = columns[name][of_level] - columns[name][of_level & control][0]
        meaning = details[name]
        columns[f"delta_{name}"] = change
        details[f"delta_{name}"] = {**meaning, "long_name": f"change against the control of {meaning['long_name']}"}
    return replace(simulated, columns=columns, details=details)


def state(told: Sequence[Samples]) -> str:
    """Return whether the control, at the level that is sought, is ``safe``, ``arrhythmic``, ``failed`` or ``lost``."""
    (found,) = (row for row in map(_row, told) if len(row))
    status = Status(found["status"][0]).name.lower()
    return ("safe", "arrhythmic")[found["label"][0]] if status == "ok" else status


def describe(simulated: Samples) -> dict[str, Any]:
    """Return ``state`` and ``remark`` of the control, and the values of `COMPARED` at its level, None if missing."""
    found, of_level, control = state([simulated]), sought(simulated), _row(simulated)
    measured = [name for name in COMPARED if name in of_level.columns and np.isfinite(of_level[name]).any()]
    values = {name: float(control[name][0]) for name in measured}
    values = {name: value if np.isfinite(value) else None for name, value in values.items()}
    return {"state": found, "remark": REMARKS[found], **values}


def risk(simulated: Samples, predict: Callable[[np.ndarray], np.ndarray]) -> float | None:
    """Return the risk that was learned at the control.

    There is none where the control lies outside the ranges, or where fewer than two classes were met.

    Parameters
    ----------
    simulated
        All simulations.
    predict
        The classifier's probability of arrhythmia, (n,), at points (n, d) within the ranges.
    """
    explored = sought(simulated).explored
    if not np.isin([0, 1], explored["label"]).all() or not len(_row(explored)):
        return None
    return float(predict(np.zeros((1, len(simulated.ranges))))[0])


def _row(simulated: Samples) -> Samples:
    """Return the control among samples, at the level that is sought."""
    of_level = sought(simulated)
    return of_level.where(of_level["purpose"] == Purpose.CONTROL)
