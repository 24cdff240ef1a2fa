"""Read a cell model with Myokit, and find what plays which role in it.

The models that come with pointes label everything. Users' models are taken as they are: what has no label is found by
its name, its unit or its place in the equation of the membrane potential, or the error says what to add.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
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

CELLML = (".cellml", ".xml")  # endings of the names of files
CONDUCTANCE = "_conductance"  # end of the label of the literal that scales all of a current: IKr_conductance
A_PER_F = myokit.parse_unit("A/F")
POTENTIAL_NAMES = ("v", "vm", "v_m", "e", "em", "e_m", "u")
CALCIUM_NAMES = ("cai", "cac", "cacyt", "camyo")  # in lower case, without underscores


@dataclass(frozen=True)
class Cell:
    """A parsed model and the parts that its variables play.

    Attributes
    ----------
    model
        The equations. Only ``time`` and ``pace`` are still bound.
    potential, calcium
        The states that are the membrane potential and the cytosolic calcium concentration, if there is one.
    currents
        Variables that are observed [A/F], by the name they go by.
    conductances
        For each current that can be blocked, the qualified name of the literal that scales it.
    parts
        For currents whose names do not say which variables they are, the qualified names of those that a block scales.
    stimulus_duration, stimulus_level
        How long [ms] and with which value of ``pace`` the model is stimulated; level 0: it cannot be.
    """

    model: myokit.Model
    potential: myokit.Variable
    calcium: myokit.Variable | None
    currents: dict[str, myokit.Variable]
    conductances: dict[str, str]
    parts: dict[str, tuple[str, ...]]
    stimulus_duration: float
    stimulus_level: float


def read(text: str, where: str, celltype: int | None = None, blockable: tuple[str, ...] = ()) -> Cell:
    """Return the cell in the text of an .mmt or CellML file.

    Parameters
    ----------
    text
        Contents of the file.
    where
        Its name, for errors; one that ends in ``.cellml`` or ``.xml`` is read as CellML, as is a text that begins with
        ``<``.
    celltype
        Value of the variable labelled ``celltype``.
    blockable
        Qualified names of variables that are to be scaled although they are no membrane currents.

    Raises
    ------
    UserError
        When the text is no valid model, a constant or an initial value in it is not finite, or the membrane potential
        cannot be found.
    """
    model, protocol = _parse(text, where)
    if model.count_states() == 0:
        raise UserError(f"{where} has no states; expected a membrane potential at least")
    if celltype is not None:
        _set_celltype(model, celltype, where)
    _check_numbers(model, where)
    potential = _potential(model, where)
    for binding, variable in list(model.bindings()):
        if binding not in ("time", "pace"):
            variable.set_binding(None)
    duration, level = adopt_stimulus(model, protocol)
    conductances = _labelled_conductances(model)
    currents, parts = _labelled_currents(model), {}
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
    """Return the values of constants that may be set, by qualified name.

    Raises
    ------
    UserError
        When a name is no constant of the model, or one that follows from others.
    """
    known = {variable.qname(): variable for variable in model.variables(const=True, deep=True)}
    settable = [name for name, variable in known.items() if variable.is_literal()]
    for name in names:
        if name in known and name not in settable:
            raise UserError(
                f"parameter {name!r} of {where} follows from others: {known[name].rhs().code()}; expected a literal"
            )
        if name not in known:
            states = {state.qname() for state in model.states()}
            if name in states or model.has_variable(name):
                raise UserError(
                    f"parameter {name!r} of {where} changes during a beat; expected a constant of the model"
                )
            raise unknown("parameter", name, settable, where)
    return {name: float(known[name].eval()) for name in names}


def check_effects(model: myokit.Model, names: tuple[str, ...], where: str) -> None:
    """Refuse constants on which no state depends, such as the times of a stimulus that ours has replaced."""
    for name in names:
        constant = myokit.Name(model.get(name))
        if not any(state.rhs().depends_on(constant, deep=True) for state in model.states()):
            hint = "cycle length and duration of the stimulus are given as such, not as constants of the model"
            raise UserError(f"parameter {name!r} of {where} has no effect on any state; expected one that has ({hint})")


def _parse(text: str, where: str) -> tuple[myokit.Model, myokit.Protocol | None]:
    """Return the model and the protocol in a file. Units are not checked: many published models have clashing ones."""
    try:
        if is_xml(text) or Path(where).suffix.lower() in CELLML:
            model, protocol = cellml.parse(text), None
        else:
            model, protocol, _ = myokit.parse(text)
        if model is None:
            raise UserError(f"{where} is no valid cell model: expected a [[model]] section")
        model.validate()
    except RecursionError as error:
        raise UserError(f"{where} is no valid cell model: an expression in it is nested too deeply") from error
    except (myokit.MyokitError, ValueError) as error:
        message = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{where} is no valid cell model: {message}") from error
    return model, protocol


def _set_celltype(model: myokit.Model, celltype: int, where: str) -> None:
    variable = model.label("celltype")
    if variable is None or not variable.is_literal():
        raise UserError(f"{where} declares cell types; expected a literal with 'label celltype'")
    variable.set_rhs(celltype)


def _potential(model: myokit.Model, where: str) -> myokit.Variable:
    """Return the membrane potential, labelled as such."""
    time = model.binding("time")
    _check_base_unit(time, "time", "seconds", where)
    if not (has_no_unit(time) or converts(time, MS)):
        raise UserError(f"{where}: unit of time {time.qname()} is {time.unit()}; expected one of time")
    potential = guess.membrane_potential(model)
    if potential is None or not (_is_named(potential) or converts(potential, MV)):
        for state in filter(_is_named, model.states()):
            _check_base_unit(state, "potential", "volts", where)
        raise UserError(f"{where}: no membrane potential was found; expected a state with 'label membrane_potential'")
    if not potential.is_state():
        raise UserError(f"{where}: {potential.qname()} is no state; expected the membrane potential to be one")
    _check_base_unit(potential, "potential", "volts", where)
    if not (has_no_unit(potential) or converts(potential, MV)):
        raise UserError(f"{where}: unit of {potential.qname()} is {potential.unit()}; expected one of potential")
    if model.label("membrane_potential") is None:
        potential.set_label("membrane_potential")
    return potential


def _check_base_unit(variable: myokit.Variable, kind: str, made_of: str, where: str) -> None:
    """Refuse a unit of which a CellML file does not say what it is made of."""
    unit = variable.meta.get(cellml.BASE_UNIT)
    if unit is not None:
        declared = f"unit of {kind} {variable.qname()} is {unit!r}, which the file declares as a base unit"
        raise UserError(f"{where}: {declared} or makes of one; expected one that is made of {made_of}")


def _is_named(potential: myokit.Variable) -> bool:
    """Return whether a variable is called a membrane potential: Myokit's guess may be any state without unit."""
    is_labelled = potential.label() is not None or potential.meta.get("oxmeta") == "membrane_voltage"
    return is_labelled or potential.name().lower() in POTENTIAL_NAMES


def _check_numbers(model: myokit.Model, where: str) -> None:
    """Refuse initial values and constants, also within expressions, that are no finite real numbers."""
    variables = [variable for variable in model.variables(deep=True) if not variable.is_bound()]
    equations = [(v, e) for v in variables for e in _constants_in(v.rhs())]
    for variable, e in [*equations, *((state, state.initial_value()) for state in model.states())]:
        if not isfinite(evaluate(e)):
            definition = f"{e.code().strip()}, in the definition of {variable.qname()}"
            raise UserError(f"{where}: {definition}, is not a finite real number")


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


def _labelled_currents(model: myokit.Model) -> dict[str, myokit.Variable]:
    """Return the variables labelled with a name of a current or flux, or with that of a conductance."""
    blockable = _labelled_conductances(model)
    return {
        standard_name(label): variable
        for label, variable in model.labels()
        if variable.is_intermediary() and (label in blockable or label.startswith(("I", "i_", "J_")))
    }


def _in_densities(current: Current, name: str) -> myokit.Variable:
    """Return the variable that is a current in A/F; a new one unless that is the current's unit."""
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
        return variables[0].qname()
    scale = variables[0].parent(myokit.Component).add_variable_allow_renaming(name)
    scale.set_rhs(1)
    scale.set_unit(myokit.units.dimensionless)
    for variable in variables:
        variable.set_rhs(scaled(variable.rhs().clone(), myokit.Name(scale), variable.model()))
    return scale.qname()


def _variable(model: myokit.Model, name: str, known: dict[str, str], where: str) -> myokit.Variable:
    """Return the variable that a user wants to block."""
    variables = {variable.qname(): variable for variable in model.variables(deep=True)}
    if name not in variables:
        raise unknown("current", name, [*known, *get_close_matches(name, variables, n=3)], where)
    variable = variables[name]
    if variable.is_state() or variable.is_bound() or stimulates(variable.rhs(), model):
        raise UserError(f"{name!r} of {where} cannot be blocked; expected a current or a constant")
    return variable


def _calcium(model: myokit.Model) -> myokit.Variable | None:
    """Return the state that is the cytosolic calcium concentration: by its label, or by a name that only one has."""
    labelled = model.label("cytosolic_calcium")
    if labelled is not None:
        return labelled if labelled.is_state() else None
    states = [state for state in model.states() if has_no_unit(state) or converts(state, MM)]
    for name in CALCIUM_NAMES:
        named = [state for state in states if (state.label() or state.name()).lower().replace("_", "") == name]
        if len(named) == 1:
            return named[0]
    return None
