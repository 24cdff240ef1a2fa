"""Sources of activations: conduction between neighbours, traced back to a stimulus or to an ectopic origin.

Activations of neighbouring nodes (the up to 26 around a node) are cause and effect if the later follows within the
longest plausible conduction delay. In the order of time, every activation gets a **source**, which is an activation:

1. itself, if the node is stimulated and activates between the onset of the stimulus and `LATENCY` after its end;
2. else the source of one of its causes. Stimulated sources come before others, and later before earlier ones;
3. else itself: it is an **ectopic origin**, unless a neighbour activates within `TOLERANCE` from another source. In a
   corner, a node may activate just before the neighbour from which the wave comes.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointes.cells.cache import compiled

if TYPE_CHECKING:
    from pointes.tissue.geometry.grid import Grid
    from pointes.tissue.observers.activation import Activations
    from pointes.tissue.solver.stimuli import Stimulus

LATENCY = 20.0  # ms. ASSUME: longest time that a stimulus near threshold takes to excite
# ASSUME: slowest wave; conduction by gap junctions fails below
SLOWEST = 0.02  # m/s
SHORTEST_DELAY = 10.0  # ms. ASSUME: time for which a wave may wait at a narrow exit, whatever the spacing
TOLERANCE = 1.0  # ms


class Sources(NamedTuple):
    """Sources of activations, (n_activations,) arrays in the order of `Activations`."""

    time_ms: np.ndarray  # time of the source
    origin: np.ndarray  # whether the activation is an ectopic origin
    again: np.ndarray  # whether the node has already activated once since the source did


def trace(grid: "Grid", activations: "Activations", stimuli: Iterable["Stimulus"]) -> Sources:
    """Trace all activations back to their sources."""
    order = np.lexsort((activations.node, activations.time_ms))
    node, time = activations.node[order], activations.time_ms[order]
    place = grid.nodes[node]
    shape = grid.tags.shape
    delay = max(SHORTEST_DELAY, grid.spacing_mm / SLOWEST)
    stimulated = _stimulated(len(grid.nodes), node, time, stimuli)
    source = np.empty(len(node), np.int64)
    again = np.zeros(len(node), bool)
    _trace(place, time, stimulated, shape, delay, source, again)
    origin = (source == np.arange(len(node))) & ~stimulated
    _dismiss(place, time, source, origin, shape)
    back = np.argsort(order)
    return Sources(time[source][back], origin[back], again[back])


def _stimulated(n: int, node: np.ndarray, time: np.ndarray, stimuli: Iterable["Stimulus"]) -> np.ndarray:
    """Return whether a stimulus explains each activation."""
    explained = np.zeros(len(node), bool)
    for stimulus in stimuli:
        inside = np.zeros(n, bool)
        inside[stimulus.nodes] = True
        last = np.searchsorted(stimulus.times_ms, time, side="right") - 1
        since = np.where(last >= 0, time - stimulus.times_ms[last], np.inf)
        explained |= inside[node] & (since <= stimulus.duration_ms + LATENCY)
    return explained


@compiled()
def _trace(
    place: np.ndarray,
    time: np.ndarray,
    stimulated: np.ndarray,
    shape: tuple[int, int, int],
    delay: float,
    source: np.ndarray,
    again: np.ndarray,
) -> None:
    """Write the source of each activation, as a position in the order of time, and whether its node activates again."""
    nz, ny, nx = shape
    latest = np.full(nz * ny * nx, -1)  # activation at each place of the grid
    for event in range(len(place)):
        x, y, z = place[event] % nx, place[event] // nx % ny, place[event] // (nx * ny)
        best, best_stimulated = -1, False
        if stimulated[event]:
            best = event
        else:
            for k in range(max(z - 1, 0), min(z + 2, nz)):
                for j in range(max(y - 1, 0), min(y + 2, ny)):
                    for i in range(max(x - 1, 0), min(x + 2, nx)):
                        cause = latest[(k * ny + j) * nx + i]
                        if cause < 0 or (k == z and j == y and i == x) or time[event] - time[cause] > delay:
                            continue
                        candidate = source[cause]
                        better = stimulated[candidate] and not best_stimulated
                        if stimulated[candidate] == best_stimulated and candidate > best:
                            better = True
                        if better:
                            best, best_stimulated = candidate, stimulated[candidate]
        source[event] = event if best < 0 else best
        before = latest[place[event]]
        again[event] = before >= 0 and time[before] >= time[source[event]]
        latest[place[event]] = event


@compiled()
def _dismiss(
    place: np.ndarray, time: np.ndarray, source: np.ndarray, origin: np.ndarray, shape: tuple[int, int, int]
) -> None:
    """Unmark origins beside which the wave of another source passes at the same time."""
    _, ny, nx = shape
    for event in np.flatnonzero(origin):
        x, y, z = place[event] % nx, place[event] // nx % ny, place[event] // (nx * ny)
        first, end = np.searchsorted(time, np.array([time[event] - TOLERANCE, time[event] + TOLERANCE]))
        for other in range(first, end):
            dx = abs(place[other] % nx - x)
            dy = abs(place[other] // nx % ny - y)
            dz = abs(place[other] // (nx * ny) - z)
            if max(dx, dy, dz) <= 1 and source[other] != event:
                origin[event] = False
                break
