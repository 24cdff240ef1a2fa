"""Currents across the membrane in a user's model: the terms of the equation of the membrane potential.

Totals such as ``i_ion = ina.INa + ikr.IKr`` stand for their terms. A current that the model splits, between places in
the cell, between ions or between the membranes of surface and tubules, is one current.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import myokit

from pointes.cells.constants import evaluate
from pointes.cells.naming import Identity, identify, is_called_current, name_in
from pointes.cells.stimulus import stimulates
from pointes.cells.units import MV, converts, has_no_unit, time_factor, unit_factor

Weights = dict[myokit.Variable, float]


@dataclass(frozen=True)
class Current:
    """A membrane current: the sum of its terms, each times the factor that makes it A/F, positive outward."""

    terms: Weights  # each with its factor, the amount that a unit of the term takes from dV/dt [V/s]
    parts: tuple[myokit.Variable, ...]  # variables that a block scales; none if they belong to another current


def membrane_currents(model: myokit.Model, potential: myokit.Variable) -> dict[str, Current]:
    """Return the currents in the equation of the membrane potential by their names, without the stimulus.

    The name of a current is the label of its variable, or else the name of the variable, and becomes a standard name
    where it stands for one (``i_Kr`` is IKr). Variables that share a name have their qualified names. The currents of a
    second potential that is coupled to that of the membrane, such as that of the tubules, are among the parts.
    """
    outside = _densities(model, potential)
    currents = {variable: Current({variable: density}, (variable,)) for variable, density in outside.items()}
    for total, parts in _split(model, outside).items():
        currents = {variable: current for variable, current in currents.items() if variable not in parts}
        part, weight = next(iter(parts.items()))
        currents[total] = Current({total: outside[part] / weight}, tuple(parts))
    identities = {variable: identity_of(variable) for variable in currents}
    inner: Weights = {}
    for inside in _other_membranes(model, potential, outside):
        inner |= inside
        currents |= {variable: Current({variable: density}, (variable,)) for variable, density in inside.items()}
        identities |= {variable: replace(identity_of(variable), place="inside") for variable in inside}
        identities |= _paired(outside, inside)
    return _joined(currents, _unambiguous(identities), inner)


def identity_of(variable: myokit.Variable) -> Identity:
    """Return the identity of a current that the name of its variable tells."""
    return identify(_name(variable))


def _name(variable: myokit.Variable) -> str:
    return variable.label() or name_in(variable.parent(myokit.Component).name(), variable.name())


def _densities(model: myokit.Model, potential: myokit.Variable) -> Weights:
    """Return the currents in the equation of a potential, with the amount that a unit takes from dV/dt [V/s]."""
    per_V_per_s = unit_factor(potential, MV) * time_factor(model)
    return {
        variable: -weight * per_V_per_s
        for variable, weight in _terms(potential).items()
        if weight != 0 and not stimulates(variable.rhs(), model)
    }


def _terms(variable: myokit.Variable) -> Weights:
    """Return the currents in the equation of a variable with their weights; totals stand for their terms."""
    terms: Weights = {}
    for term, weight in _addends(variable.rhs(), 1.0)[0].items():
        for inner, inner_weight in (_terms(term) if _is_total(term) else {term: 1.0}).items():
            terms[inner] = terms.get(inner, 0.0) + weight * inner_weight
    return terms


def _is_total(variable: myokit.Variable) -> bool:
    """Return whether the names of a variable and its terms tell that it adds up currents.

    A current with a standard name may be the sum of others that have the names of currents, but of nothing else. Totals
    may have further terms, such as a stimulus.
    """
    terms, complete = _addends(variable.rhs(), 1.0)
    named = [term for term in terms if is_called_current(term.name())]
    totals = [term for term in terms if _is_total(term)]
    if complete and terms:
        is_alias = isinstance(variable.rhs(), myokit.Name) or not is_called_current(variable.name())
        if totals or (len(named) == len(terms) and (len(terms) > 1 or is_alias)):
            return True
    has_known = any(identity_of(term).is_known for term in terms)
    return not identity_of(variable).is_known and bool(has_known or totals or len(named) > 1)


def _addends(e: myokit.Expression, weight: float) -> tuple[Weights, bool]:
    """Return the variables that a sum adds up, with their constant factors, and whether it has no other terms."""
    if e.is_constant():
        return {}, True
    if isinstance(e, myokit.Name) and e.var().is_intermediary():
        return {e.var(): weight}, True
    if isinstance(e, myokit.PrefixPlus | myokit.PrefixMinus):
        return _addends(e[0], weight if isinstance(e, myokit.PrefixPlus) else -weight)
    if isinstance(e, myokit.Multiply) and e[0].is_constant():
        return _addends(e[1], weight * evaluate(e[0]))
    if isinstance(e, myokit.Multiply) and e[1].is_constant():
        return _addends(e[0], weight * evaluate(e[1]))
    if isinstance(e, myokit.Divide) and e[1].is_constant() and evaluate(e[1]) != 0:
        return _addends(e[0], weight / evaluate(e[1]))
    if isinstance(e, myokit.Plus | myokit.Minus):
        terms, complete = _addends(e[0], weight)
        others, others_complete = _addends(e[1], weight if isinstance(e, myokit.Plus) else -weight)
        for term, other in others.items():
            terms[term] = terms.get(term, 0.0) + other
        return terms, complete and others_complete
    return {}, False


def _split(model: myokit.Model, densities: Weights) -> dict[myokit.Variable, Weights]:
    """Return the variables with a standard name that add up some of the currents, each with these currents."""
    totals: dict[myokit.Variable, Weights] = {}
    named = [variable for variable in model.variables(inter=True) if identity_of(variable).is_whole]
    for variable in sorted(named, key=lambda variable: not identity_of(variable).is_sure):
        if variable not in densities and _addends(variable.rhs(), 1.0)[1]:
            terms = _terms(variable)
            is_new = len(terms) > 1 or not all(identity_of(term).is_whole for term in terms)
            is_free = all(term in densities and not any(term in parts for parts in totals.values()) for term in terms)
            if is_new and is_free and _are_proportional(terms, densities):
                totals[variable] = terms
    return totals


def _are_proportional(terms: Weights, densities: Weights) -> bool:
    ratios = [densities[term] / weight for term, weight in terms.items() if weight != 0]
    return len(ratios) == len(terms) > 0 and max(ratios) - min(ratios) <= 1e-9 * abs(ratios[0])


def _other_membranes(model: myokit.Model, potential: myokit.Variable, outside: Weights) -> Iterator[Weights]:
    """Yield the currents of each other potential that a current joins to the membrane's, without that current."""
    for state in model.states():
        without_units = has_no_unit(state) and has_no_unit(potential)
        is_potential = converts(state, MV) or (without_units and state.name().lower().startswith("v"))
        if state != potential and is_potential:
            inside = _densities(model, state)
            both = {myokit.Name(potential), myokit.Name(state)}
            if any(_states_in(variable) == both for variable in inside if variable in outside):
                yield {variable: density for variable, density in inside.items() if variable not in outside}


def _states_in(variable: myokit.Variable) -> set[myokit.Expression]:
    states = variable.model().states()
    return {myokit.Name(state) for state in states if variable.rhs().depends_on(myokit.Name(state), deep=True)}


def _paired(outside: Weights, inside: Weights) -> dict[myokit.Variable, Identity]:
    """Return the identities of currents in two membranes whose names differ in their last letters only."""
    identities: dict[myokit.Variable, Identity] = {}
    for one in outside:
        for other in inside:
            names = [_name(one), _name(other)]
            if names[0] != names[1] and names[0][:-1] == names[1][:-1]:
                identity = identify(names[0][:-1].rstrip("_"))
                identities |= {v: replace(identity, place=_name(v)[-1]) for v in (one, other)}
    return identities


def _unambiguous(identities: dict[myokit.Variable, Identity]) -> dict[myokit.Variable, Identity]:
    """Return identities in which some variables keep their own names instead of a standard name.

    These are unsure names of a current for which another name is sure, and names of a part of a current that the model
    does not have as a whole.
    """
    known = [identity for identity in identities.values() if identity.is_known]
    sure = {identity.current for identity in known if identity.is_sure and not identity.component}
    whole = {identity.current for identity in known if identity.component != "ion"}
    return {
        variable: Identity(_name(variable), is_known=False)
        if (not identity.is_sure and identity.current in sure) or (identity.is_known and identity.current not in whole)
        else identity
        for variable, identity in identities.items()
    }


def _joined(
    currents: dict[myokit.Variable, Current], identities: dict[myokit.Variable, Identity], inner: Weights
) -> dict[str, Current]:
    """Return currents by name, with the parts of a current joined. The parts are listed, too, but cannot be blocked.

    Inner currents flow through a membrane of another area: they are parts, but no terms, of a current.
    """
    groups = defaultdict(list)
    for variable, identity in identities.items():
        groups[identity.current.lower().replace("_", "")].append(variable)
    named: list[tuple[str, myokit.Variable, Current]] = []
    for members in groups.values():
        whole = [v for v in members if not (identities[v].component or identities[v].place)]
        if len(members) == 1 or len(whole) > 1:
            for v in members:
                name = identities[v].current if identities[v].is_known else _name(v)
                named.append((name, v, currents[v]))
            continue
        main = whole or [v for v in members if not identities[v].component] or members
        main = [v for v in main if v not in inner] or main
        terms = {term: density for v in main for term, density in currents[v].terms.items()}
        parts = tuple(part for v in [*main, *members] for part in currents[v].parts)
        named.append((identities[main[0]].current, main[0], Current(terms, tuple(dict.fromkeys(parts)))))
        named += [(_name(v), v, replace(currents[v], parts=())) for v in members if v not in whole]
    names = [name for name, _, _ in named]
    return {name if names.count(name) == 1 else v.qname(): current for name, v, current in named}
