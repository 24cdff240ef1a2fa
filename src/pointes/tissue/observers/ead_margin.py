"""The EAD margin of each node: its distance from an early afterdepolarisation; and whether it repolarises in time.

The EAD margin of a cell (`pointes.cells.biomarkers.ead_margin`) is the largest dV/dt later than 100 ms after the
stimulus and above -40 mV, minus 0.01 V/s. That of a node differs in three ways, which exclude effects of other nodes:

- Time counts from the activation of the node, until V first falls below -40 mV. A potential that rises from below
  belongs to the next activation, which is ectopic or not (`pointes.tissue.observers.labels`).
- The rate is the smaller one of dV/dt and of dV/dt - div(D grad V), which is -I_ion. A node beside a blocked wave, or
  beside a node with an early afterdepolarisation, is pulled up by current from there, and only its membrane counts.
  Where a region has an early afterdepolarisation together, current flows out of it, dV/dt is the smaller one, and the
  definition is that of the cell.
- Observations while a stimulus is on at any node do not count.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from pointes.cells.biomarkers import MILLIVOLTS, Thresholds
from pointes.cells.cache import compiled
from pointes.cells.observer import EAD_START, NEVER

if TYPE_CHECKING:
    from pointes.tissue.solver.monodomain import Diffusion
    from pointes.tissue.solver.stimuli import Stimulus

CLOSED = np.inf


class EadMargins:
    """Observer of the EAD margin of every node, which keeps 16 bytes per node.

    dV/dt is the mean over ``interval_ms``. Action potentials that begin before ``start_ms`` do not count.
    """

    def __init__(
        self,
        diffusion: "Diffusion",
        stimuli: Iterable["Stimulus"],
        interval_ms: float = 1.0,
        start_ms: float = 0.0,
        thresholds: Thresholds = MILLIVOLTS,
    ) -> None:
        n = len(diffusion.volumes)
        self.interval_ms = interval_ms
        self.start_ms = start_ms
        self.thresholds = thresholds
        self._diffusion = diffusion
        self._stimuli = list(stimuli)
        self._last_time = np.nan
        self._last = np.full(n, np.nan, np.float32)
        self._activated = np.full(n, CLOSED)
        self._largest = np.full(n, NEVER, np.float32)

    @property
    def ead_margin_V_per_s(self) -> np.ndarray:
        """EAD margin of each node, (n_nodes,) [V/s]; positive after an EAD, NaN if there was no late plateau."""
        return np.where(self._largest > NEVER, self._largest - self.thresholds.ead_slope, np.nan)

    def unrepolarised(self) -> np.ndarray:
        """Return which nodes were above -60 mV at the last observation, (n_nodes,)."""
        return self._last > self.thresholds.repolarised_potential

    def observe(self, time_ms: float, v: np.ndarray) -> None:
        """Observe the potentials of all nodes at a time, (n_nodes,) [mV]."""
        dt = time_ms - self._last_time
        if dt > 0:
            middle = 0.5 * (v + self._last)
            counts = not self._stimulated(self._last_time, time_ms)
            any_open = (self._activated < time_ms - EAD_START).any()
            diffusion = self._diffusion.apply(middle) if counts and any_open else middle
            thresholds = (self.thresholds.capture_potential, self.thresholds.ead_potential)
            times = (self.start_ms, time_ms, dt)
            _observe(v, diffusion, counts, times, thresholds, self._last, self._activated, self._largest)
        self._last[:] = v
        self._last_time = time_ms

    def _stimulated(self, start: float, end: float) -> bool:
        """Return whether a stimulus is on at some time between two times [ms]."""
        return any(
            ((stimulus.times_ms < end) & (stimulus.times_ms + stimulus.duration_ms > start)).any()
            for stimulus in self._stimuli
        )

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays of a checkpoint."""
        return {
            "last_time": np.array(self._last_time),
            "last": self._last,
            "activated": self._activated,
            "largest": self._largest,
        }

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Continue from the arrays of a checkpoint."""
        self._last_time = float(state["last_time"])
        for name, array in self.state().items():
            if array.ndim:
                array[:] = state[name]


@compiled()
def _observe(
    v: np.ndarray,
    diffusion: np.ndarray,
    counts: bool,
    times: tuple[float, float, float],
    thresholds: tuple[float, float],
    last: np.ndarray,
    activated: np.ndarray,
    largest: np.ndarray,
) -> None:
    start, time, dt = times
    threshold, plateau = thresholds
    for i in range(len(v)):
        if v[i] < plateau:
            activated[i] = CLOSED
        elif activated[i] == CLOSED:
            # A node that is on the plateau while its window is closed has risen to it, or has started on it
            if last[i] < threshold <= v[i] and time >= start:
                activated[i] = time
        elif counts and time - activated[i] > EAD_START:
            rate = (v[i] - last[i]) / dt
            largest[i] = max(largest[i], min(rate, rate - diffusion[i]))
