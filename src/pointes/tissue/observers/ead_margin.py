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
    from pointes.tissue.solver.diffusion import Diffusion
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

    def observe(self, times_ms: np.ndarray, potentials: np.ndarray) -> None:
        """Observe the potentials of all nodes, (n_times, n_nodes) [mV], at times, (n_times,)."""
        times = np.concatenate([[self._last_time], times_ms])
        last = np.concatenate([self._last[None], potentials[:-1].astype(np.float32)])
        counts = ~self._stimulated(times[:-1], times[1:])
        # Diffusion matters only if a node is active for long, be it one of those that activate now
        is_needed = counts & (times_ms - EAD_START > min(self._activated.min(), times_ms[0]))
        diffusion = np.empty(potentials.shape)
        if is_needed.any():
            diffusion[is_needed] = self._diffusion.apply(0.5 * (potentials[is_needed] + last[is_needed]))
        thresholds = (self.thresholds.capture_potential, self.thresholds.ead_potential)
        _observe(potentials, last, diffusion, counts, times, self.start_ms, thresholds, self._activated, self._largest)
        self._last[:] = potentials[-1]
        self._last_time = float(times[-1])

    def _stimulated(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return whether a stimulus is on at some time between two times [ms], (n,) arrays."""
        stimulated = np.zeros(len(starts), bool)
        for stimulus in self._stimuli:
            on, off = stimulus.times_ms, stimulus.times_ms + stimulus.duration_ms
            stimulated |= ((on < ends[:, None]) & (off > starts[:, None])).any(axis=1)
        return stimulated

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
    potentials: np.ndarray,
    last: np.ndarray,
    diffusion: np.ndarray,
    counts: np.ndarray,
    times: np.ndarray,
    start: float,
    thresholds: tuple[float, float],
    activated: np.ndarray,
    largest: np.ndarray,
) -> None:
    """Observe potentials, with those before and the diffusion, (n_times, n_nodes), at the second time and later ones.

    Whether each observation counts is given by `counts`, (n_times,).
    """
    threshold, plateau = thresholds
    for k in range(len(potentials)):
        time, dt = times[k + 1], times[k + 1] - times[k]
        for i in range(len(activated) if dt > 0 else 0):
            v = potentials[k, i]
            if v < plateau:
                activated[i] = CLOSED
            elif activated[i] == CLOSED:
                # A node that is on the plateau while its window is closed has risen to it, or has started on it
                if last[k, i] < threshold <= v and time >= start:
                    activated[i] = time
            elif counts[k] and time - activated[i] > EAD_START:
                rate = (v - last[k, i]) / dt
                largest[i] = max(largest[i], min(rate, rate - diffusion[k, i]))
