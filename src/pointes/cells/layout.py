"""Where a kernel keeps its numbers."""

from dataclasses import dataclass

from pointes.cells.stepper import LANES


@dataclass(frozen=True)
class Layout:
    """Where a kernel keeps things in its block: rows of `LANES` numbers, one number a lane.

    A block is one flat array: with a second array LLVM would have to check for overlap and give up on SIMD. It begins
    with five rows a state (value, evaluation point, first-order prediction, rate, inverse error scale); then come the
    slopes of the affine states, the parameters, the outputs and the stepper's own rows.
    """

    states: tuple[str, ...]  # affine ones first
    affine: int
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]

    def row(self, kind: str, index: int = 0) -> int:
        """Return the offset in the block of a row, by its kind and its index in the kind."""
        n = len(self.states)
        slope = 5 * n
        parameter = slope + self.affine
        output = parameter + len(self.parameters)
        first = {
            "state": 0,
            "point": n,
            "rate": 3 * n,
            "scale": 4 * n,
            "slope": slope,
            "parameter": parameter,
            "output": output,
            "control": output + len(self.outputs),
        }
        return (first[kind] + index) * LANES
