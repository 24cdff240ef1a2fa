"""Control of the steps of each cell: every lane of a bundle has its own clock, from one stimulus to the next.

A lane does not depend on its neighbours, so results do not depend on how cells are batched. All functions work on one
lane of one flat bundle (`pointes.cells.layout.Layout`) and are inlined into each model's kernel, where row numbers are
constants and the loop over lanes becomes SIMD code.
"""

from enum import IntEnum, auto
from math import sqrt

from numpy import ceil, floor

from pointes.cells.multistep import LANES, Bundle
from pointes.cells.simd import inline, where
from pointes.vocabulary import Failure

# Times in ms
FIRST_STEP = 0.005  # after the edges of a stimulus
LARGEST_STEP = 10.0
SMALLEST_STEP = 1e-6  # always accepted
SAFETY = 0.85
SHRINK, GROW = 0.2, 2.5
MAX_STEPS = 1_000_000  # in one beat; a lane that needs more has failed
LARGEST_POTENTIAL = 1e3  # mV; a lane beyond it has failed
ENDLESS = 1e15  # length of the steps before a start, and time to an edge that does not come
NUDGE = 1e-6  # time before the end and after the start of a step at which rates are evaluated, away from the edges

# Values of the row FAILED
NOT_FINITE = float(Failure.NOT_FINITE)
TOO_MANY_STEPS = float(Failure.TOO_MANY_STEPS)
POTENTIAL_OUT_OF_RANGE = float(Failure.POTENTIAL_OUT_OF_RANGE)


class Row(IntEnum):
    """Offsets of the rows of the stepper and the observer from the row "control" of the layout."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return LANES * count

    ORIGIN = auto()  # time of this beat's stimulus since the first one [ms]
    PACE = auto()  # 1 during the stimulus
    TIME = auto()  # since the beat began [ms]
    STEP = auto()  # step that is tried [ms]; zero to evaluate the rates again where they jump
    STEP1 = auto()  # last step [ms]
    STEP2 = auto()  # step before the last one [ms]
    WANTED = auto()  # step before it is clipped to the next edge [ms]
    STEPS = auto()  # number of steps tried in this beat
    FAILED = auto()  # reason for which the lane has failed (pointes.vocabulary.Failure); 0 while it has not
    EDGE = auto()  # next time at which the equations themselves jump, since the beat began [ms]
    UNSEEN = auto()  # share of changes of the equations within the step in the error of `control`
    LAST_TIME = auto()
    LAST_V = auto()
    LAST_DVDT = auto()
    LAST_CALCIUM = auto()
    LAST_DCADT = auto()
    RMP = auto()
    VPEAK = auto()
    T_VPEAK = auto()
    DVDT_MAX = auto()
    T_DVDT_MAX = auto()
    DVDT_MAX_AFTER_STIMULUS = auto()
    T30 = auto()  # last downward crossing of 30 % repolarisation [ms]; 0: none
    T40 = auto()
    T50 = auto()
    T90 = auto()
    UNPACED = auto()  # 1 in a beat without stimulus
    UPSTROKES = auto()  # number of times that V rose to 0 mV
    CREST = auto()  # time of the crest, the first maximum of the action potential [ms]
    MARGIN = auto()  # largest dV/dt in the EAD window [V/s]
    CALCIUM_DIA = auto()
    CALCIUM_PEAK = auto()
    CALCIUM_MIN = auto()
    T_CALCIUM_PEAK = auto()
    T_CALCIUM50 = auto()
    T_CALCIUM80 = auto()
    T_CALCIUM90 = auto()
    PEAK_INA = auto()
    PEAK_ICAL = auto()
    PEAK_IKR = auto()
    PEAK_IKS = auto()


@inline
def time(s: Bundle, at: int) -> float:
    """Return the time of evaluation, the end of the step tried, since the first stimulus [ms]."""
    h = s[at + Row.STEP]
    now: float = s[at + Row.ORIGIN] + s[at + Row.TIME] + where(h > 2.0 * NUDGE, h - NUDGE, NUDGE)
    return now


@inline
def start(s: Bundle, at: int) -> float:
    """Return the start of the step tried, since the first stimulus [ms]."""
    now: float = s[at + Row.ORIGIN] + s[at + Row.TIME] + NUDGE
    return now


@inline
def sooner(wait: float, value: float, slope: float) -> float:
    """Return the time until a value that changes at a constant slope is zero, at most `wait`."""
    ahead = -value / where(slope == 0.0, 1.0, slope)
    return where((slope != 0.0) & (ahead > 0.0) & (ahead < wait), ahead, wait)


@inline
def sooner_whole(wait: float, value: float, slope: float) -> float:
    """Return the time until a value that changes at a constant slope is a whole number, or `wait` as in `sooner`."""
    return sooner(wait, value - where(slope > 0.0, floor(value) + 1.0, ceil(value) - 1.0), slope)


@inline
def set_edge(s: Bundle, at: int, wait: float) -> None:
    """Set the next edge of the equations in a step of length zero: `wait` [ms] after the time of evaluation."""
    edge = s[at + Row.TIME] + NUDGE + wait
    s[at + Row.EDGE] = where(s[at + Row.STEP] > 0.0, s[at + Row.EDGE], edge)


@inline
def next_edge(s: Bundle, at: int, t: float, cycle_length: float, duration: float) -> float:
    """Return the time of the next edge [ms]: end of the stimulus, edge of the equations or end of the beat."""
    edge = where(t < duration, duration, cycle_length)
    return where(s[at + Row.EDGE] < edge, s[at + Row.EDGE], edge)


@inline
def control(s: Bundle, at: int, v: float, cycle_length: float, duration: float, error: float) -> bool:
    """Accept or reject the step of a lane, and choose its next step. A lane that is done rests with steps of zero.

    The error is the sum over the states of (error over tolerated error)⁴, NaN where a rate was not finite. The
    potential `v` is in mV.
    """
    t, h, h1 = s[at + Row.TIME], s[at + Row.STEP], s[at + Row.STEP1]
    edge = next_edge(s, at, t, cycle_length, duration)
    clipped = (h == edge - t) & (h > 0.0)
    finite = error < 1e300
    size = sqrt(sqrt(where(finite, error, 1e300)))
    take: bool = finite & ((size <= 1.0) | (h <= SMALLEST_STEP))
    lost = (not finite) & (h <= SMALLEST_STEP)
    reason = where(s[at + Row.STEPS] > MAX_STEPS, TOO_MANY_STEPS, 0.0)
    reason = where(abs(v) > LARGEST_POTENTIAL, POTENTIAL_OUT_OF_RANGE, reason)
    reason = where(lost, NOT_FINITE, reason)
    reason = where(s[at + Row.FAILED] > 0.0, s[at + Row.FAILED], reason)
    failed = reason > 0.0
    factor = SAFETY / sqrt(sqrt(size) + 1e-4)  # errors go with the fourth power of the step
    factor = where(factor < SHRINK, SHRINK, where(factor > GROW, GROW, factor))
    anew = h == 0.0
    wanted = where(anew, FIRST_STEP, h * factor)
    wanted = where(take & clipped & (wanted < s[at + Row.WANTED]), s[at + Row.WANTED], wanted)
    wanted = where(wanted > LARGEST_STEP, LARGEST_STEP, wanted)
    jump = anew | (take & clipped)
    t = where(take, where(clipped, edge, t + h), t)
    t = where(failed, cycle_length, t)
    left = next_edge(s, at, t, cycle_length, duration) - t
    s[at + Row.FAILED] = reason
    s[at + Row.TIME] = t
    s[at + Row.WANTED] = wanted
    s[at + Row.STEP2] = where(jump, ENDLESS, where(take, h1, s[at + Row.STEP2]))
    s[at + Row.STEP1] = where(jump, ENDLESS, where(take, h, h1))
    s[at + Row.STEP] = where(take & clipped, 0.0, where(wanted > left, left, wanted))
    s[at + Row.PACE] = where(t < duration, 1.0, 0.0)
    s[at + Row.STEPS] += where(left > 0.0, 1.0, 0.0)
    return take & (not failed)


@inline
def begin(s: Bundle, at: int, cycle_length: float) -> None:
    """Set the clock of a lane to zero. A lane that has failed is done at once."""
    failed = s[at + Row.FAILED] > 0.0
    s[at + Row.ORIGIN] += s[at + Row.TIME]
    s[at + Row.PACE] = where(failed, 0.0, 1.0)
    s[at + Row.TIME] = where(failed, cycle_length, 0.0)
    s[at + Row.STEP] = 0.0
    s[at + Row.EDGE] = ENDLESS
    s[at + Row.STEP1] = ENDLESS
    s[at + Row.STEP2] = ENDLESS
    s[at + Row.WANTED] = FIRST_STEP
    s[at + Row.STEPS] = 0.0
