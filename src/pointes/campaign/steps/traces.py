"""Action potentials, or the ECGs of tissues, on either side of the boundary."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pointes import netcdf
from pointes.campaign.files import store
from pointes.campaign.files.samples import Samples
from pointes.campaign.simulation.fidelities import sought
from pointes.campaign.simulation.simulators import Simulated, Simulation, TissueSimulation
from pointes.netcdf import Variable

TIME_STEP = 1.0  # ms
UNITS = {"time_ms": "ms", "v_mV": "mV", "cai_mM": "mmol L-1"}
SINCE_STIMULUS = {"long_name": "time since the last stimulus", "units": "ms"}
MEANINGS = {
    "time_ms": "time since the first stimulus that is kept",
    "v_mV": "membrane potential",
    "cai_mM": "cytosolic calcium",
}


def write_trace(path: Path | str, trace: Mapping[str, np.ndarray]) -> None:
    """Write one trace of `pointes.cells.trace`: every column over ``time_ms``."""
    variables = {
        name: Variable(
            ("time_ms",),
            values,
            {"long_name": MEANINGS.get(name, f"current {name}"), "units": UNITS.get(name, "A F-1")},
        )
        for name, values in trace.items()
    }
    netcdf.write(path, variables, {"title": "Trace of a paced cell"})


def boundary_pairs(simulations: Samples, count: int = 3) -> np.ndarray:
    """Return rows of neighbours on either side of the boundary: arrhythmic samples and the safe ones closest to them.

    The second parameter's range is cut into ``count`` equal parts; each gives the closest pair whose arrhythmic sample
    lies in it.

    Returns
    -------
    (m, 2) array
        Rows of the safe and the arrhythmic sample of each pair, ``m <= count``.
    """
    points, label = simulations.points, simulations["label"]
    safe, arrhythmic = np.flatnonzero(label == 0), np.flatnonzero(label == 1)
    if not len(safe):
        return np.empty((0, 2), int)
    distances = np.linalg.norm(points[arrhythmic, None] - points[safe], axis=2)
    low, high = list(simulations.ranges.values())[1]
    part = np.minimum((points[arrhythmic, 1] - low) / (high - low) * count, count - 1).astype(int)
    closest = [
        min(np.flatnonzero(part == number), key=lambda row: distances[row].min()) for number in sorted(set(part))
    ]
    return np.column_stack([safe[distances[closest].argmin(axis=1)], arrhythmic[closest]])


def write_traces(path: Path | str, simulations: Samples, simulation: Simulated) -> None:
    """Write one beat of each sample of `boundary_pairs`, every `TIME_STEP` ms.

    Cells are paced again; of the beats that the label looks at, the one with the longest plateau is written: the last
    may look harmless. Tissues have left their pseudo-ECG of the last beat with the samples.
    """
    simulations = sought(simulations).explored
    rows = boundary_pairs(simulations).ravel()
    if isinstance(simulation, TissueSimulation):
        title, variables = "Pseudo-ECGs on either side of the boundary", _ecgs(simulations, rows)
    else:
        title, variables = "Action potentials on either side of the boundary", _paced(simulations, rows, simulation)
    for name in ("sample_id", "label", *simulations.ranges):
        variables[name] = Variable(("trace",), simulations[name][rows], store.attributes(name, simulations))
    netcdf.write(path, variables, {"title": title, "parameters": " ".join(simulations.ranges)})


def _ecgs(simulations: Samples, rows: np.ndarray) -> dict[str, Variable]:
    """Return the first lead of some samples, and its time."""
    from pointes.campaign.simulation.tissue_results import first_lead

    name = first_lead(simulations.columns)
    traces = simulations[name][rows]
    time = TIME_STEP * np.arange(traces.shape[1])
    return {
        "time_ms": Variable(("time_ms",), time, SINCE_STIMULUS),
        "ecg": Variable(("trace", "time_ms"), traces, store.attributes(name, simulations)),
    }


def _paced(simulations: Samples, rows: np.ndarray, simulation: Simulation) -> dict[str, Variable]:
    """Return potential and, if the model has it, calcium of some samples, which are paced again, and their time."""
    from pointes import cells

    model = simulation.load()
    time = np.arange(0.0, simulation.cycle_length, TIME_STEP)
    potential = {"long_name": "membrane potential", "units": "1" if model.kernel.DIMENSIONLESS else UNITS["v_mV"]}
    details = {"v_mV": potential}
    if model.kernel.CALCIUM is not None:
        details["cai_mM"] = {"long_name": "cytosolic calcium", "units": UNITS["cai_mM"]}
    sampled = {name: np.empty((len(rows), len(time))) for name in details}
    for index, point in enumerate(simulations.points[rows]):
        blocks = dict(zip(simulations.ranges, point, strict=True))
        trace = cells.trace(
            model,
            blocks,
            cycle_length=simulation.cycle_length,
            beats=simulation.beats,
            keep=simulation.label_beats,
            tolerance=simulation.tolerance,
            stimulus_duration=simulation.stimulus_duration,
        )
        starts = simulation.cycle_length * np.arange(simulation.label_beats)
        plateau = np.interp(starts[:, None] + time, trace["time_ms"], trace["v_mV"]) > model.thresholds.ead_potential
        start = starts[plateau.sum(axis=1).argmax()]
        for name, values in sampled.items():
            values[index] = np.interp(start + time, trace["time_ms"], trace[name])
    variables = {"time_ms": Variable(("time_ms",), time, SINCE_STIMULUS)}
    return variables | {name: Variable(("trace", "time_ms"), sampled[name], details[name]) for name in details}
