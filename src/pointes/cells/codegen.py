"""Generator of the Python source of a cell model's SIMD kernel: loops over the lanes of a bundle.

The equation of a gate, and the lines of the kernel that are made of it::

    dot(m) = (mss - m) / tm                                     # component INa of the .mmt file

    rate_INa_m = (INa_mss - INa_m) / INa_tm                     # in `rates`: its rate at the predicted state,
    s[1056 + i] = rate_INa_m
    s[1064 + i] = ((-1.0) / INa_tm)                             # and its slope d(rate)/dm

    error += multistep.correct(s, 1040 + i)                     # in `advance`: the error of the prediction,
    multistep.accept(s, 1040 + i, take, per_h0, per_sum)        # the step, if the error of all states is small,
    multistep.predict(s, 1040 + i, h, per_h, h1, h2, weight)    # and the prediction of the next one
"""

from enum import Enum

import myokit

from pointes.cells.biomarkers import DIMENSIONLESS, MILLIVOLTS
from pointes.cells.calculus import Group
from pointes.cells.generator import Generator, definitions, indented
from pointes.cells.layout import Layout
from pointes.cells.multistep import LANES, Field
from pointes.cells.parsing import Cell
from pointes.cells.printer import FUNCTIONS
from pointes.cells.timing import Timing
from pointes.cells.units import MM, MV, converts, unit_factor

# Current whose integral over a beat is qNet (Dutta et al. 2017, doi:10.3389/fphys.2017.00616)
NET_CHARGE = ("INaL", "ICaL", "IKr", "Ito", "IKs", "IK1")
SMALLEST_CONCENTRATION = 1e-3  # mM; errors of smaller ones are measured as if they were as large

TEMPLATE = '''\
"""Kernel of a cell model, written by pointes; do not edit.

Numbers in brackets are offsets into the bundle (pointes.cells.layout.Layout).
"""

{functions}

from numba import njit

from pointes.cells import {modules}
from pointes.cells.simd import FAST, cube, exp, log, no_unrolling, power, square, where, widest_vectors
from pointes.cells.stepper import Row

{constants}

# Signatures make Numba compile in this order; on demand, from `beat` inwards, it would take several times as long
OPTIONS = {{"error_model": "numpy", "fastmath": FAST, "cache": True}}


@njit("void(float64[::1])", **OPTIONS)
def rates(s):
    widest_vectors()
    no_unrolling()
    for i in range({lanes}):
{rates}


@njit("void(float64[::1], float64, float64)", **OPTIONS)
def advance(s, cycle_length, duration):
    widest_vectors()
    no_unrolling()
    for i in range({lanes}):
        at = CONTROL + i
        h, h1, h2 = s[at + Row.STEP], s[at + Row.STEP1], s[at + Row.STEP2]
        error = {unseen}
{correct}
        take = stepper.control(s, at, s[{potential} + i] * PER_MV, cycle_length, duration, error)
        per_h0, per_sum = where(h > 0.0, 1.0 / (h + 1e-12), 0.0), 1.0 / (h + h1)
        h, h1, h2 = s[at + Row.STEP], s[at + Row.STEP1], s[at + Row.STEP2]
        per_h, weight = 1.0 / (h + 1e-12), 1.0 / ((h + h1) * (h + h1 + h2))
{move}


@njit("void(float64[::1])", **OPTIONS)
def record(s):
    widest_vectors()
    no_unrolling()
    crossing = 0
    for i in range({lanes}):
        at = CONTROL + i
{record}
    if crossing > 0:
        for i in range({lanes}):
            at = CONTROL + i
{cross}
    for i in range({lanes}):
        at = CONTROL + i
{leave}
        s[at + Row.LAST_TIME] = s[at + Row.TIME]


@njit("void(float64[::1], float64)", **OPTIONS)
def begin(s, cycle_length):
    widest_vectors()
    no_unrolling()
    for i in range({lanes}):
        at = CONTROL + i
        stepper.begin(s, at, cycle_length)
        observer.clear(s, at, s[{potential} + i] * PER_MV, {calcium}, {rest_threshold})
{begin}


@njit("void(float64[::1], float64, float64)", **OPTIONS)
def beat(s, cycle_length, duration):
    widest_vectors()
    no_unrolling()
    begin(s, cycle_length)
    running = {lanes}
    last = False  # all lanes rest once at least: what they see then must not depend on neighbours
    while not last:
        last = running == 0
        for _ in range(1 if last else 8):
            rates(s)
            advance(s, cycle_length, duration)
            record(s)
        running = 0
        for i in range({lanes}):
            if s[CONTROL + Row.TIME + i] < cycle_length:
                running += 1
'''


class Method(Enum):
    """Method that advances a state, by the calls of `multistep` that correct, accept and predict it."""

    SLOPE = ("correct(s, {at})", "accept(s, {at}, {taken})", "predict(s, {at}, h, per_h, h1, h2, weight)")
    RELATIVE = ("correct_relative(s, {at}, {per_floor})", *SLOPE[1:])
    PLAIN = ("correct_plain(s, {at}, lead)", "accept_plain(s, {at}, {taken})", "predict_plain(s, {at}, h, h1)")
    GROUP = ("correct_group(s, {at}, {solution})", "accept_group(s, {at}, {taken})", "predict_group(s, {at}, h, h1)")
    GROUP_POTENTIAL = ("correct_group_potential(s, {at}, {solution}, h, gamma_first)", *GROUP[1:])
    GROUP_RELATIVE = ("correct_group_relative(s, {at}, {solution}, {per_floor})", *GROUP[1:])


def generate(cell: Cell, parameters: dict[str, float]) -> str:
    """Return the source of the kernel of a model; parameters are those of `pointes.cells.generator.Generator`."""
    return _KernelGenerator(cell, parameters).source()


class _KernelGenerator(Generator):
    """The source of the kernel that paces populations."""

    def __init__(self, cell: Cell, parameters: dict[str, float]) -> None:
        super().__init__(cell, parameters)
        self.thresholds = DIMENSIONLESS if self.is_dimensionless else MILLIVOLTS
        self.timing = Timing(self.equations, self.printer)
        self.states = list(cell.model.states())
        self.entries = [(group, place) for group in self.equations.groups for place in group.entries]
        has_charge = all(name in cell.currents for name in NET_CHARGE)
        self.charge = [cell.currents[name] for name in NET_CHARGE] if has_charge else []
        self.layout = Layout(
            states=(*(state.qname() for state in self.states), *(["net_charge"] if self.charge else [])),
            entries=len(self.entries),
            parameters=tuple(parameters),
            outputs=tuple(cell.currents),
        )
        self.rows = [self.layout.field(k, Field.VALUE) for k in range(len(self.layout.states))]

    def source(self) -> str:
        return TEMPLATE.format(
            functions=FUNCTIONS,
            modules=f"{'intervals, ' if self.timing.states else ''}multistep, observer, stepper",
            unseen="s[at + Row.UNSEEN]" if self.timing.states else "0.0",
            constants=definitions(self.constants()),
            lanes=LANES,
            potential=self.row(self.cell.potential),
            calcium=self.calcium(Field.VALUE),
            rest_threshold=self.thresholds.repolarised_potential,
            rates=indented(self.rates()),
            correct=indented(self.correct()),
            move=indented(self.move()),
            record=indented(self.record()),
            cross=indented(self.watch("cross"), 12),
            leave=indented(self.watch("leave")),
            begin=indented(self.begin()),
        )

    def constants(self) -> dict[str, object]:
        cell = self.cell
        return {
            "STATES": tuple(state.qname() for state in self.states),
            "UNITS": tuple(str(state.unit() or "") for state in self.states),
            "INITIAL_STATE": tuple(cell.model.initial_values(as_floats=True)),
            "SCALES": tuple(map(self.scale, self.states)),
            "PARAMETERS": self.parameters,
            **self.parameter_units(),
            "CONDUCTANCES": cell.conductances,
            "PARTS": cell.parts,
            "ROWS": self.layout.states,
            "ENTRIES": self.layout.entries,
            "OUTPUTS": self.layout.outputs,
            "CONTROL": self.layout.row("control"),
            "STIMULUS_DURATION": cell.stimulus_duration,
            "PACED": cell.stimulus_level != 0,
            "POTENTIAL": self.states.index(cell.potential),
            "CALCIUM": None if cell.calcium is None else self.states.index(cell.calcium),
            "PER_MV": self.per_mV,
            "PER_MM": 1.0 if cell.calcium is None else unit_factor(cell.calcium, MM),
            "DIMENSIONLESS": self.is_dimensionless,
        }

    def parameter_units(self) -> dict[str, object]:
        """Return the constant with the units of the parameters, if they are not conductances only."""
        if set(self.parameters) <= set(self.cell.conductances.values()):
            return {}
        model = self.cell.model
        return {"PARAMETER_UNITS": {name: str(model.get(name).unit() or "") for name in self.parameters}}

    def rates(self) -> list[str]:
        """Return the lines that compute the rates of all states, their slopes, and the matrices of the groups."""
        printer, slopes = self.printer, self.equations.slopes
        matrix = [group.entries[place] for group, place in self.entries]
        derivatives = self.equations.partials([*slopes.values(), *matrix, *self.timing.slopes])
        lines = self.inputs()
        for equation in self.equations.ordered:
            if not self.is_input(equation.lhs):
                lines.append(f"{printer.name(equation.lhs)} = {printer.ex(equation.rhs)}")
            lines += [f"{printer.name(d)} = {printer.ex(rhs)}" for d, rhs in derivatives.get(equation.lhs, ())]
        for state, row in zip(self.states, self.rows, strict=False):
            lines.append(f"s[{row + Field.RATE} + i] = {self.rate(state)}")
            if state in slopes:
                lines.append(f"s[{row + Field.NEW_SLOPE} + i] = ({printer.ex(slopes[state])}){self.unit}")
        for k, entry in enumerate(matrix):
            lines.append(f"s[{self.layout.row('entry', k)} + i] = ({printer.ex(entry)}){self.unit}")
        if self.timing.states:
            lines += self.timing.unseen({state: f"s[{self.row(state) + Field.SCALE} + i]" for state in self.states})
            lines += self.timing.edges()
        for k, current in enumerate(self.cell.currents.values()):
            lines.append(f"s[{self.layout.row('output', k)} + i] = {printer.ex(myokit.Name(current))}")
        if self.charge:
            total = " + ".join(map(self.value, self.charge))
            lines.append(f"s[{self.rows[-1] + Field.RATE} + i] = ({total}) * 1e-3")
        return lines

    def inputs(self) -> list[str]:
        """Return the lines that load the inputs of the equations: states, parameters, time and pace."""
        model = self.cell.model
        values = {state: f"s[{row + Field.POINT} + i]" for state, row in zip(self.states, self.rows, strict=False)}
        values |= {v: f"s[{self.layout.row('parameter', k)} + i]" for k, v in enumerate(self.varied)}
        values[model.binding("time")] = f"stepper.time(s, CONTROL + i) * {self.per_ms!r}"
        if model.binding("pace") is not None:
            values[model.binding("pace")] = f"s[CONTROL + Row.PACE + i] * {self.cell.stimulus_level!r}"
        return [f"{self.value(variable)} = {value}" for variable, value in values.items()]

    def correct(self) -> list[str]:
        """Return the lines that correct the prediction, and add up the errors that the corrections reveal."""
        lines = ["lead = multistep.lead_plain(h, h1, h2)"]
        if self.equations.groups:
            lines.append("gamma = multistep.gamma(h, h1, h2)")
        if any(self.is_potential(group.states[0]) for group in self.equations.groups):
            lines.append("gamma_first = where(h > 0.0, gamma, stepper.FIRST_STEP)")
        for group in self.equations.groups:
            lines += self.corrections(group)
            lines += [self.call(0, self.states.index(state), solution=f"x_{k}") for k, state in enumerate(group.states)]
        members = {state for group in self.equations.groups for state in group.states}
        others = [k for k in range(len(self.rows)) if k == len(self.states) or self.states[k] not in members]
        return lines + [self.call(0, k) for k in others]

    def corrections(self, group: Group) -> list[str]:
        """Return the lines that solve for the corrections of the states of a group."""
        places = {place: self.layout.row("entry", k) for k, (owner, place) in enumerate(self.entries) if owner is group}
        rows = [self.row(state) for state in group.states]
        gamma, trend = "gamma", "s[{} + i]"
        if self.is_potential(group.states[0]):
            gamma, trend = "gamma_first", "where(h > 0.0, s[{} + i], 0.0)"

        def right(k: int) -> str:
            return f"{gamma} * (s[{rows[k] + Field.RATE} + i] - {trend.format(rows[k] + Field.TREND)})"

        return self.solve(group, gamma, lambda place: f"s[{places[place]} + i]", right)

    def move(self) -> list[str]:
        """Return the lines that take the step in the lanes that accept it, and predict the end of the next one."""
        return [self.call(part, k, taken="take, per_h0, per_sum") for k in range(len(self.rows)) for part in (1, 2)]

    def record(self) -> list[str]:
        """Return the lines that record the membrane potential, calcium and the currents."""
        thresholds = f", {self.thresholds.ead_potential}, {self.thresholds.capture_potential}"
        lines = [f"crossing += {call}" for call in self.watch("record", thresholds)]
        for name, start in {"INa": "0.0", "ICaL": "observer.ICAL_START"}.items():
            if name in self.layout.outputs:
                lines.append(f"observer.record_inward(s, at, Row.PEAK_{name.upper()}, {self.output(name)}, {start})")
        for name in ("IKr", "IKs"):
            if name in self.layout.outputs:
                lines.append(f"observer.record_outward(s, at, Row.PEAK_{name.upper()}, {self.output(name)})")
        return lines

    def watch(self, part: str, thresholds: str = "") -> list[str]:
        """Return the calls of a part of the observer: for the potential, and for calcium if the model has it."""
        v, f = (f"s[{self.row(self.cell.potential) + field} + i] * PER_MV" for field in (Field.VALUE, Field.F))
        calls = [f"observer.{part}_potential(s, at, {v}, {f}{thresholds})"]
        if self.cell.calcium is not None:
            calls.append(f"observer.{part}_calcium(s, at, {self.calcium(Field.VALUE)}, {self.calcium(Field.F)})")
        return calls

    def begin(self) -> list[str]:
        """Return the lines that start a beat, in which the rates are first evaluated at the present state."""
        lines = [f"s[{self.rows[-1]} + i] = 0.0"] if self.charge else []
        return lines + [f"multistep.start(s, {row} + i)" for row in self.rows]

    def method(self, k: int) -> Method:
        """Return the method that advances the state in the k-th place of the layout."""
        if k == len(self.states):
            return Method.PLAIN  # the net charge
        state = self.states[k]
        if any(state in group.states for group in self.equations.groups):
            if self.is_potential(state):
                return Method.GROUP_POTENTIAL
            return Method.GROUP if self.is_gate(state) else Method.GROUP_RELATIVE
        if state not in self.equations.slopes:
            return Method.PLAIN
        return Method.SLOPE if self.is_gate(state) or self.is_potential(state) else Method.RELATIVE

    def call(self, part: int, k: int, **arguments: str) -> str:
        """Return the call that corrects (0), accepts (1) or predicts (2) the state in the k-th place of the layout."""
        method = self.method(k)
        if method in (Method.RELATIVE, Method.GROUP_RELATIVE):
            arguments["per_floor"] = repr(1.0 / self.scale(self.states[k]))
        call = method.value[part].format(at=f"{self.rows[k]} + i", **arguments)
        return f"error += multistep.{call}" if part == 0 else f"multistep.{call}"

    def row(self, state: myokit.Variable) -> int:
        return self.rows[self.states.index(state)]

    def output(self, name: str) -> str:
        return f"s[{self.layout.row('output', self.layout.outputs.index(name))} + i]"

    def calcium(self, field: Field) -> str:
        return "0.0" if self.cell.calcium is None else f"s[{self.row(self.cell.calcium) + field} + i] * PER_MM"

    def is_gate(self, state: myokit.Variable) -> bool:
        return self.equations.is_affine(state) and not converts(state, MM)

    def is_potential(self, state: myokit.Variable) -> bool:
        return state in self.equations.potentials

    def scale(self, state: myokit.Variable) -> float:
        """Return the size relative to which errors count: 100 mV, 1 for gates, a tenth of an initial concentration."""
        initial: float = abs(state.initial_value(as_float=True))
        if self.is_potential(state):
            return 1.0 if self.is_dimensionless else 100.0 / unit_factor(state, MV)
        if self.is_gate(state):
            return max(1.0, initial)
        return max(0.1 * initial, SMALLEST_CONCENTRATION / unit_factor(state, MM))
