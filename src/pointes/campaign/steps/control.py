"""The control: the cell or tissue without any block, which a campaign simulates first and compares others with."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pointes.campaign.files.samples import Samples, concatenate, make
from pointes.campaign.target import ARRHYTHMIC
from pointes.vocabulary import Purpose, Status

COMPARED = ("apd90_ms", "qnet_uC_per_uF", "qt_ms", "apd90_mean_ms")
"""Biomarkers whose change against the control is written, where they are measured."""

REMARKS = {
    "safe": "",
    "arrhythmic": "the control is arrhythmic without any block: check model and protocol before you believe the map",
    "failed": "the simulation of the control, without any block, failed: check model and protocol",
    "lost": "the simulation of the control, without any block, was lost: its workers died",
}
"""Remark to the user about each state of a control."""


def put_first(chosen: Samples, history: Sequence[Samples]) -> Samples:
    """Return the points of a start after the controls, one per fidelity, unless the history holds these already."""
    if any((simulations["purpose"] == Purpose.CONTROL).any() for simulations in history):
        return chosen
    fidelity = {"fidelity": np.unique(chosen["fidelity"])} if chosen.has_fidelities else {}
    count = len(fidelity.get("fidelity", [0]))
    controls = make(
        np.repeat(chosen.space.control, count, axis=0),
        chosen.space,
        sample_id=chosen["sample_id"][:count],
        iteration=chosen["iteration"][:count],
        purpose=np.full(count, Purpose.CONTROL, np.int8),
        predicted_risk=np.full(count, np.nan),
        **fidelity,
    )
    later = replace(chosen, columns=chosen.columns | {"sample_id": chosen["sample_id"] + np.int32(count)})
    return concatenate([controls, later])


def with_changes(simulations: Samples) -> Samples:
    """Return samples with a column ``delta_<biomarker>`` for each of `COMPARED`, the change against the control.

    Each fidelity has its own control. Changes are NaN where the sample or the control has no such biomarker.
    """
    columns, details = dict(simulations.columns), dict(simulations.details)
    fidelity = columns.get("fidelity", np.zeros(len(simulations), np.int8))
    control = simulations["purpose"] == Purpose.CONTROL
    for name in COMPARED:
        if name not in columns:
            continue
        change = np.full(len(simulations), np.nan)
        for value in np.unique(fidelity[control]):
            rows = fidelity == value
            change[rows] = columns[name][rows] - columns[name][rows & control][0]
        columns[f"delta_{name}"] = change
        long_name = f"change against the control of {details[name]['long_name']}"
        details[f"delta_{name}"] = {**details[name], "long_name": long_name}
    return replace(simulations, columns=columns, details=details)


def state(history: Sequence[Samples]) -> str:
    """Return whether the control of the high fidelity is ``safe``, ``arrhythmic``, ``failed`` or ``lost``."""
    (control,) = (found for found in map(_control, history) if len(found))
    status = Status(control["status"][0])
    if status != Status.OK:
        return status.name.lower()
    arrhythmic = control.columns.get(ARRHYTHMIC, control["label"])
    return "arrhythmic" if arrhythmic[0] == 1 else "safe"


def describe(simulations: Samples) -> dict[str, Any]:
    """Return ``state`` and ``remark`` of the control, and its values of `COMPARED`, None where one is missing."""
    found, high, control = state([simulations]), simulations.high_fidelity, _control(simulations)
    values: dict[str, float | None] = {}
    for name in COMPARED:
        if name in high.columns and np.isfinite(high[name]).any():
            value = float(control[name][0])
            values[name] = value if np.isfinite(value) else None
    return {"state": found, "remark": REMARKS[found], **values}


def risk(simulations: Samples, predict: Callable[[np.ndarray], np.ndarray]) -> float | None:
    """Return the learned risk at the control; None if it is outside the space, or if all labels are of one class."""
    explored = simulations.high_fidelity.explored
    if not np.isin([0, 1], explored["label"]).all() or not len(_control(explored)):
        return None
    return float(predict(simulations.space.control)[0])


def _control(simulations: Samples) -> Samples:
    """Return the control among samples, that of the high fidelity if there are two."""
    high = simulations.high_fidelity
    return high.where(high["purpose"] == Purpose.CONTROL)
