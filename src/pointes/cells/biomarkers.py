"""What is measured on a paced cell, with its units: names, definitions and the arrhythmia label.

Definitions follow CiPA and the O'Hara-Rudy paper: an early afterdepolarisation (EAD) is a rising potential late in the
plateau, repolarisation failure a potential that is still up when the next stimulus comes.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Levels:
    """What counts as an arrhythmia, in the units of the membrane potential.

    Attributes
    ----------
    ead_potential, ead_slope
        A potential that rises faster, above that level and later than 100 ms, is an EAD.
    repolarised_potential
        Higher at the next stimulus is repolarisation failure.
    capture_potential
        A beat from rest that stays below did not capture.
    """

    ead_potential: float
    ead_slope: float
    repolarised_potential: float
    capture_potential: float


MILLIVOLTS = Levels(ead_potential=-40.0, ead_slope=0.01, repolarised_potential=-60.0, capture_potential=0.0)
# Models whose potential runs from 0 to 1: the same places in an action potential of -85 to 40 mV; slopes are per ms
DIMENSIONLESS = Levels(ead_potential=0.36, ead_slope=0.01, repolarised_potential=0.2, capture_potential=0.5)

STATUS = {"ok": 0, "failed": 1, "lost": 2}

BIOMARKERS = {
    "label": ("1", "arrhythmic: EAD or repolarisation failure in any of the last label_beats beats"),
    "margin_V_per_s": ("V s-1", "largest dV/dt later than 100 ms and above -40 mV in the label beats, minus 0.01 V/s"),
    "status": ("1", "outcome of the simulation"),
    "ead": ("1", "early afterdepolarisation in any of the label beats"),
    "repolarisation_failure": ("1", "membrane potential above -60 mV at the next stimulus in any of the label beats"),
    "rmp_mV": ("mV", "membrane potential at the start of the last beat"),
    "vpeak_mV": ("mV", "largest membrane potential"),
    "t_vpeak_ms": ("ms", "time of the largest membrane potential"),
    "dvdt_max_V_per_s": ("V s-1", "largest dV/dt in the first 20 ms"),
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
}


def of_beat(beat: dict[str, np.ndarray], v_end: np.ndarray) -> dict[str, np.ndarray]:
    """Return the biomarkers of one beat.

    Parameters
    ----------
    beat
        The stepper's own rows after the beat, by name (`pointes.cells.stepper.Row`).
    v_end : (n,) array
        Membrane potential at the end of the beat [mV].

    Returns
    -------
    dict of (n,) arrays
        Keys and units of `BIOMARKERS` from ``rmp_mV`` on; durations are NaN where the level is never reached again.
    """
    height = beat["vpeak"] - beat["rmp"]
    calcium_height = beat["calcium_peak"] - beat["calcium_dia"]

    def apd(level: float, crossing: np.ndarray) -> np.ndarray:
        returned = (v_end <= beat["vpeak"] - level * height) & (crossing > 0)
        return np.where(returned, crossing - beat["t_dvdt_max"], np.nan)

    def catd(crossing: np.ndarray) -> np.ndarray:
        return np.where((crossing > 0) & (calcium_height > 0), crossing - beat["t_dvdt_max"], np.nan)

    return {
        "rmp_mV": beat["rmp"],
        "vpeak_mV": beat["vpeak"],
        "t_vpeak_ms": beat["t_vpeak"],
        "dvdt_max_V_per_s": beat["dvdt_max"],
        "t_dvdt_max_ms": beat["t_dvdt_max"],
        "dvdt_max_after_stim_V_per_s": beat["dvdt_max_after_stimulus"],
        "apd30_ms": apd(0.3, beat["t30"]),
        "apd40_ms": apd(0.4, beat["t40"]),
        "apd50_ms": apd(0.5, beat["t50"]),
        "apd90_ms": apd(0.9, beat["t90"]),
        "triangulation_ms": apd(0.9, beat["t90"]) - apd(0.3, beat["t30"]),
        "cai_dia_mM": beat["calcium_dia"],
        "cai_peak_mM": beat["calcium_peak"],
        "cat_amp_mM": beat["calcium_peak"] - beat["calcium_min"],
        "t_cai_peak_ms": beat["t_calcium_peak"],
        "catd50_ms": catd(beat["t_calcium50"]),
        "catd80_ms": catd(beat["t_calcium80"]),
        "catd90_ms": catd(beat["t_calcium90"]),
        "qnet_uC_per_uF": beat["qnet"],
        "peak_INa_A_per_F": beat["peak_ina"],
        "peak_ICaL_A_per_F": beat["peak_ical"],
        "peak_IKr_A_per_F": beat["peak_ikr"],
        "peak_IKs_A_per_F": beat["peak_iks"],
    }


class Label:
    """The arrhythmia label of some cells, gathered over their label beats."""

    def __init__(self, n: int, levels: Levels = MILLIVOLTS) -> None:
        self.levels = levels
        self.ead = np.zeros(n, bool)
        self.failure = np.zeros(n, bool)
        self.not_captured = np.zeros(n, bool)
        self.margin = np.full(n, -np.inf)

    def add(self, beat: dict[str, np.ndarray], v_end: np.ndarray) -> None:
        """Take one more beat into account; parameters as in `of_beat`."""
        plateau = beat["margin"] > -1e29
        self.margin = np.where(plateau, np.maximum(self.margin, beat["margin"] - self.levels.ead_slope), self.margin)
        self.ead |= plateau & (beat["margin"] > self.levels.ead_slope)
        self.failure |= v_end > self.levels.repolarised_potential
        self.not_captured |= (beat["rmp"] <= self.levels.repolarised_potential) & (
            beat["vpeak"] < self.levels.capture_potential
        )

    def result(self, failed: np.ndarray) -> dict[str, np.ndarray]:
        """Return ``label``, ``margin_V_per_s``, ``status``, ``ead`` and ``repolarisation_failure``.

        A cell that went non-finite or did not capture is ``failed`` and has no label (-1): it is never "safe".
        """
        failed = failed | self.not_captured
        label = np.where(failed, -1, self.ead | self.failure)
        return {
            "label": label.astype(np.int8),
            "margin_V_per_s": np.where(failed | np.isneginf(self.margin), np.nan, self.margin),
            "status": np.where(failed, STATUS["failed"], STATUS["ok"]).astype(np.int8),
            "ead": self.ead.astype(np.int8),
            "repolarisation_failure": self.failure.astype(np.int8),
        }
