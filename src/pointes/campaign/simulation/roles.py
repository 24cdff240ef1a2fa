"""Roles of the axes of a space in a simulation: which are blocks, factors, values or doses, and constants beside them.

A simulator holds roles and nothing of the ranges: points outside of them can be simulated, too.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np

from pointes.campaign.space import CYCLE_LENGTH, FIBROSIS
from pointes.drugs import hill_block
from pointes.errors import UserError, unknown

Columns = dict[str, np.ndarray]

DIFFUSIVITY, LAYERS = "diffusivity", "layers."
"""Beginnings of the names of axes that describe a tissue: ``diffusivity``, ``diffusivity.along``, ``layers.mid``."""


@dataclass(frozen=True)
class Dosed:
    """Block of a channel by a drug, whose dose is in multiples of Cmax."""

    channel: str
    ic50: float  # multiples of Cmax
    hill: float


@dataclass(frozen=True)
class Arguments:
    """What points mean for a simulation, (n,) values each."""

    blocks: Columns  # by current
    values: Columns  # by qualified name, in the units of the model file
    others: Columns  # by the name of the axis: the cycle length, and axes of a tissue


@dataclass(frozen=True)
class Roles:
    """Roles of the axes that are no blocks, and constants that differ from the published ones.

    Attributes
    ----------
    values
        Axes that are values of constants of the model file.
    factors
        Axes that are factors of a conductance or of a constant.
    doses
        Blocks by the drug of each axis that is a dose.
    constants
        Values of constants of the model file by qualified name.
    """

    values: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    doses: Mapping[str, tuple[Dosed, ...]] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the roles from the values that `to_params` has returned."""
        doses = {name: tuple(Dosed(**each) for each in dosed) for name, dosed in params["doses"].items()}
        return cls(tuple(params["values"]), tuple(params["factors"]), doses, params["constants"])

    def to_params(self) -> dict[str, Any]:
        """Return the roles as plain values."""
        doses = {name: [asdict(each) for each in dosed] for name, dosed in self.doses.items()}
        return {
            "values": list(self.values),
            "factors": list(self.factors),
            "doses": doses,
            "constants": dict(self.constants),
        }

    def __bool__(self) -> bool:
        return bool(self.values or self.factors or self.doses or self.constants)

    @property
    def literals(self) -> tuple[str, ...]:
        """Qualified names of the constants of the model file that must be variable."""
        return tuple(dict.fromkeys([*self.values, *filter(_is_qualified, self.factors), *self.constants]))

    def arguments(
        self, points: Mapping[str, np.ndarray], conductances: Mapping[str, str], published: Mapping[str, float]
    ) -> Arguments:
        """Return what points mean.

        Parameters
        ----------
        points
            Values of each axis, (n,).
        conductances
            Parameter of the model that scales each current.
        published
            Values of the parameters of the model by qualified name.
        """
        count = len(next(iter(points.values())))
        found = Arguments({}, {name: np.full(count, value) for name, value in self.constants.items()}, {})
        for name, column in points.items():
            if name == CYCLE_LENGTH or is_of_tissue(name):
                found.others[name] = column
            elif name in self.doses:
                for dosed in self.doses[name]:
                    _add_block(found.blocks, dosed.channel, hill_block(column, dosed.ic50, dosed.hill))
            elif name in self.factors:
                parameter = scaled_parameter(name, conductances)
                found.values[parameter] = self.constants.get(parameter, published[parameter]) * column
            elif name in self.values:
                found.values[name] = column
            else:
                _add_block(found.blocks, name, column)
        return found


NO_ROLES = Roles()
"""Roles where all axes are blocks."""


def is_of_tissue(name: str) -> bool:
    """Return whether an axis describes a tissue."""
    return name.startswith((DIFFUSIVITY, LAYERS)) or name == FIBROSIS


def _is_qualified(name: str) -> bool:
    return "." in name


def _add_block(blocks: Columns, current: str, block: np.ndarray) -> None:
    """Add a block of the channels that others leave open (Bliss independence)."""
    blocks[current] = 1.0 - (1.0 - blocks[current]) * (1.0 - block) if current in blocks else block


def scaled_parameter(name: str, conductances: Mapping[str, str]) -> str:
    """Return the parameter that a factor scales: a constant itself, or the conductance of a current, as GKs or IKs.

    Examples
    --------
    >>> scaled_parameter("GKs", {"IKs": "IKs.scale"}), scaled_parameter("extracellular.ko", {})
    ('IKs.scale', 'extracellular.ko')
    """
    if _is_qualified(name):
        return name
    current = f"I{name[1:]}" if name.startswith("G") else name
    if current not in conductances:
        expected = [*conductances, *(f"G{known[1:]}" for known in conductances if known.startswith("I"))]
        raise unknown("conductance", name, expected)
    return conductances[current]


def check_apart(names: Mapping[str, str]) -> None:
    """Refuse axes of which two change the same parameter; ``names`` are those of parameters, by axis."""
    seen: dict[str, str] = {}
    for axis, parameter in names.items():
        if parameter in seen:
            both = f"{seen[parameter]} and {axis}"
            raise UserError(f"parameters: {both}", expected=f"one axis for {parameter}, which both of them change")
        seen[parameter] = axis
