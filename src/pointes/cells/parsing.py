"""Read a cell model with Myokit, and find what plays which role in it.

The models that come with pointes label everything. Users' models are taken as they are: what has no label is found by
its name, its unit or its place in the equation of the membrane potential, or the error says what to add.
"""

from dataclasses import dataclass
from pathlib import Path

import myokit
from myokit.lib import guess

from pointes.cells.units import time_factor
from pointes.errors import UserError, unknown

CONDUCTANCE = "_conductance"  # end of the label of the literal that scales all of a current: IKr_conductance
CURRENTS = ("INa", "INaL", "Ito", "ICaL", "ICaT", "IKr", "IKs", "IKur", "IK1", "INaCa", "INaK", "If")  # standard names
CALCIUM_NAMES = ("cai", "ca_i", "cac", "ca_cyt")
DEFAULT_DURATION = 1.0  # ms; of the stimulus of a model that does not say


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
        Variables that are observed, by the name they go by.
    conductances
        For each current that can be blocked, the qualified name of the literal that scales it.
    stimulus_duration, stimulus_level
        How long [ms] and with which value of ``pace`` the model is stimulated; level 0: it cannot be.
    """

    model: myokit.Model
    potential: myokit.Variable
    calcium: myokit.Variable | None
    currents: dict[str, myokit.Variable]
    conductances: dict[str, str]
    stimulus_duration: float
    stimulus_level: float


def read(text: str, where: str, celltype: int | None = None, blockable: tuple[str, ...] = ()) -> Cell:
    """Return the cell in the text of an .mmt or CellML file.

    Parameters
    ----------
    text
        Contents of the file.
    where
        Its name, for errors; a name that ends in ``.cellml`` is read as CellML.
    celltype
        Value of the variable labelled ``celltype``.
    blockable
        Qualified names of variables that are to be scaled although they are no membrane currents.

    Raises
    ------
    UserError
        When the text is no valid model, units clash, or time or the membrane potential cannot be found.
    """
    model, protocol = _parse(text, where)
    if celltype is not None:
        model.label("celltype").set_rhs(celltype)
    time = model.binding("time")
    if time is None:
        raise UserError(f"{where} has no variable for time; expected one with 'bind time'")
    potential = guess.membrane_potential(model)
    if potential is None or not potential.is_state():
        found = "none was found" if potential is None else f"{potential.qname()} is no state"
        raise UserError(f"{where}: {found}; expected a state with 'label membrane_potential'")
    if model.label("membrane_potential") is None:
        potential.set_label("membrane_potential")
    for binding, variable in list(model.bindings()):
        if binding not in ("time", "pace"):
            variable.set_binding(None)
    conductances = _labelled_conductances(model)
    currents = _labelled_currents(model)
    if not conductances:
        currents = _membrane_currents(model, potential) | currents
        conductances = {name: _scale(variable) for name, variable in currents.items()}
    for name in blockable:
        if name not in conductances:
            conductances[name] = _scale(_variable(model, name, conductances, where))
    duration, level = _stimulus(model, protocol)
    return Cell(model, potential, _calcium(model), currents, conductances, duration, level)


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


def _parse(text: str, where: str) -> tuple[myokit.Model, myokit.Protocol | None]:
    try:
        if where.endswith(".cellml"):
            model = _parse_cellml(text)
            return model, guess.remove_embedded_protocol(model)
        model, protocol, _ = myokit.parse(text)
        if model is None:
            raise UserError(f"{where} is no valid cell model: expected a [[model]] section")
        model.validate()
        model.check_units(myokit.UNIT_TOLERANT)
    except (myokit.MyokitError, ValueError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UserError(f"{where} is no valid cell model: {first}") from error
    return model, protocol


def _parse_cellml(text: str) -> myokit.Model:
    """Return the model in a CellML document. Myokit wants a file name: it gets one that nobody else can see."""
    import tempfile

    from myokit.formats import importer

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.cellml"
        path.write_text(text, encoding="utf-8")
        model = importer("cellml").model(str(path))
    model.validate()
    return model


def _labelled_conductances(model: myokit.Model) -> dict[str, str]:
    labels = {label: variable.qname() for label, variable in model.labels()}
    return {label.removesuffix(CONDUCTANCE): name for label, name in labels.items() if label.endswith(CONDUCTANCE)}


def _labelled_currents(model: myokit.Model) -> dict[str, myokit.Variable]:
    """Return the variables labelled with a standard name of a current, or with that of a conductance."""
    blockable = _labelled_conductances(model)
    return {
        label: variable
        for label, variable in model.labels()
        if variable.is_intermediary() and (label in blockable or label.startswith(("I", "i_", "J_")))
    }


def _membrane_currents(model: myokit.Model, potential: myokit.Variable) -> dict[str, myokit.Variable]:
    """Return the terms of the membrane potential's equation: sums of variables stand for their terms."""
    pace = model.binding("pace")
    found, todo = [], [potential]
    while todo:
        variable = todo.pop(0)
        terms = sorted((lhs.var() for lhs in variable.rhs().references()), key=lambda term: term.qname())
        for term in terms:
            if term in found or term.is_state() or term.is_bound() or not term.is_intermediary() or term.is_nested():
                continue
            if pace is not None and pace in term.refs_to():
                continue
            if variable is not potential or _is_sum(term):
                (todo if _is_sum(term) else found).append(term)
            else:
                found.append(term)
    names = [_standard_name(variable) for variable in found]
    return {
        name if names.count(name) == 1 else variable.qname(): variable
        for name, variable in zip(names, found, strict=True)
    }


def _is_sum(variable: myokit.Variable) -> bool:
    """Return whether a variable is nothing but a sum of other variables that change during a beat."""
    todo = [variable.rhs()]
    while todo:
        e = todo.pop()
        if isinstance(e, myokit.Plus | myokit.Minus):
            todo += list(e)
        elif not (isinstance(e, myokit.Name) and e.var().is_intermediary()):
            return False
    return isinstance(variable.rhs(), myokit.Plus | myokit.Minus)


def _standard_name(variable: myokit.Variable) -> str:
    """Return the standard name of a current (``i_Kr`` is IKr), or the variable's own one."""
    plain = variable.name().lower().replace("_", "")
    return next((current for current in CURRENTS if plain == current.lower()), variable.name())


def _scale(variable: myokit.Variable) -> str:
    """Return the qualified name of the literal that scales a variable; a new one unless the variable is a literal."""
    if variable.is_literal():
        return variable.qname()
    component = variable.parent(myokit.Component)
    scale = component.add_variable_allow_renaming(f"{variable.name()}_scale")
    scale.set_rhs(1)
    scale.set_unit(myokit.units.dimensionless)
    variable.set_rhs(myokit.Multiply(myokit.Name(scale), variable.rhs().clone()))
    return scale.qname()


def _variable(model: myokit.Model, name: str, known: dict[str, str], where: str) -> myokit.Variable:
    variables = {variable.qname(): variable for variable in model.variables(deep=True)}
    if name not in variables:
        raise unknown("current", name, known, where)
    if variables[name].is_state() or variables[name].is_bound() or variables[name].is_nested():
        raise UserError(f"{name!r} of {where} cannot be blocked; expected a current or a constant")
    return variables[name]


def _calcium(model: myokit.Model) -> myokit.Variable | None:
    labelled = model.label("cytosolic_calcium")
    if labelled is not None:
        return labelled if labelled.is_state() else None
    named = [state for state in model.states() if state.name().lower() in CALCIUM_NAMES]
    return named[0] if len(named) == 1 else None


def _stimulus(model: myokit.Model, protocol: myokit.Protocol | None) -> tuple[float, float]:
    """Return duration [ms] and level of the stimulus: the model's own label, its protocol, or the default."""
    if model.binding("pace") is None:
        return DEFAULT_DURATION, 0.0
    event = protocol.head() if protocol is not None else None
    label = model.label("stimulus_duration")
    if label is not None:
        return label.eval(), 1.0
    if event is not None:
        return event.duration() / time_factor(model), event.level()
    return DEFAULT_DURATION, 1.0
