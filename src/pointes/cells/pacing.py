"""Pace many variants of a cell, or one of them with its traces kept."""

from collections.abc import Mapping

import numpy as np

from pointes.cells.biomarkers import Label, of_beat
from pointes.cells.model import CellModel
from pointes.cells.stepper import LANES, Row
from pointes.errors import UserError, unknown

Values = Mapping[str, float | np.ndarray]


def pace(
    model: CellModel,
    blocks: Values,
    *,
    cycle_length: float = 1000.0,
    beats: int = 1,
    label_beats: int = 1,
    values: Values | None = None,
) -> dict[str, np.ndarray]:
    """Pace a population from the model's initial state and return its biomarkers.

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

    Returns
    -------
    dict of (n,) arrays
        Keys and units of `pointes.cells.BIOMARKERS`; biomarkers of single beats are those of the last one. Each row
        depends on its own parameters only, bit for bit, whatever else is paced with it.

    Raises
    ------
    UserError
        For an unknown current or parameter, a block outside [0, 1], fewer beats than label beats, or a cycle length
        not longer than the stimulus.
    """
    _check_protocol(model, cycle_length, beats, label_beats)
    parameters = _parameters(model, blocks, values or {})
    n = max((column.size for column in parameters.values()), default=1)
    parameters = {name: np.broadcast_to(column, n) for name, column in parameters.items()}
    parts = []
    for start in range(0, n, LANES):
        rows = np.minimum(np.arange(start, start + LANES), n - 1)  # the last block is filled up with its last cell
        block = model.block({name: column[rows] for name, column in parameters.items()})
        result = _pace_block(model, block, cycle_length, beats, label_beats)
        parts.append({name: column[: n - start] for name, column in result.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def trace(
    model: CellModel,
    blocks: Values,
    *,
    cycle_length: float = 1000.0,
    beats: int = 1,
    keep: int = 1,
    values: Values | None = None,
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
        As `pace`.
    """
    _check_protocol(model, cycle_length, beats, keep)
    block = model.block(_parameters(model, blocks, values or {}))
    for _ in range(beats - keep):
        model.kernel.beat(block, cycle_length, model.stimulus_duration)
    layout, kernel = model.layout, model.kernel
    rows = {"v_mV": layout.row("state", kernel.POTENTIAL), "cai_mM": layout.row("state", kernel.CALCIUM)}
    rows |= {name: layout.row("output", k) for k, name in enumerate(layout.outputs) if name != "net_charge"}
    time = layout.row("control") + Row.TIME
    columns = {name: [] for name in ("time_ms", *rows)}
    for k in range(keep):
        kernel.begin(block, cycle_length)
        while True:
            kernel.rates(block)
            columns["time_ms"].append(k * cycle_length + block[time])
            for name, row in rows.items():
                columns[name].append(block[row])
            if block[time] >= cycle_length:
                break
            _next_time(model, block, time, cycle_length)
    return {name: np.array(column) for name, column in columns.items()}


def _next_time(model: CellModel, block: np.ndarray, time: int, cycle_length: float) -> None:
    """Step until one step is accepted."""
    before = block[time]
    while block[time] == before:
        model.kernel.step(block, cycle_length, model.stimulus_duration)


def _pace_block(model: CellModel, block: np.ndarray, cycle_length: float, beats: int, label_beats: int) -> dict:
    rows = block.reshape(-1, LANES)
    control = rows[model.layout.row("control") // LANES :]
    v = rows[model.layout.row("state", model.kernel.POTENTIAL) // LANES]
    label = Label(LANES)
    for k in range(beats):
        model.kernel.beat(block, cycle_length, model.stimulus_duration)
        if k >= beats - label_beats:
            label.add(_by_name(control), v)
    beat = {name: row.copy() for name, row in _by_name(control).items()}
    return label.result(beat["failed"] > 0) | of_beat(beat, v)


def _by_name(control: np.ndarray) -> dict[str, np.ndarray]:
    """Return the stepper's own rows, (n_rows, LANES), by their names in lower case."""
    return {row.name.lower(): values for row, values in zip(Row, control, strict=True)}


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


def _check_protocol(model: CellModel, cycle_length: float, beats: int, label_beats: int) -> None:
    if not cycle_length > model.stimulus_duration:
        shortest = f"{model.stimulus_duration:g} ms, the duration of the stimulus"
        raise UserError(f"cycle length is {cycle_length:g} ms; expected more than {shortest}")
    if not 1 <= label_beats <= beats:
        raise UserError(
            f"the last {label_beats} of {beats} beats are asked for; expected at least 1, at most all of them"
        )
