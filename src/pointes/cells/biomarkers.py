"""Definitions of biomarkers, abnormalities and capture, one function of a recorded beat for each.

Functions take a `Beat`, as `pointes.cells.population.read_beat` returns it. Potentials are in mV, times in ms since the
stimulus, dV/dt in V/s, concentrations in mM, currents in A/F. A quantity that a model does not have is NaN.

References
----------
.. [1] Hondeghem, Carlsson and Duker, Circulation 103, 2004 (2001). doi:10.1161/01.CIR.103.15.2004
.. [2] Passini et al., Front. Physiol. 8, 668 (2017). doi:10.3389/fphys.2017.00668
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

Beat = dict[str, Array]
"""Recorded quantities of one beat of n cells, (n,) arrays by name.

The names are those of the rows of `pointes.cells.stepper.Row` in lower case, ``qnet``, and ``v_end``: the potential at
the end of the beat.
"""


@dataclass(frozen=True)
class Thresholds:
    """Limits that define an action potential and an arrhythmia, in the unit of the membrane potential."""

    ead_potential: float  # lower limit of the late plateau (`ead_margin`)
    ead_slope: float  # dV/dt above which the late plateau is an early afterdepolarisation
    repolarised_potential: float  # a cell above it has not repolarised when the next stimulus comes
    capture_potential: float  # an action potential reaches it; a stimulus whose beat stays below did not capture


MILLIVOLTS = Thresholds(ead_potential=-40.0, ead_slope=0.01, repolarised_potential=-60.0, capture_potential=0.0)
# Models whose potential runs from 0 to 1: the same places in an action potential of -85 to 40 mV; slopes are per ms
DIMENSIONLESS = Thresholds(ead_potential=0.36, ead_slope=0.01, repolarised_potential=0.2, capture_potential=0.5)

# ASSUME: a cell is fully recovered when it has been 90 % repolarised for so long [ms]. The slowest gate that an
# upstroke waits for, recovery of ICaL from inactivation by calcium, has a time constant of 75 ms (O'Hara et al. 2011);
# after 200 ms 93 % of it is back. Of the stimuli without effect that come sooner, 78 % excite the cell if it rests for
# 1 s more; of those that come later, 13 % do (docs/cells.md says how that was measured).
RECOVERY = 200.0

# ASSUME: sizes from which a difference between two beats is called alternans; the literature has 2 to 10 ms
ALTERNANS_APD = 5.0  # ms
ALTERNANS_CALCIUM = 0.05  # of the larger calcium transient


def captured(beat: Beat, thresholds: Thresholds) -> Mask:
    """Return whether V reaches 0 mV in the beat."""
    return beat["vpeak"] >= thresholds.capture_potential


def has_action_potential(beat: Beat, thresholds: Thresholds) -> Mask:
    """Return whether the beat has an action potential that can be measured: V rises from below -40 mV to 0 mV.

    Without a stimulus V must do so exactly once, and from rest, below -60 mV: a duration is not defined for several
    action potentials, or for one that began in the beat before.
    """
    rises: Mask = (beat["rmp"] < thresholds.ead_potential) & captured(beat, thresholds)
    once: Mask = (beat["rmp"] <= thresholds.repolarised_potential) & (beat["upstrokes"] == 1)
    measurable: Mask = rises & (once | (beat["unpaced"] == 0))
    return measurable


def apd(beat: Beat, percent: int, thresholds: Thresholds) -> Array:
    """Return an action potential duration (30, 40, 50 or 90 %) [ms].

    From the largest dV/dt to the last time that V goes down through V_peak - percent (V_peak - V_rest); NaN if it is
    still above when the next stimulus comes, or if there is no action potential (`has_action_potential`).
    """
    level = beat["vpeak"] - percent / 100 * (beat["vpeak"] - beat["rmp"])
    crossing = beat[f"t{percent}"]
    ends = (beat["v_end"] <= level) & (crossing > 0)
    return np.where(ends & has_action_potential(beat, thresholds), crossing - beat["t_dvdt_max"], np.nan)


def triangulation(beat: Beat, thresholds: Thresholds) -> Array:
    """Return APD90 - APD30 [ms], by Hondeghem et al. [1]_ a sign of proarrhythmia."""
    return apd(beat, 90, thresholds) - apd(beat, 30, thresholds)


def calcium_amplitude(beat: Beat) -> Array:
    """Return the amplitude of the cytosolic calcium transient: largest minus smallest value in the beat [mM]."""
    return beat["calcium_peak"] - beat["calcium_min"]


def calcium_duration(beat: Beat, percent: int, thresholds: Thresholds) -> Array:
    """Return a duration of the calcium transient (50, 80 or 90 %) [ms].

    From the largest dV/dt to the last time that calcium goes down through its peak - percent (peak - diastolic value);
    NaN if it does not rise, or if there is no action potential (`has_action_potential`).
    """
    crossing = beat[f"t_calcium{percent}"]
    rises = (beat["calcium_peak"] > beat["calcium_dia"]) & has_action_potential(beat, thresholds)
    return np.where((crossing > 0) & rises, crossing - beat["t_dvdt_max"], np.nan)


def ead_margin(beat: Beat, thresholds: Thresholds) -> Array:
    """Return the EAD margin [V/s]: largest dV/dt of the late plateau minus the limit; positive in a beat with an EAD.

    The late plateau is above -40 mV, later than 100 ms after the stimulus and than 50 ms after the crest of the action
    potential, the first maximum of V above 0 mV; NaN if there is none. The crest counts because block of INa delays the
    upstroke by up to 300 ms, and an upstroke is no EAD. A beat that begins above -60 mV continues the action potential
    of the beat before and has no crest of its own.
    """
    return np.where(beat["margin"] > -1e29, beat["margin"] - thresholds.ead_slope, np.nan)


def early_afterdepolarisation(beat: Beat, thresholds: Thresholds) -> Mask:
    """Return whether V rises by more than 0.01 V/s in the late plateau (`ead_margin`)."""
    return ead_margin(beat, thresholds) > 0


def repolarisation_failure(beat: Beat, thresholds: Thresholds) -> Mask:
    """Return whether V is still above -60 mV when the next stimulus comes; like EADs an abnormality in [2]_."""
    return beat["v_end"] > thresholds.repolarised_potential


def recovered(beat: Beat, cycle_length: float) -> Mask:
    """Return whether the cell is fully recovered at the end of the beat: 90 % repolarised for `RECOVERY` or longer."""
    level = beat["vpeak"] - 0.9 * (beat["vpeak"] - beat["rmp"])
    return (beat["v_end"] <= level) & (beat["t90"] <= cycle_length - RECOVERY)


def alternans(beat: Beat, next_beat: Beat, thresholds: Thresholds) -> Mask:
    """Return whether two successive beats differ by `ALTERNANS_APD` or `ALTERNANS_CALCIUM`, or one has no APD90."""
    durations = np.array([apd(beat, 90, thresholds), apd(next_beat, 90, thresholds)])
    transients = np.array([calcium_amplitude(beat), calcium_amplitude(next_beat)])
    missing = np.isnan(durations)
    differs: Mask = (
        (np.abs(durations[0] - durations[1]) >= ALTERNANS_APD)
        | (missing[0] != missing[1])
        | (np.abs(transients[0] - transients[1]) >= ALTERNANS_CALCIUM * np.abs(transients).max(axis=0))
    )
    return differs
