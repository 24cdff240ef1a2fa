"""Resting potential and excitability of a cell, on which the meaning of its labels depends."""

import numpy as np

from pointes.cells.model import CellModel
from pointes.cells.pacing import pace, trace
from pointes.cells.population import Values
from pointes.cells.stepper import LARGEST_POTENTIAL

SETTLING = 1000.0  # ms without stimulus, before as much time is looked at


def cannot_repolarise(model: CellModel, values: Values | None = None) -> str | None:
    """Return a warning if the cell rests above the threshold of repolarisation, so that all labels would be equal.

    The resting potential is the lowest one from 1 to 2 s without stimulus and block. In a cell that beats by itself,
    that is the maximum diastolic potential.

    Parameters
    ----------
    model
        Compiled cell model.
    values
        Parameters that differ from the published ones, by qualified name.
    """
    course = trace(model, {}, cycle_length=SETTLING, beats=2, values=values, stimulus_duration=0.0)["v_mV"]
    lowest, threshold = course.min(), model.thresholds.repolarised_potential
    broke_down = not np.abs(course).max() <= LARGEST_POTENTIAL
    if broke_down or lowest <= threshold:
        return None
    unit = "" if model.kernel.DIMENSIONLESS else " mV"
    return (
        f"the resting potential of {model.name}, {lowest:.3g}{unit}, is above {threshold:g}{unit}: every beat "
        "counts as repolarisation failure"
    )


def is_not_excited(model: CellModel, stimulus_duration: float | None = None) -> str | None:
    """Return a warning if the stimulus does not excite the cell without block, so that every simulation would fail.

    Parameters
    ----------
    model
        Compiled cell model, with the level of its stimulus.
    stimulus_duration
        Duration of the stimulus [ms]; the model's own by default.
    """
    duration = model.stimulus_duration if stimulus_duration is None else stimulus_duration
    beat = pace(model, {}, cycle_length=SETTLING + duration, stimulus_duration=duration)
    if not beat["capture_failure"][0]:
        return None
    unit = "" if model.kernel.DIMENSIONLESS else " mV"
    return (
        f"a stimulus of {duration:g} ms does not excite {model.name}: its potential stays below "
        f"{beat['vpeak_mV'][0]:.3g}{unit}"
    )
