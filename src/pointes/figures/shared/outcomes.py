"""Readers of a campaign's simulations: those of each fidelity, the control, and the unbiased stream."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from pointes.libraries import xarray
from pointes.vocabulary import Status

NO_STREAM = "no point of the unbiased stream yet"
CONTROL = {
    "risk": "risk {:.3f}",
    "apd90_ms": "APD90 {:.1f} ms",
    "qnet_uC_per_uF": "qNet {:.4f} µC/µF",
    "qt_ms": "QT {:.1f} ms",
    "apd90_mean_ms": "mean APD90 {:.1f} ms",
}
"""Formats of the numbers of the control."""


class StreamOutcomes(NamedTuple):
    """Risks (n,) that were predicted for points of the stream, and the labels (n,) that came out, 1 for arrhythmic."""

    risk: np.ndarray
    label: np.ndarray


def by_fidelity(simulations: "xarray.Dataset") -> list[tuple[str, "xarray.Dataset"]]:
    """Return the scale and the simulations of each fidelity, the low one first; no scale if there is only one."""
    if "fidelity" not in simulations:
        return [("", simulations)]
    fidelity = simulations["fidelity"]
    scales = fidelity.attrs["flag_meanings"].split()
    return [(scale, simulations.isel(sample=fidelity.values == value)) for value, scale in enumerate(scales)]


def high_fidelity(simulations: "xarray.Dataset") -> "xarray.Dataset":
    """Return the simulations of the fidelity whose boundary is learned: all, if there is only one fidelity."""
    return by_fidelity(simulations)[-1][1]


def purposes(simulations: "xarray.Dataset") -> np.ndarray:
    """Return the purpose of each sample, as a name of `pointes.vocabulary.Purpose` in lower case."""
    names: list[str] = simulations["purpose"].attrs["flag_meanings"].split()
    return np.array([names[value] for value in simulations["purpose"].values.astype(int)])


def is_control(simulations: "xarray.Dataset") -> np.ndarray:
    """Return which samples are the control."""
    return np.asarray(purposes(simulations) == "control")


def control_as_text(control: Mapping[str, Any]) -> str:
    """Return the state, the risk and the biomarkers of the control as text.

    Examples
    --------
    >>> control_as_text({"risk": None, "state": "safe", "remark": "", "apd90_ms": 424.61})
    'safe, APD90 424.6 ms'
    >>> control_as_text({"risk": 1e-7, "state": "safe", "remark": ""})
    'safe, risk below 0.001'
    """
    texts = {name: text.format(control[name]) for name, text in CONTROL.items() if control.get(name) is not None}
    if texts.get("risk") == "risk 0.000":
        texts["risk"] = "risk below 0.001"
    return ", ".join([control["state"], *texts.values()])


def stream(simulations: "xarray.Dataset") -> StreamOutcomes:
    """Return the outcomes of the stream, without failed simulations and without points that had no prediction."""
    risk, status = simulations["predicted_risk"].values, simulations["status"].values
    kept = (purposes(simulations) == "stream") & (status == Status.OK) & np.isfinite(risk)
    return StreamOutcomes(risk[kept], simulations["label"].values[kept].astype(int))
