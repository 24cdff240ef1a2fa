"""Whether a tissue fits into memory, asked before any of it is allocated."""

from math import prod

import psutil

from pointes.errors import UserError

GEOMETRY_BYTES = 80  # per node of the box, at most, while tags, depth, fibres and positions are computed
FLOAT_BYTES = 8
LARGEST_NUMBER = 2**31 - 1  # of a node, kept as int32


def check(shape: tuple[int, int, int], states: int | None = None) -> None:
    """Refuse a tissue that does not fit into memory.

    Parameters
    ----------
    shape
        Of the box that holds the tissue: nodes along z, y and x.
    states
        Of the cell model, counted for every node of the box; None: only the grid is asked about.

    Raises
    ------
    UserError
        Says how much memory is needed and how much there is, or that the nodes are too many to be numbered.

    Notes
    -----
    What is there is what the operating system can give without swapping. A limit that a batch system sets on the job
    is not seen.
    """
    nodes = prod(shape)
    size = " × ".join(str(n) for n in reversed(shape))
    if nodes > LARGEST_NUMBER:
        raise UserError(f"{size} nodes", expected=f"at most {LARGEST_NUMBER:.3g}")
    needed = nodes * (GEOMETRY_BYTES + FLOAT_BYTES * (states or 0))
    available = psutil.virtual_memory().available
    if needed > available:
        raise UserError(
            f"a tissue of {size} nodes{f' with {states} states each' if states else ''} needs {needed / 1e9:.1f} GB of "
            f"memory, of which {available / 1e9:.1f} GB are free",
            expected="a larger spacing or a smaller tissue",
        )
