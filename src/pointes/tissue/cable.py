"""How fast a wave runs along a cable, how long action potentials are along it, and the QT interval that they give.

The protocol is that by which conduction velocities of models are usually compared: a uniform cable from one resting
state, one stimulus at its end.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pointes.status import reason_of
from pointes.tissue.description import TissueDescription
from pointes.tissue.simulation import Outcome, simulate

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)  # of the length, where activation and APD90 are told


def setup(
    model: str,
    celltype: str | None = None,
    *,
    length_mm: float = 30.0,
    dx_mm: float = 0.1,
    dt_ms: float = 0.01,
    diffusivity: float = 0.0953,
    blocks: Mapping[str, float] | None = None,
    cycle_length_ms: float = 1000.0,
    cell_beats: int = 0,
) -> TissueDescription:
    """Return the description of the cable.

    Parameters
    ----------
    model, celltype
        Of all cells.
    length_mm, dx_mm, dt_ms
        Of the cable, between nodes, and the time step. All states are updated in every one.
    diffusivity
        Along the cable [mm²/ms].
    blocks
        Blocked fraction of currents, by name.
    cycle_length_ms, cell_beats
        Pacing of a cell on its own to get the initial state of all; 0 beats: the published one. The cable is followed
        for a cycle length after the stimulus.
    """
    return TissueDescription(
        "cable",
        model,
        celltype,
        size_mm=(length_mm,),
        spacing_mm=dx_mm,
        along=diffusivity,
        blocks=dict(blocks or {}),
        cell_beats=cell_beats,
        cycle_length_ms=cycle_length_ms,
        time_step_ms=dt_ms,
        adaptive=False,
    )


def run(
    setup: TissueDescription, progress: Callable[[float, float], None] = lambda done, total: None
) -> dict[str, Any]:
    """Return what the cable does, in JSON's types: None where there is no number.

    Returns
    -------
    dict
        ``status`` and ``failure`` by their names, ``conduction_velocity_m_per_s`` between 25 and 75 % of the length,
        ``qt_ms``, ``qrs_ms``, ``tpeak_tend_ms``; and ``x_mm``, ``activation_ms`` and ``apd90_ms``, lists over some
        places.
    """
    outcome = simulate(setup, progress=progress)
    names = ("conduction_velocity_m_per_s", "qt_ms", "qrs_ms", "tpeak_tend_ms")
    return {
        "status": outcome.status,
        "failure": reason_of(outcome.values["failure"]),
        **{name: _number(outcome.values[name]) for name in names},
        **_along(outcome, setup.size_mm[0]),
    }


def _along(outcome: Outcome, length_mm: float) -> dict[str, list[float | None]]:
    if outcome.grid is None:
        return {"x_mm": [], "activation_ms": [], "apd90_ms": []}
    x = outcome.grid.positions[:, 0]
    nodes = [int(np.abs(x - share * length_mm).argmin()) for share in SHARES]
    columns = {"x_mm": x, "activation_ms": outcome.activation_ms, "apd90_ms": outcome.apd90_ms}
    return {name: [_number(values[node]) for node in nodes] for name, values in columns.items()}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
