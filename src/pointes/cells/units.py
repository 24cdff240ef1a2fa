"""Units of users' models: what makes a millisecond, a millivolt or a millimole per litre."""

import myokit

MV, MM = myokit.parse_unit("mV"), myokit.parse_unit("mM")


def time_factor(model: myokit.Model) -> float:
    """Return how many of the model's units of time make a millisecond."""
    return 1e-3 if model.binding("time").unit() == myokit.units.s else 1.0


def unit_factor(variable: myokit.Variable, target: myokit.Unit) -> float:
    """Return the factor from a variable's unit to another one; 1 when it has none or another kind of unit."""
    if not _converts(variable, target):
        return 1.0
    return float(myokit.Unit.conversion_factor(variable.unit(), target).value())


def is_concentration(variable: myokit.Variable) -> bool:
    """Return whether a variable has the unit of a concentration."""
    return _converts(variable, MM)


def _converts(variable: myokit.Variable, target: myokit.Unit) -> bool:
    return variable.unit() is not None and myokit.Unit.can_convert(variable.unit(), target)
