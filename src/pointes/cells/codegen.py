"""From a parsed cell model to the Python source of its SIMD kernel: one loop over the lanes of a block.

One gate on its way from model file to kernel::

    dot(m) = (mss - m) / tm                                     # component INa of the .mmt file
    rate_INa_m = (INa_mss - INa_m) / INa_tm                     # in `rates`: its rate
    s[10 + i] = rate_INa_m
    s[11 + i] = (-1.0) / INa_tm                                 # and its slope d(rate)/dm
    multistep.predict(s, 8 + i, h, per_h, h1, h2, weight)       # in `step`: where the rates are evaluated
    error += multistep.correct(s, 8 + i)                        # and what they say of the prediction

"""

import myokit

from pointes.cells import parsing
from pointes.cells.biomarkers import DIMENSIONLESS, MILLIVOLTS
from pointes.cells.calculus import Chain, Equations
from pointes.cells.elimination import solve
from pointes.cells.layout import Layout
from pointes.cells.multistep import LANES, Field
from pointes.cells.printer import FUNCTIONS, Printer
from pointes.cells.stepper import Row
from pointes.cells.units import MM, MV, is_concentration, time_factor, unit_factor

# Current whose integral over a beat is qNet (Dutta et al. 2017, doi:10.3389/fphys.2017.00616)
NET_CHARGE = ("INaL", "ICaL", "IKr", "Ito", "IKs", "IK1")
SMALLEST_CONCENTRATION = 1e-3  # mM; errors of smaller ones are measured as if they were as large

TEMPLATE = '''\
"""Kernel of a cell model, written by pointes; do not edit.

Numbers in brackets are offsets into the block (pointes.cells.layout.Layout).
"""

{functions}

from numba import njit

from pointes.cells import multistep, observer, stepper
from pointes.cells.simd import FAST, cube, exp, log, power, square, where

{constants}

# Signatures make Numba compile in this order; on demand, from `beat` inwards, it would take several times as long
OPTIONS = {{"error_model": "numpy", "fastmath": FAST, "cache": True}}


@njit("void(float64[::1])", **OPTIONS)
def rates(s):
    for i in range({lanes}):
{rates}


@njit("void(float64[::1])", **OPTIONS)
def predict(s):
    for i in range({lanes}):
        h, h1, h2 = s[{step} + i], s[{step1} + i], s[{step2} + i]
        per_h, weight = 1.0 / (h + 1e-12), 1.0 / ((h + h1) * (h + h1 + h2))
{predict}


@njit("void(float64[::1], float64, float64)", **OPTIONS)
def correct(s, cycle_length, duration):
    for i in range({lanes}):
        h, h1, h2 = s[{step} + i], s[{step1} + i], s[{step2} + i]
        per_h, weight = 1.0 / (h + 1e-12), 1.0 / ((h + h1) * (h + h1 + h2))
        lead, error = multistep.lead_plain(h, h1, h2, weight), 0.0
{correct}
        take = stepper.control(s, {control} + i, s[{potential} + i] * {per_mV}, cycle_length, duration, error)
        per_h, per_sum = where(h > 0.0, per_h, 0.0), 1.0 / (h + h1)
{accept}


@njit("void(float64[::1])", **OPTIONS)
def record(s):
    for i in range({lanes}):
{record}
        s[{last_time} + i] = s[{time} + i]


@njit("void(float64[::1], float64)", **OPTIONS)
def begin(s, cycle_length):
    for i in range({lanes}):
        stepper.begin(s, {control} + i, cycle_length)
        observer.clear(s, {control} + i, s[{potential} + i] * {per_mV}, {calcium_start})
{begin}


@njit("void(float64[::1], float64, float64)", **OPTIONS)
def step(s, cycle_length, duration):
    predict(s)
    rates(s)
    correct(s, cycle_length, duration)
    record(s)


@njit("void(float64[::1], float64, float64)", **OPTIONS)
def beat(s, cycle_length, duration):
    begin(s, cycle_length)
    running = {lanes}
    while running > 0:
        for _ in range(8):
            step(s, cycle_length, duration)
        running = 0
        for i in range({lanes}):
            if s[{time} + i] < cycle_length:
                running += 1
'''


def generate(cell: parsing.Cell, parameters: dict[str, float]) -> str:
    """Return the source of the kernel module of a model.

    Parameters
    ----------
    cell
        From `pointes.cells.parsing.read`.
    parameters
        Qualified names and values of the literals that may differ from lane to lane; all other literals are folded.
    """
    return _Generator(cell, parameters).source()


class _Generator:
    def __init__(self, cell: parsing.Cell, parameters: dict[str, float]) -> None:
        self.cell = cell
        self.parameters = parameters
        self.equations = Equations(cell.model)
        self.varied = [cell.model.get(name) for name in parameters]
        self.printer = Printer(self._folded())
        self.states = list(cell.model.states())
        self.entries = [(chain, place) for chain in self.equations.chains for place in chain.entries]
        has_charge = all(name in cell.currents for name in NET_CHARGE)
        self.charge = [cell.currents[name] for name in NET_CHARGE] if has_charge else []
        names = [state.qname() for state in self.states]
        self.layout = Layout(
            states=(*names, "net_charge") if has_charge else tuple(names),
            entries=len(self.entries),
            parameters=tuple(parameters),
            outputs=tuple(cell.currents),
        )

    def source(self) -> str:
        control, potential = self.layout.row("control"), self.states.index(self.cell.potential)
        return TEMPLATE.format(
            functions=FUNCTIONS,
            constants="\n".join(f"{name} = {value!r}" for name, value in self._constants().items()),
            lanes=LANES,
            control=control,
            time=control + Row.TIME,
            last_time=control + Row.LAST_TIME,
            step=control + Row.STEP,
            step1=control + Row.STEP1,
            step2=control + Row.STEP2,
            potential=self.layout.field(potential, Field.VALUE),
            per_mV=self._per_mV(),
            calcium_start=self._calcium("VALUE"),
            rates=_indented(self._rates()),
            predict=_indented(self._predict()),
            correct=_indented(self._correct()),
            accept=_indented(self._accept()),
            record=_indented(self._record()),
            begin=_indented([f"s[{self._charge_row()} + i] = 0.0"] if self.charge else []),
        )

    def _constants(self) -> dict[str, object]:
        model = self.cell.model
        return {
            "STATES": self.layout.states,
            "UNITS": tuple(str(state.unit() or "") for state in self.states),
            "INITIAL_STATE": tuple(model.initial_values(as_floats=True)),
            "SCALES": tuple(map(self._scale, self.states)),
            "PARAMETERS": self.parameters,
            "CONDUCTANCES": self.cell.conductances,
            "OUTPUTS": self.layout.outputs,
            "ENTRIES": self.layout.entries,
            "STIMULUS_DURATION": self.cell.stimulus_duration,
            "PACED": self.cell.stimulus_level != 0,
            "POTENTIAL": self.states.index(self.cell.potential),
            "CALCIUM": None if self.cell.calcium is None else self.states.index(self.cell.calcium),
            "PER_MV": self._per_mV(),
            "PER_MM": 1.0 if self.cell.calcium is None else unit_factor(self.cell.calcium, MM),
            "DIMENSIONLESS": self._is_dimensionless(),
        }

    def _folded(self) -> set[myokit.Variable]:
        """Return the variables whose values are known now."""
        folded = set()
        for equation in self.equations.ordered:
            variable = equation.lhs.var()
            free = variable.is_state() or variable.is_bound() or variable in self.varied
            if not free and all(lhs.var() in folded for lhs in equation.rhs.references()):
                folded.add(variable)
        return folded

    def _rates(self) -> list[str]:
        """Return the lines that compute the rates of all states, and what the integrator needs of their derivatives."""
        layout, printer, model = self.layout, self.printer, self.cell.model
        lines = [self._load(state, layout.field(k, Field.POINT)) for k, state in enumerate(self.states)]
        lines += [self._load(variable, layout.row("parameter", k)) for k, variable in enumerate(self.varied)]
        lines += self._bound(model.binding("pace"), model.binding("time"))
        slopes = self.equations.slopes
        entries = [chain.entries[place] for chain, place in self.entries]
        derivatives = self.equations.partials([*slopes.values(), *entries])
        for equation in self.equations.ordered:
            variable = equation.lhs.var()
            known = variable.is_bound() or variable in self.varied or variable in printer._folded
            if isinstance(equation.lhs, myokit.Derivative) or not known:
                lines.append(f"{printer.name(equation.lhs)} = {printer.ex(equation.rhs)}")
            for lhs, rhs in derivatives:
                if lhs.dependent_expression() == equation.lhs:
                    lines.append(f"{printer.name(lhs)} = {printer.ex(rhs)}")
        per_ms = time_factor(model)
        unit = "" if per_ms == 1.0 else f" * {per_ms!r}"
        for k, state in enumerate(self.states):
            lines.append(
                f"s[{layout.field(k, Field.RATE)} + i] = {printer.name(myokit.Derivative(myokit.Name(state)))}{unit}"
            )
            if state in slopes:
                lines.append(f"s[{layout.field(k, Field.NEW_SLOPE)} + i] = ({printer.ex(slopes[state])}){unit}")
        for k, entry in enumerate(entries):
            lines.append(f"s[{layout.row('entry', k)} + i] = ({printer.ex(entry)}){unit}")
        for k, current in enumerate(self.cell.currents.values()):
            lines.append(f"s[{layout.row('output', k)} + i] = {printer.name(myokit.Name(current))}")
        if self.charge:
            total = " + ".join(printer.name(myokit.Name(current)) for current in self.charge)
            lines.append(f"s[{layout.field(len(self.states), Field.RATE)} + i] = ({total}) * 1e-3")
        return lines

    def _predict(self) -> list[str]:
        calls = {"": "h, per_h, h1, h2, weight", "_plain": "h, h1", "_chain": "h, h1"}
        return [f"multistep.predict{kind}(s, {at} + i, {calls[kind]})" for at, kind in self._kinds()]

    def _correct(self) -> list[str]:
        lines = []
        calls = {"": "", "_plain": ", lead"}
        for at, kind in self._kinds():
            if kind != "_chain":
                lines.append(f"error += multistep.correct{kind}(s, {at} + i{calls[kind]})")
        if self.equations.chains:
            lines.append("gamma = multistep.gamma(h, h1, h2)")
        for chain in self.equations.chains:
            lines += self._solve(chain)
        return lines

    def _solve(self, chain: Chain) -> list[str]:
        """Return the lines that correct the states of a chain together."""
        rows = {place: self.layout.row("entry", k) for k, (owner, place) in enumerate(self.entries) if owner is chain}
        n = len(chain.states)
        at = [self._at(state) for state in chain.states]

        def entry(i: int, j: int) -> str:
            value = f"- gamma * s[{rows[i, j]} + i]" if (i, j) in rows else ""
            return f"1.0 {value}" if i == j else value

        def right(k: int) -> str:
            return f"gamma * (s[{at[k] + Field.RATE} + i] - s[{at[k] + Field.TREND} + i])"

        lines = solve(n, set(rows) | {(i, i) for i in range(n)}, entry, right)
        return lines + [f"error += multistep.correct_chain(s, {at[k]} + i, x_{k})" for k in range(n)]

    def _accept(self) -> list[str]:
        return [f"multistep.accept{kind}(s, {at} + i, take, per_h, per_sum)" for at, kind in self._kinds()]

    def _record(self) -> list[str]:
        control = self.layout.row("control")
        levels = DIMENSIONLESS if self._is_dimensionless() else MILLIVOLTS
        at = self._at(self.cell.potential)
        factor = self._per_mV()
        lines = [
            f"observer.record_potential(s, {control} + i, s[{at + Field.VALUE} + i] * {factor}, "
            f"s[{at + Field.F} + i] * {factor}, s[{control + Row.PACE} + i], {levels.ead_potential})"
        ]
        if self.cell.calcium is not None:
            lines.append(f"observer.record_calcium(s, {control} + i, {self._calcium('VALUE')}, {self._calcium('F')})")
        outputs = {name: f"s[{self.layout.row('output', k)} + i]" for k, name in enumerate(self.layout.outputs)}
        for name, row in (("INa", Row.PEAK_INA), ("ICaL", Row.PEAK_ICAL)):
            if name in outputs:
                start = "observer.ICAL_START" if name == "ICaL" else "0.0"
                lines.append(f"observer.record_inward(s, {control} + i, {int(row)}, {outputs[name]}, {start})")
        for name, row in (("IKr", Row.PEAK_IKR), ("IKs", Row.PEAK_IKS)):
            if name in outputs:
                lines.append(f"observer.record_outward(s, {control} + i, {int(row)}, {outputs[name]})")
        return lines

    def _kinds(self) -> list[tuple[int, str]]:
        """Return for each state where its rows are, and the suffix of the functions of `multistep` that advance it."""
        members = {state for chain in self.equations.chains for state in chain.states}
        kinds = []
        for state in self.states:
            kind = "_chain" if state in members else "" if state in self.equations.slopes else "_plain"
            kinds.append((self._at(state), kind))
        if self.charge:
            kinds.append((self._charge_row(), "_plain"))
        return kinds

    def _at(self, state: myokit.Variable) -> int:
        return self.layout.field(self.states.index(state), Field.VALUE)

    def _charge_row(self) -> int:
        return self.layout.field(len(self.states), Field.VALUE)

    def _load(self, variable: myokit.Variable, row: int) -> str:
        return f"{self.printer.name(myokit.Name(variable))} = s[{row} + i]"

    def _bound(self, pace: myokit.Variable | None, time: myokit.Variable) -> list[str]:
        control, level = self.layout.row("control"), self.cell.stimulus_level
        per_ms = time_factor(self.cell.model)
        since = f"(s[{control + Row.ORIGIN} + i] + s[{control + Row.TIME} + i] + s[{control + Row.STEP} + i])"
        lines = [f"{self.printer.name(myokit.Name(time))} = {since} * {per_ms!r}"]
        if pace is not None:
            lines.append(f"{self.printer.name(myokit.Name(pace))} = s[{control + Row.PACE} + i] * {level!r}")
        return lines

    def _calcium(self, field: str) -> str:
        if self.cell.calcium is None:
            return "0.0"
        factor = unit_factor(self.cell.calcium, MM)
        return f"s[{self._at(self.cell.calcium) + Field[field]} + i] * {factor!r}"

    def _is_dimensionless(self) -> bool:
        return self.cell.potential.unit() == myokit.units.dimensionless

    def _per_mV(self) -> float:
        return unit_factor(self.cell.potential, MV)

    def _scale(self, state: myokit.Variable) -> float:
        """Return the size that errors of a state are measured by: 100 mV, 1 for gates, else its initial value."""
        initial = abs(state.initial_value(as_float=True))
        if state == self.cell.potential:
            return 1.0 if self._is_dimensionless() else 100.0 / self._per_mV()
        if self.equations.is_affine(state) and not is_concentration(state):
            return max(1.0, initial)
        return max(initial, SMALLEST_CONCENTRATION / unit_factor(state, MM))


def _indented(lines: list[str]) -> str:
    return "\n".join(f"        {line}" for line in lines)
