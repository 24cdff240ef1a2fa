"""Find the currents across the membrane in a user's model: the terms of the equation of the membrane potential.

Totals such as ``i_ion = ina.INa + ikr.IKr`` stand for their terms. A current that the model splits, between the
sarcolemma and the junctional cleft or between ions, is one current: ``INa = INa_jn + INa_sl``.
"""

from dataclasses import dataclass, replace

import myokit
from myokit.lib import guess

from pointes.cells.units import MV, time_factor, unit_factor

STANDARD = (
    *("INa", "INaL", "Ito", "ICaL", "ICaT", "IKr", "IKs", "IKur", "IK1", "INaCa", "INaK"),
    *("If", "IKACh", "IKATP", "IKb", "INab", "ICab", "IpCa"),
)
# Names in lower case without underscores
ALIASES = {"ito1": "Ito", "ibna": "INab", "ibca": "ICab", "icap": "IpCa", "ihcn": "If", "ifunny": "If", "incx": "INaCa"}
# Sodium and potassium through L-type calcium channels, as models of the Luo-Rudy family call them: no late INa
OF_ICAL = {"inal": "ICaNa", "ikl": "ICaK"}
# Currents that are carried by the same proteins: the block of the first acts on the others
TOGETHER = {"ICaL": ("icana", "icak"), "INaCa": ("inacass", "inacasssr")}

Weights = dict[myokit.Variable, float]


@dataclass(frozen=True)
class Current:
    """A membrane current.

    Attributes
    ----------
    variable
        Its value in the units of the model.
    parts
        The variables that a block scales; none, if the block of another current does.
    density
        Factor from those to A/F, positive outward: what a unit of the current takes from dV/dt [V/s].
    """

    variable: myokit.Variable
    parts: tuple[myokit.Variable, ...]
    density: float


def membrane_currents(model: myokit.Model, potential: myokit.Variable) -> dict[str, Current]:
    """Return the currents in the equation of the membrane potential by their names, without the stimulus.

    The label of a variable is the name of its current, else the variable's own name is; both are turned into a standard
    name where they stand for one (``i_Kr`` is IKr). Variables that share a name go by their qualified names.
    """
    per_V_per_s = unit_factor(potential, MV) * time_factor(model)
    densities = {
        variable: -weight * per_V_per_s
        for variable, weight in _terms(potential).items()
        if weight != 0 and not _is_stimulus(variable, model)
    }
    currents = {variable: Current(variable, (variable,), density) for variable, density in densities.items()}
    for total, parts in _split(model, densities).items():
        currents = {variable: current for variable, current in currents.items() if variable not in parts}
        part, weight = next(iter(parts.items()))
        currents[total] = Current(total, tuple(parts), densities[part] / weight)
    return _joined(_named(currents))


def standard_name(name: str) -> str:
    """Return the standard name of a current that a name stands for, or the name itself.

    Examples
    --------
    >>> standard_name("i_Kr"), standard_name("i_x1")
    ('IKr', 'i_x1')
    """
    plain = name.lower().replace("_", "")
    return ALIASES.get(plain) or next((current for current in STANDARD if plain == current.lower()), name)


def _name(variable: myokit.Variable) -> str:
    """Return the name of a current; one that is just called I goes by its component."""
    component, own = variable.parent(myokit.Component).name(), variable.name()
    if component.lower() == "ical" and own.lower() in OF_ICAL:
        return OF_ICAL[own.lower()]
    return standard_name(variable.label() or (component if own.lower() == "i" else own))


def _terms(variable: myokit.Variable) -> Weights:
    """Return the currents in the equation of a variable with their weights; totals stand for their terms."""
    terms: Weights = {}
    for term, weight in _addends(variable.rhs(), 1.0)[0].items():
        for inner, inner_weight in (_terms(term) if _is_total(term) else {term: 1.0}).items():
            terms[inner] = terms.get(inner, 0.0) + weight * inner_weight
    return terms


def _is_total(variable: myokit.Variable) -> bool:
    """Return whether a variable adds up currents, as told by their names, and nothing else."""
    terms, complete = _addends(variable.rhs(), 1.0)
    if not complete:
        return False
    is_alias = isinstance(variable.rhs(), myokit.Name) or not _is_called_current(variable)
    named = all(_is_called_current(term) for term in terms)
    return any(_is_total(term) for term in terms) or (named and (len(terms) > 1 or (len(terms) == 1 and is_alias)))


def _is_called_current(variable: myokit.Variable) -> bool:
    return variable.name().lower().startswith("i")


def _addends(e: myokit.Expression, weight: float) -> tuple[Weights, bool]:
    """Return the variables that a sum adds up, with constant factors, and whether it is nothing but that."""
    if e.is_constant():
        return {}, True
    if isinstance(e, myokit.Name) and e.var().is_intermediary():
        return {e.var(): weight}, True
    if isinstance(e, myokit.PrefixPlus | myokit.PrefixMinus):
        return _addends(e[0], weight if isinstance(e, myokit.PrefixPlus) else -weight)
    if isinstance(e, myokit.Multiply) and e[0].is_constant():
        return _addends(e[1], weight * e[0].eval())
    if isinstance(e, myokit.Multiply) and e[1].is_constant():
        return _addends(e[0], weight * e[1].eval())
    if isinstance(e, myokit.Divide) and e[1].is_constant() and e[1].eval() != 0:
        return _addends(e[0], weight / e[1].eval())
    if isinstance(e, myokit.Plus | myokit.Minus):
        terms, complete = _addends(e[0], weight)
        others, others_complete = _addends(e[1], weight if isinstance(e, myokit.Plus) else -weight)
        for term, other in others.items():
            terms[term] = terms.get(term, 0.0) + other
        return terms, complete and others_complete
    return {}, False


def _is_stimulus(variable: myokit.Variable, model: myokit.Model) -> bool:
    pace = model.binding("pace")
    driven = pace is not None and variable.rhs().depends_on(myokit.Name(pace), deep=True)
    return variable == guess.stimulus_current(model) or (driven and not variable.rhs().depends_on_state(deep=True))


def _split(model: myokit.Model, densities: Weights) -> dict[myokit.Variable, Weights]:
    """Return the variables with a standard name that add up some of the currents found, with these."""
    totals = {}
    for variable in model.variables(inter=True):
        if variable not in densities and _name(variable) in STANDARD and _addends(variable.rhs(), 1.0)[1]:
            terms = _terms(variable)
            is_new = len(terms) > 1 or any(_name(term) not in STANDARD for term in terms)
            if is_new and set(terms) <= set(densities) and _are_proportional(terms, densities):
                totals[variable] = terms
    return totals


def _are_proportional(terms: Weights, densities: Weights) -> bool:
    ratios = [densities[term] / weight for term, weight in terms.items() if weight != 0]
    return len(ratios) == len(terms) and max(ratios) - min(ratios) <= 1e-9 * abs(ratios[0])


def _named(currents: dict[myokit.Variable, Current]) -> dict[str, Current]:
    names = [_name(variable) for variable in currents]
    return {
        name if names.count(name) == 1 else variable.qname(): current
        for name, (variable, current) in zip(names, currents.items(), strict=True)
    }


def _joined(currents: dict[str, Current]) -> dict[str, Current]:
    """Let the block of a current act on those that belong to it."""
    for name, others in TOGETHER.items():
        for other in currents:
            if name in currents and other.lower().replace("_", "") in others:
                currents[name] = replace(currents[name], parts=currents[name].parts + currents[other].parts)
                currents[other] = replace(currents[other], parts=())
    return currents
