"""Values of constant expressions in the arithmetic of compiled code, where 1 / 0 is infinite and 1 / (1 / 0) is 0."""

import myokit
import numpy as np


def evaluate(e: myokit.Expression) -> float:
    """Return the value of an expression that depends on constants only, or NaN if it is no real number."""
    try:
        value = e.eval()
    except (myokit.NumericalError, ArithmeticError):
        numbers: dict[str, np.float64] = {}
        function = _with_names(e.clone(expand=True), numbers).pyfunc()
        with np.errstate(all="ignore"):
            value = function(**numbers)
    return float("nan") if isinstance(value, complex) else float(value)


def _with_names(e: myokit.Expression, numbers: dict[str, np.float64]) -> myokit.Expression:
    """Return an expression with names instead of numbers, and add the numbers to a dictionary by these names."""
    if isinstance(e, myokit.Number):
        name = f"number_{len(numbers)}"
        numbers[name] = np.float64(e.eval())
        return myokit.Name(name)
    return type(e)(*(_with_names(part, numbers) for part in e))
