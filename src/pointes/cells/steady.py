r"""Pacing until the rhythm is steady, with leaps over beats in which only slow concentrations change.

A cell is examined every `WINDOW` beats. Its state x is a vector of all states between two beats, relative to their
largest values in a beat, and of APD90. The last changes :math:`d_k = x_k - x_{k-1}` from window to window are fitted by
a recursion for the vector as a whole,

.. math:: d_k \approx c_1 d_{k-1} + \dots + c_q d_{k-q}, \quad q \le 2,

with q decaying modes. It predicts the remaining change of the state (`Forecast.change`). The part of the changes that
it does not explain may be the beginning of a slow drift, and is assumed to continue (`Forecast.uncertainty`), so that a
small change alone does not count as steady. The rhythm is steady when the sum of both stays below `TOLERANCE` over the
next `HORIZON` beats, twice in a row, and each beat repeats the one before (period 1) or the one before that (period 2).

If the uncertainty is below the tolerance, the cell may leap to the end of the forecast: vector extrapolation, which is
Aitken's process for q = 1 and reduced rank extrapolation for q = 2 [1]_. The coefficients must be scalars, equal for
all states: cell models conserve charge and have a steady state for every value of it, and concentrations extrapolated
one by one would move the cell to another steady state. Combinations of whole states keep linear invariants. The windows
after a leap check it. If they do not forecast less change than before, or the rhythm never becomes steady, the cell
returns to the state before its first leap and is paced beat by beat.

References
----------
.. [1] Smith, Ford and Sidi, SIAM Review 29, 199 (1987). doi:10.1137/1029042
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from pointes.cells.biomarkers import Array, alternans, apd
from pointes.cells.multistep import LANES, Bundle
from pointes.cells.population import Population, lane_row, read_beat, read_states, write_state
from pointes.cells.stepper import Row

TOLERANCE = 5e-4  # largest remaining change, relative to the size of a state or APD90
WINDOW = 20  # beats; even, so that a rhythm of period two does not count as a change
HORIZON = 1000  # beats
CHANGES = 4  # number of changes from window to window that are fitted
FEWEST_CHANGES = 3
SLOWEST = 0.97  # largest root per window; slower modes are drifts without a steady state worth leaping to
FARTHEST = 0.3  # largest relative change in a leap
RHYTHM = 0.1  # largest difference between a beat and the one that it repeats, in units of the tolerance


@dataclass(frozen=True)
class Settled:
    """Final states, (n, n_states), and rhythms, (n,), of paced cells."""

    states: Array  # NaN where the simulation broke down
    beats: NDArray[np.int_]  # number of paced beats, including those that a return to an earlier state made useless
    period: NDArray[np.int_]  # number of beats after which the rhythm repeats itself, 1 or 2; 0 where it is not steady
    alternans: NDArray[np.int_]  # whether the beats of a period of 2 differ (`pointes.cells.biomarkers.alternans`)


@dataclass(frozen=True)
class Forecast:
    """Forecast of the next `HORIZON` beats from the last changes."""

    change: Array  # change of the state, (s,), by the fitted recursion
    uncertainty: float  # largest change of a component if the part that the recursion does not explain continues
    slowest: float  # largest root of the recursion: share of the slowest mode that is left after a window

    @property
    def size(self) -> float:
        """Largest change of a component, including the uncertainty."""
        return float(np.abs(self.change).max() + self.uncertainty)


def settle(cells: Population, beats: int, accelerate: bool) -> Settled:
    """Pace each cell of a population until its rhythm is steady, for a multiple of `WINDOW` beats at most."""
    settled = Settled(np.array(cells.states), *np.zeros((3, len(cells)), int))
    if beats < WINDOW:
        return settled
    scales = np.append(_largest(cells), 1.0)
    waiting = iter([_Approach(row, scales, beats, accelerate) for row in range(len(cells))])
    bundle = cells.bundle(np.zeros(LANES, int))
    lanes = [_enter_next(cells, bundle, lane, waiting) for lane in range(LANES)]
    while any(lanes):
        course = np.empty((WINDOW, LANES, len(cells.model.states)))
        for k in range(WINDOW):
            cells.beat(bundle)
            course[k] = read_states(cells.model, bundle)
            if k == WINDOW - 2:
                before = read_beat(cells.model, bundle)
        last = read_beat(cells.model, bundle)
        thresholds = cells.model.thresholds
        durations, alternating = np.nan_to_num(apd(last, 90, thresholds)), alternans(before, last, thresholds)
        for lane, cell in enumerate(lanes):
            if cell is None:
                continue
            moved = cell.look(course[:, lane], durations[lane])
            if cell.done:
                settled.states[cell.row], settled.beats[cell.row] = course[-1, lane], cell.beats
                settled.period[cell.row] = cell.period
                settled.alternans[cell.row] = cell.period == 2 and alternating[lane]
                lanes[lane] = _enter_next(cells, bundle, lane, waiting)
            elif moved is not None:
                _enter(cells, bundle, lane, cell.row, moved)
    return settled


def _largest(cells: Population) -> Array:
    """Return the largest value of each state in the first beat of the published cell, at least its scale in the kernel.

    Some states, such as a flux of release, are tiny between beats and large during a beat.
    """
    model = cells.model
    published = replace(cells, parameters={}, states=model.initial_state[None])
    bundle = published.bundle(np.zeros(LANES, int))
    largest = np.array(model.kernel.SCALES)
    published.begin(bundle)
    while (lane_row(model, bundle, Row.TIME) < cells.cycle_length).any():
        published.step(bundle)
        largest = np.fmax(largest, np.abs(read_states(model, bundle)[0]))
    return largest


def _enter(cells: Population, bundle: Bundle, lane: int, row: int, state: Array) -> None:
    """Put a cell into a lane in some state."""
    fresh = cells.bundle(np.full(LANES, row))
    write_state(cells.model, fresh, lane, state)
    bundle[lane::LANES] = fresh[lane::LANES]


def _enter_next(cells: Population, bundle: Bundle, lane: int, waiting: Iterator["_Approach"]) -> "_Approach | None":
    """Put the next waiting cell into a lane. Without one the lane rests."""
    cell = next(waiting, None)
    if cell is None:
        lane_row(cells.model, bundle, Row.FAILED)[lane] = 1.0  # any reason will do: a lane that has failed rests
    else:
        _enter(cells, bundle, lane, cell.row, cells.states[cell.row])
    return cell


@dataclass
class _Approach:
    """One cell on its way to a steady rhythm."""

    row: int  # in the population
    scales: Array  # sizes of the states and of APD90
    most_beats: int
    accelerate: bool  # whether the cell may leap
    beats: int = 0
    counted: int = 0  # number of beats that a return to an earlier state has not undone
    history: list[Array] = field(default_factory=list)  # states and APD90 at the ends of windows since the last leap
    fallback: tuple[int, list[Array]] | None = None  # `counted` and `history` before the first leap
    before_leap: float = np.inf  # size of the forecast before the last leap
    period: int = 0
    done: bool = False

    def look(self, course: Array, duration: float) -> Array | None:
        """Examine one more window, states (`WINDOW`, n_states) and last APD90; return the state to move to, if any."""
        self.beats += WINDOW
        self.counted += WINDOW
        now = np.append(course[-1], duration)
        self.history.append(now)
        sizes = np.maximum(self.scales, np.abs(now))
        outlook = forecast(np.diff(self.history[-CHANGES - 1 :], axis=0) / sizes)
        period_before, self.period = self.period, 0
        if outlook is not None and outlook.size <= TOLERANCE:
            self.period = rhythm(course / sizes[:-1], TOLERANCE)
        if self.period and self.period == period_before:
            self.done = True
        elif np.isnan(now).any() or self.counted >= self.most_beats:
            self.period = 0
            return self._retreat()
        elif self.accelerate and outlook is not None and outlook.size > TOLERANCE:
            if outlook.size > max(0.5 * self.before_leap, 3.0 * TOLERANCE):
                return self._retreat()
            return self._leap(now, outlook, sizes)
        return None

    def _leap(self, now: Array, outlook: Forecast, sizes: Array) -> Array | None:
        """Return the state at the end of the forecast, if the leap is safe."""
        there: Array = now + outlook.change * sizes
        safe = outlook.uncertainty <= TOLERANCE and outlook.slowest <= SLOWEST
        if not safe or np.abs(outlook.change).max() > FARTHEST or (there * now < 0).any():
            return None
        if self.fallback is None:
            self.fallback = self.counted, self.history
        self.history, self.before_leap = [], outlook.size
        return there[:-1]

    def _retreat(self) -> Array | None:
        """Return the state before the first leap, after which leaps end; a cell that has not leapt is done."""
        if self.fallback is None:
            self.done = True
            return None
        (self.counted, self.history), self.fallback = self.fallback, None
        self.accelerate = False
        return self.history[-1][:-1]


def forecast(changes: Array) -> Forecast | None:
    """Return the forecast by the recursion with 0, 1 or 2 modes that leaves the least uncertainty.

    It needs `FEWEST_CHANGES` or more changes of the state from window to window, (k, s), oldest first.
    """
    if len(changes) < FEWEST_CHANGES:
        return None
    products = (changes @ changes.T).tolist()
    fits = [(modes, _modes(products, modes)) for modes in (0, 1, 2)]
    forecasts = [_follow(changes, modes, *roots) for modes, roots in fits if roots is not None]
    return min(forecasts, key=lambda one: one.uncertainty)


def _modes(products: list[list[float]], modes: int) -> tuple[float, float] | None:
    """Fit a recursion by least squares to the inner products of the changes, and return its roots, largest first.

    None if the roots are not those of decaying modes. As data are noisy, a root slightly above 1 becomes 1, a drift.
    """

    def inner(i: int, j: int) -> float:
        return sum(products[k - i][k - j] for k in range(modes, len(products)))

    if modes == 0:
        return 0.0, 0.0
    if modes == 1:
        roots = (inner(0, 1) / inner(1, 1) if inner(1, 1) > 0 else 0.0), 0.0
    else:
        determinant = inner(1, 1) * inner(2, 2) - inner(1, 2) ** 2
        if not determinant > 1e-12 * inner(1, 1) * inner(2, 2):
            return None  # one mode explains the changes as well
        c1 = (inner(0, 1) * inner(2, 2) - inner(0, 2) * inner(1, 2)) / determinant
        c2 = (inner(0, 2) * inner(1, 1) - inner(0, 1) * inner(1, 2)) / determinant
        if c1 * c1 + 4.0 * c2 < 0.0:
            return None
        root = sqrt(c1 * c1 + 4.0 * c2)
        roots = 0.5 * (c1 + root), 0.5 * (c1 - root)
    if not (roots[0] < 1.15 and roots[1] > -0.3):
        return None
    return min(max(roots[0], 0.0), 1.0), min(max(roots[1], 0.0), 1.0)


def _follow(changes: Array, modes: int, slow: float, fast: float) -> Forecast:
    """Return the forecast of a recursion with two roots over the next `HORIZON` beats."""
    c1, c2, windows = slow + fast, -slow * fast, HORIZON // WINDOW
    k = len(changes)
    missed = changes[modes:].mean(axis=0)
    if modes > 0:
        missed = missed - c1 * changes[modes - 1 : k - 1].mean(axis=0)
    if modes > 1:
        missed = missed - c2 * changes[: k - 2].mean(axis=0)
    weights = [0.0, 1.0]  # coefficients of the last change in the next ones
    for _ in range(windows):
        weights.append(c1 * weights[-1] + c2 * weights[-2])
    change = sum(weights[2:]) * changes[-1] + c2 * sum(weights[1:-1]) * changes[-2]
    return Forecast(change, windows * np.abs(missed).max(), slow)


def rhythm(course: Array, tolerance: float) -> int:
    """Return the number of beats (1 or 2) after which the states of a window, (`WINDOW`, s), repeat; 0: they do not."""
    for period in (1, 2):
        if np.abs(course[period:] - course[:-period]).max() <= RHYTHM * tolerance:
            return period
    return 0
