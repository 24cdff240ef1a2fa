"""Action potentials, or the ECGs of tissues, on either side of the boundary."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pointes.campaign.files import store
from pointes.campaign.files.results import variable, write_netcdf
from pointes.campaign.files.samples import Samples
from pointes.campaign.simulation.simulators import Simulator
from pointes.netcdf import Variable

UNITS = {"time_ms": "ms", "v_mV": "mV", "cai_mM": "mmol L-1"}
MEANINGS = {
    "time_ms": "time since the first stimulus that is kept",
    "v_mV": "membrane potential",
    "cai_mM": "cytosolic calcium",
}


def write_trace(path: Path | str, trace: Mapping[str, np.ndarray]) -> None:
    """Write one trace of `pointes.cells.trace`: every column over ``time_ms``."""
    variables = {
        name: variable(("time_ms",), values, MEANINGS.get(name, f"current {name}"), UNITS.get(name, "A F-1"))
        for name, values in trace.items()
    }
    write_netcdf(path, variables, {"title": "Trace of a paced cell"})


def boundary_pairs(simulations: Samples, count: int = 3) -> np.ndarray:
    """Return the rows (m, 2) of safe and arrhythmic neighbours on either side of the boundary, at most ``count`` pairs.

    The second parameter's range is cut into ``count`` equal parts; each gives the closest pair whose arrhythmic sample
    lies in it.
    """
    space, label = simulations.space, simulations["label"]
    points = space.lengths(simulations.points)
    safe, arrhythmic = np.flatnonzero(label == 0), np.flatnonzero(label == 1)
    if not len(safe):
        return np.empty((0, 2), int)
    distances = np.linalg.norm(points[arrhythmic, None] - points[safe], axis=2)
    low, high = space.lengths(space.points(space.bounds.T))[:, 1]
    part = np.minimum((points[arrhythmic, 1] - low) / (high - low) * count, count - 1).astype(int)
    closest = [
        min(np.flatnonzero(part == number), key=lambda row: distances[row].min()) for number in sorted(set(part))
    ]
    return np.column_stack([safe[distances[closest].argmin(axis=1)], arrhythmic[closest]])


def write_traces(path: Path | str, simulations: Samples, simulator: Simulator) -> None:
    """Write the traces of one beat of each sample of `boundary_pairs`."""
    explored = simulations.high_fidelity.explored
    pairs = explored.where(boundary_pairs(explored).ravel())
    variables = simulator.traces(pairs)
    for name in ("sample_id", "label", *pairs.space):
        variables[name] = Variable(("trace",), pairs[name], store.attributes(name, pairs))
    write_netcdf(path, variables, {"title": simulator.trace_title, "parameters": " ".join(pairs.space)})
