"""Where a kernel keeps its numbers."""

from dataclasses import dataclass
from typing import Literal

from pointes.cells.multistep import LANES, STRIDE, Field

Kind = Literal["entry", "parameter", "output", "control"]


@dataclass(frozen=True)
class Layout:
    """Where a kernel keeps things in its block: rows of `LANES` numbers, one number a lane.

    A block is one flat array: with a second array LLVM would have to check for overlap and give up on SIMD. It begins
    with the rows of each state (`Field`); then come the entries of the groups' matrices, the parameters, the outputs
    and the stepper's own rows.
    """

    states: tuple[str, ...]
    entries: int
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]

    def field(self, state: int, field: Field) -> int:
        """Return the offset in the block of a row of a state."""
        return state * STRIDE + field

    def row(self, kind: Kind, index: int = 0) -> int:
        """Return the offset in the block of another row, by its kind and its index in the kind."""
        entry = len(self.states) * len(Field)
        parameter = entry + self.entries
        output = parameter + len(self.parameters)
        first = {"entry": entry, "parameter": parameter, "output": output, "control": output + len(self.outputs)}
        return (first[kind] + index) * LANES
