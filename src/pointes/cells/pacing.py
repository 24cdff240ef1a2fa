"""Pacing of many variants of a cell, or of a single cell with its trace."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pointes.cells.biomarkers import Array, Beat
from pointes.cells.label import Label
from pointes.cells.model import CellModel
from pointes.cells.multistep import LANES, Bundle, Field
from pointes.cells.population import Population, Values, lane_row, population, read_beat, read_states, write_state
from pointes.cells.results import measure
from pointes.cells.steady import WINDOW, settle
from pointes.cells.stepper import Row
from pointes.errors import UserError
from pointes.vocabulary import TOLERANCE


@dataclass(frozen=True)
class _Options:
    """Options of `pace` that concern beats and results."""

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
    initial_state: Array | None = None,
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
        Cell model, as `pointes.cells.load` returns it.
    blocks
        Blocked fraction of the conductance of each blocked current, in [0, 1]; scalars or (n,) arrays.
    cycle_length
        Time between stimuli [ms].
    beats
        Number of beats from the initial state. Block acts from the first.
    label_beats
        Number of last beats that determine the arrhythmia label.
    values
        Other parameters by qualified name, in the units of the model file; scalars or (n,) arrays.
    initial_state : (n_states,) or (n, n_states) array
        Initial states in the order of ``model.states`` and the units of the model file; the published one by default.
        A cell whose state holds NaN has failed.
    stimulus_duration
        Duration of each stimulus [ms], the model's own by default; 0: no stimulus, and no arrhythmia label (-1).
    until_steady
        Whether to stop pacing a cell when its rhythm is steady (`pointes.cells.steady`). Then `beats` is the limit, and
        the result also has ``beats``, ``period`` and ``alternans``.
    accelerate
        Whether such cells may leap over beats in which only slow concentrations move.
    final_state
        Whether to return ``state`` as well, (n, n_states): the states at the end of the last beat, NaN where the
        simulation broke down. As `initial_state` of another call they continue the simulation.
    tolerance
        Accepted error of an integration step (`pointes.cells.model.CellModel.bundle`).

    Returns
    -------
    dict of (n,) arrays
        Results by the names and in the units of `pointes.cells.BIOMARKERS`; biomarkers of a single beat are those of
        the last one. Each row depends on its own parameters only, bit for bit, whatever else is paced with it.

    Raises
    ------
    UserError
        For an unknown current or parameter, a block outside [0, 1], numbers of cells that differ, fewer beats than
        label beats, a cycle length not longer than the stimulus, or a stimulus for a model that has none.
    """
    options = _Options(beats, label_beats, final_state, until_steady, accelerate)
    cells = population(model, blocks, values, initial_state, cycle_length, stimulus_duration, tolerance)
    return _pace(cells, options)


def pace_batches(
    model: CellModel,
    blocks: Values,
    *,
    batch: int = 256,
    cycle_length: float = 1000.0,
    beats: int = 1,
    label_beats: int = 1,
    values: Values | None = None,
    initial_state: Array | None = None,
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
        Number of cells in a batch; the last one may be smaller. All other parameters are those of `pace`.

    Yields
    ------
    dict of (batch,) arrays
        Results of `pace`.

    Raises
    ------
    UserError
        For the mistakes that `pace` refuses, before the first batch.
    """
    options = _Options(beats, label_beats, final_state, until_steady, accelerate)
    if batch < 1:
        raise UserError("batch", batch, "at least 1 cell")
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
    initial_state: Array | None = None,
    stimulus_duration: float | None = None,
    tolerance: float = TOLERANCE,
    currents: bool = True,
) -> dict[str, Array]:
    """Pace one cell and return its trace in the last beats, at the steps of the solver.

    Parameters
    ----------
    keep
        Number of last beats to return. All other parameters are those of `pace`, but scalars only.
    currents
        Whether to return the currents, which takes most of the time.

    Returns
    -------
    dict of (n_steps,) arrays
        ``time_ms`` since the first kept stimulus, ``v_mV``, ``cai_mM``, and each current in A/F by its name, if
        asked for.

    Raises
    ------
    UserError
        For the mistakes that `pace` refuses, and for more than one cell.
    """
    _check_beats(beats, keep)
    cells = population(model, blocks, values, initial_state, cycle_length, stimulus_duration, tolerance)
    if len(cells) != 1:
        raise UserError("cells in a trace", len(cells), "a single one")
    bundle, _ = next(cells.bundles())
    for _ in range(beats - keep):
        cells.beat(bundle)
    layout, kernel = model.layout, model.kernel
    v = layout.field(kernel.POTENTIAL, Field.VALUE)
    rows = {name: layout.row("output", k) for k, name in enumerate(layout.outputs)} if currents else {}
    time = layout.row("control") + Row.TIME
    columns: dict[str, list[float]] = {name: [] for name in ("time_ms", "v_mV", "cai_mM", *rows)}
    for k in range(keep):
        cells.begin(bundle)
        while True:
            columns["time_ms"].append(k * cycle_length + bundle[time])
            columns["v_mV"].append(bundle[v] * kernel.PER_MV)
            if kernel.CALCIUM is not None:
                columns["cai_mM"].append(bundle[layout.field(kernel.CALCIUM, Field.VALUE)] * kernel.PER_MM)
            here = _evaluated_here(model, bundle) if currents else bundle
            for name, row in rows.items():
                columns[name].append(here[row])
            if bundle[time] >= cycle_length:
                break
            before = bundle[time]
            while bundle[time] == before:  # until a step is accepted
                cells.step(bundle)
    return {name: np.array(column) for name, column in columns.items() if column}


def _evaluated_here(model: CellModel, bundle: Bundle) -> Bundle:
    """Return a copy of a bundle with the rates and currents of its present state instead of the predicted one."""
    here = bundle.copy()
    lane_row(model, here, Row.STEP)[:] = 0.0
    for lane, state in enumerate(read_states(model, bundle)):
        write_state(model, here, lane, state)
    model.kernel.rates(here)
    return here


def _pace(cells: Population, options: _Options) -> dict[str, np.ndarray]:
    """Pace a population: in whole windows towards a steady rhythm, if asked, then the remaining beats."""
    if not options.until_steady:
        return _pace_on(cells, options.beats, options)
    towards = (options.beats - options.label_beats) // WINDOW * WINDOW
    settled = settle(cells, towards, options.accelerate)
    left = options.beats - towards
    return _pace_on(replace(cells, states=settled.states), left, options) | {
        "beats": settled.beats + left,
        "period": settled.period,
        "alternans": settled.alternans,
    }


def _pace_on(cells: Population, beats: int, options: _Options) -> dict[str, np.ndarray]:
    """Pace a population for some beats and return the results of the label beats."""
    parts = []
    for bundle, size in cells.bundles():
        label = Label(LANES, cells.cycle_length, cells.model.thresholds, paced=cells.duration > 0)
        label_beats: list[Beat] = []
        for k in range(beats):
            cells.beat(bundle)
            if k == beats - options.label_beats - 1:
                label.precede(read_beat(cells.model, bundle))
            elif k >= beats - options.label_beats:
                label_beats.append(read_beat(cells.model, bundle))
                label.add(label_beats[-1])
        result = label.result(label_beats[-1]["failed"]) | measure(label_beats, cells.model.thresholds)
        if options.final_state:
            result["state"] = read_states(cells.model, bundle)
        parts.append({name: column[:size] for name, column in result.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _check_beats(beats: int, last: int) -> None:
    if not 1 <= last <= beats:
        raise UserError("last beats", last, f"at least 1, at most all of the {beats} beats")
