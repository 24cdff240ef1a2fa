"""What the simulations of a campaign say: those of each scale, the control, and the unbiased stream.

Points of the stream were predicted before they were simulated.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

NO_STREAM = "no point of the unbiased stream yet"
CONTROL = {
    "risk": "risk {:.3f}",
    "apd90_ms": "APD90 {:.1f} ms",
    "qnet_uC_per_uF": "qNet {:.4f} µC/µF",
    "qt_ms": "QT {:.1f} ms",
    "apd90_mean_ms": "mean APD90 {:.1f} ms",
}
"""How the numbers of the control are written."""


class Outcomes(NamedTuple):
    """Predicted risks (n,) and the labels (n,) that came out, 1 for arrhythmic."""

    risk: np.ndarray
    label: np.ndarray


def levels(simulations: "xr.Dataset") -> list[tuple[str, "xr.Dataset"]]:
    """Return the simulations of each scale with its name, the one that is sought last; unnamed if there is only one."""
    if "fidelity" not in simulations:
        return [("", simulations)]
    level = simulations["fidelity"]
    names = level.attrs["flag_meanings"].split()
    return [(name, simulations.isel(sample=level.values == k)) for k, name in enumerate(names)]


def sought(simulations: "xr.Dataset") -> "xr.Dataset":
    """Return the simulations of the scale whose boundary is sought: all, if there is only one."""
    return levels(simulations)[-1][1]


def purposes(simulations: "xr.Dataset") -> np.ndarray:
    """Return why each sample was simulated, as the words of the flag's meanings."""
    return np.array(simulations["purpose"].attrs["flag_meanings"].split())[simulations["purpose"].values.astype(int)]


def is_control(simulations: "xr.Dataset") -> np.ndarray:
    """Return which samples are the control."""
    return purposes(simulations) == "control"


def tell_control(control: Mapping[str, Any]) -> str:
    """Return the state, the risk and the biomarkers of the control as text.

    Examples
    --------
    >>> tell_control({"risk": None, "state": "safe", "remark": "", "apd90_ms": 424.61})
    'safe, APD90 424.6 ms'
    >>> tell_control({"risk": 1e-7, "state": "safe", "remark": ""})
    'safe, risk below 0.001'
    """
    known = {name: text.format(control[name]) for name, text in CONTROL.items() if control.get(name) is not None}
    if known.get("risk") == "risk 0.000":
        known["risk"] = "risk below 0.001"
    return ", ".join([control["state"], *known.values()])


def stream(simulations: "xr.Dataset") -> Outcomes:
    """Return the stream's outcomes; failed simulations have none, nor have points of which nothing was predicted."""
    risk, status = simulations["predicted_risk"].values, simulations["status"].values
    kept = (purposes(simulations) == "stream") & (status == 0) & np.isfinite(risk)
    return Outcomes(risk[kept], simulations["label"].values[kept].astype(int))
