"""Factors between the units of users' models and milliseconds, millivolts and millimoles per litre."""

import myokit

MV, MM, MS = myokit.parse_unit("mV"), myokit.parse_unit("mM"), myokit.parse_unit("ms")


def time_factor(model: myokit.Model) -> float:
    """Return the number of the model's units of time in a millisecond; 1 in models without units."""
    time = model.binding("time")
    return 1.0 if has_no_unit(time) else float(myokit.Unit.conversion_factor(MS, time.unit()).value())


def unit_factor(variable: myokit.Variable, target: myokit.Unit) -> float:
    """Return the factor from a variable's unit to another unit; 1 without a unit or for units of different kinds."""
    if not converts(variable, target):
        return 1.0
    return float(myokit.Unit.conversion_factor(variable.unit(), target).value())


def has_no_unit(variable: myokit.Variable) -> bool:
    """Return whether a variable has no unit or is dimensionless."""
    return variable.unit() is None or variable.unit() == myokit.units.dimensionless


def converts(variable: myokit.Variable, target: myokit.Unit) -> bool:
    """Return whether a variable has a unit that can be converted to another unit."""
    return variable.unit() is not None and myokit.Unit.can_convert(variable.unit(), target)
