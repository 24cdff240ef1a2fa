"""Sobol sequences that points are taken from in turn: which are next, and which were told."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pointes.learning.acquisition.sobol import Stream, sobol
from pointes.learning.validation import ROUNDING, nearest

Array = NDArray[np.float64]

SKIPPED = 16  # points of the sequence that are looked at for each one wanted
AHEAD = 1024  # points of the sequence at least among which told ones are sought: they may come in any order


class Design:
    """A scrambled Sobol sequence, and how far it was used.

    Parameters
    ----------
    bounds : (d, 2) array
        Range of each parameter.
    seed : int
        The same seed gives the same sequence.
    stream : Stream
        Which of its sequences: that of start and unbiased stream, or that of the verification.
    """

    def __init__(self, bounds: Array, seed: int, stream: Stream = Stream.DESIGN) -> None:
        self._bounds, self._seed, self._stream = bounds, seed, stream
        self._position = 0  # behind all points that were told

    def upcoming(self, n: int, pending: Array, wanted: Callable[[Array], NDArray[np.bool_]]) -> Array:
        """Return the next ``n`` points, (n, d), of those that are wanted; if these are too few, the next of all.

        Parameters
        ----------
        n : int
        pending : (m, d) array
            Points that will be told later; those of the sequence that come after them are next.
        wanted : callable
            Which of the points (k, d) are, (k,).
        """
        sequence = self._sequence(self._position, n + len(pending))
        sequence = sequence[self._last(sequence, pending) + 1 :]
        chosen = wanted(sequence)
        return sequence[chosen if chosen.sum() >= n else slice(None)][:n]

    def contains(self, points: Array) -> NDArray[np.bool_]:
        """Return which of the points, (n, d), are of the part of the sequence that was used or may be next, (n,)."""
        return nearest(points, self._sequence(0, len(points)), self._bounds)[0] < ROUNDING

    def advance(self, points: Array) -> None:
        """Go on behind the last of the points, (n, d), that were told."""
        self._position = max(self._position, self._last(self._sequence(0, len(points)), points) + 1)

    def _sequence(self, first: int, n: int) -> Array:
        """Return the sequence from a position to beyond the next ``n`` points."""
        stop = self._position + max(SKIPPED * (n + 1), AHEAD)
        return sobol(self._bounds, first, stop, self._seed, self._stream)

    def _last(self, sequence: Array, points: Array) -> int:
        """Return the largest index in a part of the sequence at which one of the points is; -1 if none is in it."""
        distance, index = nearest(points, sequence, self._bounds)
        return int(index[distance < ROUNDING].max(initial=-1))
