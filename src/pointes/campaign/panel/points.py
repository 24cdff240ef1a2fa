"""Points of a panel: what a compound at multiples of Cmax does to a cell, for each of its joint samples."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from pointes.campaign.files.samples import Samples, make
from pointes.campaign.space import VALUE, Axis, Space
from pointes.drugs import BINDING, DrugSamples, hill_block
from pointes.vocabulary import Purpose

HERG = "IKr"
"""Current that hERG carries."""

COMPONENT = "IKr."
"""Component of the model file with the constants of dynamic binding, in models that have it."""

CONCENTRATION, TRAPPING = f"{COMPONENT}D", f"{COMPONENT}Kt"
"""Literals of the concentration of a binding drug [nM], and of the rate at which bound channels close [1/ms]."""

TRAPPING_RATE = 3.5e-5
"""Rate at which bound channels close [1/ms], equal for all drugs: Li et al. 2017, doi:10.1161/CIRCEP.116.004628."""

LITERALS = (CONCENTRATION, *(f"{COMPONENT}{name}" for name in BINDING), TRAPPING)
"""Literals of a model that describe a drug's dynamic binding to hERG."""


@dataclass(frozen=True)
class Compound:
    """A drug, or a combination of drugs, whose doses are multiples of what it consists of."""

    name: str
    cmax_nM: Mapping[str, float]  # free concentration of each drug at a dose of 1 [nM]
    category: str = ""  # published risk category

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the compound from the values that `to_params` has returned."""
        return cls(**params)

    def to_params(self) -> dict[str, Any]:
        """Return the compound as plain values."""
        return asdict(self)


def panel_points(
    compound: Compound,
    samples: DrugSamples,
    currents: Sequence[str],
    doses: Sequence[float],
    *,
    dynamic: bool,
    cell_values: Mapping[str, np.ndarray] = {},
) -> Samples:
    """Return the points of a compound, the control first, then sample after sample of each dose.

    Drugs of a combination act independently: the open fractions of a channel are multiplied (Bliss independence). With
    ``dynamic`` the first drug binds to hERG by its constants, and the others block IKr statically.

    Parameters
    ----------
    compound
        Drug or combination of drugs.
    samples
        Joint samples; sample i of one drug is combined with sample i of the others.
    currents
        Currents of the model; channels that are none of them are left out.
    doses
        Multiples of the compound's Cmax.
    dynamic
        Whether hERG is blocked by binding to its states.
    cell_values
        Literals that differ from cell to cell, (1 + n_samples,) each by qualified name: that of the control first, then
        that of the cell of each sample.
    """
    channels = [channel for channel in samples.channels if channel in currents]
    parts = [_at_dose(compound, samples, channels, dose, dynamic) for dose in doses]
    names = [*channels, *(LITERALS if dynamic else ())]
    control = np.zeros((1, len(names)))
    if dynamic:  # without drug the constants have no effect; those of the model file may be 0, which n may not
        control[0, names.index(f"{COMPONENT}n")] = control[0, names.index(f"{COMPONENT}halfmax")] = 1.0
    points = np.concatenate([control, *parts])
    for name, (of_control, *of_cells) in cell_values.items():
        names.append(name)
        points = np.column_stack([points, [of_control, *np.tile(of_cells, len(doses))]])
    purpose = np.full(len(points), Purpose.GIVEN, np.int8)
    purpose[0] = Purpose.CONTROL
    ends = {name: (float(column.min()), float(column.max())) for name, column in zip(names, points.T, strict=True)}
    axes = {name: Axis(*ends[name]) for name in channels}
    axes |= {name: Axis(*ends[name], VALUE, units="") for name in names if name not in channels}
    return make(points, Space(axes), sample_id=np.arange(-1, len(points) - 1, dtype=np.int32), purpose=purpose)


def _at_dose(
    compound: Compound, samples: DrugSamples, channels: Sequence[str], dose: float, dynamic: bool
) -> np.ndarray:
    """Return the points, (n_samples, n_parameters), of a compound at one dose."""
    columns = [samples.channels.index(channel) for channel in channels]
    open_fraction = np.ones((samples.count, len(channels)))
    for place, (drug, cmax_nM) in enumerate(compound.cmax_nM.items()):
        row = samples.names.index(drug)
        block = hill_block(dose * cmax_nM, samples.ic50_nM[row][:, columns], samples.hill[row][:, columns])
        if dynamic and place == 0 and HERG in channels:
            block[:, channels.index(HERG)] = 0.0
        open_fraction *= 1.0 - block
    if not dynamic:
        return 1.0 - open_fraction
    first, cmax_nM = next(iter(compound.cmax_nM.items()))
    binding = samples.binding[samples.names.index(first)]
    shared = np.ones(samples.count)
    columns_of_literals = [dose * cmax_nM * shared, *binding.T, TRAPPING_RATE * shared]
    return np.column_stack([1.0 - open_fraction, *columns_of_literals])
