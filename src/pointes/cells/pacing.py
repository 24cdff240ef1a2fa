"""Pace many variants of a cell, or one of them with its traces kept."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pointes.cells.biomarkers import Label, of_beat
from pointes.cells.model import CellModel
from pointes.cells.multistep import LANES, Field
from pointes.cells.population import Population, Values, lane_row, population, read_states, seen, write_state
from pointes.cells.steady import WINDOW, settle
from pointes.cells.stepper import Row
from pointes.errors import UserError
from pointes.vocabulary import TOLERANCE


@dataclass(frozen=True)
class _Options:
    """How a population is paced, and what is asked for; as in `pace`."""

    beats: int
    label_beats: int
    final_state: bool
    until_steady: bool
    accelerate: bool

    def __post_init__(self) -> None:
        _check_beats(self.beats, self.label_beats)


def pace(
    model: CellModel,
    blocks: Values,
    *,
    cycle_length: float = 1000.0,
    beats: int = 1,
    label_beats: int = 1,
    values: Values | None = None,
    initial_state: np.ndarray | None = None,
    stimulus_duration: float | None = None,
    until_steady: bool = False,
    accelerate: bool = True,
    final_state: bool = False,
    tolerance: float = TOLERANCE,
) -> dict[str, np.ndarray]:
    """Pace a population and return its biomarkers.

    Parameters
    ----------
    model
        From `pointes.cells.load`.
    blocks
        For each blocked current the fraction of its conductance that is gone, in [0, 1]; scalars or (n,) arrays.
    cycle_length
        Time between stimuli [ms].
    beats
        Beats paced from the initial state, block acting from the first.
    label_beats
        The arrhythmia label is taken over so many last beats.
    values
        Other parameters by qualified name, in the units of the model file; scalars or (n,) arrays.
    initial_state : (n_states,) or (n, n_states) array
        In the order of ``model.states`` and the units of the model file; the published one by default. A cell whose
        state holds NaN has failed.
    stimulus_duration
        Duration of each stimulus [ms], the model's own by default; 0 leaves the cells to themselves: then there is no
        arrhythmia label (-1).
    until_steady
        Whether to stop pacing a cell when its rhythm is steady (`pointes.cells.steady`); `beats` is the limit then, and
        the result also has ``beats``, ``period`` and ``alternans``.
    accelerate
        Whether such cells may leap over beats in which only slow concentrations move.
    final_state
        Whether to return ``state`` as well, (n, n_states): the states at the end of the last beat, NaN where the
        simulation broke down. They may be given as `initial_state` to go on.
    tolerance
        Error of a step that is accepted (`pointes.cells.model.CellModel.block`).

    Returns
    -------
    dict of (n,) arrays
        Keys and units of `pointes.cells.BIOMARKERS`; biomarkers of single beats are those of the last one. Each row
        depends on its own parameters only, bit for bit, whatever else is paced with it.

    Raises
    ------
    UserError
        For an unknown current or parameter, a block outside [0, 1], numbers of cells that differ, fewer beats than
        label beats, a cycle length not longer than the stimulus, or a stimulus for a model that has none.
    """
    options = _Options(beats, label_beats, final_state, until_steady, accelerate)
    cells = population(model, blocks, values, initial_state, cycle_length, stimulus_duration, tolerance)
    return _pace(cells, options)


def stream(
    model: CellModel,
    blocks: Values,
    *,
    batch: int = 256,
    cycle_length: float = 1000.0,
    beats: int = 1,
    label_beats: int = 1,
    values: Values | None = None,
    initial_state: np.ndarray | None = None,
    stimulus_duration: float | None = None,
    until_steady: bool = False,
    accelerate: bool = True,
    final_state: bool = False,
    tolerance: float = TOLERANCE,
) -> Iterator[dict[str, np.ndarray]]:
    """Pace a population and yield the results of `pace` batch by batch, in order: only one of them is in memory.

    Parameters
    ----------
    batch
        Number of cells in a batch; the last one may be smaller. The others as in `pace`.

    Yields
    ------
    dict of (batch,) arrays
        As `pace` returns them.

    Raises
    ------
    UserError
        As `pace`, before the first batch.
    """
    options = _Options(beats, label_beats, final_state, until_steady, accelerate)
    if batch < 1:
        raise UserError(f"batch is {batch}; expected at least 1 cell")
    cells = population(model, blocks, values, initial_state, cycle_length, stimulus_duration, tolerance)
    return (_pace(cells.part(start, start + batch), options) for start in range(0, len(cells), batch))


def trace(
    model: CellModel,
    blocks: Values,
    *,
    cycle_length: float = 1000.0,
    beats: int = 1,
    keep: int = 1,
    values: Values | None = None,
    initial_state: np.ndarray | None = None,
    stimulus_duration: float | None = None,
    tolerance: float = TOLERANCE,
) -> dict[str, np.ndarray]:
    """Pace one cell and return its course in the last beats, at the steps that the solver took.

    Parameters
    ----------
    keep
        Number of last beats to return. The others as in `pace`, but scalars only.

    Returns
    -------
    dict of (n_steps,) arrays
        ``time_ms`` since the first kept stimulus, ``v_mV``, ``cai_mM``, and each current in A/F by its name.

    Raises
    ------
    UserError
        As `pace`, and for more than one cell.
    """
    _check_beats(beats, keep)
    cells = population(model, blocks, values, initial_state, cycle_length, stimulus_duration, tolerance)
    if len(cells) != 1:
        raise UserError(f"a trace of {len(cells)} cells is asked for; expected a single one")
    block, _ = next(cells.blocks())
    for _ in range(beats - keep):
        cells.beat(block)
    layout, kernel = model.layout, model.kernel
    v = layout.field(kernel.POTENTIAL, Field.VALUE)
    rows = {name: layout.row("output", k) for k, name in enumerate(layout.outputs)}
    time = layout.row("control") + Row.TIME
    columns = {name: [] for name in ("time_ms", "v_mV", "cai_mM", *rows)}
    for k in range(keep):
        cells.begin(block)
        while True:
            columns["time_ms"].append(k * cycle_length + block[time])
            columns["v_mV"].append(block[v] * kernel.PER_MV)
            if kernel.CALCIUM is not None:
                columns["cai_mM"].append(block[layout.field(kernel.CALCIUM, Field.VALUE)] * kernel.PER_MM)
            here = _evaluated_here(model, block)
            for name, row in rows.items():
                columns[name].append(here[row])
            if block[time] >= cycle_length:
                break
            _next_time(cells, block, time)
    return {name: np.array(column) for name, column in columns.items() if column}


def _evaluated_here(model: CellModel, block: np.ndarray) -> np.ndarray:
    """Return a copy of a block with rates and currents of its present state, not of a prediction of the next one."""
    here = block.copy()
    lane_row(model, here, Row.STEP)[:] = 0.0
    for lane, state in enumerate(read_states(model, block)):
        write_state(model, here, lane, state)
    model.kernel.rates(here)
    return here


def _next_time(cells: Population, block: np.ndarray, time: int) -> None:
    """Step until one step is accepted."""
    before = block[time]
    while block[time] == before:
        cells.step(block)


def _pace(cells: Population, options: _Options) -> dict[str, np.ndarray]:
    """Pace a population; towards a steady rhythm in whole windows, then the beats that are left."""
    if not options.until_steady:
        return _pace_on(cells, options.beats, options)
    towards = (options.beats - options.label_beats) // WINDOW * WINDOW
    settled = settle(cells, towards, accelerate=options.accelerate)
    left = options.beats - towards
    return _pace_on(replace(cells, states=settled.states), left, options) | {
        "beats": settled.beats + left,
        "period": settled.period,
        "alternans": settled.alternans,
    }


def _pace_on(cells: Population, beats: int, options: _Options) -> dict[str, np.ndarray]:
    parts = []
    for block, size in cells.blocks():
        label = Label(LANES, cells.cycle_length, cells.model.levels, paced=cells.duration > 0)
        for k in range(beats):
            cells.beat(block)
            if k >= beats - options.label_beats:
                beat = seen(cells.model, block)
                label.add(beat)
            elif k == beats - options.label_beats - 1:
                label.precede(seen(cells.model, block))
        result = label.result(beat["failed"]) | of_beat(beat, cells.model.levels)
        if options.final_state:
            result["state"] = read_states(cells.model, block)
        parts.append({name: column[:size] for name, column in result.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _check_beats(beats: int, last: int) -> None:
    if not 1 <= last <= beats:
        raise UserError(f"the last {last} of {beats} beats are asked for; expected at least 1, at most all of them")
