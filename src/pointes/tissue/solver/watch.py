"""Observers of a run, and the potentials that are kept for them while compiled functions run."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pointes.cells.cache import compiled

KEPT = 2**18  # potentials that are kept before observers see them; at least those of one time


class Observer(Protocol):
    """An observer of a run, which sees the potentials of all nodes at time 0 and after every interval."""

    interval_ms: float

    def observe(self, times_ms: np.ndarray, potentials: np.ndarray) -> None:
        """Observe potentials, (n_times, n_nodes) [mV], at times, (n_times,), since the last observation.

        The memory of the potentials is used again after the call.
        """

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays of a checkpoint."""

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Continue from the arrays of a checkpoint."""


class Frames(NamedTuple):
    """The potentials that are kept, for compiled functions."""

    every: np.ndarray  # number of steps between two observations of each observer
    places: np.ndarray  # positions of the nodes in the flat array of potentials
    potentials: np.ndarray  # (n_frames, n_nodes)


class Watch:
    """The observers of a run with time steps of a length, and the potentials at the given places kept for them."""

    def __init__(self, observers: Sequence[Observer], step_ms: float, places: np.ndarray) -> None:
        self.observers, self.step_ms = observers, step_ms
        every = [max(1, round(observer.interval_ms / step_ms)) for observer in observers]
        room = np.empty((max(1, KEPT // len(places)), len(places)))
        self.frames = Frames(np.array(every, np.int64), places, room)

    def show(self, first: int, end: int) -> None:
        """Show the observers the potentials that were kept in the steps from `first` to `end`."""
        steps = np.arange(first, end)
        is_due = steps[:, None] % self.frames.every == 0
        kept = is_due.any(axis=1)
        steps, is_due = steps[kept], is_due[kept]
        potentials = self.frames.potentials[: len(steps)]
        for observer, mine in zip(self.observers, is_due.T, strict=True):
            if mine.any():
                seen = potentials if mine.all() else potentials[mine]
                observer.observe(self.step_ms * steps[mine], seen)


@compiled(nogil=True)
def keep(u: np.ndarray, step: int, frames: Frames, filled: int) -> int:
    """Keep the potentials after a step if an observer sees it; return how many frames are filled."""
    for n in frames.every:
        if step % n == 0:
            frame = frames.potentials[filled]
            for i in range(len(frame)):
                frame[i] = u[frames.places[i]]
            return filled + 1
    return filled
