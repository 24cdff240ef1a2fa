"""From a parsed cell model to the Python source of its reaction kernel: the cells of a tissue, a step at a time.

A step in which the potential goes from v0 to v1 has two parts::

    INa_tm = 1.0 / (6.765 * exp(...) + ...)                     # gates that see nothing but the potential, at v0
    INa_m = INa_m - (INa_mss - INa_m) * expm1(-h / INa_tm)
    INa_INa = INa_GNa * (membrane_v - ...) * cube(INa_m) * ...  # then, at v1, the currents and all other states

The exponential update of gates is that of Rush & Larsen (1978, doi:10.1109/TBME.1978.326270); states with other fast
slopes take the exponential Euler step, stiffly coupled groups the backward Euler step.
"""

import myokit

from pointes.cells.calculus import Equations, Group
from pointes.cells.elimination import solve
from pointes.cells.multistep import LANES
from pointes.cells.parsing import Cell
from pointes.cells.printer import FUNCTIONS, Printer
from pointes.cells.units import MV, time_factor, unit_factor
from pointes.errors import UserError

TEMPLATE = '''\
"""Reaction kernel of a cell model, written by pointes; do not edit."""

{functions}

from numba import njit

from pointes.cells.simd import FAST, cube, exp, expm1, log, no_unrolling, power, square, where, widest_vectors
from pointes.tissue.solver import bundles
from pointes.tissue.solver.bundles import relaxation

{constants}

OPTIONS = {{"error_model": "numpy", "fastmath": FAST, "cache": True}}


@njit("void(float64[::1], float64[::1], float64, float64)", **OPTIONS)
def update(s, p, h, t):
    widest_vectors()
    no_unrolling()
{parameters}
    for i in range({lanes}):
        v_now = s[{exchange} + i]
        v_before = s[{last} + i]
{loads}
{gates}
{rest}
        s[{exchange} + i] = {rate}
        s[{last} + i] = v_now


@njit(
    "int64(float64[:, ::1], float64[::1], int32[:, ::1], float64[::1], float64[::1],"
    " int64, int64, float64, float64, float64, float64)",
    nogil=True,
    **OPTIONS,
)
def react(s, u, nodes, reached, p, first, end, t, dt, longest, change):
    widest_vectors()
    no_unrolling()
    failed = -1
    for b in range(first, end):
        bundle, at = s[b], nodes[b]
        moved = bundles.moved(u, at, bundle, {last}, change)
        if moved > 0 or t - reached[b] >= longest:
            for i in range({lanes}):
                bundle[{exchange} + i] = u[at[i]]
            if t - reached[b] > 1.5 * dt:
                # After a wait gates see the present potential, ahead by what the membrane current lagged behind
                for i in range({lanes}):
                    bundle[{last} + i] = u[at[i]]
            update(bundle, p, t - reached[b], t)
            reached[b] = t
        finite = bundles.advance(u, at, bundle, {exchange}, dt)
        if finite < {lanes} and failed < 0:
            failed = b
    return failed
'''


def generate(cell: Cell, parameters: dict[str, float]) -> str:
    """Return the source of the reaction kernel of a model; arguments as in `pointes.cells.codegen.generate`."""
    return _Generator(cell, parameters).source()


class _Generator:
    """What the lines of a reaction kernel are made from."""

    def __init__(self, cell: Cell, parameters: dict[str, float]) -> None:
        self.cell = cell
        self.parameters = parameters
        self.varied = [cell.model.get(name) for name in parameters]
        self.equations = Equations(cell.model)
        self.check_potential()
        self.printer = Printer(self.equations.known(self.varied))
        self.states = [state for state in cell.model.states() if state != cell.potential]
        self.gates = [state for state in self.states if self.sees_only_potential(state)]
        self.per_ms = time_factor(cell.model)

    def check_potential(self) -> None:
        """Refuse a membrane potential that is joined with others: it is advanced by itself, between diffusion steps."""
        potentials = next((group.states for group in self.equations.groups if self.cell.potential in group.states), ())
        if potentials:
            names = ", ".join(state.qname() for state in potentials)
            raise UserError(f"{names} are potentials of one cell; expected cells with a single one in a tissue")

    def source(self) -> str:
        rows = len(self.states)
        return TEMPLATE.format(
            functions=FUNCTIONS,
            constants="\n".join(f"{name} = {value!r}" for name, value in self.constants().items()),
            lanes=LANES,
            last=rows * LANES,
            exchange=(rows + 1) * LANES,
            parameters=_indented([f"{self.value(v)} = p[{k}]" for k, v in enumerate(self.varied)] or ["pass"], 4),
            loads=_indented([f"{self.value(state)} = s[{k * LANES} + i]" for k, state in enumerate(self.states)]),
            gates=_indented(self.gate_lines()),
            rest=_indented(self.rest_lines()),
            rate=f"{self.rate(self.cell.potential)} * {unit_factor(self.cell.potential, MV)!r}",
        )

    def constants(self) -> dict[str, object]:
        return {
            "STATES": tuple(state.qname() for state in self.states),
            "SIZE": (len(self.states) + 2) * LANES,
            "INITIAL_STATE": {s.qname(): s.initial_value(as_float=True) for s in self.cell.model.states()},
            "POTENTIAL": self.cell.potential.qname(),
            "PARAMETERS": self.parameters,
            "CONDUCTANCES": self.cell.conductances,
            "PER_MV": unit_factor(self.cell.potential, MV),
            "DIMENSIONLESS": self.cell.potential.unit() == myokit.units.dimensionless,
        }

    def sees_only_potential(self, state: myokit.Variable) -> bool:
        """Return whether a state is a gate whose rate depends on nothing but itself and the potential."""
        return self.equations.is_affine(state) and self.equations.states_of(state.rhs()) <= {state, self.cell.potential}

    def gate_lines(self) -> list[str]:
        """Return the lines that advance the gates that see only the potential."""
        lines = self.inputs("v_before") + self.equation_lines(self.gates, [])
        for state in self.gates:
            lines.append(f"{self.value(state)} = {self.relaxed(state)}")
        return lines + self.stores(self.gates)

    def rest_lines(self) -> list[str]:
        """Return the lines that compute the currents and advance all other states."""
        others = [state for state in self.states if state not in self.gates]
        groups = self.equations.groups
        members = {state for group in groups for state in group.states}
        slopes = {state: self.equations.slopes[state] for state in others if state in self.equations.slopes}
        matrices = [entry for group in groups for entry in group.entries.values()]
        lines = self.inputs("v_now")
        lines += self.equation_lines([*others, self.cell.potential], [*slopes.values(), *matrices])
        steps = {}
        for group in groups:
            lines += self.solve(group)
            for k, state in enumerate(group.states):
                steps[state] = f"step_{self.states.index(state)}"
                lines.append(f"{steps[state]} = x_{k}")
        for state in others:
            if state in slopes:
                slope = f"({self.printer.ex(slopes[state])}){self.unit}"
                steps[state] = f"h * {self.rate(state)} * relaxation(({slope}) * h)"
            elif state not in members:
                steps[state] = f"h * {self.rate(state)}"
        lines += [
            f"s[{self.states.index(state) * LANES} + i] = {self.value(state)} + {steps[state]}" for state in others
        ]
        return lines

    def relaxed(self, state: myokit.Variable) -> str:
        """Return where a gate is after h: y + (y_inf - y)(1 - exp(-h / tau))."""
        y, rhs = self.value(state), state.rhs()
        if isinstance(rhs, myokit.Divide) and isinstance(rhs[0], myokit.Minus) and rhs[0][1] == myokit.Name(state):
            target, tau = self.printer.ex(rhs[0][0]), self.printer.ex(rhs[1])
            return f"{y} - ({target} - {y}) * expm1(-h{self.unit} / ({tau}))"
        slope = self.printer.ex(rhs.diff(myokit.Name(state)))
        return f"{y} + h * {self.rate(state)} * relaxation(({slope}){self.unit} * h)"

    def inputs(self, potential: str) -> list[str]:
        """Return the lines that set what the equations start from beside the states: potential, time and pace."""
        model, name = self.cell.model, self.value
        lines = [f"{name(self.cell.potential)} = {potential} * {1.0 / unit_factor(self.cell.potential, MV)!r}"]
        lines.append(f"{name(model.binding('time'))} = t * {self.per_ms!r}")
        if model.binding("pace") is not None:
            lines.append(f"{name(model.binding('pace'))} = 0.0")
        return lines

    def equation_lines(self, states: list[myokit.Variable], derivatives: list[myokit.Expression]) -> list[str]:
        """Return the lines that compute the rates of states, and what derivatives refer to."""
        partials = self.equations.partials(derivatives)
        wanted = {myokit.Derivative(myokit.Name(state)) for state in states}
        for expression in [*derivatives, *(rhs for pairs in partials.values() for _, rhs in pairs)]:
            wanted |= {lhs for lhs in expression.references() if not isinstance(lhs, myokit.PartialDerivative)}
        lines: list[str] = []
        for equation in reversed(self.equations.ordered):
            printed = [
                f"{self.printer.name(lhs)} = {self.printer.ex(rhs)}" for lhs, rhs in partials.get(equation.lhs, ())
            ]
            if equation.lhs in wanted and not self.is_input(equation.lhs):
                printed.insert(0, f"{self.printer.name(equation.lhs)} = {self.printer.ex(equation.rhs)}")
                wanted |= equation.rhs.references()
            lines = printed + lines
        return lines

    def is_input(self, lhs: myokit.LhsExpression) -> bool:
        return lhs.var() in self.varied or lhs.var().is_bound() or self.printer.is_folded(lhs)

    def solve(self, group: Group) -> list[str]:
        """Return the lines that solve (I - h A) x = h f for the steps x of the states of a group."""
        entries, n = group.entries, len(group.states)

        def entry(i: int, j: int) -> str:
            value = f"- h * ({self.printer.ex(entries[i, j])}){self.unit}" if (i, j) in entries else ""
            return f"1.0 {value}" if i == j else value

        pattern = set(entries) | {(k, k) for k in range(n)}
        return solve(n, pattern, entry, lambda k: f"h * {self.rate(group.states[k])}")

    def stores(self, states: list[myokit.Variable]) -> list[str]:
        return [f"s[{self.states.index(state) * LANES} + i] = {self.value(state)}" for state in states]

    def value(self, variable: myokit.Variable) -> str:
        return self.printer.name(myokit.Name(variable))

    def rate(self, state: myokit.Variable) -> str:
        """Return the rate of a state per ms."""
        return f"{self.printer.name(myokit.Derivative(myokit.Name(state)))}{self.unit}"

    @property
    def unit(self) -> str:
        return "" if self.per_ms == 1.0 else f" * {self.per_ms!r}"


def _indented(lines: list[str], depth: int = 8) -> str:
    return "\n".join(f"{' ' * depth}{line}" for line in lines)
