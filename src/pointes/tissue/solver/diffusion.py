"""What all diffusion operators have in common: mirrored nodes, steps on flat arrays, and the operator itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import typeof, types

from pointes.cells.cache import compiled

NO_NODES = np.empty(0, np.int32)


class Diffusion(ABC):
    """A diffusion operator on a flat array of potentials. It is self-adjoint with its volumes.

    Attributes
    ----------
    size
        Length of the flat array of potentials, nodes beyond the boundary included.
    places : (n_nodes,) array of int32
        Position of the potential of each node in that array.
    beyond, images : (n_beyond,) arrays of int32
        Positions of the nodes beyond the boundary, and of those that they mirror.
    lines
        Number of groups of nodes that are advanced one by one.
    volumes : (n_nodes,) array
        Volumes of the nodes [mm³], in a cable lengths [mm], in a sheet areas [mm²].
    largest_step_ms
        Largest stable explicit step; infinite without any diffusion.
    """

    size: int
    places: np.ndarray
    beyond: np.ndarray = NO_NODES
    images: np.ndarray = NO_NODES
    lines: int
    volumes: np.ndarray
    largest_step_ms: float

    @property
    @abstractmethod
    def kernel(self) -> Callable[[np.ndarray, np.ndarray, tuple[Any, ...], int, int], None]:
        """The compiled function that writes the potentials of some lines after a step.

        Its arguments are the potentials before and after the step, the operands, the first line, and the end of lines.
        """

    @abstractmethod
    def operands(self, step_ms: float) -> tuple[Any, ...]:
        """Return what the kernel needs for steps of a length, beside potentials and lines."""

    def step(self, step_ms: float) -> "Step":
        """Return a step of a length."""
        kernel: Any = self.kernel  # its type is that of the function that Numba compiles
        operands = self.operands(step_ms)
        u = np.empty(0)
        signature = tuple(typeof(argument) for argument in (u, u, operands, 0, 0))  # type: ignore[no-untyped-call]
        kernel.compile(signature)
        function = types.CompileResultWAP(kernel.overloads[signature])
        return Step(function, operands, self.lines, self.size, self.beyond, self.images)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Return ∇·(D∇·) of quantities at the nodes, (..., n_nodes), per ms."""
        u, out = np.zeros(self.size), np.zeros(self.size)
        change = np.empty(values.shape)
        operands = self.operands(1.0)
        for row, result in zip(np.atleast_2d(values), np.atleast_2d(change), strict=True):
            u[self.places] = row
            mirror(u, self.beyond, self.images)
            self.kernel(u, out, operands, 0, self.lines)
            np.subtract(out[self.places], row, out=result)
        return change


class Step(NamedTuple):
    """A step of diffusion, for compiled functions."""

    function: types.CompileResultWAP
    operands: tuple[Any, ...]
    lines: int
    size: int
    beyond: np.ndarray
    images: np.ndarray

    def mirror(self, u: np.ndarray) -> None:
        """Set the potentials of the nodes beyond the boundary."""
        mirror(u, self.beyond, self.images)

    def advance(self, u: np.ndarray, out: np.ndarray, first: int, end: int) -> None:
        """Write the potentials of the lines from `first` to `end` after the step to `out`; call `mirror` before."""
        self.function(u, out, self.operands, first, end)


@compiled(nogil=True)
def mirror(u: np.ndarray, beyond: np.ndarray, images: np.ndarray) -> None:
    """Set the potentials of nodes beyond the boundary to those of the nodes that they mirror."""
    for i in range(len(beyond)):
        u[beyond[i]] = u[images[i]]
