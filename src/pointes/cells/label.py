"""The arrhythmia label of paced cells, and why a simulation has failed."""

import numpy as np
from numpy.typing import NDArray

from pointes.cells import biomarkers
from pointes.cells.biomarkers import MILLIVOLTS, Array, Beat, Thresholds
from pointes.vocabulary import Failure, Status


class Label:
    """The arrhythmia labels of n cells, gathered over their label beats; `paced` tells whether they are stimulated."""

    def __init__(self, n: int, cycle_length: float, thresholds: Thresholds = MILLIVOLTS, paced: bool = True) -> None:
        self.cycle_length = cycle_length
        self.thresholds = thresholds
        self.paced = paced
        self.ead = np.zeros(n, bool)
        self.unrepolarised = np.zeros(n, bool)
        self.captured = np.zeros(n, bool)
        self.missed = np.zeros(n, bool)
        self.ead_margin = np.full(n, np.nan)
        self._recovered = np.ones(n, bool)

    def precede(self, beat: Beat) -> None:
        """Take the beat before the label beats into account. Without it, all cells count as recovered at first."""
        self._recovered = biomarkers.recovered(beat, self.cycle_length)

    def add(self, beat: Beat) -> None:
        """Take one more label beat into account."""
        rests = self._recovered & (beat["rmp"] <= self.thresholds.repolarised_potential)
        self.ead_margin = np.fmax(self.ead_margin, biomarkers.ead_margin(beat, self.thresholds))
        self.ead |= biomarkers.early_afterdepolarisation(beat, self.thresholds)
        self.unrepolarised |= biomarkers.repolarisation_failure(beat, self.thresholds)
        self.captured |= biomarkers.captured(beat, self.thresholds)
        self.missed |= rests & ~biomarkers.captured(beat, self.thresholds)
        self._recovered = biomarkers.recovered(beat, self.cycle_length)

    def result(self, breakdown: Array) -> dict[str, NDArray[np.int8] | Array]:
        """Return the entries of `pointes.cells.results.OUTCOMES`, (n,) each.

        A cell is arrhythmic with an early afterdepolarisation or a repolarisation failure in any label beat, even if a
        stimulus failed to capture. Otherwise its status is ``failed`` if a stimulus did not excite it although it was
        fully recovered, or if no label beat has an action potential. A cell whose integration broke down, for a reason
        in `breakdown` (`pointes.vocabulary.Failure`), has always failed. Failed cells have no label (-1) and are never
        "safe". Cells without stimulus have no label either, because a spontaneous beat cannot be told from an early
        afterdepolarisation.
        """
        arrhythmic = self.ead | self.unrepolarised
        not_captured = (self.missed | ~self.captured) & self.paced
        failure = np.where(not_captured & ~arrhythmic, Failure.NO_CAPTURE, Failure.NONE)
        failure = np.where(breakdown > 0, breakdown, failure)
        failed = failure != Failure.NONE
        unlabelled = failed | (not self.paced)
        return {
            "label": np.where(unlabelled, -1, arrhythmic).astype(np.int8),
            "margin_V_per_s": np.where(unlabelled, np.nan, self.ead_margin),
            "status": np.where(failed, Status.FAILED, Status.OK).astype(np.int8),
            "failure": failure.astype(np.int8),
            "ead": self.ead.astype(np.int8),
            "repolarisation_failure": self.unrepolarised.astype(np.int8),
            "capture_failure": not_captured.astype(np.int8),
        }
