"""The standard cable: conduction velocity, action potentials along a uniform cable, and its QT interval.

The protocol is that by which conduction velocities of models are usually compared: a uniform cable from one resting
state, with one stimulus at its end.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pointes.status import reason_of
from pointes.tissue.description import TissueDescription
from pointes.tissue.simulation import Outcome, simulate
from pointes.vocabulary import DIFFUSIVITY_ALONG

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Places along the cable, as shares of its length, for which activation and APD90 are reported."""


def describe_cable(
    model: str,
    celltype: str | None = None,
    *,
    length_mm: float = 30.0,
    dx_mm: float = 0.1,
    dt_ms: float = 0.01,
    diffusivity: float = DIFFUSIVITY_ALONG,
    blocks: Mapping[str, float] | None = None,
    cycle_length_ms: float = 1000.0,
    cell_beats: int = 0,
) -> TissueDescription:
    """Return the description of the cable, all of whose states are updated in every time step.

    Parameters
    ----------
    model, celltype
        Model and cell type of all cells.
    length_mm, dx_mm, dt_ms
        Length of the cable, distance of neighbouring nodes, and time step.
    diffusivity
        Diffusivity along the cable [mm²/ms].
    blocks
        Blocked fraction of currents, by name.
    cycle_length_ms, cell_beats
        Time between beats, and number of beats for which a cell is paced on its own to get the initial state; 0: the
        published state. The run ends a cycle length after the stimulus.
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


def simulate_cable(
    description: TissueDescription, progress: Callable[[float, float], None] = lambda done, total: None
) -> dict[str, Any]:
    """Simulate the cable and return its results in JSON's types, None where there is no number.

    Returns
    -------
    dict
        Names of ``status`` and ``failure``; ``conduction_velocity_m_per_s`` between 25 and 75 % of the length,
        ``qt_ms``, ``qrs_ms``, ``tpeak_tend_ms``; and lists of ``x_mm``, ``activation_ms`` and ``apd90_ms``.
    """
    outcome = simulate(description, progress=progress)
    names = ("conduction_velocity_m_per_s", "qt_ms", "qrs_ms", "tpeak_tend_ms")
    return {
        "status": outcome.status,
        "failure": reason_of(outcome.values["failure"]),
        **{name: _number(outcome.values[name]) for name in names},
        **_along(outcome, description.size_mm[0]),
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
