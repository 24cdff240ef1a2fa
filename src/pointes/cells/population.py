"""Populations: cells with their own parameters and initial states under one protocol, checked and put into bundles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from pointes.cells.biomarkers import Array, Beat
from pointes.cells.model import CellModel
from pointes.cells.multistep import LANES, STRIDE, Bundle, Field
from pointes.cells.stepper import Row
from pointes.errors import UserError, unknown
from pointes.vocabulary import TOLERANCE

Values = Mapping[str, float | Array]


@dataclass(frozen=True)
class Population:
    """Cells of one model under one protocol."""

    model: CellModel
    parameters: dict[str, Array]  # (n,) values of each parameter that differs from the published one
    states: Array  # (n, n_states) initial states
    cycle_length: float  # ms
    duration: float  # of a stimulus [ms]; 0: no stimulus
    tolerance: float  # accepted error of an integration step (`pointes.cells.model.CellModel.bundle`)

    def __len__(self) -> int:
        return len(self.states)

    def part(self, start: int, stop: int) -> "Population":
        """Return the cells from start to stop."""
        parameters = {name: values[start:stop] for name, values in self.parameters.items()}
        return replace(self, parameters=parameters, states=self.states[start:stop])

    def bundle(self, rows: np.ndarray) -> Bundle:
        """Return a bundle of the cells in some rows, (`LANES`,), in their initial states."""
        bundle = self.model.bundle({name: values[rows] for name, values in self.parameters.items()}, self.tolerance)
        for lane, state in enumerate(self.states[rows]):
            write_state(self.model, bundle, lane, state)
        return bundle

    def bundles(self) -> Iterator[tuple[Bundle, int]]:
        """Yield bundles of all cells with their numbers of cells; copies of the last cell fill up the last bundle."""
        for first in range(0, len(self), LANES):
            yield self.bundle(np.minimum(np.arange(first, first + LANES), len(self) - 1)), min(LANES, len(self) - first)

    def begin(self, bundle: Bundle) -> None:
        """Start a beat of a bundle."""
        self.model.kernel.begin(bundle, self.cycle_length)
        if self.duration == 0:
            lane_row(self.model, bundle, Row.PACE)[:] = 0.0  # a beat begins with the stimulus on
            lane_row(self.model, bundle, Row.UNPACED)[:] = 1.0

    def step(self, bundle: Bundle) -> None:
        """Advance every cell of a bundle by a step of its own."""
        kernel = self.model.kernel
        kernel.rates(bundle)
        kernel.advance(bundle, self.cycle_length, self.duration)
        kernel.record(bundle)

    def beat(self, bundle: Bundle) -> None:
        """Advance a bundle by one cycle length."""
        kernel = self.model.kernel
        if self.duration > 0:
            kernel.beat(bundle, self.cycle_length, self.duration)
            return
        self.begin(bundle)
        while (lane_row(self.model, bundle, Row.TIME) < self.cycle_length).any():
            self.step(bundle)
        self.step(bundle)  # all lanes rest once at least, as in the kernel's own beat


def population(
    model: CellModel,
    blocks: Values,
    values: Values | None = None,
    initial_state: Array | None = None,
    cycle_length: float = 1000.0,
    stimulus_duration: float | None = None,
    tolerance: float = TOLERANCE,
) -> Population:
    """Return the checked population; parameters and errors are those of `pointes.cells.pace`."""
    where = f"model {model.name}"
    duration = _duration(model, stimulus_duration, where)
    if not duration < cycle_length < np.inf:
        raise UserError("cycle_length", cycle_length, f"more than {duration:g} ms, the duration of the stimulus")
    parameters = parameters_with_blocks(model.parameters, model.conductances, blocks, values or {}, where)
    states = np.atleast_2d(np.asarray(model.initial_state if initial_state is None else initial_state, float))
    n_states = len(model.states)
    if states.ndim != 2 or states.shape[1] != n_states:
        expected = f"[{n_states}], the states of {model.name}, or one such row for each cell"
        raise UserError("shape of initial_state", np.shape(states), expected)
    sizes = {name: column.size for name, column in parameters.items()} | {"initial_state": len(states)}
    n = max(sizes.values())
    for name, size in sizes.items():
        if size not in (1, n):
            raise UserError(f"number of values of {name}", size, f"1 or {n}, the number of cells")
    parameters = {name: np.broadcast_to(column, n) for name, column in parameters.items()}
    return Population(model, parameters, np.broadcast_to(states, (n, n_states)), cycle_length, duration, tolerance)


def parameters_with_blocks(
    published: Mapping[str, float], conductances: Mapping[str, str], blocks: Values, values: Values, where: str
) -> dict[str, Array]:
    """Return the parameters that differ from the published ones by qualified name, an array of one or more values each.

    They are the values by qualified name, and the conductances of blocked currents, which a block scales by 1 - block.
    An unknown parameter or current, or a block outside [0, 1], raises a UserError.
    """
    parameters = {}
    for name, value in values.items():
        if name not in published:
            raise unknown("parameter", name, published)
        parameters[name] = np.atleast_1d(np.asarray(value, float))
    for current, value in blocks.items():
        if current not in conductances:
            raise unknown("current", current, conductances, where)
        block = np.atleast_1d(np.asarray(value, float))
        outside = block[~((block >= 0) & (block <= 1))]
        if outside.size:
            raise UserError(f"blocks.{current}", outside[0], "a fraction in [0, 1]")
        name = conductances[current]
        parameters[name] = parameters.get(name, published[name]) * (1.0 - block)
    return parameters


def read_states(model: CellModel, bundle: Bundle) -> Array:
    """Return the present states of a bundle, (`LANES`, n_states); NaN in lanes that have failed."""
    failed = lane_row(model, bundle, Row.FAILED) > 0
    return np.where(failed[:, None], np.nan, _states(model, bundle, Field.VALUE).T)


def write_state(model: CellModel, bundle: Bundle, lane: int, state: Array) -> None:
    """Set the state, (n_states,), of a lane of a bundle between two beats."""
    for field in (Field.VALUE, Field.POINT):
        _states(model, bundle, field)[:, lane] = state


def read_beat(model: CellModel, bundle: Bundle) -> Beat:
    """Return the recorded quantities of the last beat of a bundle."""
    layout, kernel = model.layout, model.kernel
    rows = bundle.reshape(-1, LANES)
    control = rows[layout.row("control") // LANES :]
    beat = {row.name.lower(): values.copy() for row, values in zip(Row, control, strict=True)}
    beat["v_end"] = rows[layout.field(kernel.POTENTIAL, Field.VALUE) // LANES] * kernel.PER_MV
    beat["qnet"] = np.full(LANES, np.nan)
    if "net_charge" in layout.states:
        beat["qnet"][:] = rows[layout.field(layout.states.index("net_charge"), Field.VALUE) // LANES]
    missing = [name for name in beat if name.startswith("peak_") and name[5:] not in map(str.lower, layout.outputs)]
    if kernel.CALCIUM is None:
        missing += [name for name in beat if "calcium" in name]
    for name in missing:
        beat[name][:] = np.nan
    return beat


def lane_row(model: CellModel, bundle: Bundle, row: Row) -> Array:
    """Return a view of one of the stepper's or the observer's rows of a bundle, (`LANES`,)."""
    at = model.layout.row("control") + row
    return bundle[at : at + LANES]


def _states(model: CellModel, bundle: Bundle, field: Field) -> Array:
    """Return a view of a field of all states in a bundle, (n_states, `LANES`)."""
    n = len(model.states)
    return bundle[: n * STRIDE].reshape(n, len(Field), LANES)[:, field // LANES]


def _duration(model: CellModel, stimulus_duration: float | None, where: str) -> float:
    if not model.kernel.PACED and stimulus_duration != 0:
        raise UserError("no stimulus (nothing is bound to pace)", expected="stimulus duration 0", where=where)
    duration = model.stimulus_duration if stimulus_duration is None else stimulus_duration
    if not 0 <= duration < np.inf:
        raise UserError("stimulus_duration", duration, "a time in ms, or 0 for no stimulus")
    return duration
