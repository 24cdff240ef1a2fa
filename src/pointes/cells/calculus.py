"""Derivatives of a model's equations for the integrator: slopes of the rates, and groups of stiffly coupled states.

All derivatives are symbolic, taken by Myokit one equation at a time; derivatives of intermediate variables become
equations of their own, as in forward-mode differentiation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import myokit
import numpy as np
import scipy

from pointes.cells.powers import differentiated
from pointes.cells.units import MM, MV, converts, has_no_unit, time_factor, unit_factor

Equation = tuple[myokit.Expression, myokit.Expression]  # left- and right-hand side

PROBES = ((None, 1.0), (-40.3, 3.0), (20.7, 10.0))  # mV and factor of concentrations, at which slopes are evaluated
SLOW = 0.02  # 1/ms; smaller slopes, and smaller terms of slopes, are left out
STIFF = 0.3  # 1/ms; states that drive each other faster are advanced together


@dataclass(frozen=True)
class Group:
    """States that must be advanced together: a Markov chain, calcium and its fast buffers, potentials of one cell."""

    states: tuple[myokit.Variable, ...]
    entries: dict[tuple[int, int], myokit.Expression]  # d(rate of i)/d(state j) by (i, j), where it is not zero


class Equations:
    """The equations of a model in solvable order, and their derivatives."""

    def __init__(self, model: myokit.Model) -> None:
        self.model = model
        self.ordered = [equation for block in model.solvable_order().values() for equation in block]
        self._states: dict[myokit.Expression, frozenset[myokit.Variable]] = {}
        for equation in self.ordered:
            self._states[equation.lhs] = self.states_of(equation.rhs)

    @cached_property
    def slopes(self) -> dict[myokit.Variable, myokit.Expression]:
        """Return d(rate)/d(state) of the states that relax fast enough to need it and belong to no group."""
        members = {state for group in self.groups for state in group.states}
        slopes = {}
        for state in self.model.states():
            slope = _derivative(state.rhs(), state)
            trimmed = None if slope is None or state in members else self._trimmed(slope)
            if trimmed is not None:
                slopes[state] = trimmed
        return slopes

    @cached_property
    def potentials(self) -> list[myokit.Variable]:
        """Return the states that are potentials: of the membrane, of a t-tubule, of a dendrite.

        They have a unit of potential. In models without units they are the states that a constant conductance joins
        with the membrane potential or with another such state.
        """
        membrane = self.model.label("membrane_potential")
        found = [state for state in self.model.states() if state == membrane or converts(state, MV)]
        bare = [state for state in self.model.states() if has_no_unit(state) and state != membrane]
        for one in found:
            found += [state for state in bare if state not in found and self._is_joined(one, state)]
        return found

    @cached_property
    def groups(self) -> list[Group]:
        """Return the groups of states that are coupled too stiffly to be advanced one by one.

        Potentials that drive each other are always a group, because a parameter may join them closer. They form no
        group with gates and concentrations, whose coupling to them is the action potential.
        """
        states = list(self.model.states())
        uses = {state: self.states_of(state.rhs()) for state in states}
        others = [state for state in states if state not in self.potentials]
        coupled = self._chains([state for state in others if self.is_affine(state)], uses)
        for one, other in combinations(states, 2):
            if other in uses[one] and one in uses[other]:
                potentials = (one in self.potentials) + (other in self.potentials)
                if potentials == 2 or (potentials == 0 and self._coupling(one, other) > STIFF):
                    coupled.append([one, other])
        return [Group(tuple(members), self._matrix(members)) for members in _united(coupled, states)]

    def is_affine(self, state: myokit.Variable) -> bool:
        """Return whether the rate of a state is affine in itself and not constant: a gate, or a state of a chain."""
        slope = _derivative(state.rhs(), state)
        return slope is not None and state not in self.states_of(slope)

    def known(self, varied: list[myokit.Variable]) -> set[myokit.Variable]:
        """Return the variables that depend on no state, bound or varied variable, so that their values are known."""
        known: set[myokit.Variable] = set()
        for equation in self.ordered:
            variable = equation.lhs.var()
            free = variable.is_state() or variable.is_bound() or variable in varied
            if not free and all(lhs.var() in known for lhs in equation.rhs.references()):
                known.add(variable)
        return known

    def partials(self, expressions: Iterable[myokit.Expression]) -> dict[myokit.Expression, list[Equation]]:
        """Return the derivatives that expressions refer to, with their equations, by the differentiated variable."""
        found: dict[myokit.Expression, myokit.Expression] = {}
        todo = list(expressions)
        while todo:
            for lhs in _partials_in(todo.pop()):
                if lhs not in found:
                    found[lhs] = _partial(lhs)
                    todo.append(found[lhs])
        grouped: dict[myokit.Expression, list[Equation]] = {}
        for lhs, rhs in found.items():
            grouped.setdefault(lhs.dependent_expression(), []).append((lhs, rhs))
        return grouped

    def states_of(self, expression: myokit.Expression) -> frozenset[myokit.Variable]:
        """Return the states that an expression depends on, also through other variables."""
        found: frozenset[myokit.Variable] = frozenset()
        for lhs in expression.references():
            if isinstance(lhs, myokit.PartialDerivative):
                if lhs not in self._states:
                    self._states[lhs] = self.states_of(_partial(lhs))
                found |= self._states[lhs]
            elif lhs.is_state_value():
                found |= {lhs.var()}
            else:
                found |= self._states.get(lhs, frozenset())
        return found

    def _chains(
        self, states: list[myokit.Variable], uses: dict[myokit.Variable, frozenset[myokit.Variable]]
    ) -> list[list[myokit.Variable]]:
        """Return the Markov chains among states: coupled around loops, by rates that are linear in them."""
        chains = []
        for part in _strongly_connected(states, uses):
            entries = self._matrix(part).values()
            bent = frozenset().union(*map(self.states_of, entries)) & set(part)
            chains += self._chains([state for state in part if state not in bent], uses) if bent else [part]
        return chains

    def _matrix(self, states: list[myokit.Variable]) -> dict[tuple[int, int], myokit.Expression]:
        """Return the derivatives of the rates of states by the states, where they are not zero."""
        entries = {}
        for i, row in enumerate(states):
            for j, column in enumerate(states):
                entry = _derivative(row.rhs(), column)
                if entry is not None:
                    entries[i, j] = entry
        return entries

    def _coupling(self, one: myokit.Variable, other: myokit.Variable) -> float:
        """Return the rate at which two states drive each other [1/ms]: the geometric mean of mutual derivatives."""
        there, back = _derivative(one.rhs(), other), _derivative(other.rhs(), one)
        if there is None or back is None:
            return 0.0
        product = self._largest(myokit.Multiply(there, back)) * time_factor(self.model)
        return product**0.5 if product < float("inf") else 0.0

    def _is_joined(self, one: myokit.Variable, other: myokit.Variable) -> bool:
        """Return whether each of two states pulls the other one towards itself at a constant rate."""
        pulls = [_derivative(one.rhs(), other), _derivative(other.rhs(), one)]
        if any(pull is None or self.states_of(pull) for pull in pulls):
            return False
        try:
            return all(self._value(pull, self._initial) > 0 for pull in pulls)
        except (myokit.NumericalError, ArithmeticError):
            return False

    def _trimmed(self, slope: myokit.Expression) -> myokit.Expression | None:
        """Return a slope without its small terms, None if all are small. A term that cannot be evaluated is kept."""
        if self._largest(slope) < SLOW:
            return None
        for lhs in sorted(_partials_in(slope), key=str):
            without = _without(slope, lhs)
            if self._largest(myokit.Minus(slope, without)) < SLOW:
                slope = without
        return slope

    def _largest(self, expression: myokit.Expression) -> float:
        """Return the largest magnitude of an expression [1/ms] at the probed states."""
        try:
            with np.errstate(all="ignore"):
                return max(abs(self._value(expression, values)) for values in self._probed) * time_factor(self.model)
        except (myokit.NumericalError, ArithmeticError):
            return float("inf")

    @cached_property
    def _initial(self) -> dict[myokit.Expression, float]:
        """Return the values of all variables at the initial state."""
        states = zip(self.model.states(), self.model.initial_values(as_floats=True), strict=True)
        return self._with_variables({myokit.Name(state): value for state, value in states})

    @cached_property
    def _probed(self) -> list[dict[myokit.Expression, float]]:
        """Return the values of all variables at the initial state, and with other potentials and concentrations."""
        probed = []
        for level, factor in PROBES:
            values = {}
            for state in self.model.states():
                initial = self._initial[myokit.Name(state)]
                is_shifted = state in self.potentials and state.unit() != myokit.units.dimensionless
                if level is not None and is_shifted:
                    values[myokit.Name(state)] = level / unit_factor(state, MV)
                else:
                    values[myokit.Name(state)] = initial * factor if converts(state, MM) else initial
            probed.append(self._with_variables(values))
        return probed

    def _with_variables(self, values: dict[myokit.Expression, float]) -> dict[myokit.Expression, float]:
        """Return the values of states with those of all other variables added."""
        values = dict(values)
        for equation in self.ordered:
            values[equation.lhs] = _evaluate(equation.rhs, values)
        return values

    def _value(self, expression: myokit.Expression, values: dict[myokit.Expression, float]) -> float:
        values = dict(values)
        partials = self.partials([expression])
        for equation in self.ordered:
            for lhs, rhs in partials.get(equation.lhs, ()):
                values[lhs] = _evaluate(rhs, values)
        return _evaluate(expression, values)


def _derivative(expression: myokit.Expression, state: myokit.Variable) -> myokit.Expression | None:
    """Return the derivative of an expression by a state; None if it is zero or cannot be written down."""
    try:
        found = differentiated(expression, myokit.Name(state))
    except NotImplementedError:
        return None
    return None if found.is_constant() and not found.references() and found.eval() == 0 else found


def _partial(lhs: myokit.PartialDerivative) -> myokit.Expression:
    """Return the equation of a derivative of a variable (or of its rate) by a state."""
    return differentiated(lhs.dependent_expression().var().rhs(), lhs.independent_expression())


def _without(e: myokit.Expression, zero: myokit.Expression) -> myokit.Expression:
    """Return a sum of products without the terms in which an expression is a factor."""
    if not any(lhs == zero for lhs in e.references()):
        return e
    if e == zero:
        return myokit.Number(0)
    if isinstance(e, myokit.PrefixMinus):
        inner = _without(e[0], zero)
        return inner if _is_zero(inner) else myokit.PrefixMinus(inner)
    if isinstance(e, myokit.Multiply | myokit.Divide | myokit.Plus | myokit.Minus):
        a, b = (_without(part, zero) for part in e)
        if isinstance(e, myokit.Multiply) and (_is_zero(a) or _is_zero(b)):
            return myokit.Number(0)
        if isinstance(e, myokit.Divide) and _is_zero(a):
            return a
        if isinstance(e, myokit.Plus) and _is_zero(a):
            return b
        if isinstance(e, myokit.Plus | myokit.Minus) and _is_zero(b):
            return a
        return type(e)(a, b)
    return e


def _is_zero(e: myokit.Expression) -> bool:
    return isinstance(e, myokit.Number) and e.eval() == 0


def _partials_in(expression: myokit.Expression) -> list[myokit.PartialDerivative]:
    return [lhs for lhs in expression.references() if isinstance(lhs, myokit.PartialDerivative)]


def _evaluate(expression: myokit.Expression, values: dict[myokit.Expression, float]) -> float:
    value = expression.eval(subst={lhs: values[lhs] for lhs in expression.references()})
    if isinstance(value, complex):  # a fractional power of a negative number
        raise ArithmeticError
    return float(value)


def _strongly_connected(
    states: list[myokit.Variable], uses: dict[myokit.Variable, frozenset[myokit.Variable]]
) -> list[list[myokit.Variable]]:
    """Return the groups of two or more states that depend on each other, directly or around a loop, in their order."""
    if not states:
        return []
    graph = np.array([[other in uses[state] for other in states] for state in states])
    _, component_of = scipy.sparse.csgraph.connected_components(graph, connection="strong")
    groups: dict[int, list[myokit.Variable]] = {}
    for state, component in zip(states, component_of.tolist(), strict=True):
        groups.setdefault(component, []).append(state)
    return [group for group in groups.values() if len(group) > 1]


def _united(parts: list[list[myokit.Variable]], order: list[myokit.Variable]) -> list[list[myokit.Variable]]:
    """Return disjoint sets of states in an order of all states: sets that share a state become one."""
    groups: list[set[myokit.Variable]] = []
    for part in parts:
        joined = set(part).union(*(group for group in groups if group & set(part)))
        groups = [group for group in groups if not group & joined] + [joined]
    return [sorted(group, key=order.index) for group in groups]
