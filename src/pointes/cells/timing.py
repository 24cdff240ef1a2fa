"""Explicit dependence of equations on the time: edges at which rates jump, and unseen changes within a step.

A model may have pulses, ramps or oscillations in its equations, beside the stimulus of the protocol. Nothing in the
states announces them, so a step could jump over one. Two methods prevent this.

The first one is for edges: places where an expression that is linear in time is compared with another one or rounded
(``floor``, remainder). Steps end at an edge, and the integration starts again, as at the edges of a stimulus.
`Timing.edges` writes the lines that find the next edge::

    wait = stepper.sooner(wait, engine_time - 300.0, 1.0)  # if(engine.time > 300, ...)

The second one is for all other changes. `Timing.unseen` writes the bounds of the rates over the step, at the predicted
states, in interval arithmetic (`pointes.cells.intervals`). The amount by which they exceed the values at both ends
counts as an error of the step::

    bounds1 = intervals.exp(intervals.negative(intervals.power(..., 2.0)))  # a pulse that is a Gaussian in time
    unseen += multistep.to_the_fourth(intervals.unseen(bounds1, start1, membrane_pulse) * span * s[...])
"""

from collections.abc import Iterator
from enum import IntEnum

import myokit

from pointes.cells.calculus import Equations
from pointes.cells.printer import Printer
from pointes.cells.units import time_factor

# The interval function of each kind of expression
OPERATIONS = {
    myokit.PrefixMinus: "negative",
    myokit.Plus: "add",
    myokit.Minus: "subtract",
    myokit.Multiply: "multiply",
    myokit.Divide: "divide",
    myokit.Power: "power_of",
    myokit.Quotient: "quotient",
    myokit.Remainder: "remainder",
    myokit.Abs: "absolute",
    myokit.Exp: "exp",
    myokit.Log: "log",
    myokit.Log10: "log10",
    myokit.Sqrt: "sqrt",
    myokit.Floor: "floor",
    myokit.Ceil: "ceil",
    myokit.Sin: "sin",
    myokit.Cos: "cos",
    myokit.Tan: "tangent",
    myokit.ASin: "arcsine",
    myokit.ACos: "arccosine",
    myokit.ATan: "arctangent",
    myokit.Less: "less",
    myokit.LessEqual: "at_most",
    myokit.More: "more",
    myokit.MoreEqual: "at_least",
    myokit.Equal: "equal",
    myokit.NotEqual: "unequal",
    myokit.Not: "opposite",
    myokit.And: "both",
    myokit.Or: "either",
}
COMPARISONS = (myokit.Less, myokit.LessEqual, myokit.More, myokit.MoreEqual, myokit.Equal, myokit.NotEqual)


class Course(IntEnum):
    """Course of an expression over time between its edges."""

    CONSTANT = 0
    STRAIGHT = 1
    CURVED = 2


class Timing:
    """The equations that depend on the time explicitly, and on which a rate depends."""

    def __init__(self, equations: Equations, printer: Printer) -> None:
        self.equations = equations
        self.printer = printer
        self.time = myokit.Name(equations.model.binding("time"))
        self.timed = self._timed()
        self._rhs = {equation.lhs: equation.rhs for equation in equations.ordered}
        self.states = [s for s in equations.model.states() if myokit.Derivative(myokit.Name(s)) in self.timed]
        needed = self._needed()
        self.ordered = [equation for equation in equations.ordered if equation.lhs in needed]
        self.numbers = {lhs: k for k, lhs in enumerate([self.time, *(equation.lhs for equation in self.ordered)])}
        self.crossings = list(self._crossings())
        self.slopes = [expression.diff(self.time) for expression, _ in self.crossings]  # derivatives by the time
        self.at_start = _AtStart(printer, self)

    def unseen(self, scales: dict[myokit.Variable, str]) -> list[str]:
        """Return the lines that add up (unseen change over tolerated error)⁴, with the scales of the states' errors."""
        per_ms = time_factor(self.equations.model)
        lines = [
            f"start0 = stepper.start(s, CONTROL + i) * {per_ms!r}",
            f"bounds0 = intervals.between(start0, {self.printer.name(self.time)})",
        ]
        for equation in self.ordered:
            k = self.numbers[equation.lhs]
            lines.append(f"start{k} = {self.at_start.ex(equation.rhs)}")
            lines.append(f"bounds{k} = {self.interval(equation.rhs)}")
        lines += [f"span = s[CONTROL + Row.STEP + i] * {per_ms!r}", "unseen = 0.0"]
        for state in self.states:
            rate = myokit.Derivative(myokit.Name(state))
            k, now = self.numbers[rate], self.printer.name(rate)
            change = f"intervals.unseen(bounds{k}, start{k}, {now}) * span"
            lines.append(f"unseen += multistep.to_the_fourth({change} * {scales[state]})")
        return [*lines, "s[CONTROL + Row.UNSEEN + i] = where(unseen < 1e290, unseen, 1e290)"]

    def edges(self) -> list[str]:
        """Return the lines that find the next edge, where the integration starts again with a step of length zero."""
        lines = ["wait = stepper.ENDLESS"]
        for (expression, is_rounded), slope in zip(self.crossings, self.slopes, strict=True):
            finder = "sooner_whole" if is_rounded else "sooner"
            lines.append(f"wait = stepper.{finder}(wait, {self.printer.ex(expression)}, {self.printer.ex(slope)})")
        return [*lines, f"stepper.set_edge(s, CONTROL + i, wait / {time_factor(self.equations.model)!r})"]

    def interval(self, e: myokit.Expression) -> str:
        """Return an expression, number or condition, as an interval over the step."""
        if not self.is_timed(e):
            kind = "sure" if isinstance(e, myokit.Condition) else "point"
            return f"intervals.{kind}({self.printer.ex(e)})"
        if e in self.numbers:
            return f"bounds{self.numbers[e]}"
        if isinstance(e, myokit.PrefixPlus):
            return self.interval(e[0])
        if isinstance(e, myokit.If):
            return self._choice([e.condition()], [e[1], e[2]])
        if isinstance(e, myokit.Piecewise):
            return self._choice(list(e.conditions()), list(e.pieces()))
        if isinstance(e, myokit.Power) and not self.is_timed(e[1]):
            return f"intervals.power({self.interval(e[0])}, {self.printer.ex(e[1])})"
        operation = "log_to" if isinstance(e, myokit.Log) and len(e) == 2 else OPERATIONS[type(e)]
        return f"intervals.{operation}({', '.join(map(self.interval, e))})"

    def is_timed(self, e: myokit.Expression) -> bool:
        """Return whether an expression depends on the time explicitly."""
        return not self.timed.isdisjoint(e.references())

    def course(self, e: myokit.Expression) -> Course:
        """Return the course of an expression over time until the next edge."""
        if not self.is_timed(e):
            return Course.CONSTANT
        if e == self.time:
            return Course.STRAIGHT
        if isinstance(e, myokit.Name | myokit.Derivative):
            return self.course(self._rhs[e])
        parts = [self.course(part) for part in e]
        if isinstance(e, (myokit.Floor, myokit.Ceil, myokit.Quotient, myokit.Condition)):
            return Course.CONSTANT if max(parts) < Course.CURVED else Course.CURVED
        is_linear = isinstance(e, myokit.Plus | myokit.Minus | myokit.PrefixPlus | myokit.PrefixMinus)
        is_linear |= isinstance(e, myokit.If | myokit.Piecewise)
        is_linear |= isinstance(e, myokit.Multiply) and min(parts) == Course.CONSTANT
        is_linear |= isinstance(e, myokit.Divide | myokit.Remainder) and parts[1] == Course.CONSTANT
        return max(parts) if is_linear or max(parts) == Course.CONSTANT else Course.CURVED

    def _choice(self, conditions: list[myokit.Expression], values: list[myokit.Expression]) -> str:
        if not conditions:
            return self.interval(values[0])
        rest = self._choice(conditions[1:], values[1:])
        return f"intervals.choose({self.interval(conditions[0])}, {self.interval(values[0])}, {rest})"

    def _timed(self) -> set[myokit.LhsExpression]:
        """Return the left-hand sides that depend on the time explicitly."""
        timed = {self.time}
        for equation in self.equations.ordered:
            if not timed.isdisjoint(equation.rhs.references()):
                timed.add(equation.lhs)
        return timed

    def _needed(self) -> set[myokit.LhsExpression]:
        """Return the left-hand sides that depend on the time explicitly and are needed for rates of states."""
        needed, todo = set(), [myokit.Derivative(myokit.Name(state)) for state in self.states]
        while todo:
            lhs = todo.pop()
            if lhs not in needed and lhs != self.time:
                needed.add(lhs)
                todo += [other for other in self._rhs[lhs].references() if other in self.timed]
        return needed

    def _crossings(self) -> Iterator[tuple[myokit.Expression, bool]]:
        """Yield the expressions that are zero at edges, with False, or a whole number, with True."""
        found = set()
        for part in (part for equation in self.ordered for part in equation.rhs.walk()):
            if isinstance(part, COMPARISONS):
                crossing = myokit.Minus(*part), False
            elif isinstance(part, myokit.Floor | myokit.Ceil):
                crossing = part[0], True
            elif isinstance(part, myokit.Quotient | myokit.Remainder):
                crossing = myokit.Divide(*part), True
            elif isinstance(part, myokit.Abs):
                crossing = part[0], False
            else:
                continue
            is_new = crossing not in found
            found.add(crossing)
            if is_new and self.course(crossing[0]) == Course.STRAIGHT and not self.equations.states_of(crossing[0]):
                yield crossing


class _AtStart(Printer):
    """Printer of expressions at the start of a step, with the states predicted for its end."""

    def __init__(self, printer: Printer, timing: Timing) -> None:
        super().__init__(printer.folded)
        self._printer = printer
        self._numbers = timing.numbers

    def name(self, lhs: myokit.LhsExpression) -> str:
        return f"start{self._numbers[lhs]}" if lhs in self._numbers else self._printer.name(lhs)
