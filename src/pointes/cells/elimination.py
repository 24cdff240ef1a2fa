"""The solution of a small sparse linear system as straight-line code for all lanes at once."""

from collections.abc import Callable

Pattern = set[tuple[int, int]]


def solve(n: int, pattern: Pattern, entry: Callable[[int, int], str], right: Callable[[int], str]) -> list[str]:
    """Return assignments that leave the solution of an (n, n) system in the variables ``x_0`` to ``x_<n-1>``.

    Gaussian elimination without exchange of rows: the matrices I - gamma A of Markov chains are diagonally dominant by
    columns. Unknowns are eliminated in the order that fills the fewest gaps (Markowitz). The pattern has the places
    (row, column) of the matrix that may differ from zero, including the diagonal. `entry` and `right` return the
    expressions of an entry of the matrix and of an element of the right-hand side.
    """
    lines = [f"m_{i}_{j} = {entry(i, j)}" for i, j in sorted(pattern)]
    lines += [f"x_{i} = {right(i)}" for i in range(n)]
    filled, left, order = set(pattern), set(range(n)), []
    while left:
        pivot = min(left, key=lambda p: _fill(p, left, filled))
        left.remove(pivot)
        order.append(pivot)
        lines.append(f"r_{pivot} = 1.0 / m_{pivot}_{pivot}")
        columns = [j for j in sorted(left) if (pivot, j) in filled]
        for i in (i for i in sorted(left) if (i, pivot) in filled):
            lines.append(f"q = m_{i}_{pivot} * r_{pivot}")
            lines.append(f"x_{i} = x_{i} - q * x_{pivot}")
            for j in columns:
                before = f"m_{i}_{j} " if (i, j) in filled else ""
                lines.append(f"m_{i}_{j} = {before}- q * m_{pivot}_{j}")
                filled.add((i, j))
    for position, pivot in reversed(list(enumerate(order))):
        known = [f" - m_{pivot}_{j} * x_{j}" for j in order[position + 1 :] if (pivot, j) in filled]
        lines.append(f"x_{pivot} = (x_{pivot}{''.join(known)}) * r_{pivot}")
    return lines


def _fill(pivot: int, left: set[int], filled: Pattern) -> int:
    """Return the number of products that the elimination of an unknown takes."""
    rows = sum((i, pivot) in filled for i in left if i != pivot)
    columns = sum((pivot, j) in filled for j in left if j != pivot)
    return rows * columns
