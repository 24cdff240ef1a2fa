"""Derivatives of powers, including powers of negative bases, for which Myokit's derivatives have no value."""

import myokit


class Power(myokit.Power):  # type: ignore[misc]  # Myokit has no types
    """A power whose derivative has a value wherever the power has a slope.

    Myokit differentiates x**y through log(x), also where x is negative, and c**y with the factor 1 / log(c). Here
    the logarithm is a factor, for positive bases only, and the derivative of x**0 is 0 even where x is 0.
    """

    def _diff(self, lhs: myokit.LhsExpression, idstates: bool) -> myokit.Expression | None:
        base, exponent = self
        if isinstance(exponent, myokit.Number):
            return super()._diff(lhs, idstates) if exponent.value() != 0 else None
        zero, terms = myokit.Number(0), []
        by_base, by_exponent = base._diff(lhs, idstates), exponent._diff(lhs, idstates)
        if by_base is not None:
            lowered = Power(base, myokit.Minus(exponent, myokit.Number(1)))
            slope = myokit.If(myokit.Equal(exponent, zero), zero, myokit.Multiply(exponent, lowered))
            terms.append(myokit.Multiply(slope, by_base))
        if by_exponent is not None:
            slope = myokit.If(myokit.More(base, zero), myokit.Multiply(self, myokit.Log(base)), zero)
            terms.append(myokit.Multiply(slope, by_exponent))
        return None if not terms else terms[0] if len(terms) == 1 else myokit.Plus(*terms)


def differentiated(expression: myokit.Expression, by: myokit.Name) -> myokit.Expression:
    """Return the derivative of an expression by a state, with its powers taken as `Power`."""
    return _with_powers(expression).diff(by)


def _with_powers(e: myokit.Expression) -> myokit.Expression:
    if not e.contains_type(myokit.Power):
        return e
    return (Power if isinstance(e, myokit.Power) else type(e))(*map(_with_powers, e))
