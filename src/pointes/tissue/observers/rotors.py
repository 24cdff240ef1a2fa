r"""Wave fronts and phase singularities: how many waves there are, and around how many points they turn.

From the potential now and a delay earlier comes the phase of a node in its action potential [1]_,

.. math:: \theta = \mathrm{atan2}(V(t - \tau) - V^*, V(t) - V^*),

about the origin V* = -40 mV (0.36 in dimensionless models), which lies inside the loop that an action potential
describes in this plane [1]_ [2]_.

- **Wave front**: nodes above V* that were not above it the delay before (:math:`\theta` in the fourth quadrant). What
  touches, also by an edge or corner, is one front.
- **Phase singularity**: a point in a plane of constant z around which the phase runs through a full turn. Its
  topological charge

  .. math:: n = \frac{1}{2 \pi} \oint \nabla \theta \cdot dl

  is summed around each square of four neighbouring nodes: 1 where the phase grows counterclockwise (seen with x to the
  right and y up), -1 where it grows clockwise, 0 elsewhere. Singularities of spiral waves come in pairs of opposite
  charge or end at boundaries.

A wave that circles a hole or a scar has no singularity: squares with a node that does not conduct are not looked at.

References
----------
.. [1] Iyer and Gray, Ann. Biomed. Eng. 29, 47 (2001). doi:10.1114/1.1335538
.. [2] Bray and Wikswo, Phys. Rev. E 65, 051902 (2002). doi:10.1103/PhysRevE.65.051902
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointes.cells.biomarkers import MILLIVOLTS, Thresholds

if TYPE_CHECKING:
    from pointes.tissue.geometry.grid import Geometry


class Singularities(NamedTuple):
    """Phase singularities of one or more observations: (n,) times [ms], (n, 3) places (x, y, z) [mm], (n,) charges."""

    time_ms: np.ndarray
    position_mm: np.ndarray
    charge: np.ndarray


class Rotors:
    """Count wave fronts and find phase singularities.

    Parameters
    ----------
    geometry
        The tissue.
    interval_ms
        Time between two observations, and the delay of the phase [ms]: longer than an upstroke, shorter than an action
        potential.
    levels
        Whose ``ead_potential`` is the origin of the phase plane.

    Attributes
    ----------
    time_ms, wave_fronts : (n_times,) array
        Number of wave fronts at each observation but the first, which has nothing before it.
    singularities : Singularities
        Of all observations.
    """

    def __init__(self, geometry: "Geometry", interval_ms: float = 10.0, levels: Thresholds = MILLIVOLTS) -> None:
        self.interval_ms = interval_ms
        self._geometry = geometry
        self._origin = levels.ead_potential
        self._last = np.empty(0, np.float32)
        self._times: list[float] = []
        self._fronts: list[int] = []
        self._found: list[np.ndarray] = []  # rows of time, x, y, z, charge

    time_ms = property(lambda self: np.array(self._times))
    wave_fronts = property(lambda self: np.array(self._fronts, int))

    @property
    def singularities(self) -> Singularities:
        """Return all that were found."""
        rows = np.concatenate([np.empty((0, 5)), *self._found])
        return Singularities(rows[:, 0], rows[:, 1:4], rows[:, 4].astype(int))

    def observe(self, time_ms: float, v: np.ndarray) -> None:
        """Take the potentials at a time into account: (n_nodes,) [mV]."""
        if len(self._last):
            here, before = v - self._origin, self._last - self._origin
            self._times.append(time_ms)
            self._fronts.append(count_fronts(self._geometry, here, before))
            places, charge = singular_points(self._geometry, np.arctan2(before, here))
            self._found.append(np.column_stack([np.full(len(charge), time_ms), places, charge]))
        self._last = v.astype(np.float32)

    def state(self) -> dict[str, np.ndarray]:
        """Return all that is needed to go on from here."""
        found = np.concatenate([np.empty((0, 5)), *self._found])
        return {"last": self._last, "time_ms": self.time_ms, "wave_fronts": self.wave_fronts, "found": found}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from a state."""
        self._last = np.array(state["last"])
        self._times = [float(time) for time in state["time_ms"]]
        self._fronts = [int(count) for count in state["wave_fronts"]]
        self._found = [np.array(state["found"])]


def count_fronts(geometry: "Geometry", here: np.ndarray, before: np.ndarray) -> int:
    """Return the number of connected sets of nodes whose potential is above the origin and was not a delay before.

    Parameters
    ----------
    geometry
        The tissue.
    here, before : (n_nodes,) array
        Potential minus that of the origin [mV], now and the delay earlier.
    """
    from scipy.ndimage import label

    front = np.zeros(geometry.tags.shape, bool)
    front.flat[geometry.nodes] = (here > 0) & (before <= 0)
    return label(front, structure=np.ones((3, 3, 3)))[1]


def singular_points(geometry: "Geometry", phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places (n, 3) [mm] and the topological charges (n,) of phase singularities in planes of constant z.

    Parameters
    ----------
    geometry
        The tissue.
    phase : (n_nodes,) array
        Phase [rad].
    """
    grid = geometry.scatter(phase)
    charge = _charges(grid)
    z, y, x = np.nonzero(charge)
    places = np.column_stack([x + 0.5, y + 0.5, z]) + geometry.offset
    return geometry.spacing_mm * places, charge[z, y, x]


def _charges(phase: np.ndarray) -> np.ndarray:
    """Return the charge of each square between four nodes of a plane, (nz, ny - 1, nx - 1); 0 where one is NaN."""
    along_x = _wrapped(np.diff(phase, axis=2))
    along_y = _wrapped(np.diff(phase, axis=1))
    turn = along_x[:, :-1] + along_y[:, :, 1:] - along_x[:, 1:] - along_y[:, :, :-1]
    return np.rint(np.nan_to_num(turn) / (2 * np.pi)).astype(np.int8)


def _wrapped(difference: np.ndarray) -> np.ndarray:
    """Return the difference of two phases that lies in [-pi, pi)."""
    return (difference + np.pi) % (2 * np.pi) - np.pi
