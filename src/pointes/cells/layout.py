"""Layout of the numbers of a kernel in memory."""

from dataclasses import dataclass
from typing import Literal

from pointes.cells.multistep import LANES, STRIDE, Field

Kind = Literal["entry", "parameter", "output", "control"]


@dataclass(frozen=True)
class Layout:
    """Places of the numbers of a kernel in a bundle: rows of `LANES` numbers, one number a lane.

    A bundle is one flat array: with a second array LLVM would have to check for overlap and give up on SIMD. It begins
    with the rows of each state (`Field`). Then come the entries of the matrices of the groups, the parameters, the
    outputs, and the rows of the stepper and the observer.
    """

    states: tuple[str, ...]
    entries: int  # number of the entries of all matrices
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]  # observed currents

    def field(self, state: int, field: Field) -> int:
        """Return the offset in the bundle of a row of a state."""
        return state * STRIDE + field

    def row(self, kind: Kind, index: int = 0) -> int:
        """Return the offset in the bundle of another row, by its kind and its index in the kind."""
        entry = len(self.states) * len(Field)
        parameter = entry + self.entries
        output = parameter + len(self.parameters)
        first = {"entry": entry, "parameter": parameter, "output": output, "control": output + len(self.outputs)}
        return (first[kind] + index) * LANES
