"""Pace many variants of a cell, or one of them with its traces kept."""

from collections.abc import Mapping

import numpy as np

from pointes.cells.biomarkers import Label, of_beat
from pointes.cells.model import CellModel
from pointes.cells.multistep import LANES, Field
from pointes.cells.stepper import TOLERANCE, Row
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
    tolerance: float = TOLERANCE,
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
        block = model.block({name: column[rows] for name, column in parameters.items()}, tolerance)
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
    v = layout.field(kernel.POTENTIAL, Field.VALUE)
    rows = {name: layout.row("output", k) for k, name in enumerate(layout.outputs)}
    time = layout.row("control") + Row.TIME
    columns = {name: [] for name in ("time_ms", "v_mV", "cai_mM", *rows)}
    for k in range(keep):
        kernel.begin(block, cycle_length)
        while True:
            columns["time_ms"].append(k * cycle_length + block[time])
            columns["v_mV"].append(block[v] * kernel.PER_MV)
            if kernel.CALCIUM is not None:
                columns["cai_mM"].append(block[layout.field(kernel.CALCIUM, Field.VALUE)] * kernel.PER_MM)
            _evaluate_here(model, block)
            for name, row in rows.items():
                columns[name].append(block[row])
            if block[time] >= cycle_length:
                break
            _next_time(model, block, time, cycle_length)
    return {name: np.array(column) for name, column in columns.items() if column}


def _evaluate_here(model: CellModel, block: np.ndarray) -> None:
    """Compute rates and currents at the present state; the last evaluation was at a prediction of it."""
    rows = block.reshape(-1, LANES)
    for k in range(len(model.layout.states)):
        rows[model.layout.field(k, Field.POINT) // LANES] = rows[model.layout.field(k, Field.VALUE) // LANES]
    model.kernel.rates(block)


def _next_time(model: CellModel, block: np.ndarray, time: int, cycle_length: float) -> None:
    """Step until one step is accepted."""
    before = block[time]
    while block[time] == before:
        model.kernel.step(block, cycle_length, model.stimulus_duration)


def _pace_block(model: CellModel, block: np.ndarray, cycle_length: float, beats: int, label_beats: int) -> dict:
    label = Label(LANES, model.levels)
    for k in range(beats):
        model.kernel.beat(block, cycle_length, model.stimulus_duration)
        if k >= beats - label_beats:
            beat, v = seen(model, block)
            label.add(beat, v)
    return label.result(beat["failed"] > 0) | of_beat(beat, v)


def seen(model: CellModel, block: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return what was seen in the last beat, by the names of `Row` in lower case, and V at its end [mV].

    What a model does not have is NaN: its calcium, its qNet, the peak of a current.
    """
    layout, kernel = model.layout, model.kernel
    rows = block.reshape(-1, LANES)
    control = rows[layout.row("control") // LANES :]
    beat = {row.name.lower(): values.copy() for row, values in zip(Row, control, strict=True)}
    charge = layout.states.index("net_charge") if "net_charge" in layout.states else None
    beat["qnet"] = (
        rows[layout.field(charge, Field.VALUE) // LANES].copy() if charge is not None else np.full(LANES, np.nan)
    )
    missing = [name for name in beat if name.startswith("peak_") and name[5:] not in map(str.lower, layout.outputs)]
    if kernel.CALCIUM is None:
        missing += [name for name in beat if "calcium" in name]
    for name in missing:
        beat[name][:] = np.nan
    return beat, rows[layout.field(kernel.POTENTIAL, Field.VALUE) // LANES] * kernel.PER_MV


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
