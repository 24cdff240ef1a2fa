"""Reading of cell models with Myokit, and the roles of their variables.

The models that come with pointes label every role. In a model of a user, variables without a label are found by their
names, their units or their places in the equation of the membrane potential, or the error says what to add.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from itertools import chain
from math import isfinite
from pathlib import Path

import myokit
from myokit.lib import guess

from pointes.cells import cellml
from pointes.cells.constants import evaluate
from pointes.cells.currents import Current, membrane_currents
from pointes.cells.naming import is_spelling, standard_name
from pointes.cells.stimulus import adopt_stimulus, scaled, stimulates
from pointes.cells.text import is_xml
from pointes.cells.units import MM, MS, MV, converts, has_no_unit
from pointes.errors import UserError, unknown

CELLML = (".cellml", ".xml")  # extensions of CellML files
CONDUCTANCE = "_conductance"  # ending of the label of the literal that scales a current: IKr_conductance
A_PER_F = myokit.parse_unit("A/F")
POTENTIAL_NAMES = ("v", "vm", "v_m", "e", "em", "e_m", "u")
MOST_TERMS, MOST_CONSTANTS = 1_000_000, 10_000  # those of the models that come with pointes have 36,500 and 76
CALCIUM_NAMES = ("cai", "cac", "cacyt", "camyo")  # in lower case, without underscores


@dataclass(frozen=True)
class Cell:
    """A parsed model, in which only ``time`` and ``pace`` are bound, and the roles of its variables."""

    model: myokit.Model
    potential: myokit.Variable
    calcium: myokit.Variable | None  # cytosolic calcium, if the model has it
    currents: dict[str, myokit.Variable]  # observed variables [A/F] by the names of the currents
    conductances: dict[str, str]  # qualified name of the literal that scales each current that can be blocked
    parts: dict[str, tuple[str, ...]]  # variables that a block scales, if the current's name does not tell them
    stimulus_duration: float  # ms
    stimulus_level: float  # value of ``pace`` during a stimulus; 0: the model cannot be stimulated


def read(text: str, where: str, celltype: int | None = None, blockable: tuple[str, ...] = ()) -> Cell:
    """Return the cell in the text of an .mmt or CellML file.

    A file is CellML if its name (`where`) ends in ``.cellml`` or ``.xml``, or its text begins with ``<``. The variable
    labelled ``celltype`` gets the value `celltype`. The variables with the qualified names `blockable` can be blocked,
    although they are no membrane currents. A text that is no valid model, that has a constant or an initial value that
    is not finite, or in which no membrane potential can be found, raises a UserError.
    """
    with refused(where):
        return _cell(*_parse(text, where), where, celltype, blockable)


@contextmanager
def refused(where: str) -> Iterator[None]:
    """Turn errors of Myokit, and of equations that are too deep or too large to work with, into a UserError."""
    try:
        yield
    except RecursionError as error:
        raise UserError("no valid cell model: an expression in it is nested too deeply", where=where) from error
    except (myokit.MyokitError, ValueError, ArithmeticError, SyntaxError) as error:
        message = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"no valid cell model: {message}", where=where) from error


def _cell(
    model: myokit.Model,
    protocol: myokit.Protocol | None,
    where: str,
    celltype: int | None,
    blockable: tuple[str, ...],
) -> Cell:
    if model.count_states() == 0:
        raise UserError("no states", expected="a membrane potential at least", where=where)
    _check_sizes(model, where)
    if celltype is not None:
        _set_celltype(model, celltype, where)
    _check_numbers(model, where)
    potential = _potential(model, where)
    for binding, variable in list(model.bindings()):
        if binding not in ("time", "pace"):
            variable.set_binding(None)
    duration, level = adopt_stimulus(model, protocol)
    if not (isfinite(duration) and isfinite(level)):
        raise UserError("stimulus", f"{level:g} for {duration:g} ms", "a finite level and a finite duration", where)
    conductances = _labelled_conductances(model)
    currents = _labelled_currents(model, conductances)
    parts: dict[str, tuple[str, ...]] = {}
    if not conductances:
        for name, current in membrane_currents(model, potential).items():
            currents[name] = _in_densities(current, name)
            if current.parts:
                conductances[name] = _scale(current.parts, f"{name.rpartition('.')[2]}_scale")
            if len(current.parts) > 1 or not all(is_spelling(part.name(), name) for part in current.parts):
                parts[name] = tuple(part.qname() for part in current.parts)
    for name in blockable:
        if name not in conductances:
            variable = _variable(model, name, conductances, where)
            conductances[name] = _scale((variable,), f"{variable.name()}_scale")
    return Cell(model, potential, _calcium(model), currents, conductances, parts, duration, level)


def literals(model: myokit.Model, names: tuple[str, ...], where: str) -> dict[str, float]:
    """Return the values of some literals by qualified name; a name of anything else raises a UserError."""
    known = {variable.qname(): variable for variable in model.variables(const=True, deep=True)}
    settable = [name for name, variable in known.items() if variable.is_literal()]
    for name in names:
        if name in known and name not in settable:
            expected = "a literal, not a constant that follows from others"
            raise UserError(f"parameter {name}", known[name].rhs().code(), expected, where)
        if name not in known:
            states = {state.qname() for state in model.states()}
            if name in states or model.has_variable(name):
                raise UserError("parameter", name, "a constant, not a variable that changes during a beat", where)
            raise unknown("parameter", name, settable, where)
    return {name: float(known[name].eval()) for name in names}


def check_effects(model: myokit.Model, names: tuple[str, ...], where: str) -> None:
    """Raise a UserError for constants on which no state depends, such as the times of a replaced stimulus."""
    for name in names:
        constant = myokit.Name(model.get(name))
        if not any(state.rhs().depends_on(constant, deep=True) for state in model.states()):
            hint = "cycle length and duration of the stimulus have arguments of their own"
            raise UserError("parameter", name, f"a constant that has an effect on a state ({hint})", where)


def _parse(text: str, where: str) -> tuple[myokit.Model, myokit.Protocol | None]:
    """Return the model and the protocol in a file. Units are not checked: many published models have clashing ones."""
    if is_xml(text) or Path(where).suffix.lower() in CELLML:
        model, protocol = cellml.parse(text), None
    else:
        model, protocol, _ = myokit.parse(text)  # the script of a file is text that is never run
    if model is None:
        raise UserError("no valid cell model", expected="a [[model]] section", where=where)
    model.validate()
    return model, protocol


def _check_sizes(model: myokit.Model, where: str) -> None:
    """Raise a UserError for a variable whose definition is endless when those of others are written out in it."""
    sizes: dict[myokit.Expression, int] = {}
    for lhs, rhs in chain.from_iterable(model.solvable_order().values()):
        sizes[lhs] = sum(1 + sizes.get(part, 0) for part in rhs.walk())
        most = MOST_TERMS if rhs.depends_on_state(deep=True) else MOST_CONSTANTS
        if sizes[lhs] > most:
            expected = f"at most {most}, with all variables in it written out"
            raise UserError(f"number of terms of {lhs.code()}", float(sizes[lhs]), expected, where)


def _set_celltype(model: myokit.Model, celltype: int, where: str) -> None:
    variable = model.label("celltype")
    if variable is None or not variable.is_literal():
        raise UserError("cell types without a variable", expected="a literal with 'label celltype'", where=where)
    variable.set_rhs(celltype)


def _potential(model: myokit.Model, where: str) -> myokit.Variable:
    """Return the membrane potential, labelled as such."""
    time = model.binding("time")
    _check_base_unit(time, "time", "seconds", where)
    if not (has_no_unit(time) or converts(time, MS)):
        raise UserError(f"unit of time {time.qname()}", time.unit(), "a unit of time", where)
    potential = guess.membrane_potential(model)
    if potential is None or not (_is_named(potential) or converts(potential, MV)):
        for state in filter(_is_named, model.states()):
            _check_base_unit(state, "potential", "volts", where)
        raise UserError("no membrane potential", expected="a state with 'label membrane_potential'", where=where)
    if not potential.is_state():
        raise UserError("membrane potential", potential.qname(), "a state", where)
    _check_base_unit(potential, "potential", "volts", where)
    if not (has_no_unit(potential) or converts(potential, MV)):
        raise UserError(f"unit of {potential.qname()}", potential.unit(), "a unit of potential", where)
    if model.label("membrane_potential") is None:
        potential.set_label("membrane_potential")
    return potential


def _check_base_unit(variable: myokit.Variable, kind: str, made_of: str, where: str) -> None:
    """Raise a UserError for a unit whose size a CellML file does not state."""
    unit = variable.meta.get(cellml.BASE_UNIT)
    if unit is not None:
        expected = f"a unit made of {made_of}, not one that the file declares as a base unit or makes of one"
        raise UserError(f"unit of {kind} {variable.qname()}", unit, expected, where)


def _is_named(potential: myokit.Variable) -> bool:
    """Return whether a variable has the name of a membrane potential. Myokit may guess any state without unit."""
    is_labelled = potential.label() is not None or potential.meta.get("oxmeta") == "membrane_voltage"
    return is_labelled or potential.name().lower() in POTENTIAL_NAMES


def _check_numbers(model: myokit.Model, where: str) -> None:
    """Raise a UserError for initial values and constants, also within expressions, that are not finite and real."""
    variables = [variable for variable in model.variables(deep=True) if not variable.is_bound()]
    equations = [(v, e) for v in variables for e in _constants_in(v.rhs())]
    for variable, e in [*equations, *((state, state.initial_value()) for state in model.states())]:
        if not isfinite(evaluate(e)):
            raise UserError(f"definition of {variable.qname()}", e.code().strip(), "a finite real number", where)


def _constants_in(e: myokit.Expression) -> Iterator[myokit.Expression]:
    """Yield the largest parts of an expression that are constant."""
    if e.is_constant() and not isinstance(e, myokit.Condition):
        yield e
    else:
        for part in e:
            yield from _constants_in(part)


def _labelled_conductances(model: myokit.Model) -> dict[str, str]:
    labels = {label: variable.qname() for label, variable in model.labels()}
    return {label.removesuffix(CONDUCTANCE): name for label, name in labels.items() if label.endswith(CONDUCTANCE)}


def _labelled_currents(model: myokit.Model, blockable: dict[str, str]) -> dict[str, myokit.Variable]:
    """Return the variables labelled with the name of a current or flux, by the standard name."""
    return {
        standard_name(label): variable
        for label, variable in model.labels()
        if variable.is_intermediary() and (label in blockable or label.startswith(("I", "i_", "J_")))
    }


def _in_densities(current: Current, name: str) -> myokit.Variable:
    """Return the variable that is a current in A/F: a new one, unless the current has that unit."""
    (variable, density), *others = current.terms.items()
    if abs(density - 1.0) < 1e-9 and not others:
        return variable
    new_name = name.rpartition(".")[2] if others else variable.name()
    total = variable.parent(myokit.Component).add_variable_allow_renaming(f"{new_name}_density")
    total.set_unit(A_PER_F)
    terms = [myokit.Multiply(myokit.Number(density), myokit.Name(term)) for term, density in current.terms.items()]
    total.set_rhs(reduce(myokit.Plus, terms))
    return total


def _scale(variables: tuple[myokit.Variable, ...], name: str) -> str:
    """Return the qualified name of the literal that scales variables: a new one, or the variable if it is a literal."""
    if variables[0].is_literal():
        return str(variables[0].qname())
    scale = variables[0].parent(myokit.Component).add_variable_allow_renaming(name)
    scale.set_rhs(1)
    scale.set_unit(myokit.units.dimensionless)
    for variable in variables:
        variable.set_rhs(scaled(variable.rhs().clone(), myokit.Name(scale), variable.model()))
    return str(scale.qname())


def _variable(model: myokit.Model, name: str, known: dict[str, str], where: str) -> myokit.Variable:
    """Return a further variable that is to be blocked."""
    variables = {variable.qname(): variable for variable in model.variables(deep=True)}
    if name not in variables:
        raise unknown("current", name, [*known, *get_close_matches(name, variables, n=3)], where)
    variable = variables[name]
    if variable.is_state() or variable.is_bound() or stimulates(variable.rhs(), model):
        raise UserError("blocked variable", name, "a current or a constant", where)
    return variable


def _calcium(model: myokit.Model) -> myokit.Variable | None:
    """Return the state that is cytosolic calcium: the labelled one, or the only one with one of the usual names."""
    labelled = model.label("cytosolic_calcium")
    if labelled is not None:
        return labelled if labelled.is_state() else None
    states = [state for state in model.states() if has_no_unit(state) or converts(state, MM)]
    for name in CALCIUM_NAMES:
        named = [state for state in states if (state.label() or state.name()).lower().replace("_", "") == name]
        if len(named) == 1:
            return named[0]
    return None
