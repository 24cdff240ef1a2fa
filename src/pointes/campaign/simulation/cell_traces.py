"""Action potentials of samples, which are paced again."""

from typing import TYPE_CHECKING

import numpy as np

from pointes import cells
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import SINCE_STIMULUS
from pointes.netcdf import Variable

if TYPE_CHECKING:
    from pointes.campaign.simulation.simulators import CellSimulator

TIME_STEP = 1.0
"""Interval of the times of a trace [ms]."""


def paced_again(simulator: "CellSimulator", samples: Samples) -> dict[str, Variable]:
    """Return one beat of each sample: its times, its potential and, if the model has it, its calcium.

    It is the one with the longest plateau among the beats that decide on the label: the last may look harmless.
    """
    model = simulator.load()
    time = np.arange(0.0, simulator.cycle_length, TIME_STEP)
    units = "1" if model.kernel.DIMENSIONLESS else "mV"
    details = {"v_mV": {"long_name": "membrane potential", "units": units}}
    if model.kernel.CALCIUM is not None:
        details["cai_mM"] = {"long_name": "cytosolic calcium", "units": "mmol L-1"}
    sampled = {name: np.empty((len(samples), len(time))) for name in details}
    starts = simulator.cycle_length * np.arange(simulator.label_beats)
    for index, point in enumerate(samples.points):
        trace = cells.trace(
            model,
            dict(zip(samples.ranges, point, strict=True)),
            cycle_length=simulator.cycle_length,
            beats=simulator.beats,
            keep=simulator.label_beats,
            tolerance=simulator.tolerance,
            stimulus_duration=simulator.stimulus_duration,
        )
        plateau = np.interp(starts[:, None] + time, trace["time_ms"], trace["v_mV"]) > model.thresholds.ead_potential
        start = starts[plateau.sum(axis=1).argmax()]
        for name, values in sampled.items():
            values[index] = np.interp(start + time, trace["time_ms"], trace[name])
    variables = {"time_ms": Variable(("time_ms",), time, SINCE_STIMULUS)}
    return variables | {name: Variable(("trace", "time_ms"), sampled[name], details[name]) for name in details}
