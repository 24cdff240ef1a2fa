"""Stimuli: currents into sites of a tissue at given times.

The amplitude is the density of the depolarising current [A/F]: positive drives the membrane potential up, at amplitude
volts per second (A/F = V/s = mV/ms). Cell models write the same current as a negative one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pointes.cells.cache import compiled
from pointes.errors import UserError, check_positive
from pointes.tissue.geometry.grid import Grid, format_point
from pointes.tissue.geometry.sites import Site, components, nodes_at


@dataclass(frozen=True, eq=False)
class Stimulus:
    """A current into some nodes at some times.

    Raises
    ------
    UserError
        When amplitude or duration is not positive, or there is no time, or one before 0.
    """

    nodes: np.ndarray  # ascending positions in the order of the grid's nodes
    amplitude: float  # density of the depolarising current, positive [A/F]
    duration_ms: float
    times_ms: np.ndarray  # start of each stimulus, ascending

    def __post_init__(self) -> None:
        if not 0 < self.amplitude < np.inf:
            raise UserError("amplitude", self.amplitude, "a positive number [A/F], which depolarises")
        check_positive("duration_ms", self.duration_ms, "ms")
        if not (self.times_ms.size and np.isfinite(self.times_ms).all() and self.times_ms[0] >= 0):
            raise UserError("times_ms", self.times_ms.tolist(), "at least one time, none before 0")

    def is_on(self, time_ms: ArrayLike, step_ms: float) -> np.ndarray:
        """Return in which steps the stimulus acts, by the times at which they begin: it is on in their middle."""
        middle = np.asarray(time_ms) + 0.5 * step_ms
        last = np.searchsorted(self.times_ms, middle, side="right") - 1
        on: np.ndarray = (last >= 0) & (middle < self.times_ms[last] + self.duration_ms)
        return on


class Sites(NamedTuple):
    """The sites of all stimuli, for compiled functions."""

    places: np.ndarray  # positions of the nodes in the flat array of potentials, site after site, (n,) int32
    ends: np.ndarray  # position in `places` after the last node of each site, (n_stimuli,)
    rises: np.ndarray  # change of potential in a step [mV], (n_stimuli,)


def sites_of(stimuli: Sequence[Stimulus], places: np.ndarray, step_ms: float) -> Sites:
    """Return the sites of stimuli, by the places of all nodes in the array of potentials, for steps of a length."""
    nodes = [stimulus.nodes for stimulus in stimuli]
    return Sites(
        places[np.concatenate([np.empty(0, int), *nodes])],
        np.cumsum([len(site) for site in nodes], dtype=np.int64),
        np.array([step_ms * stimulus.amplitude for stimulus in stimuli], float),
    )


@compiled(nogil=True)
def stimulate(u: np.ndarray, sites: Sites, on: np.ndarray) -> None:
    """Raise the potentials at the sites of the stimuli that are on, (n_stimuli,)."""
    first = 0
    for k in range(len(on)):
        if on[k]:
            for place in sites.places[first : sites.ends[k]]:
                u[place] += sites.rises[k]
        first = sites.ends[k]


def at_times(
    grid: Grid,
    site: Site,
    amplitude: float,
    duration_ms: float,
    times_ms: Sequence[float] | np.ndarray,
    key: str = "site",
) -> Stimulus:
    """Return a stimulus of a site that begins at the given times, in any order; an error names the key of the site.

    Raises
    ------
    UserError
        When a number is out of range, or no node of the site conducts.

    Examples
    --------
    >>> from pointes.tissue.geometry.boxes import box
    >>> stimulus = at_times(box([10], 0.5), "x0", amplitude=50, duration_ms=2, times_ms=[300, 0])
    >>> stimulus.nodes.tolist(), stimulus.times_ms.tolist(), stimulus.is_on([1.95, 2], 0.05).tolist()
    ([0], [0.0, 300.0], [True, False])
    """
    times = np.sort(np.asarray(times_ms, dtype=float))
    return Stimulus(nodes_at(grid, site, key), float(amplitude), float(duration_ms), times)


def periodic(
    grid: Grid,
    site: Site,
    amplitude: float,
    duration_ms: float,
    cycle_length_ms: float,
    beats: int,
    start_ms: float = 0.0,
    key: str = "site",
) -> Stimulus:
    """Return one stimulus per cycle length from `start_ms` on; other arguments and errors are those of `at_times`."""
    if beats < 1:
        raise UserError("beats", beats, "at least 1")
    check_positive("cycle_length_ms", cycle_length_ms, "ms")
    times = start_ms + cycle_length_ms * np.arange(beats)
    return at_times(grid, site, amplitude, duration_ms, times, key)


def activation_sites(
    grid: Grid,
    sites: Iterable[tuple[Site, float]],
    amplitude: float,
    duration_ms: float,
    cycle_length_ms: float,
    beats: int,
) -> list[Stimulus]:
    """Return stimuli at several sites, each with its delay [ms] in every beat, as in early endocardial activation.

    A stimulus must end within its beat. Other arguments and errors are those of `periodic`.
    """
    found = []
    for number, (site, delay) in enumerate(sites):
        if delay + duration_ms > cycle_length_ms:
            latest = f"at most {cycle_length_ms - duration_ms:g} ms, so that the stimulus ends within its beat"
            raise UserError(f"sites.{number}.delay_ms", delay, latest)
        key = f"sites.{number}"
        found.append(periodic(grid, site, amplitude, duration_ms, cycle_length_ms, beats, delay, key))
    return found


def check_connected(grid: Grid, stimuli: Iterable[Stimulus]) -> None:
    """Raise a UserError if the stimuli cannot excite all of the tissue: it has parts without a stimulus."""
    part = components(grid)
    reached = np.unique(np.concatenate([part[stimulus.nodes] for stimulus in stimuli]))
    missed = ~np.isin(part, reached)
    if missed.any():
        raise UserError(
            f"the stimuli cannot reach {missed.sum()} of {missed.size} nodes: the tissue has {part.max() + 1} "
            f"disconnected parts and {reached.size} of them {'is' if reached.size == 1 else 'are'} stimulated",
            expected=f"a stimulus in each part, or no tissue at {format_point(grid.positions[missed][0])} mm",
        )
