r"""The pseudo-ECG: the potential of a tissue in an unbounded uniform conductor, and the intervals measured on it.

At an electrode x' far from the membranes of the tissue the potential is, up to a constant factor [1]_ [2]_,

.. math:: \varphi(x') = -\int D \nabla V \cdot \nabla \frac{1}{|x - x'|} \, d\Omega,

positive when excitation comes towards the electrode. By Green's identity, with no flux through the boundary,

.. math:: \varphi = \int \nabla \cdot (D \nabla V) \, u \, d\Omega = \int V \, \nabla \cdot (D \nabla u) \, d\Omega,
          \qquad u = 1/|x - x'|,

as the operator is self-adjoint. It is applied once to u; after that, every observation is a dot product. The unit is
mV mm²/ms. The potential in an infinite bath of conductivity :math:`\sigma_e` is :math:`\chi C_m / (4 \pi \sigma_e)`
times as large.

References
----------
.. [1] Gima and Rudy, Circ. Res. 90, 889 (2002). doi:10.1161/01.RES.0000016960.61087.86
.. [2] Plonsey and Barr, Bioelectricity: a quantitative approach, 3rd ed., chapter 8, Springer (2007).
.. [3] Lepeschkin and Surawicz, Circulation 6, 378 (1952). doi:10.1161/01.CIR.6.3.378
.. [4] McLaughlin, Campbell and Murray, Br. Heart J. 74, 84 (1995). doi:10.1136/hrt.74.1.84
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from pointes.errors import UserError
from pointes.tissue.geometry.grid import Grid

if TYPE_CHECKING:
    from pointes.tissue.solver.diffusion import Diffusion

UNIT = "mV mm2 ms-1"
ECG_INTERVAL = 1.0  # ms, between two observations
# ASSUME: slope of the QRS, as a share of the steepest; traces have no noise, and T waves are ten times flatter
QRS_SLOPE = 0.05
# ASSUME: longest time for which a wave in the tissue may hardly change the potential; the ST segment is longer
QRS_GAP = 50.0  # ms
# ASSUME: prominence of a T wave, as a share of the range of the trace
T_PROMINENCE = 0.02
# ASSUME: height of the last part of a T wave, as a share of the largest part
T_SHARE = 0.5


class PseudoECG:
    """Observer of the potential at electrodes outside the tissue, given by name and position (x, y, z) [mm].

    The attribute ``potential``, (n_times, n_electrodes) [mV mm²/ms], has the potentials at the times ``time_ms``, which
    do not depend on the number of threads. The potential of a cable is per mm² of its cross-section, that of a sheet
    per mm of its thickness. The observer keeps 4 bytes per node and electrode.
    """

    def __init__(
        self,
        grid: Grid,
        diffusion: "Diffusion",
        electrodes: Mapping[str, ArrayLike],
        interval_ms: float = ECG_INTERVAL,
    ) -> None:
        self.interval_ms = interval_ms
        self.electrodes = {name: np.asarray(position, float) for name, position in electrodes.items()}
        self._weights = np.array(
            [_weights(grid, diffusion, name, position) for name, position in self.electrodes.items()], np.float32
        )
        self._times: list[float] = []
        self._potentials: list[np.ndarray] = []

    time_ms = property(lambda self: np.array(self._times))
    potential = property(lambda self: np.array(self._potentials).reshape(-1, len(self.electrodes)))

    def observe(self, times_ms: np.ndarray, potentials: np.ndarray) -> None:
        """Observe the potentials of all nodes, (n_times, n_nodes) [mV], at times, (n_times,)."""
        self._times += times_ms.tolist()
        # Unlike a matrix product, einsum adds up in the same order whatever the number of threads and of times
        self._potentials += [np.einsum("en,n->e", self._weights, v, dtype=np.float64) for v in potentials]

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays of a checkpoint."""
        return {"time_ms": self.time_ms, "potential": self.potential}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Continue from the arrays of a checkpoint."""
        self._times = [float(time) for time in state["time_ms"]]
        self._potentials = list(np.array(state["potential"]))


def _weights(grid: Grid, diffusion: "Diffusion", name: str, position: np.ndarray) -> np.ndarray:
    weights: np.ndarray = diffusion.volumes * diffusion.apply(1 / distances(grid, name, position))
    return weights


def distances(grid: Grid, name: str, position: ArrayLike) -> np.ndarray:
    """Return the distance of an electrode at (x, y, z) [mm] from each node, (n_nodes,) [mm].

    Raises
    ------
    UserError
        If the electrode is less than one spacing from a node, where 1/r is not resolved, or its position is not finite.
    """
    distance: np.ndarray = np.linalg.norm(grid.positions - position, axis=1)
    if not grid.spacing_mm <= distance.min() < np.inf:
        expected = f"a place at least one spacing, {grid.spacing_mm:g} mm, from the tissue, not {distance.min():.3g} mm"
        raise UserError(f"electrodes.{name}", np.asarray(position).tolist(), expected)
    return distance


class Intervals(NamedTuple):
    """Intervals and times of one beat of one lead [ms], and the height of its T peak; NaN for a missing wave."""

    qrs_onset_ms: float
    qrs_ms: float
    t_peak_ms: float
    t_end_ms: float
    qt_ms: float
    tpeak_tend_ms: float
    t_amplitude: float


NO_BEAT = Intervals(*[np.nan] * len(Intervals._fields))


def intervals(time_ms: np.ndarray, potential: np.ndarray, start_ms: float, end_ms: float = np.inf) -> Intervals:
    r"""Measure QRS duration, QT and T-peak--T-end on one beat of one lead.

    - **QRS onset** is the first time at which the slope of the trace exceeds 5 % of the steepest. **QRS end** is the
      last such time before the slope stays below for 50 ms or longer, at the steepest point or later.
    - **T peak** is an extremum between QRS end and the next stimulus, upright above the baseline or inverted below it,
      whose prominence (the height above the higher of the lowest points on either side) is at least 2 % of the range
      of the trace. Of several, as in a biphasic wave, it is the last one that is at least half as high as the highest.
      Its amplitude is its height above the baseline, which is negative if it is inverted.
    - **T end** is the time at which the tangent at the steepest point between the T peak and the return to the baseline
      meets the baseline [3]_ [4]_. If that is after the end of the beat, the T wave has no end.
    - **QT** is the time from QRS onset to T end.

    Times (n_times,) [ms] must be equally spaced. The beat lasts from its stimulus at ``start_ms``, from which the times
    of the result count, to the next stimulus at ``end_ms``. The baseline is the potential at its start. Any deflection
    of a trace has a QRS; `pointes.tissue.observers.labels` checks whether the stimulus spreads.
    """
    beat = (time_ms >= start_ms) & (time_ms < end_ms)
    t, height = time_ms[beat] - start_ms, potential[beat]
    if len(t) < 3 or np.ptp(height) == 0:
        return NO_BEAT
    height = height - height[0]
    slope = np.abs(np.gradient(height, t))
    steep = np.flatnonzero(slope > QRS_SLOPE * slope.max())
    pauses = steep[:-1][(np.diff(t[steep]) >= QRS_GAP) & (steep[:-1] >= slope.argmax())]
    onset, end = steep[0], pauses[0] if len(pauses) else steep[-1]
    qrs = (t[onset], t[end] - t[onset])
    prominence = T_PROMINENCE * np.ptp(height)
    extrema = [scipy.signal.find_peaks(sign * height[end:], 0, prominence=prominence)[0] for sign in (1, -1)]
    peaks = end + np.concatenate(extrema)
    if not len(peaks):
        return NO_BEAT._replace(qrs_onset_ms=qrs[0], qrs_ms=qrs[1])
    large = np.abs(height[peaks]) >= T_SHARE * np.abs(height[peaks]).max()
    peak = peaks[large].max()
    t_end = _tangent_end(t[peak:], np.sign(height[peak]) * height[peak:])
    return Intervals(*qrs, t[peak], t_end, t_end - t[onset], t_end - t[peak], height[peak])


def _tangent_end(t: np.ndarray, height: np.ndarray) -> float:
    """Return the time at which the steepest tangent of a falling limb meets zero; NaN after the end of the limb."""
    returned = np.flatnonzero(height <= 0)
    limb = slice(returned[0] + 1 if len(returned) else None)
    slope = np.gradient(height, t)[limb]
    steepest = slope.argmin()
    end = t[steepest] - height[steepest] / slope[steepest]
    return float(end) if end <= t[-1] else np.nan
