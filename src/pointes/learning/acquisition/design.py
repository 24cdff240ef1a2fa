"""Sobol sequences from which points are taken in turn."""

from collections.abc import Callable

from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.types import Array, Mask
from pointes.learning.unit_cube import ROUNDING, nearest

SKIPPED = 16  # points of the sequence that are considered for each one wanted
AHEAD = 1024  # least number of points of the sequence among which labelled ones are recognised, in any order


class Design:
    """A scrambled Sobol sequence within bounds (d, 2), and the part of it that has been used."""

    def __init__(self, bounds: Array, seed: int, stream: RandomStream = RandomStream.DESIGN) -> None:
        self._bounds, self._seed, self._stream = bounds, seed, stream
        self._position = 0  # behind all labelled points

    def upcoming(self, n: int, pending: Array, wanted: Callable[[Array], Mask]) -> Array:
        """Return the next ``n`` points, (n, d), of those that are wanted; if these are too few, the next of all.

        They come after all ``pending`` points, (m, d), that are in the sequence.
        """
        sequence = self._sequence(self._position, n + len(pending))
        sequence = sequence[self._last(sequence, pending) + 1 :]
        chosen = wanted(sequence)
        return sequence[chosen if chosen.sum() >= n else slice(None)][:n]

    def contains(self, points: Array) -> Mask:
        """Return which of the points, (n, d), are in the part of the sequence that was used or may be next, (n,)."""
        return nearest(points, self._sequence(0, len(points)), self._bounds)[0] < ROUNDING

    def advance(self, points: Array) -> None:
        """Move the position behind the last of some labelled points, (n, d)."""
        self._position = max(self._position, self._last(self._sequence(0, len(points)), points) + 1)

    def _sequence(self, first: int, n: int) -> Array:
        """Return the sequence from a position to beyond the next ``n`` points."""
        stop = self._position + max(SKIPPED * (n + 1), AHEAD)
        return sobol(self._bounds, first, stop, self._seed, self._stream)

    def _last(self, sequence: Array, points: Array) -> int:
        """Return the largest index in a part of the sequence at which one of the points is; -1 if none is in it."""
        distance, index = nearest(points, sequence, self._bounds)
        return int(index[distance < ROUNDING].max(initial=-1))
