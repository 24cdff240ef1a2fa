"""Activations of nodes and the action potentials that follow them.

An **activation** is an upward crossing of 0 mV (0.5 in dimensionless models) by a node that has been below -40 mV
(0.36) since the last one. A depolarisation that begins above is an early afterdepolarisation, as in the cell
(`pointes.cells.biomarkers.Thresholds`). The action potential that follows has

- a rest, the lowest potential since the previous activation, or since the start of the run;
- a peak, the highest potential until it repolarises;
- an APD90, the time from the activation to the downward crossing of peak - 0.9 (peak - rest). That of a cell starts at
  the largest dV/dt, less than 1 ms from 0 mV in a propagated upstroke, and ends with the last such crossing of a beat.
  That of a node ends with the first: early afterdepolarisations prolong it, but not depolarisations after 90 %
  repolarisation, such as the electrotonic effect of a neighbour or a stimulus that fails.

Crossings are interpolated linearly between two observations.
"""

from typing import NamedTuple

import numpy as np

from pointes.cells.biomarkers import MILLIVOLTS, RECOVERY, Thresholds
from pointes.cells.cache import compiled

REPOLARISED = 0.9  # share of the way from the peak to the rest
NONE = -1  # latest activation of a node that never activated
NODES = ("last", "lowest", "level", "latest")
"""Names of the arrays with a value for each node in checkpoints."""
COLUMNS = ("node", "time_ms", "rest_mV", "peak_mV", "apd90_ms")
"""Names of the arrays with a value for each activation in checkpoints."""


class Beat(NamedTuple):
    """One action potential of each node, (n_nodes,) arrays; NaN where a node has none, or has not repolarised."""

    time_ms: np.ndarray
    rest_mV: np.ndarray
    peak_mV: np.ndarray
    apd90_ms: np.ndarray


class Activations:
    """Observer of every activation of every node, with the action potential that follows.

    The attributes ``node``, ``time_ms``, ``rest_mV``, ``peak_mV`` and ``apd90_ms``, (n_activations,), are in the order
    of observations, and of nodes in each of them. APD90 is NaN until the node repolarises. Peaks are not interpolated.
    Nodes that are depolarised when the observation begins activate only after they have been below -40 mV.

    The observer keeps 16 bytes for each of ``n`` nodes and 24 per activation. Potentials are in single precision, which
    at 100 mV resolves 0.00001 mV, times in double precision.
    """

    def __init__(self, n: int, interval_ms: float = 0.1, thresholds: Thresholds = MILLIVOLTS) -> None:
        self.interval_ms = interval_ms
        self.thresholds = thresholds
        self._last_time = np.nan
        self._n = n
        self._nodes: tuple[np.ndarray, ...] = (
            np.full(n, np.nan, np.float32),  # last potential
            np.full(n, np.inf, np.float32),  # lowest potential since the last activation
            np.full(n, -np.inf, np.float32),  # level of 90 % repolarisation
            np.full(n, NONE, np.int32),  # latest activation, as a position in the arrays of activations
        )
        self._count = 0
        self._activations = _empty(n)

    node = property(lambda self: self._activations[0][: self._count])
    time_ms = property(lambda self: self._activations[1][: self._count])
    rest_mV = property(lambda self: self._activations[2][: self._count])
    peak_mV = property(lambda self: self._activations[3][: self._count])
    apd90_ms = property(lambda self: self._activations[4][: self._count])

    def observe(self, times_ms: np.ndarray, potentials: np.ndarray) -> None:
        """Observe the potentials of all nodes, (n_times, n_nodes) [mV], at times, (n_times,)."""
        thresholds = (self.thresholds.capture_potential, self.thresholds.ead_potential)
        times = np.concatenate([[self._last_time], times_ms])
        time = node = 0
        while True:
            time, node, self._count = _observe(
                time, node, self._count, times, potentials, thresholds, self._nodes, self._activations
            )
            if time == len(potentials):
                break
            self._grow()
        self._last_time = float(times[-1])

    def _grow(self) -> None:
        """Make room for one more activation of each node."""
        larger = _empty(len(self._activations[0]) + self._n)
        for new, old in zip(larger, self._activations, strict=True):
            new[: len(old)] = old
        self._activations = larger

    def beat(self, start_ms: float = -np.inf, end_ms: float = np.inf) -> Beat:
        """Return the first action potential of each node that activates in start_ms <= time < end_ms."""
        chosen = np.flatnonzero((self.time_ms >= start_ms) & (self.time_ms < end_ms))
        nodes, first = np.unique(self.node[chosen], return_index=True)
        values = (self.time_ms, self.rest_mV, self.peak_mV, self.apd90_ms)
        beat = Beat(*(np.full(self._n, np.nan) for _ in values))
        for column, value in zip(beat, values, strict=True):
            column[nodes] = value[chosen[first]]
        return beat

    def counts(self, start_ms: float = -np.inf, end_ms: float = np.inf) -> np.ndarray:
        """Return the number of activations of each node in start_ms <= time < end_ms, (n_nodes,)."""
        chosen = (self.time_ms >= start_ms) & (self.time_ms < end_ms)
        return np.bincount(self.node[chosen], minlength=self._n)

    def recovered(self, time_ms: float) -> np.ndarray:
        """Return which nodes, (n_nodes,), were 90 % repolarised `RECOVERY` before a time, or never activated before."""
        before = np.flatnonzero(self.time_ms < time_ms)
        recovered = np.ones(self._n, bool)
        repolarised = self.time_ms[before] + self.apd90_ms[before]
        recovered[self.node[before]] = repolarised + RECOVERY <= time_ms  # after the last activation of the node
        return recovered

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays of a checkpoint."""
        return {
            "last_time": np.array(self._last_time),
            **dict(zip(NODES, self._nodes, strict=True)),
            **{name: column[: self._count] for name, column in zip(COLUMNS, self._activations, strict=True)},
        }

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Continue from the arrays of a checkpoint."""
        self._last_time = float(state["last_time"])
        self._count = len(state[COLUMNS[0]])
        self._activations = _empty(self._count)
        for names, arrays in ((NODES, self._nodes), (COLUMNS, self._activations)):
            for name, array in zip(names, arrays, strict=True):
                array[:] = state[name]
        # Compiled code does not check the bounds of arrays
        latest, node = self._nodes[-1], self._activations[0]
        if not (((latest >= NONE) & (latest < self._count)).all() and ((node >= 0) & (node < self._n)).all()):
            raise ValueError("activations of nodes that are not there")


def _empty(size: int) -> tuple[np.ndarray, ...]:
    return tuple(np.empty(size, kind) for kind in (np.int32, np.float64, np.float32, np.float32, np.float32))


@compiled()
def _observe(
    time: int,
    node: int,
    count: int,
    times: np.ndarray,
    potentials: np.ndarray,
    thresholds: tuple[float, float],
    nodes: tuple[np.ndarray, ...],
    activations: tuple[np.ndarray, ...],
) -> tuple[int, int, int]:
    """Observe from a time and node on, as long as there is room for activations, of which there are `count`.

    The first of the times, (n_times + 1,), is that of the observation before. Return the next time and node, and the
    number of activations.
    """
    for k in range(time, len(potentials)):
        node, count = _observe_once(node, count, potentials[k], times[k], times[k + 1], thresholds, nodes, activations)
        if node < len(potentials[k]):
            return k, node, count
        node = 0
    return len(potentials), 0, count


@compiled()
def _observe_once(
    start: int,
    count: int,
    v: np.ndarray,
    last_time: float,
    time: float,
    thresholds: tuple[float, float],
    nodes: tuple[np.ndarray, ...],
    activations: tuple[np.ndarray, ...],
) -> tuple[int, int]:
    """Observe nodes from `start` on at a time. Return the next node and the number of activations."""
    threshold, excitable = thresholds
    last, lowest, level, latest = nodes
    node, activated, rest, peak, apd90 = activations
    dt = time - last_time
    for i in range(start, len(v)):
        y = np.float32(v[i])
        before = last[i]
        if y < lowest[i]:  # only a new lowest potential can be the end of an action potential
            if lowest[i] > level[i] and y <= level[i]:
                crossing = last_time + dt * (before - level[i]) / (before - y)
                apd90[latest[i]] = crossing - activated[latest[i]]
            lowest[i] = y
        elif y >= threshold and y > before:
            if before < threshold and lowest[i] < excitable:
                if count == len(node):
                    return i, count
                node[count], rest[count], peak[count], apd90[count] = i, lowest[i], y, np.nan
                activated[count] = last_time + dt * (threshold - before) / (y - before)
                latest[i], lowest[i] = count, y
                level[i] = y - REPOLARISED * (y - rest[count])
                count += 1
            elif latest[i] != NONE and y > peak[latest[i]]:
                peak[latest[i]] = y
                level[i] = y - REPOLARISED * (y - rest[latest[i]])
        last[i] = y
    return len(v), count
