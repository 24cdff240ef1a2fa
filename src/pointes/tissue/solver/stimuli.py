"""Stimuli of a tissue: where, when and how strong.

The amplitude is the density of the depolarising current [A/F]: positive drives the membrane potential up, at amplitude
volts per second (A/F = V/s = mV/ms). Cell models write the same current as a negative one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pointes.errors import UserError, check_positive
from pointes.tissue.geometry.grid import Grid, written
from pointes.tissue.geometry.sites import Site, components, nodes_at


@dataclass(frozen=True, eq=False)
class Stimulus:
    """A current into some nodes at some times.

    Attributes
    ----------
    nodes : array of int
        Positions in the order of the grid's nodes, ascending.
    amplitude
        Density of the current [A/F], positive: it depolarises.
    duration_ms
        How long it lasts each time.
    times_ms : array
        When it begins, ascending.
    key
        Its name in the messages of errors.

    Raises
    ------
    UserError
        When the amplitude would hyperpolarise, or amplitude, duration or times are no such numbers.
    """

    nodes: np.ndarray
    amplitude: float
    duration_ms: float
    times_ms: np.ndarray
    key: str = "stimulus"

    def __post_init__(self) -> None:
        if self.amplitude < 0:
            raise UserError(
                f"{self.key}: amplitude {self.amplitude:g} A/F would hyperpolarise; expected the depolarising current "
                "density, positive"
            )
        check_positive(f"{self.key}: amplitude", self.amplitude, "A/F")
        check_positive(f"{self.key}: duration_ms", self.duration_ms)
        if not (self.times_ms.size and np.isfinite(self.times_ms).all() and self.times_ms[0] >= 0):
            raise UserError(f"{self.key}: times_ms {self.times_ms.tolist()}; expected times from 0 on, at least one")

    def is_on(self, time_ms: float, step_ms: float) -> bool:
        """Return whether it acts in the step that begins at a time: whether it is on in the middle of the step."""
        middle = time_ms + 0.5 * step_ms
        last = bisect_right(self.times_ms, middle) - 1  # in every step; NumPy's takes a microsecond
        return bool(last >= 0 and middle < self.times_ms[last] + self.duration_ms)


def at_times(
    grid: Grid,
    site: Site,
    amplitude: float,
    duration_ms: float,
    times_ms: Sequence[float] | np.ndarray,
    key: str = "stimulus",
) -> Stimulus:
    """Return a stimulus at given times.

    Parameters
    ----------
    grid
        The tissue.
    site
        Where; see `pointes.tissue.geometry.sites`.
    amplitude
        Density of the current [A/F], positive.
    duration_ms
        How long it lasts each time.
    times_ms
        When it begins, in any order.
    key
        Name of the stimulus in the messages of errors.

    Raises
    ------
    UserError
        When the amplitude would hyperpolarise, a number is out of range, or no node of the site conducts.

    Examples
    --------
    >>> from pointes.tissue.geometry.boxes import box
    >>> stimulus = at_times(box([10], 0.5), "x0", amplitude=50, duration_ms=2, times_ms=[300, 0])
    >>> stimulus.nodes.tolist(), stimulus.times_ms.tolist(), stimulus.is_on(1.95, 0.05), stimulus.is_on(2, 0.05)
    ([0], [0.0, 300.0], True, False)
    """
    times = np.sort(np.asarray(times_ms, dtype=float))
    return Stimulus(nodes_at(grid, site, key), float(amplitude), float(duration_ms), times, key)


def periodic(
    grid: Grid,
    site: Site,
    amplitude: float,
    duration_ms: float,
    cycle_length_ms: float,
    beats: int,
    start_ms: float = 0.0,
    key: str = "stimulus",
) -> Stimulus:
    """Return a train of stimuli S1, one per cycle length; arguments and errors else as in `at_times`."""
    return at_times(grid, site, amplitude, duration_ms, _train(cycle_length_ms, beats, start_ms, key), key)


def activation_sites(
    grid: Grid,
    sites: Iterable[tuple[Site, float]],
    amplitude: float,
    duration_ms: float,
    cycle_length_ms: float,
    beats: int,
    key: str = "stimulus",
) -> list[Stimulus]:
    """Return stimuli at several sites, as those of early endocardial activation, each with its delay in every beat.

    Parameters
    ----------
    sites
        Where, and how long after the begin of each beat [ms]: within it the stimulus must also end. Other arguments
        and errors as in `periodic`.
    """
    found = []
    for number, (site, delay) in enumerate(sites):
        name = f"{key} site {number}"
        if delay + duration_ms > cycle_length_ms:
            raise UserError(
                f"{name}: delay_ms {delay:g} with duration_ms {duration_ms:g}; expected both together within "
                f"cycle_length_ms, which is {cycle_length_ms:g}"
            )
        found.append(periodic(grid, site, amplitude, duration_ms, cycle_length_ms, beats, delay, name))
    return found


def check_connected(grid: Grid, stimuli: Iterable[Stimulus]) -> None:
    """Refuse stimuli that cannot excite all of the tissue, because it falls into parts and not all have a stimulus.

    Raises
    ------
    UserError
        Says how many nodes are out of reach.
    """
    part = components(grid)
    reached = np.unique(np.concatenate([part[stimulus.nodes] for stimulus in stimuli]))
    missed = ~np.isin(part, reached)
    if missed.any():
        raise UserError(
            f"the stimuli cannot reach {missed.sum()} of {missed.size} nodes: the tissue has {part.max() + 1} "
            f"disconnected parts and {reached.size} of them {'is' if reached.size == 1 else 'are'} stimulated; "
            f"expected a stimulus in each part, or no tissue there, as at {written(grid.positions[missed][0])} mm"
        )


def _train(cycle_length_ms: float, beats: int, start_ms: float, key: str) -> np.ndarray:
    if beats < 1:
        raise UserError(f"{key}: beats {beats}; expected at least 1")
    check_positive(f"{key}: cycle_length_ms", cycle_length_ms)
    return start_ms + cycle_length_ms * np.arange(beats)
