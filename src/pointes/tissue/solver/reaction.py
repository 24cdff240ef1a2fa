"""The cells of a tissue: their states in bundles, and the kernel that advances them."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from pointes.cells.biomarkers import DIMENSIONLESS, MILLIVOLTS, Thresholds
from pointes.cells.cache import kernel as cached_kernel
from pointes.cells.model import aligned, find
from pointes.cells.multistep import LANES
from pointes.cells.numerics import fingerprint
from pointes.errors import unknown
from pointes.tissue.numerics import NUMERICS


@dataclass(frozen=True)
class ReactionModel:
    """A cell model compiled for tissue.

    Attributes
    ----------
    name, celltype
        Name of the model and of the cell type.
    states
        Qualified names of the states without the membrane potential.
    initial_state
        Published initial values of all states, the potential included, by qualified name.
    parameters
        Published values, by qualified name, of the parameters that a region can change.
    conductances
        Name of the parameter that scales each current that can be blocked.
    fingerprint
        Hash of the model file, the cell type, the parameters and the versions of the numbers of cells and tissues.
    kernel
        Module of the compiled functions.
    """

    name: str
    celltype: str
    states: tuple[str, ...]
    initial_state: dict[str, float]
    parameters: dict[str, float]
    conductances: dict[str, str]
    fingerprint: str
    kernel: ModuleType

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
        from pointes.tissue.solver.codegen import generate  # which imports Myokit, and is rarely needed

        return generate(*source.parsed())

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
    """The cells of a region of a tissue.

    Parameters
    ----------
    model
        Model of the cells.
    places : (n,) array of int
        Position of the potential of each cell in the array of all potentials.
    spare
        Position of the first of `LANES` potentials that belong to no cell, for the empty lanes of the last bundle.
    state
        Initial value of each state but the potential, by qualified name.
    potential
        Initial membrane potential [mV].
    parameters
        Values of parameters that differ from the published ones, by qualified name.
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

    def react(
        self,
        u: np.ndarray,
        first: int,
        end: int,
        time_ms: float,
        *,
        time_step_ms: float,
        longest_ms: float,
        change_mV: float,
    ) -> int:
        """Advance the potentials of the bundles from `first` to `end` by a time step, and their states if necessary.

        The states of a bundle are advanced when the potential of one of its cells has changed by more than `change_mV`
        since the last time, or after `longest_ms`. Until then, the membrane currents are constant.

        Returns
        -------
        int
            Number of the first bundle with a potential beyond all bounds; -1 if there is none.
        """
        failed: int = self.model.kernel.react(
            self.rows.reshape(self.bundles, -1), u, self.places, self.reached, self.parameters,
            first, end, time_ms, time_step_ms, longest_ms, change_mV,
        )  # fmt: skip
        return failed
