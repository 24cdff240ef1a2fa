"""The score of a compound as plain values, for JSON, the terminal and cards."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pointes.campaign.panel.map_position import CriticalDose

OUTSIDE = "outside the domain"
NOT_SIMULATED = "not simulated"


@dataclass(frozen=True)
class Range:
    """A quantity at the point estimate, and its median and 95 % bounds over the samples.

    None where it is unknown: where simulations failed, and where the cell is arrhythmic.
    """

    estimate: float | None
    median: float | None
    q025: float | None
    q975: float | None

    @classmethod
    def of(cls, values: np.ndarray, estimate: float = np.nan) -> "Range":
        """Return the range of samples; arrhythmic ones, minus infinity, are below all others."""
        known = values[~np.isnan(values)]
        if not len(known):
            return cls(or_none(estimate), None, None, None)
        # Not interpolated: minus infinity cannot be
        quantiles = np.quantile(known, [0.5, 0.025, 0.975], method="inverted_cdf")
        return cls(or_none(estimate), *map(or_none, quantiles))


@dataclass(frozen=True)
class Channel:
    """What is known of a channel: IC50 and its 95 % bounds [nM], or the limit below which there is no half block."""

    channel: str
    ic50_nM: float | None
    q025_nM: float | None
    q975_nM: float | None
    limit_nM: float | None
    hill: float
    uncertainty: str  # where the bounds come from, or why there are none
    block: float  # at the largest dose, at the point estimate [-]
    attribution: float | None  # change of the torsade metric [uC/uF]; None if the cell is arrhythmic


@dataclass(frozen=True)
class PanelDrug:
    """A drug of the reference panel, with its torsade metric [uC/uF]."""

    drug: str
    category: str
    metric: Range
    arrhythmic: float  # share of the samples that are arrhythmic at one of the doses


@dataclass(frozen=True)
class Reference:
    """The reference panel: its drugs, the thresholds of the classes [uC/uF], and where it comes from."""

    drugs: tuple[PanelDrug, ...]
    low_intermediate: float
    intermediate_high: float
    control_qnet: float  # [uC/uF]
    right: int  # drugs that are put in their category by a fit to the other drugs
    most_frequent: int  # drugs of the most frequent category, which would be right without any fit
    samples: int  # of each drug
    model: str
    celltype: str | None
    cycle_length: float  # [ms]
    path: str
    version: str


@dataclass(frozen=True)
class CompoundScore:
    """Score of a compound; a class of `OUTSIDE` says that the probabilities are not to be trusted."""

    name: str
    cmax_nM: float
    risk_class: str  # one of the classes, two if none is more likely than not, `OUTSIDE` or `NOT_SIMULATED`
    probability: dict[str, float | None]  # by class
    metric: Range  # torsade metric [uC/uF]
    doses: tuple[float, ...]  # multiples of Cmax
    qnet: tuple[Range, ...]  # at each dose [uC/uF]
    arrhythmic: float  # share of the samples that are arrhythmic at one of the doses
    rank: int | None  # 1 for the lowest torsade metric among the compound and the drugs of the panel
    channels: tuple[Channel, ...]
    not_given: tuple[str, ...]
    nearest: str  # drug of the panel with the most similar blocks
    nearest_distance: float
    outside: tuple[str, ...]  # how far it is outside the domain, and in what
    remarks: tuple[str, ...]
    necessary: tuple[str, ...]  # channels without whose block the cell at the point estimate is not arrhythmic
    critical: CriticalDose | None
    samples: int
    failed: int


@dataclass(frozen=True)
class DrugReport:
    """Scores of compounds, and the reference panel they are compared with."""

    reference: Reference
    compounds: tuple[CompoundScore, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def or_none(value: float) -> float | None:
    """Return a number, or None in place of one that is not finite, which JSON does not have."""
    return float(value) if np.isfinite(value) else None
