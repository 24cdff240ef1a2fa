"""APD90 of human ventricular tissue under drugs, measured ex vivo and simulated at the measured block of IKr and ICaL.

The measurements are changes of APD90 in trabeculae at 1 Hz [1]_. Two protocols of patch clamp gave two estimates of the
block at each concentration. As in that study, cells have the extracellular concentrations of its bath, and their change
of APD90 is that against the cell without block. The last of 1,000 beats is measured.

References
----------
.. [1] Barral et al., PLoS Comput. Biol. 21, e1012913 (2025). doi:10.1371/journal.pcbi.1012913
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointes import cells
from pointes.campaign.files.samples import Samples, make
from pointes.campaign.panel.measured import read_records
from pointes.campaign.simulation.execution import simulate
from pointes.campaign.simulation.simulators import CellSimulator, Simulator
from pointes.campaign.space import VALUE, Axis, Space
from pointes.drugs.agreement import Agreement, agreement
from pointes.drugs.measures import Estimate
from pointes.status import reason_of
from pointes.vocabulary import TOLERANCE, Purpose, Status

PROTOCOLS = ("cipa", "pharm")
"""Protocols of patch clamp: that of CiPA, and that of the laboratory of the measurements."""

CURRENTS = ("IKr", "ICaL")
CYCLE_LENGTH_MS = 1000.0
BEATS = 1000

BATH_MM = (4.0, 148.35, 1.8)
"""Extracellular potassium, sodium and calcium of the measurements [mM]."""

NO_CHANGE = "no change"
"""Name of the guess that no drug has an effect."""


@dataclass(frozen=True)
class BathedCell:
    """A cell model whose extracellular potassium, sodium and calcium can be set, by the names of these in the model."""

    model: str
    celltype: str
    bath: tuple[str, str, str] = ("extracellular.ko", "extracellular.nao", "extracellular.cao")

    @property
    def name(self) -> str:
        """Model and cell type."""
        return f"{self.model} {self.celltype}"


TEN_TUSSCHER_BATH = ("potassium_dynamics.K_o", "sodium_dynamics.Na_o", "calcium_dynamics.Ca_o")
CELLS = (
    BathedCell("ohara-2011", "endo"),
    BathedCell("ohara-2011", "mid"),
    BathedCell("ohara-2011", "epi"),
    BathedCell("ohara-cipa-2017", "endo"),
    BathedCell("torord-fkatp", "endo"),
    BathedCell("torord-dyncl", "endo"),
    BathedCell("tentusscher-2006", "endo", TEN_TUSSCHER_BATH),
    BathedCell("tentusscher-2006", "M", TEN_TUSSCHER_BATH),
)
"""Human ventricular cells. The authors of the measurements compare with endocardial cells."""


@dataclass(frozen=True)
class Measurement:
    """The change of APD90 at one concentration of a drug."""

    drug: str
    concentration_nM: float
    blocks: Mapping[str, tuple[float, ...]]  # blocked fractions of IKr and ICaL by protocol
    change_ms: float
    sd_ms: float


def read_measurements(path: Path) -> list[Measurement]:
    """Read a table of measurements.

    It has the columns ``drug``, ``concentration_nM``, ``delta_apd90_ms`` and ``delta_apd90_sd_ms``, and for each of
    `PROTOCOLS` the blocked fractions ``IKr_block_<protocol>`` and ``ICaL_block_<protocol>``.
    """
    numbers = {_block(current, protocol): (0.0, 1.0) for protocol in PROTOCOLS for current in CURRENTS}
    numbers |= {"concentration_nM": (0.0, np.inf), "delta_apd90_ms": (-np.inf, np.inf)}
    numbers |= {"delta_apd90_sd_ms": (0.0, np.inf)}
    return [
        Measurement(
            row["drug"],
            row["concentration_nM"],
            {protocol: tuple(row[_block(current, protocol)] for current in CURRENTS) for protocol in PROTOCOLS},
            row["delta_apd90_ms"],
            row["delta_apd90_sd_ms"],
        )
        for row in read_records(path, ["drug"], numbers)
    ]


def _block(current: str, protocol: str) -> str:
    """Return the name of the column of a current's block by a protocol."""
    return f"{current}_block_{protocol}"


def simulate_apd90(
    measurements: Sequence[Measurement],
    folder: Path,
    chosen: Sequence[BathedCell] = CELLS,
    beats: int = BEATS,
    run: Callable[[Samples, Simulator, Path], Samples] = simulate,
) -> list[dict[str, Any]]:
    """Pace each cell at the blocks of all measurements, and return a row for each cell, protocol and measurement.

    Parameters
    ----------
    measurements
        Measurements from `read_measurements`.
    folder
        Folder of the shards, from which an interrupted call continues; each cell has a folder of its own in it.
    chosen
        Cells that are paced.
    beats
        Number of beats before the end of which APD90 is measured.
    run
        `pointes.campaign.simulation.execution.simulate`, with a cluster, workers and limits if wanted.

    Returns
    -------
    list of dict
        Rows with the unit in the name of each column. ``simulated_ms`` is NaN where the cell did not repolarise or the
        simulation failed, as ``status`` says.
    """
    rows = []
    for cell in chosen:
        simulator = _simulator(cell, beats)
        simulated = run(_points(measurements, cell), simulator, folder / cell.name.replace(" ", "-"))
        rows += _rows(measurements, cell, simulated)
    return rows


def agreements(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each cell and protocol of `simulate_apd90`, and for the guess that nothing changes."""
    first = [row for row in rows if (row["model"], row["celltype"]) == (rows[0]["model"], rows[0]["celltype"])]
    guesses = [{**row, "model": NO_CHANGE, "celltype": "", "simulated_ms": 0.0} for row in first]
    compared: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in (*guesses, *rows):
        compared.setdefault((row["model"], row["celltype"], row["protocol"]), []).append(row)
    return [
        {"model": model, "celltype": celltype, "protocol": protocol, **agreement_columns(_agreement(group))}
        for (model, celltype, protocol), group in compared.items()
    ]


def agreement_columns(found: Agreement) -> dict[str, Any]:
    """Return the columns of a table of agreements in ms."""
    return {
        "points": found.points,
        "failed": found.failed,
        **_bounded("rmse_ms", found.rmse),
        **_bounded("median_error_ms", found.median_error),
        **_bounded("within_sd", found.within_sd),
        "better_than_no_change": found.better_than_no_change,
    }


def _bounded(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}_q025": estimate.q025, f"{name}_q975": estimate.q975}


def _agreement(rows: Sequence[Mapping[str, Any]]) -> Agreement:
    simulated, measured, sd = (
        np.array([row[name] for row in rows]) for name in ("simulated_ms", "measured_ms", "measured_sd_ms")
    )
    return agreement(simulated, measured, sd, [row["drug"] for row in rows])


def _simulator(cell: BathedCell, beats: int) -> CellSimulator:
    model = cells.load(cell.model, celltype=cell.celltype, vary=cell.bath)
    return CellSimulator(
        cell.model,
        cell.celltype,
        model.fingerprint,
        CYCLE_LENGTH_MS,
        beats,
        label_beats=1,
        tolerance=TOLERANCE,
        literals=cell.bath,
    )


def _points(measurements: Sequence[Measurement], cell: BathedCell) -> Samples:
    """Return the points of all protocols in the bath, after the control without block."""
    blocks = [(0.0, 0.0), *(one.blocks[protocol] for protocol in PROTOCOLS for one in measurements)]
    points = np.array([[*block, *BATH_MM] for block in blocks])
    purpose = np.full(len(points), Purpose.GIVEN, np.int8)
    purpose[0] = Purpose.CONTROL
    axes = {name: Axis(0.0, 1.0) for name in CURRENTS}
    axes |= {name: Axis(value, value, VALUE, units="") for name, value in zip(cell.bath, BATH_MM, strict=True)}
    return make(points, Space(axes), purpose=purpose)


def _rows(measurements: Sequence[Measurement], cell: BathedCell, simulated: Samples) -> list[dict[str, Any]]:
    apd90_ms = np.where(simulated["status"] == Status.OK, simulated["apd90_ms"], np.nan)
    at = 0
    rows = []
    for protocol in PROTOCOLS:
        for one in measurements:
            at += 1
            rows.append(
                {
                    "model": cell.model,
                    "celltype": cell.celltype,
                    "protocol": protocol,
                    "drug": one.drug,
                    "concentration_nM": one.concentration_nM,
                    "IKr_block": one.blocks[protocol][0],
                    "ICaL_block": one.blocks[protocol][1],
                    "measured_ms": one.change_ms,
                    "measured_sd_ms": one.sd_ms,
                    "control_apd90_ms": float(apd90_ms[0]),
                    "simulated_ms": float(apd90_ms[at] - apd90_ms[0]),
                    "status": _status(simulated, at),
                }
            )
    return rows


def _status(simulated: Samples, row: int) -> str:
    """Return ``ok``, or in words why a sample has no APD90."""
    if simulated["status"][row] != Status.OK:
        return reason_of(simulated["failure"][row])
    return "no repolarisation" if np.isnan(simulated["apd90_ms"][row]) else "ok"
