"""The check that a tissue fits into memory, before any of it is allocated."""

from math import prod

import psutil

from pointes.errors import UserError

GRID_BYTES = 80
"""Memory per node that the computation of tags, depth, fibres and positions needs at most."""
FLOAT_BYTES = 8
LARGEST_NUMBER = 2**31 - 1
"""Largest number of nodes, which are numbered by int32."""


def check(shape: tuple[int, int, int], states: int | None = None) -> None:
    """Raise a UserError for a grid (nz, ny, nx) that does not fit into memory, or has too many nodes to be numbered.

    With ``states``, a cell with that many states at each node must fit, too. Memory is free if the operating system can
    give it without swapping. A limit that a batch system sets for the job is not known here.
    """
    nodes = prod(shape)
    size = " × ".join(str(n) for n in reversed(shape))
    if nodes > LARGEST_NUMBER:
        raise UserError(f"{size} nodes", expected=f"at most {LARGEST_NUMBER:.3g}")
    needed = nodes * (GRID_BYTES + FLOAT_BYTES * (states or 0))
    available = psutil.virtual_memory().available
    if needed > available:
        raise UserError(
            f"a tissue of {size} nodes{f' with {states} states each' if states else ''} needs {needed / 1e9:.1f} GB of "
            f"memory, of which {available / 1e9:.1f} GB are free",
            expected="a larger spacing or a smaller tissue",
        )
