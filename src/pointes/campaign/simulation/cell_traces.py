"""Action potentials of samples, which are paced again."""

import numpy as np

from pointes import cells
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import SINCE_STIMULUS
from pointes.netcdf import Variable

TIME_STEP = 1.0
"""Interval of the times of a trace [ms]."""


def paced(
    model: "cells.CellModel",
    samples: Samples,
    *,
    cycle_length: float,
    beats: int,
    label_beats: int,
    tolerance: float,
    stimulus_duration: float | None,
) -> dict[str, Variable]:
    """Return one beat of each sample: its times, its potential and, if the model has it, its calcium.

    Of the beats that decide on the label it is the one with the longest plateau: the last may look harmless. The other
    arguments are those of `pointes.cells.pace`.
    """
    time = np.arange(0.0, cycle_length, TIME_STEP)
    units = "1" if model.kernel.DIMENSIONLESS else "mV"
    details = {"v_mV": {"long_name": "membrane potential", "units": units}}
    if model.kernel.CALCIUM is not None:
        details["cai_mM"] = {"long_name": "cytosolic calcium", "units": "mmol L-1"}
    sampled = {name: np.empty((len(samples), len(time))) for name in details}
    starts = cycle_length * np.arange(label_beats)
    for index, point in enumerate(samples.points):
        trace = cells.trace(
            model,
            dict(zip(samples.ranges, point, strict=True)),
            cycle_length=cycle_length,
            beats=beats,
            keep=label_beats,
            tolerance=tolerance,
            stimulus_duration=stimulus_duration,
        )
        plateau = np.interp(starts[:, None] + time, trace["time_ms"], trace["v_mV"]) > model.thresholds.ead_potential
        start = starts[plateau.sum(axis=1).argmax()]
        for name, values in sampled.items():
            values[index] = np.interp(start + time, trace["time_ms"], trace[name])
    variables = {"time_ms": Variable(("time_ms",), time, SINCE_STIMULUS)}
    return variables | {name: Variable(("trace", "time_ms"), sampled[name], details[name]) for name in details}
