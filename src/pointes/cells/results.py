"""Results of pacing: names, units and meanings of all of them, and how biomarkers are measured.

Another package adds a biomarker by an entry point, whose name is that of the result::

    [project.entry-points."pointes.biomarkers"]
    apd90_range_ms = "my_package:apd90_range_ms"
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from pointes.cells.biomarkers import Array, Beat, Thresholds, apd, calcium_amplitude, calcium_duration, triangulation
from pointes.errors import UserError
from pointes.registry import Registry

Measure = Callable[[Sequence[Beat], Thresholds], Array]


@dataclass(frozen=True)
class Biomarker:
    """A quantity that is measured on every paced cell.

    Attributes
    ----------
    unit
        Unit as netCDF files state it: ``"ms"``, ``"mV"``, ``"1"``.
    meaning
        Description in a few words, the ``long_name`` in netCDF files.
    measure
        Function of the label beats of n cells, oldest first (there may be one only), and the thresholds of the model.
        It returns (n,) values, NaN for cells that have none.
    """

    unit: str
    meaning: str
    measure: Measure


def biomarker(unit: str, meaning: str) -> Callable[[Measure], Biomarker]:
    """Return a decorator that makes a biomarker of a function of label beats and thresholds.

    Examples
    --------
    >>> @biomarker("ms", "largest difference in APD90 between label beats")
    ... def apd90_range_ms(beats, thresholds):
    ...     return np.ptp([apd(beat, 90, thresholds) for beat in beats], axis=0)
    >>> apd90_range_ms.unit
    'ms'
    """
    return partial(Biomarker, unit, meaning)


OUTCOMES = {
    "label": ("1", "arrhythmic: EAD or repolarisation failure in any of the last label_beats beats"),
    "margin_V_per_s": ("V s-1", "largest dV/dt later than 100 ms and above -40 mV in the label beats, minus 0.01 V/s"),
    "status": ("1", "outcome of the simulation"),
    "failure": ("1", "why the simulation failed"),
    "ead": ("1", "early afterdepolarisation in any of the label beats"),
    "repolarisation_failure": ("1", "membrane potential above -60 mV at the next stimulus in any of the label beats"),
    "capture_failure": ("1", "a stimulus of the label beats did not excite the fully recovered cell, or none did"),
}
"""Unit and meaning of the entries that `Label.result` returns."""

RHYTHM = {
    "beats": ("1", "beats paced until the rhythm was steady, or all of them"),
    "period": ("1", "beats after which the steady rhythm repeats itself, 0 if it is not steady"),
    "alternans": ("1", "steady rhythm of two beats that differ by 5 ms in APD90 or 5 % in the calcium transient"),
}
"""Unit and meaning of the results of pacing until the rhythm is steady."""


def _recorded(unit: str, meaning: str, name: str) -> Biomarker:
    """Return the biomarker that is a recorded quantity of the last beat."""
    return Biomarker(unit, meaning, lambda beats, thresholds: beats[-1][name])


def _apd(percent: int) -> Biomarker:
    meaning = f"action potential duration at {percent} % repolarisation, from the largest dV/dt"
    return Biomarker("ms", meaning, lambda beats, thresholds: apd(beats[-1], percent, thresholds))


def _catd(percent: int) -> Biomarker:
    meaning = f"calcium transient duration at {percent} % decay, from the largest dV/dt"
    return Biomarker("ms", meaning, lambda beats, thresholds: calcium_duration(beats[-1], percent, thresholds))


MEASURED = {
    "rmp_mV": _recorded("mV", "membrane potential at the start of the last beat", "rmp"),
    "vpeak_mV": _recorded("mV", "largest membrane potential", "vpeak"),
    "t_vpeak_ms": _recorded("ms", "time of the largest membrane potential", "t_vpeak"),
    "dvdt_max_V_per_s": _recorded(
        "V s-1", "largest dV/dt in the first 20 ms, or in all of a beat without stimulus", "dvdt_max"
    ),
    "t_dvdt_max_ms": _recorded("ms", "time of the largest dV/dt", "t_dvdt_max"),
    "dvdt_max_after_stim_V_per_s": _recorded(
        "V s-1", "largest dV/dt after the stimulus in the first 20 ms", "dvdt_max_after_stimulus"
    ),
    **{f"apd{percent}_ms": _apd(percent) for percent in (30, 40, 50, 90)},
    "triangulation_ms": Biomarker("ms", "APD90 minus APD30", lambda beats, limits: triangulation(beats[-1], limits)),
    "cai_dia_mM": _recorded("mmol L-1", "cytosolic calcium at the start of the last beat", "calcium_dia"),
    "cai_peak_mM": _recorded("mmol L-1", "largest cytosolic calcium", "calcium_peak"),
    "cat_amp_mM": Biomarker(
        "mmol L-1", "calcium transient, largest minus smallest", lambda beats, _: calcium_amplitude(beats[-1])
    ),
    "t_cai_peak_ms": _recorded("ms", "time of the largest cytosolic calcium", "t_calcium_peak"),
    **{f"catd{percent}_ms": _catd(percent) for percent in (50, 80, 90)},
    # Dutta et al. 2017, doi:10.3389/fphys.2017.00616
    "qnet_uC_per_uF": _recorded("uC uF-1", "integral over the beat of INaL + ICaL + IKr + Ito + IKs + IK1", "qnet"),
    "peak_INa_A_per_F": _recorded("A F-1", "most negative INa", "peak_ina"),
    "peak_ICaL_A_per_F": _recorded("A F-1", "most negative ICaL later than 1 ms", "peak_ical"),
    "peak_IKr_A_per_F": _recorded("A F-1", "largest IKr", "peak_ikr"),
    "peak_IKs_A_per_F": _recorded("A F-1", "largest IKs", "peak_iks"),
}
"""Biomarkers of pointes by name. All are those of the last beat."""

OTHERS: Registry[Biomarker] = Registry("biomarker", "pointes.biomarkers", {})
"""Biomarkers of other packages by name."""


@cache
def biomarkers() -> dict[str, Biomarker]:
    """Return all biomarkers by name: those of pointes, then those of other packages.

    A biomarker of another package that has the name of a result of pointes raises a UserError.
    """
    for name in OTHERS:
        if name in OUTCOMES | MEASURED | RHYTHM:
            raise UserError("biomarker", name, "a name that no result of pointes has", f"entry points {OTHERS.group}")
    return MEASURED | dict(OTHERS)


def measure(beats: Sequence[Beat], thresholds: Thresholds) -> dict[str, Array]:
    """Return all biomarkers of n cells by name, (n,) each, from their label beats, oldest first."""
    values = {name: np.asarray(one.measure(beats, thresholds), float) for name, one in biomarkers().items()}
    for name, column in values.items():
        if column.shape != beats[-1]["rmp"].shape:
            raise UserError(f"biomarker {name}", column.shape, "one value for each cell")
    return values


class _Results(Mapping[str, tuple[str, str]]):
    """Unit and meaning of every result. Biomarkers of other packages are loaded at the first use."""

    def __getitem__(self, name: str) -> tuple[str, str]:
        known = OUTCOMES | RHYTHM
        return known[name] if name in known else (biomarkers()[name].unit, biomarkers()[name].meaning)

    def __iter__(self) -> Iterator[str]:
        return iter([*OUTCOMES, *biomarkers(), *RHYTHM])

    def __len__(self) -> int:
        return sum(1 for _ in self)


BIOMARKERS: Mapping[str, tuple[str, str]] = _Results()
"""Unit and meaning of the results of `pointes.cells.pace` by name, in their order."""
