"""Printing of parsed expressions as branch-free Python, which LLVM can turn into packed instructions."""

import re
from math import isfinite

import myokit
from myokit.formats.python import PythonExpressionWriter

from pointes.cells.constants import evaluate
from pointes.cells.powers import Power

NOT_FINITE = {"inf": "1e999", "-inf": "-1e999", "nan": "1e999 - 1e999"}
"""Python's expressions of the numbers that it prints as names."""


class Printer(PythonExpressionWriter):  # type: ignore[misc]  # Myokit has no types
    """Printer of expressions as branch-free Python. Parts that depend on no state, time or parameter become numbers.

    Only numbers, operators, functions of `FUNCTIONS` and names made here are printed: no text of a model file gets into
    code. All names made here contain an underscore, so none is a keyword or a function. Variables that are `folded`
    have known values when the code is generated.
    """

    def __init__(self, folded: set[myokit.Variable]) -> None:
        super().__init__()
        self._function_prefix = ""
        self._op_map[Power] = self._ex_power
        self._names: dict[myokit.LhsExpression, str] = {}
        self.folded = folded
        self.set_lhs_function(self.name)

    def name(self, lhs: myokit.LhsExpression) -> str:
        """Return the unique name of a variable's value, of its rate, or of a derivative of either."""
        if lhs not in self._names:
            base, k = self._describe(lhs), 1
            name = base
            while name in self._names.values():
                k += 1
                name = f"{base}_{k}"
            self._names[lhs] = name
        return self._names[lhs]

    def _describe(self, lhs: myokit.LhsExpression) -> str:
        if isinstance(lhs, myokit.PartialDerivative):
            return f"d_{self.name(lhs.dependent_expression())}_by_{self.name(lhs.independent_expression())}"
        name = re.sub(r"[^A-Za-z0-9]", "_", lhs.var().qname())
        return f"rate_{name}" if isinstance(lhs, myokit.Derivative) else name

    def is_folded(self, e: myokit.Expression) -> bool:
        """Return whether the value of an expression is known when the code is generated."""
        return all(isinstance(lhs, myokit.Name) and lhs.var() in self.folded for lhs in e.references())

    def ex(self, e: myokit.Expression) -> str:
        """Return an expression as Python."""
        if self.is_folded(e) and not isinstance(e, myokit.Condition):
            value = evaluate(e)
            number = repr(value) if isfinite(value) else NOT_FINITE[repr(value)]
            return number if value >= 0 else f"({number})"
        return str(super().ex(e))

    def _ex_partial_derivative(self, e: myokit.PartialDerivative) -> str:
        return self.name(e)

    def _ex_power(self, e: myokit.Expression) -> str:
        base, exponent = e
        if self.is_folded(exponent):
            n = evaluate(exponent)
            if n == 0:
                return "1.0"  # for negative bases, too
            if n == int(n) and 1 <= abs(n) <= 16:
                product = self._product(f"({self.ex(base)})", abs(int(n)))
                return product if n > 0 else f"(1.0 / {product})"
            if n == 0.5:
                return f"sqrt({self.ex(base)})"
        elif self.is_folded(base) and evaluate(base) > 0:
            return f"exp({self.ex(exponent)} * {self.ex(myokit.Log(base))})"
        return f"power({self.ex(base)}, {self.ex(exponent)})"

    def _product(self, base: str, n: int) -> str:
        if n == 1:
            return base
        if n == 3:
            return f"cube({base})"
        if n % 2 == 0:
            return f"square({self._product(base, n // 2)})"
        return f"({base} * {self._product(base, n - 1)})"

    def _ex_log(self, e: myokit.Expression) -> str:
        if len(e) == 1:
            return f"log({self.ex(e[0])})"
        return f"(log({self.ex(e[0])}) / log({self.ex(e[1])}))"

    def _ex_log10(self, e: myokit.Expression) -> str:
        return f"(log({self.ex(e[0])}) * 0.4342944819032518)"

    def _ex_quotient(self, e: myokit.Expression) -> str:
        return f"floor(({self.ex(e[0])}) / ({self.ex(e[1])}))"

    def _ex_remainder(self, e: myokit.Expression) -> str:
        a, b = self.ex(e[0]), self.ex(e[1])
        return f"(({a}) - ({b}) * floor(({a}) / ({b})))"

    def _ex_and(self, e: myokit.Expression) -> str:
        return f"(({self.ex(e[0])}) & ({self.ex(e[1])}))"

    def _ex_or(self, e: myokit.Expression) -> str:
        return f"(({self.ex(e[0])}) | ({self.ex(e[1])}))"

    def _ex_not(self, e: myokit.Expression) -> str:
        return f"(({self.ex(e[0])}) == False)"

    def _ex_if(self, e: myokit.Expression) -> str:
        return self._select([e._i], [e._t, e._e])

    def _ex_piecewise(self, e: myokit.Expression) -> str:
        return self._select(e._i, e._e)

    def _select(self, conditions: list[myokit.Expression], values: list[myokit.Expression]) -> str:
        """Print nested selections. A condition whose value is known chooses when the code is generated."""
        if not conditions:
            return f"({self.ex(values[0])})"
        condition, rest = conditions[0], (conditions[1:], values[1:])
        if self.is_folded(condition):
            return f"({self.ex(values[0])})" if evaluate(condition) else f"({self._select(*rest)})"
        return f"where({self.ex(condition)}, {self.ex(values[0])}, {self._select(*rest)})"


FUNCTIONS = "from math import acos, asin, atan, cos, sin, sqrt, tan\n\nfrom numpy import ceil, floor"
"""Imports of generated code."""
