"""What is paced: cells with their own parameters and initial states under one protocol, checked and put into blocks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from pointes.cells.biomarkers import Beat
from pointes.cells.model import CellModel
from pointes.cells.multistep import LANES, STRIDE, Field
from pointes.cells.stepper import Row
from pointes.errors import UserError, unknown
from pointes.vocabulary import TOLERANCE

Values = Mapping[str, float | np.ndarray]


@dataclass(frozen=True)
class Population:
    """Cells of one model under one protocol.

    Attributes
    ----------
    model
        From `pointes.cells.load`.
    parameters
        (n,) array for each parameter that differs from the published one.
    states : (n, n_states) array
        Initial states.
    cycle_length, duration
        Time between stimuli and duration of each [ms]; duration 0: no stimulus.
    tolerance
        Error of a step that is accepted (`pointes.cells.model.CellModel.block`).
    """

    model: CellModel
    parameters: dict[str, np.ndarray]
    states: np.ndarray
    cycle_length: float
    duration: float
    tolerance: float

    def __len__(self) -> int:
        return len(self.states)

    def part(self, start: int, stop: int) -> "Population":
        """Return the cells from start to stop."""
        parameters = {name: values[start:stop] for name, values in self.parameters.items()}
        return replace(self, parameters=parameters, states=self.states[start:stop])

    def block(self, rows: np.ndarray) -> np.ndarray:
        """Return a block of the cells in some rows, (`LANES`,), in their initial states."""
        block = self.model.block({name: values[rows] for name, values in self.parameters.items()}, self.tolerance)
        for lane, state in enumerate(self.states[rows]):
            write_state(self.model, block, lane, state)
        return block

    def blocks(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield blocks of all cells, and how many of them each one holds: the last is filled up with its last cell."""
        for first in range(0, len(self), LANES):
            yield self.block(np.minimum(np.arange(first, first + LANES), len(self) - 1)), min(LANES, len(self) - first)

    def begin(self, block: np.ndarray) -> None:
        """Start a beat of a block."""
        self.model.kernel.begin(block, self.cycle_length)
        if self.duration == 0:
            lane_row(self.model, block, Row.PACE)[:] = 0.0  # a beat begins with the stimulus on
            lane_row(self.model, block, Row.UNPACED)[:] = 1.0

    def step(self, block: np.ndarray) -> None:
        """Advance every cell of a block by a step of its own."""
        kernel = self.model.kernel
        kernel.rates(block)
        kernel.advance(block, self.cycle_length, self.duration)
        kernel.record(block)

    def beat(self, block: np.ndarray) -> None:
        """Advance a block by one cycle length."""
        kernel = self.model.kernel
        if self.duration > 0:
            kernel.beat(block, self.cycle_length, self.duration)
            return
        self.begin(block)
        while (lane_row(self.model, block, Row.TIME) < self.cycle_length).any():
            self.step(block)
        self.step(block)  # all lanes rest once at least, as in the kernel's own beat


def population(
    model: CellModel,
    blocks: Values,
    values: Values | None = None,
    initial_state: np.ndarray | None = None,
    cycle_length: float = 1000.0,
    stimulus_duration: float | None = None,
    tolerance: float = TOLERANCE,
) -> Population:
    """Check what a user gave and return the population; parameters and errors as in `pointes.cells.pace`."""
    duration = _duration(model, stimulus_duration)
    if not duration < cycle_length < np.inf:
        shortest = f"{duration:g} ms, the duration of the stimulus"
        raise UserError(f"cycle length is {cycle_length:g} ms; expected more than {shortest}")
    parameters = _parameters(model, blocks, values or {})
    states = np.atleast_2d(np.asarray(model.initial_state if initial_state is None else initial_state, float))
    if states.ndim != 2 or states.shape[1] != len(model.states):
        raise UserError(
            f"initial state has shape {np.shape(initial_state)}; expected ({len(model.states)},), the states of "
            f"{model.name}, or one such row for each cell"
        )
    sizes = {name: column.size for name, column in parameters.items()} | {"initial state": len(states)}
    n = max(sizes.values())
    for name, size in sizes.items():
        if size not in (1, n):
            raise UserError(f"{name} has {size} values; expected 1 or {n}, the number of cells")
    parameters = {name: np.broadcast_to(column, n) for name, column in parameters.items()}
    states = np.broadcast_to(states, (n, len(model.states)))
    return Population(model, parameters, states, cycle_length, duration, tolerance)


def read_states(model: CellModel, block: np.ndarray) -> np.ndarray:
    """Return the present states of a block, (`LANES`, n_states); NaN in lanes that have failed."""
    failed = lane_row(model, block, Row.FAILED) > 0
    return np.where(failed[:, None], np.nan, _states(model, block, Field.VALUE).T)


def write_state(model: CellModel, block: np.ndarray, lane: int, state: np.ndarray) -> None:
    """Put a lane of a block, between two beats, into a given state, (n_states,)."""
    for field in (Field.VALUE, Field.POINT):
        _states(model, block, field)[:, lane] = state


def seen(model: CellModel, block: np.ndarray) -> Beat:
    """Return what was seen in the last beat: the functions of `pointes.cells.biomarkers` make biomarkers of it."""
    layout, kernel = model.layout, model.kernel
    rows = block.reshape(-1, LANES)
    control = rows[layout.row("control") // LANES :]
    beat = {row.name.lower(): values.copy() for row, values in zip(Row, control, strict=True)}
    beat["v_end"] = rows[layout.field(kernel.POTENTIAL, Field.VALUE) // LANES] * kernel.PER_MV
    charge = layout.states.index("net_charge") if "net_charge" in layout.states else None
    beat["qnet"] = (
        rows[layout.field(charge, Field.VALUE) // LANES].copy() if charge is not None else np.full(LANES, np.nan)
    )
    missing = [name for name in beat if name.startswith("peak_") and name[5:] not in map(str.lower, layout.outputs)]
    if kernel.CALCIUM is None:
        missing += [name for name in beat if "calcium" in name]
    for name in missing:
        beat[name][:] = np.nan
    return beat


def lane_row(model: CellModel, block: np.ndarray, row: Row) -> np.ndarray:
    """Return one of the stepper's own rows of a block, (`LANES`,); writing to it writes to the block."""
    at = model.layout.row("control") + row
    return block[at : at + LANES]


def _states(model: CellModel, block: np.ndarray, field: Field) -> np.ndarray:
    """Return a field of all states in a block, (n_states, `LANES`)."""
    n = len(model.states)
    return block[: n * STRIDE].reshape(n, len(Field), LANES)[:, field // LANES]


def _duration(model: CellModel, given: float | None) -> float:
    if not model.kernel.PACED and given != 0:
        raise UserError(f"model {model.name} has no stimulus (nothing is bound to pace); expected stimulus duration 0")
    duration = model.stimulus_duration if given is None else given
    if not 0 <= duration < np.inf:
        raise UserError(f"stimulus duration is {duration:g} ms; expected a time, or 0 for no stimulus")
    return duration


def _parameters(model: CellModel, blocks: Values, values: Values) -> dict[str, np.ndarray]:
    """Return the parameters that differ from the published ones: values given, and conductances scaled by 1 - block."""
    parameters = {}
    for name, value in values.items():
        if name not in model.parameters:
            raise unknown("parameter", name, model.parameters)
        parameters[name] = np.atleast_1d(np.asarray(value, float))
    for current, value in blocks.items():
        if current not in model.conductances:
            raise unknown("current", current, model.currents, f"model {model.name}")
        block = np.atleast_1d(np.asarray(value, float))
        outside = block[~((block >= 0) & (block <= 1))]
        if outside.size:
            raise UserError(f"block of {current} is {outside[0]:g}; expected a fraction in [0, 1]")
        name = model.conductances[current]
        parameters[name] = parameters.get(name, model.parameters[name]) * (1.0 - block)
    return parameters
