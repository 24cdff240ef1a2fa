"""Detection of equal pulses in a function of the time from samples of its values."""

from collections.abc import Callable
from dataclasses import dataclass

import myokit
import numpy as np

FINEST = 0.01  # ms; interval of samples, which a pulse must exceed
LONGEST = 100.0  # ms; largest duration of a stimulus
BEGINNING = 20_000.0  # ms; length of the sampled window from time zero
AROUND = 2_000.0  # ms; length of the sampled windows on both sides of later times that the equations name
MOST_WINDOWS = 20  # largest number of windows that are sampled; equal pulses are written with a few times
LATEST = 1e10  # ms; latest time in the equations around which samples are taken

Values = Callable[[float | np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Pulse:
    """One of many equal pulses, or the only one; times are in the unit of the model."""

    duration: float
    while_on: float  # a time during the pulse
    while_off: float  # a time at which the stimulus is off


def equal_pulses(course: myokit.Expression, time: myokit.Name, per_ms: float) -> Pulse | None:
    """Return one of the equal pulses that a function of the time alone consists of, or None.

    Such a function has exactly two values, and either a single pulse or at least three pulses of one duration at one
    interval, with a duration of at most `LONGEST`. A millisecond is `per_ms` of the model's units of time.
    """
    values = _function(course, time)
    named = {e.eval() / per_ms for e in course.walk() if not (e.references() or isinstance(e, myokit.Condition))}
    windows = _windows(named)
    if len(windows) > MOST_WINDOWS:
        return None
    times = [np.arange(start + FINEST / 2, stop, FINEST) * per_ms for start, stop in windows]
    samples = [values(window) for window in times]
    levels = np.unique(np.concatenate([np.unique(part) for part in samples]))
    if len(levels) != 2 or not np.isfinite(levels).all():
        return None
    off = 0.0 if 0.0 in levels else max(levels, key=lambda level: np.count_nonzero(samples[0] == level))
    edges = [_edges(part != off) for part in samples]
    lengths = np.concatenate([stops - starts for starts, stops in edges])
    intervals = np.concatenate([np.diff(starts) for starts, _ in edges])
    # Numbers of samples in equal pulses differ by 1 at most, as an edge may lie between two samples
    is_train = len(intervals) > 1 and np.ptp(lengths) <= 1 and np.ptp(intervals) <= 1
    if not (is_train or len(lengths) == 1) or lengths.max() * FINEST > LONGEST:
        return None
    window, (starts, stops) = next((t, found) for t, found in zip(times, edges, strict=True) if len(found[0]) > 0)
    start, stop = starts[-1], stops[-1]
    begin = _edge(values, window[start], window[start - 1] if start > 0 else 0.0)
    end = _edge(values, window[stop - 1], window[stop])
    while_off = next(t[part == off][0] for t, part in zip(times, samples, strict=True) if (part == off).any())
    return Pulse(float(f"{end - begin:.9g}"), float(window[(start + stop) // 2]), float(while_off))


def _function(course: myokit.Expression, time: myokit.Name) -> Values:
    """Return a function that evaluates an expression at times in the unit of the model."""
    function = course.clone(subst={time: myokit.Name("t")}).pyfunc()

    def values(times: float | np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(function(times), dtype=float), np.shape(times))

    return values


def _windows(named: set[float]) -> list[tuple[float, float]]:
    """Return the windows to sample [ms], at the beginning and around later times. Overlapping windows become one."""
    windows = [(0.0, BEGINNING)]
    for moment in sorted(moment for moment in named if BEGINNING < moment < LATEST):
        start, stop = windows[-1]
        if moment - AROUND < stop:
            windows[-1] = (start, moment + AROUND)
        else:
            windows.append((moment - AROUND, moment + AROUND))
    return windows


def _edges(on: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices at which pulses start and stop, without a last pulse that does not stop.

    A pulse that is on at the beginning and shorter than the next one is left out, too, because it has begun before.
    """
    changes = np.flatnonzero(np.diff(on)) + 1
    starts, stops = changes[on[changes]], changes[~on[changes]]
    if on[0]:
        starts = np.concatenate([[0], starts])
    starts = starts[: len(stops)]
    is_cut = len(starts) > 1 and starts[0] == 0 and stops[0] < stops[1] - starts[1] - 1
    return (starts[1:], stops[1:]) if is_cut else (starts, stops)


def _edge(values: Values, on: float, off: float) -> float:
    """Return the time at which a pulse begins or ends, by bisection between a time in it and a time outside."""
    level = values(on)
    if values(off) == level:
        return off
    for _ in range(60):
        middle = 0.5 * (on + off)
        on, off = (middle, off) if values(middle) == level else (on, middle)
    return off
