"""Read a cell model with Myokit: its equations, and which literals scale its currents."""

import myokit

from pointes.errors import UserError, unknown

CONDUCTANCE = "_conductance"  # end of the label of the literal that scales all of a current: IKr_conductance


def parse(text: str, where: str) -> myokit.Model:
    """Return the model in the text of an .mmt file, checked for consistent units.

    Raises
    ------
    UserError
        When the text is no valid model, or units clash.
    """
    try:
        model = myokit.parse_model(text)
        model.check_units(myokit.UNIT_TOLERANT)
    except myokit.MyokitError as error:
        raise UserError(f"{where} is no valid cell model: {error}") from error
    return model


def conductances(model: myokit.Model) -> dict[str, str]:
    """Return the currents that can be blocked and, for each, the qualified name of the literal that scales it."""
    labels = {label: variable.qname() for label, variable in model.labels()}
    return {label.removesuffix(CONDUCTANCE): name for label, name in labels.items() if label.endswith(CONDUCTANCE)}


def literals(model: myokit.Model, names: tuple[str, ...], where: str) -> dict[str, float]:
    """Return the values of literals, by qualified name.

    Raises
    ------
    UserError
        When a name is no literal of the model.
    """
    known = {variable.qname(): variable for variable in model.variables(const=True) if variable.is_literal()}
    for name in names:
        if name not in known:
            raise unknown("parameter", name, known, where)
    return {name: float(known[name].eval()) for name in names}
