"""The cells of a tissue: their states in bundles, and the kernel that advances them."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numba import types

from pointes.cells.biomarkers import DIMENSIONLESS, MILLIVOLTS, Thresholds
from pointes.cells.cache import kernel as cached_kernel
from pointes.cells.model import aligned, find
from pointes.cells.multistep import LANES
from pointes.cells.numerics import fingerprint
from pointes.errors import unknown
from pointes.tissue.numerics import NUMERICS


@dataclass(frozen=True)
class ReactionModel:
    """A cell model compiled for tissue, with the published values of states and parameters by qualified name."""

    name: str
    celltype: str
    states: tuple[str, ...]  # without the membrane potential
    initial_state: dict[str, float]  # with the membrane potential
    parameters: dict[str, float]  # those that a region can change
    conductances: dict[str, str]  # parameter that scales each current that can be blocked
    fingerprint: str  # hash of model file, cell type, parameters and versions of the numbers of cells and tissues
    kernel: ModuleType  # compiled functions

    @property
    def thresholds(self) -> Thresholds:
        """Potentials at which cells count as activated and repolarised."""
        return DIMENSIONLESS if self.kernel.DIMENSIONLESS else MILLIVOLTS

    @property
    def span(self) -> float:
        """Size of an action potential [mV, or 1]."""
        return 1.0 if self.kernel.DIMENSIONLESS else 100.0


def load(name: str, celltype: str | None = None, vary: tuple[str, ...] = ()) -> ReactionModel:
    """Return a cell model compiled for tissue; arguments and errors are those of `pointes.cells.load`."""
    source = find(name, celltype, vary)

    def generated() -> str:
        parsed = source.parsed()
        from pointes.tissue.solver.codegen import generate  # which imports Myokit, and is rarely needed

        return generate(*parsed)

    kernel = cached_kernel(f"{source.stem}_tissue", source.fingerprint, ["cells", "tissue"], generated)
    return ReactionModel(
        name=Path(name).stem,
        celltype=source.celltype,
        states=kernel.STATES,
        initial_state=kernel.INITIAL_STATE,
        parameters=kernel.PARAMETERS,
        conductances=kernel.CONDUCTANCES,
        fingerprint=fingerprint(source.fingerprint, f"tissue {NUMERICS}"),
        kernel=kernel,
    )


class Cells:
    """The cells of a region of a tissue, in bundles of `LANES`.

    The potential of each cell is in the array of all potentials, at ``places``. The empty lanes of the last bundle have
    the `LANES` potentials from ``spare`` on, which belong to no cell. ``potential`` is the initial potential [mV];
    initial states and changed parameters are by qualified name.
    """

    def __init__(
        self,
        model: ReactionModel,
        places: np.ndarray,
        spare: int,
        state: dict[str, float],
        potential: float,
        parameters: dict[str, float],
    ) -> None:
        for name in parameters:
            if name not in model.parameters:
                raise unknown("parameter", name, model.parameters)
        self.model = model
        self.count = len(places)
        self.bundles = -(-self.count // LANES)
        self.parameters = np.array([parameters.get(name, value) for name, value in model.parameters.items()])
        self.places = np.resize(np.arange(spare, spare + LANES, dtype=np.int32), (self.bundles, LANES))
        self.places.flat[: self.count] = places
        self.reached = np.zeros(self.bundles)
        rows = aligned((self.bundles, model.kernel.SIZE // LANES, LANES))
        for k, name in enumerate(model.states):
            rows[:, k] = state[name]
        rows[:, -2] = potential
        self.rows = rows

    def reaction(self, longest_ms: float, change_mV: float) -> "Reaction":
        """Return the reaction of the cells, by the limits of adaptive updates."""
        (compiled,) = self.model.kernel.react.overloads.values()
        rows = self.rows.reshape(self.bundles, -1)
        return Reaction(
            types.CompileResultWAP(compiled), rows, self.places, self.reached, self.parameters, longest_ms, change_mV
        )


class Reaction(NamedTuple):
    """The reaction of the cells of a region, for compiled functions."""

    function: types.CompileResultWAP
    rows: np.ndarray
    places: np.ndarray
    reached: np.ndarray
    parameters: np.ndarray
    longest_ms: float
    change_mV: float

    def advance(self, u: np.ndarray, first: int, end: int, time_ms: float, step_ms: float) -> int:
        """Advance the potentials of the bundles from `first` to `end` by a time step, and their states if necessary.

        The states of a bundle are advanced when the potential of one of its cells has changed by more than `change_mV`
        since the last time, or after `longest_ms`. Until then, the membrane currents are constant. Return the number of
        the first bundle with a potential beyond all bounds; -1 if there is none.
        """
        failed: int = self.function(
            self.rows, u, self.places, self.reached, self.parameters,
            first, end, time_ms, step_ms, self.longest_ms, self.change_mV,
        )  # fmt: skip
        return failed
