"""Base of the generators of kernel source: the equations of a cell, and the names and lines that all kernels share."""

from collections.abc import Callable

import myokit

from pointes.cells import elimination
from pointes.cells.calculus import Equations, Group
from pointes.cells.parsing import Cell
from pointes.cells.printer import Printer
from pointes.cells.units import MV, time_factor, unit_factor


class Generator:
    """The source of a kernel of a cell model.

    Parameters are the literals that may differ between cells, with their published values, by qualified name. All other
    literals are folded.
    """

    def __init__(self, cell: Cell, parameters: dict[str, float]) -> None:
        self.cell = cell
        self.parameters = parameters
        self.varied = [cell.model.get(name) for name in parameters]
        self.equations = Equations(cell.model)
        self.printer = Printer(self.equations.known(self.varied))
        self.per_ms = time_factor(cell.model)
        self.unit = "" if self.per_ms == 1.0 else f" * {self.per_ms!r}"  # turns rates of the model into rates per ms
        self.per_mV = unit_factor(cell.potential, MV)
        self.is_dimensionless: bool = cell.potential.unit() == myokit.units.dimensionless

    def solve(
        self, group: Group, factor: str, entry: Callable[[tuple[int, int]], str], right: Callable[[int], str]
    ) -> list[str]:
        """Return the lines that solve (I - factor A) x = right; `entry` and `right` return their expressions."""
        diagonal = {(k, k) for k in range(len(group.states))}

        def element(i: int, j: int) -> str:
            product = f"- {factor} * {entry((i, j))}" if (i, j) in group.entries else ""
            return f"1.0 {product}" if i == j else product

        return elimination.solve(len(diagonal), set(group.entries) | diagonal, element, right)

    def is_input(self, lhs: myokit.LhsExpression) -> bool:
        """Return whether a kernel has no equation for a left-hand side, which is a parameter, bound or folded."""
        return lhs.var() in self.varied or lhs.var().is_bound() or self.printer.is_folded(lhs)

    def value(self, variable: myokit.Variable) -> str:
        """Return the name that the value of a variable has in the kernel."""
        return self.printer.name(myokit.Name(variable))

    def rate(self, state: myokit.Variable) -> str:
        """Return the expression of the rate of a state per ms."""
        return f"{self.printer.name(myokit.Derivative(myokit.Name(state)))}{self.unit}"


def definitions(constants: dict[str, object]) -> str:
    """Return the lines that define the constants of a module."""
    return "\n".join(f"{name} = {value!r}" for name, value in constants.items())


def indented(lines: list[str], depth: int = 8) -> str:
    """Return lines as one text with as many spaces before each."""
    return "\n".join(f"{' ' * depth}{line}" for line in lines)
