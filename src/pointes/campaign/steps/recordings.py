"""What was recorded during a beat of every simulated point, for the interactive page: action potentials, or ECGs."""

from pathlib import Path

import numpy as np

from pointes.campaign.files import store
from pointes.campaign.files.results import write_netcdf
from pointes.campaign.files.samples import Samples
from pointes.campaign.simulation.simulators import Simulator
from pointes.netcdf import Variable
from pointes.vocabulary import Status

MOST_TIMES = 400
"""Largest number of times of a recording that is kept."""


def write_recordings(path: Path | str, simulations: Samples, simulator: Simulator) -> None:
    """Write the membrane potential of each cell, or the first lead of each tissue, at a few hundred times.

    Cells are paced again; tissues have their ECGs from the simulation. Simulations that failed are left out.
    """
    explored = simulations.high_fidelity.explored
    samples = explored.where(explored["status"] == Status.OK)
    recorded = simulator.traces(samples)
    name = next(one for one in recorded if one not in ("time_ms", "cai_mM"))
    time = recorded["time_ms"].values
    kept = np.unique(np.round(np.linspace(0, len(time) - 1, min(MOST_TIMES, len(time)))).astype(int))
    details = recorded[name].attributes
    curves = recorded[name].values[:, kept].astype(np.float32)
    variables = {
        "sample_id": Variable(("sample",), samples["sample_id"], store.attributes("sample_id", samples)),
        "time_ms": Variable(("time_ms",), time[kept], recorded["time_ms"].attributes),
        name: Variable(("sample", "time_ms"), curves, details),
    }
    write_netcdf(path, variables, {"title": "Recordings of all simulated points"})
