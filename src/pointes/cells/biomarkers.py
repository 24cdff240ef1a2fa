"""What is measured on a paced cell: one function for each definition, and the arrhythmia label.

All functions take a beat: what `pointes.cells.pacing.seen` returns, (n,) arrays by the names of the stepper's and the
observer's rows (`pointes.cells.stepper.Row`) in lower case, and ``qnet`` and ``v_end``. Potentials are in mV, times in
ms since the stimulus, dV/dt in V/s, concentrations in mM, currents in A/F. What a model does not have is NaN.

References
----------
.. [1] Hondeghem, Carlsson and Duker, Circulation 103, 2004 (2001). doi:10.1161/01.CIR.103.15.2004
.. [2] Dutta et al., Front. Physiol. 8, 616 (2017). doi:10.3389/fphys.2017.00616
.. [3] Passini et al., Front. Physiol. 8, 668 (2017). doi:10.3389/fphys.2017.00668
"""

from dataclasses import dataclass

import numpy as np

from pointes.vocabulary import Failure, Status

Beat = dict[str, np.ndarray]


@dataclass(frozen=True)
class Levels:
    """What counts as an arrhythmia, in the units of the membrane potential.

    Attributes
    ----------
    ead_potential, ead_slope
        A potential that rises faster, above that level and on the late plateau (`ead_margin`), is an EAD.
    repolarised_potential
        Higher at the next stimulus is repolarisation failure.
    capture_potential
        A beat that stays below has no action potential: its stimulus did not capture.
    """

    ead_potential: float
    ead_slope: float
    repolarised_potential: float
    capture_potential: float


MILLIVOLTS = Levels(ead_potential=-40.0, ead_slope=0.01, repolarised_potential=-60.0, capture_potential=0.0)
# Models whose potential runs from 0 to 1: the same places in an action potential of -85 to 40 mV; slopes are per ms
DIMENSIONLESS = Levels(ead_potential=0.36, ead_slope=0.01, repolarised_potential=0.2, capture_potential=0.5)

# ASSUME: a cell is fully recovered when it has been 90 % repolarised for so long [ms]. The slowest gate that an
# upstroke waits for, recovery of ICaL from inactivation by calcium, has a time constant of 75 ms (O'Hara et al. 2011);
# after 200 ms 93 % of it is back. Of the stimuli without effect that come sooner, 78 % excite the cell if it rests for
# 1 s more; of those that come later, 13 % do (docs/cells.md says how that was measured).
RECOVERY = 200.0

BIOMARKERS = {
    "label": ("1", "arrhythmic: EAD or repolarisation failure in any of the last label_beats beats"),
    "margin_V_per_s": (
        "V s-1",
        "largest dV/dt later than 100 ms and above -40 mV in the label beats, minus 0.01 V/s",
    ),
    "status": ("1", "outcome of the simulation"),
    "failure": ("1", "why the simulation failed"),
    "ead": ("1", "early afterdepolarisation in any of the label beats"),
    "repolarisation_failure": ("1", "membrane potential above -60 mV at the next stimulus in any of the label beats"),
    "capture_failure": ("1", "a stimulus of the label beats did not excite the fully recovered cell, or none did"),
    "rmp_mV": ("mV", "membrane potential at the start of the last beat"),
    "vpeak_mV": ("mV", "largest membrane potential"),
    "t_vpeak_ms": ("ms", "time of the largest membrane potential"),
    "dvdt_max_V_per_s": ("V s-1", "largest dV/dt in the first 20 ms, or in all of a beat without stimulus"),
    "t_dvdt_max_ms": ("ms", "time of the largest dV/dt"),
    "dvdt_max_after_stim_V_per_s": ("V s-1", "largest dV/dt after the stimulus in the first 20 ms"),
    "apd30_ms": ("ms", "action potential duration at 30 % repolarisation, from the largest dV/dt"),
    "apd40_ms": ("ms", "action potential duration at 40 % repolarisation, from the largest dV/dt"),
    "apd50_ms": ("ms", "action potential duration at 50 % repolarisation, from the largest dV/dt"),
    "apd90_ms": ("ms", "action potential duration at 90 % repolarisation, from the largest dV/dt"),
    "triangulation_ms": ("ms", "APD90 minus APD30"),
    "cai_dia_mM": ("mmol L-1", "cytosolic calcium at the start of the last beat"),
    "cai_peak_mM": ("mmol L-1", "largest cytosolic calcium"),
    "cat_amp_mM": ("mmol L-1", "calcium transient, largest minus smallest"),
    "t_cai_peak_ms": ("ms", "time of the largest cytosolic calcium"),
    "catd50_ms": ("ms", "calcium transient duration at 50 % decay, from the largest dV/dt"),
    "catd80_ms": ("ms", "calcium transient duration at 80 % decay, from the largest dV/dt"),
    "catd90_ms": ("ms", "calcium transient duration at 90 % decay, from the largest dV/dt"),
    "qnet_uC_per_uF": ("uC uF-1", "integral over the beat of INaL + ICaL + IKr + Ito + IKs + IK1"),
    "peak_INa_A_per_F": ("A F-1", "most negative INa"),
    "peak_ICaL_A_per_F": ("A F-1", "most negative ICaL later than 1 ms"),
    "peak_IKr_A_per_F": ("A F-1", "largest IKr"),
    "peak_IKs_A_per_F": ("A F-1", "largest IKs"),
    "beats": ("1", "beats paced until the rhythm was steady, or all of them"),
    "period": ("1", "beats after which the steady rhythm repeats itself, 0 if it is not steady"),
    "alternans": ("1", "steady rhythm of two beats that differ by 5 ms in APD90 or 5 % in the calcium transient"),
}


# ASSUME: sizes from which a difference between two beats is called alternans; the literature has 2 to 10 ms
ALTERNANS_APD = 5.0  # ms
ALTERNANS_CALCIUM = 0.05  # of the larger calcium transient


def resting_potential(beat: Beat) -> np.ndarray:
    """Return the resting membrane potential: V when the stimulus begins [mV]."""
    return beat["rmp"]


def peak_potential(beat: Beat) -> np.ndarray:
    """Return the largest V in the beat [mV]."""
    return beat["vpeak"]


def upstroke_velocity(beat: Beat) -> np.ndarray:
    """Return the largest dV/dt in the first 20 ms, that of the stimulus included; without one in all the beat [V/s]."""
    return beat["dvdt_max"]


def captured(beat: Beat, levels: Levels) -> np.ndarray:
    """Return whether V reaches 0 mV in the beat."""
    return beat["vpeak"] >= levels.capture_potential


def has_action_potential(beat: Beat, levels: Levels) -> np.ndarray:
    """Return whether the beat has an action potential that can be measured: V rises from below -40 mV to 0 mV.

    Without a stimulus it must do so once, and from rest, below -60 mV: the durations of several action potentials, or
    of one that began in the beat before, cannot be told.
    """
    rises = (beat["rmp"] < levels.ead_potential) & captured(beat, levels)
    once = (beat["rmp"] <= levels.repolarised_potential) & (beat["upstrokes"] == 1)
    return rises & (once | (beat["unpaced"] == 0))


def apd(beat: Beat, percent: int, levels: Levels) -> np.ndarray:
    """Return an action potential duration (30, 40, 50 or 90 %) [ms].

    From the largest dV/dt to the last time that V goes down through V_peak - percent (V_peak - V_rest); NaN if it is
    still above when the next stimulus comes, or if there is no action potential (`has_action_potential`).
    """
    level = beat["vpeak"] - percent / 100 * (beat["vpeak"] - beat["rmp"])
    crossing = beat[f"t{percent}"]
    ends = (beat["v_end"] <= level) & (crossing > 0)
    return np.where(ends & has_action_potential(beat, levels), crossing - beat["t_dvdt_max"], np.nan)


def triangulation(beat: Beat, levels: Levels) -> np.ndarray:
    """Return APD90 - APD30 [ms], by Hondeghem et al. [1]_ a sign of proarrhythmia."""
    return apd(beat, 90, levels) - apd(beat, 30, levels)


def calcium_amplitude(beat: Beat) -> np.ndarray:
    """Return the amplitude of the cytosolic calcium transient: largest minus smallest value in the beat [mM]."""
    return beat["calcium_peak"] - beat["calcium_min"]


def calcium_duration(beat: Beat, percent: int, levels: Levels) -> np.ndarray:
    """Return a duration of the calcium transient (50, 80 or 90 %) [ms].

    From the largest dV/dt to the last time that calcium goes down through its peak - percent (peak - diastolic value);
    NaN if it does not rise, or if there is no action potential (`has_action_potential`).
    """
    crossing = beat[f"t_calcium{percent}"]
    rises = (beat["calcium_peak"] > beat["calcium_dia"]) & has_action_potential(beat, levels)
    return np.where((crossing > 0) & rises, crossing - beat["t_dvdt_max"], np.nan)


def peak_current(beat: Beat, current: str) -> np.ndarray:
    """Return the peak of a current [A/F]: the most negative INa and ICaL (later than 1 ms), the largest IKr and IKs."""
    return beat[f"peak_{current.lower()}"]


def net_charge(beat: Beat) -> np.ndarray:
    """Return qNet, the integral over the beat of INaL + ICaL + IKr + Ito + IKs + IK1 [uC/uF], by Dutta et al. [2]_."""
    return beat["qnet"]


def ead_margin(beat: Beat, levels: Levels) -> np.ndarray:
    """Return how far the beat is from an EAD [V/s]: largest dV/dt of the late plateau minus the limit; positive: EAD.

    The late plateau is above -40 mV, later than 100 ms after the stimulus and than 50 ms after the crest of the action
    potential, the first maximum of V above 0 mV; NaN if there is none. The crest is asked because block of INa delays
    the upstroke by up to 300 ms, and an upstroke is no EAD; otherwise it comes too early to matter. A beat that begins
    above -60 mV goes on from the one before and has none.
    """
    return np.where(beat["margin"] > -1e29, beat["margin"] - levels.ead_slope, np.nan)


def early_afterdepolarisation(beat: Beat, levels: Levels) -> np.ndarray:
    """Return whether V rises by more than 0.01 V/s in the late plateau (`ead_margin`)."""
    return ead_margin(beat, levels) > 0


def repolarisation_failure(beat: Beat, levels: Levels) -> np.ndarray:
    """Return whether V is still above -60 mV when the next stimulus comes; like EADs an abnormality in [3]_."""
    return beat["v_end"] > levels.repolarised_potential


def recovered(beat: Beat, cycle_length: float) -> np.ndarray:
    """Return whether the cell is fully recovered at the end of the beat: 90 % repolarised for `RECOVERY` or longer.

    A stimulus that comes sooner may find the cell refractory.
    """
    level = beat["vpeak"] - 0.9 * (beat["vpeak"] - beat["rmp"])
    return (beat["v_end"] <= level) & (beat["t90"] <= cycle_length - RECOVERY)


def alternans(beat: Beat, next_beat: Beat, levels: Levels) -> np.ndarray:
    """Return whether two successive beats differ by `ALTERNANS_APD` or `ALTERNANS_CALCIUM`, or one has no APD90."""
    durations = np.array([apd(beat, 90, levels), apd(next_beat, 90, levels)])
    transients = np.array([calcium_amplitude(beat), calcium_amplitude(next_beat)])
    missing = np.isnan(durations)
    return (
        (np.abs(durations[0] - durations[1]) >= ALTERNANS_APD)
        | (missing[0] != missing[1])
        | (np.abs(transients[0] - transients[1]) >= ALTERNANS_CALCIUM * np.abs(transients).max(axis=0))
    )


def of_beat(beat: Beat, levels: Levels) -> dict[str, np.ndarray]:
    """Return the biomarkers of one beat: the entries of `BIOMARKERS` from ``rmp_mV`` to the peak currents."""
    return {
        "rmp_mV": resting_potential(beat),
        "vpeak_mV": peak_potential(beat),
        "t_vpeak_ms": beat["t_vpeak"],
        "dvdt_max_V_per_s": upstroke_velocity(beat),
        "t_dvdt_max_ms": beat["t_dvdt_max"],
        "dvdt_max_after_stim_V_per_s": beat["dvdt_max_after_stimulus"],
        **{f"apd{percent}_ms": apd(beat, percent, levels) for percent in (30, 40, 50, 90)},
        "triangulation_ms": triangulation(beat, levels),
        "cai_dia_mM": beat["calcium_dia"],
        "cai_peak_mM": beat["calcium_peak"],
        "cat_amp_mM": calcium_amplitude(beat),
        "t_cai_peak_ms": beat["t_calcium_peak"],
        **{f"catd{percent}_ms": calcium_duration(beat, percent, levels) for percent in (50, 80, 90)},
        "qnet_uC_per_uF": net_charge(beat),
        **{f"peak_{name}_A_per_F": peak_current(beat, name) for name in ("INa", "ICaL", "IKr", "IKs")},
    }


class Label:
    """The arrhythmia label of some cells, gathered over their label beats.

    Parameters
    ----------
    n
        Number of cells.
    cycle_length
        Time between stimuli [ms].
    levels
        Levels that decide what counts as an arrhythmia.
    paced
        Whether the cells are stimulated.
    """

    def __init__(self, n: int, cycle_length: float, levels: Levels = MILLIVOLTS, paced: bool = True) -> None:
        self.cycle_length = cycle_length
        self.levels = levels
        self.paced = paced
        self.ead = np.zeros(n, bool)
        self.unrepolarised = np.zeros(n, bool)
        self.captured = np.zeros(n, bool)
        self.missed = np.zeros(n, bool)
        self.margin = np.full(n, np.nan)
        self._recovered = np.ones(n, bool)

    def precede(self, beat: Beat) -> None:
        """Look at the beat before the label beats, which may leave a cell that is not recovered.

        Without it the cells count as recovered where the first label beat begins below -60 mV.
        """
        self._recovered = recovered(beat, self.cycle_length)

    def add(self, beat: Beat) -> None:
        """Take one more label beat into account."""
        rests = self._recovered & (beat["rmp"] <= self.levels.repolarised_potential)
        self.margin = np.fmax(self.margin, ead_margin(beat, self.levels))
        self.ead |= early_afterdepolarisation(beat, self.levels)
        self.unrepolarised |= repolarisation_failure(beat, self.levels)
        self.captured |= captured(beat, self.levels)
        self.missed |= rests & ~captured(beat, self.levels)
        self._recovered = recovered(beat, self.cycle_length)

    def result(self, breakdown: np.ndarray) -> dict[str, np.ndarray]:
        """Return the entries of `BIOMARKERS` from ``label`` to ``capture_failure``.

        A cell is arrhythmic with an early afterdepolarisation or a repolarisation failure in any label beat, whatever
        other stimuli did. Without, it is ``failed`` if a stimulus did not excite it though it was fully recovered, or
        if no label beat has an action potential that could be judged. A cell whose numbers broke down is ``failed``
        whatever was seen before. Who has failed has no label (-1) and is never "safe". Nor has one that is not
        stimulated a label: a spontaneous beat cannot be told from an early afterdepolarisation.

        Parameters
        ----------
        breakdown : (n,) array
            Values of `pointes.vocabulary.Failure`: what the row ``failed`` of the stepper says.
        """
        arrhythmic = self.ead | self.unrepolarised
        not_captured = (self.missed | ~self.captured) & self.paced
        failure = np.where(not_captured & ~arrhythmic, Failure.NO_CAPTURE, Failure.NONE)
        failure = np.where(breakdown > 0, breakdown, failure)
        failed = failure != Failure.NONE
        unlabelled = failed | (not self.paced)
        return {
            "label": np.where(unlabelled, -1, arrhythmic).astype(np.int8),
            "margin_V_per_s": np.where(unlabelled, np.nan, self.margin),
            "status": np.where(failed, Status.FAILED, Status.OK).astype(np.int8),
            "failure": failure.astype(np.int8),
            "ead": self.ead.astype(np.int8),
            "repolarisation_failure": self.unrepolarised.astype(np.int8),
            "capture_failure": not_captured.astype(np.int8),
        }
