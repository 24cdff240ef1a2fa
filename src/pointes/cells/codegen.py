"""From a parsed cell model to the Python source of its SIMD kernel.

Myokit parses and orders the equations; this module folds what is constant, finds the states whose rate is affine in
themselves (gates), and prints one loop over the lanes of a block. One gate on its way from model file to kernel::

    dot(m) = (mss - m) / tm                       # component INa of the .mmt file
    s[984 + i] = (INa_mss - INa_m) / INa_tm       # its rate, lane i of row 123
    s[1640 + i] = -1.0 / INa_tm                   # its slope d(rate)/dm, for the exponential update

Only names made here appear in the source, and only numbers, operators and the functions of `pointes.cells.simd`: text
of a model file never becomes code.
"""

import myokit
from myokit.formats.python import PythonExpressionWriter

from pointes.cells.layout import Layout
from pointes.cells.stepper import LANES
from pointes.errors import UserError

# Current whose integral over a beat is qNet (Dutta et al. 2017, doi:10.3389/fphys.2017.00616)
NET_CHARGE = ("INaL", "ICaL", "IKr", "Ito", "IKs", "IK1")

TEMPLATE = '''\
"""Kernel of {title}, written by pointes; do not edit.

Numbers in brackets are offsets into the block (pointes.cells.layout.Layout).
"""

from math import sqrt

from numba import njit

from pointes.cells import stepper
from pointes.cells.simd import FAST, cube, exp, log, square, where

STATES = {states}
INITIAL_STATE = {initial_state}
PARAMETERS = {parameters}
CONDUCTANCES = {conductances}
STIMULUS_DURATION = {stimulus_duration}

ROWS = {rows}
AFFINE = {affine}
OUTPUTS = {outputs}
POTENTIAL, CALCIUM = {potential}, {calcium}


# Signatures make Numba compile in this order; on demand, from `beat` inwards, it would take five times as long
OPTIONS = {{"error_model": "numpy", "fastmath": FAST, "cache": True}}


@njit("void(float64[::1])", **OPTIONS)
def rates(s):
    for i in range({lanes}):
{body}


@njit("void(float64[::1], float64)", **OPTIONS)
def begin(s, cycle_length):
    stepper.begin_beat(s, {offsets_of_begin}, cycle_length)


@njit("void(float64[::1], float64, float64)", **OPTIONS)
def step(s, cycle_length, duration):
    stepper.step(s, rates, {offsets}, cycle_length, duration)


@njit("void(float64[::1], float64, float64)", **OPTIONS)
def beat(s, cycle_length, duration):
    stepper.beat(s, begin, step, {control}, cycle_length, duration)
'''


class Printer(PythonExpressionWriter):
    """Print an expression as branch-free Python; what does not depend on states or parameters becomes a number."""

    def __init__(self, names: dict[myokit.Variable, str], folded: set[myokit.Variable]) -> None:
        super().__init__()
        self._function_prefix = ""
        self._folded = folded
        self.set_lhs_function(lambda lhs: names[lhs.var()])

    def ex(self, e: myokit.Expression) -> str:
        if all(lhs.var() in self._folded for lhs in e.references()):
            return repr(float(e.eval()))
        return super().ex(e)

    def _ex_power(self, e: myokit.Expression) -> str:
        base, exponent = e
        if all(lhs.var() in self._folded for lhs in exponent.references()):
            n = exponent.eval()
            if n == int(n) and 1 <= n <= 16:
                return self._product(f"({self.ex(base)})", int(n))
        return f"exp({self.ex(exponent)} * log({self.ex(base)}))"

    def _product(self, base: str, n: int) -> str:
        if n == 1:
            return base
        if n == 3:
            return f"cube({base})"
        if n % 2 == 0:
            return f"square({self._product(base, n // 2)})"
        return f"({base} * {self._product(base, n - 1)})"

    def _ex_log(self, e: myokit.Expression) -> str:
        if len(e) == 1:
            return f"log({self.ex(e[0])})"
        return f"(log({self.ex(e[0])}) / log({self.ex(e[1])}))"

    def _ex_log10(self, e: myokit.Expression) -> str:
        return f"(log({self.ex(e[0])}) * 0.4342944819032518)"

    def _ex_and(self, e: myokit.Expression) -> str:
        return f"({self.ex(e[0])} & {self.ex(e[1])})"

    def _ex_or(self, e: myokit.Expression) -> str:
        return f"({self.ex(e[0])} | {self.ex(e[1])})"

    def _ex_if(self, e: myokit.Expression) -> str:
        return self._select([e._i], [e._t, e._e])

    def _ex_piecewise(self, e: myokit.Expression) -> str:
        return self._select(e._i, e._e)

    def _select(self, conditions: list[myokit.Expression], values: list[myokit.Expression]) -> str:
        """Print nested selections; a condition known now chooses its value now."""
        if not conditions:
            return self.ex(values[0])
        condition, rest = conditions[0], (conditions[1:], values[1:])
        if all(lhs.var() in self._folded for lhs in condition.references()):
            return f"({self.ex(values[0])})" if condition.eval() else f"({self._select(*rest)})"
        return f"where({self.ex(condition)}, {self.ex(values[0])}, {self._select(*rest)})"

    def _unsupported(self, e: myokit.Expression) -> str:
        raise UserError(f"{e.code()!r} in the cell model has no SIMD form; expected exp, log, sqrt, abs, powers or if")

    _ex_sin = _ex_cos = _ex_tan = _ex_asin = _ex_acos = _ex_atan = _unsupported
    _ex_floor = _ex_ceil = _ex_quotient = _ex_remainder = _unsupported


def _state_dependencies(order: list[myokit.Equation]) -> dict[myokit.Variable, set[myokit.Variable]]:
    """Return, for each variable in solvable order, the states that its right-hand side depends on through others."""
    states = {}
    for equation in order:
        found = set()
        for lhs in equation.rhs.references():
            found |= {lhs.var()} if lhs.is_state_value() else states.get(lhs.var(), set())
        states[equation.lhs.var()] = found
    return states


def slope_of(state: myokit.Variable, depends: dict[myokit.Variable, set[myokit.Variable]]) -> myokit.Expression | None:
    """Return d(rate)/d(state) of a state whose rate is affine in itself, or None for any other state."""
    rate = state.rhs()
    own = myokit.Name(state)
    if own not in rate.references():
        return None
    if any(state in depends.get(lhs.var(), ()) for lhs in rate.references() if not lhs.is_state_value()):
        return None
    slope = rate.diff(own)
    return None if own in slope.references() else slope


def generate(model: myokit.Model, parameters: dict[str, float], conductances: dict[str, str], title: str) -> str:
    """Return the source of the kernel module of a model.

    Parameters
    ----------
    model
        Labelled as the comment in ``ohara-2011.mmt`` says.
    parameters
        Qualified names and values of the literals that may differ from lane to lane; all other literals are folded.
    conductances
        For each current that can be blocked, the parameter that scales it.
    title
        Names the model in the header of the source.
    """
    order = [equation for block in model.solvable_order().values() for equation in block]
    depends = _state_dependencies(order)
    varied = [model.get(name) for name in parameters]
    folded = set()
    for equation in order:
        variable = equation.lhs.var()
        free = variable.is_state() or variable.is_bound() or variable in varied
        if not free and all(lhs.var() in folded for lhs in equation.rhs.references()):
            folded.add(variable)

    slopes = {state: slope_of(state, depends) for state in model.states()}
    rows = sorted(model.states(), key=lambda state: slopes[state] is None)
    affine = sum(slope is not None for slope in slopes.values())
    currents = {label: v for label, v in model.labels() if label.startswith("I") and v.is_intermediary()}
    outputs = (*currents, "net_charge")
    layout = Layout(tuple(state.qname() for state in rows), affine, tuple(parameters), outputs)

    names = {variable: variable.qname().replace(".", "_") for variable in model.variables(deep=True)}
    printer = Printer(names, folded)
    lines = [f"{names[state]} = s[{layout.row('point', k)} + i]" for k, state in enumerate(rows)]
    lines += [f"{names[v]} = s[{layout.row('parameter', k)} + i]" for k, v in enumerate(varied)]
    lines += [f"{names[model.binding('pace')]} = s[{layout.row('control')} + i]"]
    for equation in order:
        variable = equation.lhs.var()
        if variable.is_intermediary() or (variable.is_constant() and variable not in folded and variable not in varied):
            lines.append(f"{names[variable]} = {printer.ex(equation.rhs)}")
    lines += [f"s[{layout.row('rate', k)} + i] = {printer.ex(state.rhs())}" for k, state in enumerate(rows)]
    lines += [f"s[{layout.row('slope', k)} + i] = {printer.ex(slopes[state])}" for k, state in enumerate(rows[:affine])]
    lines += [f"s[{layout.row('output', k)} + i] = {names[v]}" for k, v in enumerate(currents.values())]
    charge = " + ".join(names[currents[current]] for current in NET_CHARGE)
    lines += [f"s[{layout.row('output', len(currents))} + i] = {charge}"]

    potential = rows.index(model.label("membrane_potential"))
    calcium = rows.index(model.label("cytosolic_calcium"))
    observed = [layout.row("output", outputs.index(name)) for name in ("ICaL", "IKr", "net_charge")]
    offsets = [layout.row("control"), layout.row("state", potential), layout.row("state", calcium), *observed]
    return TEMPLATE.format(
        title=title,
        states=tuple(state.qname() for state in model.states()),
        initial_state=tuple(model.initial_values(as_floats=True)),
        parameters=parameters,
        conductances=conductances,
        stimulus_duration=model.label("stimulus_duration").eval(),
        rows=layout.states,
        affine=affine,
        outputs=outputs,
        potential=potential,
        calcium=calcium,
        lanes=LANES,
        body="\n".join(f"        {line}" for line in lines),
        control=layout.row("control"),
        offsets_of_begin=", ".join(str(number) for number in offsets[:3]),
        offsets=", ".join(str(number) for number in [len(rows), affine, *offsets]),
    )
