"""The space that a campaign explores: axes by name, each with its kind, range, scale and unit.

Points (n, d) have the axes' values in their units, columns in the order of the axes. Learners work in *coordinates*,
which are the same values, but the decimal logarithms of those of logarithmic axes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np

BLOCK, SCALE, VALUE, DOSE = KINDS = ("block", "scale", "value", "dose")
"""Kinds of axes: blocked fraction of a current, factor of a published value, value itself, multiple of Cmax."""

CYCLE_LENGTH, FIBROSIS = "cycle_length", "fibrosis"
"""Name of the axis that is the time between stimuli [ms]."""


@dataclass(frozen=True)
class Axis:
    """An axis of the space.

    Attributes
    ----------
    low, high
        Ends of the range that is explored.
    kind
        One of `KINDS`.
    log
        Whether the axis is logarithmic.
    units
        Unit of its values as netCDF files state it; empty: that of the model file.
    control
        Value in the control.
    """

    low: float
    high: float
    kind: str = BLOCK
    log: bool = False
    units: str = "1"
    control: float = 0.0

    @property
    def is_plain(self) -> bool:
        """Whether the range alone describes the axis: it is that of a block, and linear."""
        return self.kind == BLOCK and not self.log

    @classmethod
    def from_params(cls, params: Any) -> Self:
        """Return the axis from the values that `to_params` has returned, or from the range of a block."""
        return cls(**params) if isinstance(params, Mapping) else cls(float(params[0]), float(params[1]))

    def to_params(self) -> Any:
        """Return the axis as plain values: the range of a plain block, or all attributes."""
        return [self.low, self.high] if self.is_plain else asdict(self)

    def values(self, coordinates: np.ndarray) -> np.ndarray:
        """Return the values at coordinates, within the range although logarithms are rounded."""
        return np.clip(10.0**coordinates, self.low, self.high) if self.log else coordinates

    def long_name(self, name: str) -> str:
        """Return what values of the axis with a name are, in a few words."""
        if name == CYCLE_LENGTH and self.kind == VALUE:
            return "cycle length"
        if name == FIBROSIS:
            return "density of fibrosis"
        return {
            BLOCK: f"block of {name}",
            SCALE: f"factor of {name}",
            VALUE: f"value of {name}" + ("" if self.units else " in the units of the model file"),
            DOSE: f"dose of {name} in multiples of Cmax",
        }[self.kind]


@dataclass(frozen=True, eq=False)
class Space(Mapping[str, Axis]):
    """Axes by name, in their order.

    Examples
    --------
    >>> space = Space.of({"IKr": (0, 1), "GKs": Axis(0.1, 10, "scale", log=True, control=1.0)})
    >>> space.coordinates(np.array([[0.5, 10.0]])).tolist(), space.bounds.tolist()
    ([[0.5, 1.0]], [[0.0, 1.0], [-1.0, 1.0]])
    """

    axes: Mapping[str, Axis] = field(default_factory=dict)

    @classmethod
    def of(cls, axes: Mapping[str, Any]) -> Self:
        """Return the space of axes, of ranges of blocks, or of the values that `to_params` has returned."""
        known = {name: axis if isinstance(axis, Axis) else Axis.from_params(axis) for name, axis in axes.items()}
        return cls(known)

    def to_params(self) -> dict[str, Any]:
        """Return the space as plain values, from which `of` makes it again."""
        return {name: axis.to_params() for name, axis in self.axes.items()}

    def __getitem__(self, name: str) -> Axis:
        return self.axes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.axes)

    def __len__(self) -> int:
        return len(self.axes)

    @property
    def names(self) -> list[str]:
        """Names of the axes."""
        return list(self.axes)

    @property
    def control(self) -> np.ndarray:
        """The point of the control, (1, d)."""
        return np.array([[axis.control for axis in self.axes.values()]])

    @property
    def holds_control(self) -> bool:
        """Whether the control lies within the ranges."""
        return all(axis.low <= axis.control <= axis.high for axis in self.axes.values())

    @property
    def reference(self) -> np.ndarray:
        """The point (d,) at which maps hold axes that they do not show: the control, or the low end of its range."""
        axes = self.axes.values()
        return np.array([axis.control if axis.low <= axis.control <= axis.high else axis.low for axis in axes])

    @property
    def blocks(self) -> list[str]:
        """Names of the axes that are blocks of currents."""
        return [name for name, axis in self.axes.items() if axis.kind == BLOCK]

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Return which points (n, d) lie within the ranges, (n,)."""
        low, high = np.array([[axis.low, axis.high] for axis in self.axes.values()]).T
        return np.asarray(((points >= low) & (points <= high)).all(axis=1))

    @property
    def bounds(self) -> np.ndarray:
        """Lowest and highest coordinate of each axis, (d, 2)."""
        return self.coordinates(np.array([[axis.low, axis.high] for axis in self.axes.values()]).T).T

    def coordinates(self, points: np.ndarray) -> np.ndarray:
        """Return the coordinates (n, d) of points (n, d)."""
        found = np.array(points, float)
        for column, axis in enumerate(self.axes.values()):
            if axis.log:
                found[:, column] = np.log10(found[:, column])
        return found

    def points(self, coordinates: np.ndarray) -> np.ndarray:
        """Return the points (n, d) at coordinates (n, d), within the ranges although logarithms are rounded."""
        found = np.array(coordinates, float)
        for column, axis in enumerate(self.axes.values()):
            found[:, column] = axis.values(found[:, column])
        return found

    def at(self, unit: np.ndarray) -> np.ndarray:
        """Return the points (n, d) at places (n, d) in the unit cube, which coordinates fill evenly."""
        low, high = self.bounds.T
        return self.points(low + unit * (high - low))

    def lengths(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, d) between which distances mean something: axes that are no blocks count by their range."""
        found, (low, high) = self.coordinates(points), self.bounds.T
        for column, axis in enumerate(self.axes.values()):
            if not axis.is_plain:
                found[:, column] = (found[:, column] - low[column]) / (high[column] - low[column])
        return found

    def axis_grid(self, name: str, count: int) -> np.ndarray:
        """Return ``count`` values along an axis, evenly spaced in its coordinate, from end to end."""
        axis = self.axes[name]
        if axis.log:
            return np.geomspace(axis.low, axis.high, count)
        return np.linspace(axis.low, axis.high, count)
