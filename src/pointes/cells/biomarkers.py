"""What is measured on a paced cell, with its units: names, definitions and the arrhythmia label.

Definitions follow CiPA and the O'Hara-Rudy paper: an early afterdepolarisation (EAD) is a rising potential late in the
plateau, repolarisation failure a potential that is still up when the next stimulus comes.
"""

import numpy as np

EAD_SLOPE = 0.01  # V/s; dV/dt above it, later than 100 ms and above -40 mV, is an EAD
REPOLARISED_VOLTAGE = -60.0  # mV; higher at the next stimulus is repolarisation failure
CAPTURE_VOLTAGE = 0.0  # mV; a beat from rest that stays below it did not capture

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
    "apd50_ms": ("ms", "action potential duration at 50 % repolarisation, from the largest dV/dt"),
    "apd90_ms": ("ms", "action potential duration at 90 % repolarisation, from the largest dV/dt"),
    "cai_dia_mM": ("mmol L-1", "cytosolic calcium at the start of the last beat"),
    "cai_peak_mM": ("mmol L-1", "largest cytosolic calcium"),
    "cat_amp_mM": ("mmol L-1", "calcium transient, largest minus smallest"),
    "t_cai_peak_ms": ("ms", "time of the largest cytosolic calcium"),
    "catd50_ms": ("ms", "calcium transient duration from its peak to 50 % decay"),
    "catd80_ms": ("ms", "calcium transient duration from its peak to 80 % decay"),
    "qnet_uC_per_uF": ("uC uF-1", "integral over the beat of INaL + ICaL + IKr + Ito + IKs + IK1"),
    "peak_ICaL_A_per_F": ("A F-1", "most negative ICaL later than 1 ms"),
    "peak_IKr_A_per_F": ("A F-1", "largest IKr"),
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
        return np.where((crossing > 0) & (calcium_height > 0), crossing - beat["t_calcium_peak"], np.nan)

    return {
        "rmp_mV": beat["rmp"],
        "vpeak_mV": beat["vpeak"],
        "t_vpeak_ms": beat["t_vpeak"],
        "dvdt_max_V_per_s": beat["dvdt_max"],
        "t_dvdt_max_ms": beat["t_dvdt_max"],
        "dvdt_max_after_stim_V_per_s": beat["dvdt_max_after_stimulus"],
        "apd30_ms": apd(0.3, beat["t30"]),
        "apd50_ms": apd(0.5, beat["t50"]),
        "apd90_ms": apd(0.9, beat["t90"]),
        "cai_dia_mM": beat["calcium_dia"],
        "cai_peak_mM": beat["calcium_peak"],
        "cat_amp_mM": beat["calcium_peak"] - beat["calcium_min"],
        "t_cai_peak_ms": beat["t_calcium_peak"],
        "catd50_ms": catd(beat["t_calcium50"]),
        "catd80_ms": catd(beat["t_calcium80"]),
        "qnet_uC_per_uF": beat["qnet"],
        "peak_ICaL_A_per_F": beat["peak_ical"],
        "peak_IKr_A_per_F": beat["peak_ikr"],
    }


class Label:
    """The arrhythmia label of some cells, gathered over their label beats."""

    def __init__(self, n: int) -> None:
        self.ead = np.zeros(n, bool)
        self.failure = np.zeros(n, bool)
        self.not_captured = np.zeros(n, bool)
        self.margin = np.full(n, -np.inf)

    def add(self, beat: dict[str, np.ndarray], v_end: np.ndarray) -> None:
        """Take one more beat into account; parameters as in `of_beat`."""
        plateau = beat["margin"] > -1e29
        self.margin = np.where(plateau, np.maximum(self.margin, beat["margin"] - EAD_SLOPE), self.margin)
        self.ead |= plateau & (beat["margin"] > EAD_SLOPE)
        self.failure |= v_end > REPOLARISED_VOLTAGE
        self.not_captured |= (beat["rmp"] <= REPOLARISED_VOLTAGE) & (beat["vpeak"] < CAPTURE_VOLTAGE)

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
