"""Generator of the Python source of a cell model's reaction kernel, which advances the cells of a tissue by a step.

A step in which the potential goes from v0 to v1 has two parts::

    INa_tm = 1.0 / (6.765 * exp(...) + ...)                     # gates that depend on the potential only, at v0
    INa_m = INa_m - (INa_mss - INa_m) * expm1(-h / INa_tm)
    INa_INa = INa_GNa * (membrane_v - ...) * cube(INa_m) * ...  # then, at v1, the currents and all other states

The exponential update of gates is that of Rush & Larsen (1978, doi:10.1109/TBME.1978.326270); states with other fast
slopes take the exponential Euler step, stiffly coupled groups the backward Euler step.
"""

import myokit

from pointes.cells.calculus import Group
from pointes.cells.generator import Generator, definitions, indented
from pointes.cells.multistep import LANES
from pointes.cells.parsing import Cell
from pointes.cells.printer import FUNCTIONS
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
    """Return the source of the reaction kernel of a model; parameters are those of `pointes.cells.codegen.generate`."""
    return _ReactionGenerator(cell, parameters).source()


class _ReactionGenerator(Generator):
    """The source of the kernel that advances the cells of a tissue."""

    def __init__(self, cell: Cell, parameters: dict[str, float]) -> None:
        super().__init__(cell, parameters)
        self.check_potential()
        self.states = [state for state in cell.model.states() if state != cell.potential]
        self.gates = [state for state in self.states if self.sees_only_potential(state)]

    def check_potential(self) -> None:
        """Raise a UserError for cells of several potentials: a tissue advances one, between steps of diffusion."""
        potentials = next((group.states for group in self.equations.groups if self.cell.potential in group.states), ())
        if potentials:
            names = ", ".join(state.qname() for state in potentials)
            raise UserError("potentials of one cell", names, "cells with a single potential in a tissue")

    def source(self) -> str:
        rows = len(self.states)
        return TEMPLATE.format(
            functions=FUNCTIONS,
            constants=definitions(self.constants()),
            lanes=LANES,
            last=rows * LANES,
            exchange=(rows + 1) * LANES,
            parameters=indented([f"{self.value(v)} = p[{k}]" for k, v in enumerate(self.varied)] or ["pass"], 4),
            loads=indented([f"{self.value(state)} = s[{k * LANES} + i]" for k, state in enumerate(self.states)]),
            gates=indented(self.gate_lines()),
            rest=indented(self.rest_lines()),
            rate=f"{self.rate(self.cell.potential)} * {self.per_mV!r}",
        )

    def constants(self) -> dict[str, object]:
        return {
            "STATES": tuple(state.qname() for state in self.states),
            "SIZE": (len(self.states) + 2) * LANES,
            "INITIAL_STATE": {s.qname(): s.initial_value(as_float=True) for s in self.cell.model.states()},
            "POTENTIAL": self.cell.potential.qname(),
            "PARAMETERS": self.parameters,
            "CONDUCTANCES": self.cell.conductances,
            "PER_MV": self.per_mV,
            "DIMENSIONLESS": self.is_dimensionless,
        }

    def sees_only_potential(self, state: myokit.Variable) -> bool:
        """Return whether a state is a gate whose rate depends on nothing but itself and the potential."""
        return self.equations.is_affine(state) and self.equations.states_of(state.rhs()) <= {state, self.cell.potential}

    def gate_lines(self) -> list[str]:
        """Return the lines that advance the gates that depend on the potential only."""
        lines = self.inputs("v_before") + self.equation_lines(self.gates, [])
        lines += [f"{self.value(state)} = {self.relaxed(state)}" for state in self.gates]
        return lines + [self.store(state, self.value(state)) for state in self.gates]

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
            lines += self.implicit_steps(group)
            for k, state in enumerate(group.states):
                steps[state] = f"step_{self.states.index(state)}"
                lines.append(f"{steps[state]} = x_{k}")
        for state in others:
            if state in slopes:
                slope = f"({self.printer.ex(slopes[state])}){self.unit}"
                steps[state] = f"h * {self.rate(state)} * relaxation(({slope}) * h)"
            elif state not in members:
                steps[state] = f"h * {self.rate(state)}"
        return lines + [self.store(state, f"{self.value(state)} + {steps[state]}") for state in others]

    def relaxed(self, state: myokit.Variable) -> str:
        """Return the value of a gate after h: y + (y_inf - y)(1 - exp(-h / tau))."""
        y, rhs = self.value(state), state.rhs()
        if isinstance(rhs, myokit.Divide) and isinstance(rhs[0], myokit.Minus) and rhs[0][1] == myokit.Name(state):
            target, tau = self.printer.ex(rhs[0][0]), self.printer.ex(rhs[1])
            return f"{y} - ({target} - {y}) * expm1(-h{self.unit} / ({tau}))"
        slope = self.printer.ex(rhs.diff(myokit.Name(state)))
        return f"{y} + h * {self.rate(state)} * relaxation(({slope}){self.unit} * h)"

    def inputs(self, potential: str) -> list[str]:
        """Return the lines that set the inputs of the equations beside the states: potential, time and pace."""
        model, name = self.cell.model, self.value
        lines = [f"{name(self.cell.potential)} = {potential} * {1.0 / self.per_mV!r}"]
        lines.append(f"{name(model.binding('time'))} = t * {self.per_ms!r}")
        if model.binding("pace") is not None:
            lines.append(f"{name(model.binding('pace'))} = 0.0")
        return lines

    def equation_lines(self, states: list[myokit.Variable], derivatives: list[myokit.Expression]) -> list[str]:
        """Return the lines that compute the rates of states, and all that derivatives refer to."""
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

    def implicit_steps(self, group: Group) -> list[str]:
        """Return the lines that solve (I - h A) x = h f for the steps x of the states of a group."""

        def entry(place: tuple[int, int]) -> str:
            return f"({self.printer.ex(group.entries[place])}){self.unit}"

        return self.solve(group, "h", entry, lambda k: f"h * {self.rate(group.states[k])}")

    def store(self, state: myokit.Variable, value: str) -> str:
        return f"s[{self.states.index(state) * LANES} + i] = {value}"
