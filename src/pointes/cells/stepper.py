r"""Advance a block of cells beat by beat: every lane with its own clock, biomarkers gathered on the way.

Scheme: the second-order generalised Rush-Larsen method of Sundnes et al. [1]_. With the rate f and its slope
a = df_i/dy_i (zero for states whose rate is not affine in themselves), one step h is

.. math::

    y^* &= y + f(y)\,\varphi(a, h/2) \\
    y' &= y + \left[f(y^*) + a^*\,(y - y^*)\right]\varphi(a^*, h), \qquad \varphi(a, h) = (e^{ah} - 1)/a .

The first-order step :math:`y + f(y)\,\varphi(a, h)` costs no further evaluation; its distance from y' is the error that
sets each lane's step. A lane never looks at its neighbours, so results do not depend on how cells are batched.

All functions work on one flat block (`pointes.cells.layout.Layout`), in loops over lanes that LLVM turns into SIMD
code; they are inlined into each model's kernel, where row numbers are constants.

References
----------
.. [1] Sundnes, Artebrant, Skavhaug, Tveito, IEEE Trans. Biomed. Eng. 56, 2546 (2009). doi:10.1109/TBME.2009.2014739
"""

from collections.abc import Callable
from enum import IntEnum, auto
from math import sqrt

import numpy as np

from pointes.cells.simd import expm1, inline, where

Block = np.ndarray  # flat, of doubles
Kernel = Callable[..., None]

LANES = 8  # cells in a block: one AVX-512 register of doubles, two of AVX2

# Error control; times in ms
TOLERANCE = 5e-4  # of the first-order result: 0.05 mV, 5e-4 of a gate or of a concentration's initial value
FIRST_STEP = 0.01  # at the start of a stimulus
LARGEST_STEP = 4.0
SMALLEST_STEP = 1e-5  # accepted whatever the error
SAFETY = 0.8
SHRINK, GROW = 0.2, 3.0
MAX_STEPS = 400_000  # a lane that needs more in one beat has failed,
LARGEST_VOLTAGE = 1e3  # mV, as has one beyond this

# Windows of the biomarkers
UPSTROKE_END = 20.0  # ms; the largest dV/dt is looked for before
EAD_START = 100.0  # ms
EAD_VOLTAGE = -40.0  # mV
ICAL_START = 1.0  # ms; the peak of ICaL is looked for after
NEVER = -1e30  # margin of a beat that had no plateau in the window


class Row(IntEnum):
    """The stepper's own rows: their offsets from the row "control" of the layout."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return LANES * count

    PACE = auto()  # 1 during the stimulus
    TIME = auto()  # since the beat began [ms]
    STEP = auto()  # being tried [ms]
    WANTED = auto()  # before clipping to the next edge [ms]
    ERROR = auto()  # of the step in units of the tolerance
    ACCEPTED = auto()
    STEPS = auto()  # tried in this beat
    FAILED = auto()  # non-finite, or no end in sight
    LAST_TIME = auto()
    LAST_V = auto()
    LAST_CALCIUM = auto()
    LAST_CHARGE = auto()
    RMP = auto()
    VPEAK = auto()
    T_VPEAK = auto()
    DVDT_MAX = auto()
    T_DVDT_MAX = auto()
    DVDT_MAX_AFTER_STIMULUS = auto()
    T30 = auto()  # last downward crossings [ms]; 0 = none
    T50 = auto()
    T90 = auto()
    MARGIN = auto()  # largest dV/dt in the EAD window [V/s]
    CALCIUM_DIA = auto()
    CALCIUM_PEAK = auto()
    CALCIUM_MIN = auto()
    T_CALCIUM_PEAK = auto()
    T_CALCIUM50 = auto()
    T_CALCIUM80 = auto()
    QNET = auto()
    PEAK_ICAL = auto()
    PEAK_IKR = auto()


ROWS = len(Row)


@inline
def predict(s: Block, n: int, affine: int, control: int) -> None:
    """Half a step to the evaluation point, and the whole first-order step for the error estimate."""
    state, point, euler, rate, slope = 0, n * LANES, 2 * n * LANES, 3 * n * LANES, 5 * n * LANES
    for j in range(0, affine * LANES, LANES):
        for i in range(LANES):
            h = s[control + Row.STEP + i]
            y, f, a = s[state + j + i], s[rate + j + i], s[slope + j + i]
            e = expm1(0.5 * h * a)
            half = where(a == 0.0, 0.5 * h, e / a)
            s[point + j + i] = y + f * half
            s[euler + j + i] = y + f * half * (e + 2.0)
    for j in range(affine * LANES, n * LANES, LANES):
        for i in range(LANES):
            h = s[control + Row.STEP + i]
            y, f = s[state + j + i], s[rate + j + i]
            s[point + j + i] = y + 0.5 * h * f
            s[euler + j + i] = y + h * f


@inline
def larger(a: float, b: float) -> float:
    """Return the larger of two numbers, or NaN if one of them is."""
    return where((b <= a) | (a != a), a, b)


@inline
def correct(s: Block, n: int, affine: int, control: int) -> None:
    """The second-order step, left in the rows of the evaluation point, and its error."""
    state, point, euler, rate, slope = 0, n * LANES, 2 * n * LANES, 3 * n * LANES, 5 * n * LANES
    scale = 4 * n * LANES
    for i in range(LANES):
        s[control + Row.ERROR + i] = 0.0
    for j in range(0, affine * LANES, LANES):
        for i in range(LANES):
            h = s[control + Row.STEP + i]
            y, f, a = s[state + j + i], s[rate + j + i], s[slope + j + i]
            e = expm1(h * a)
            whole = where(a == 0.0, h, e / a)
            new = y + (f + a * (y - s[point + j + i])) * whole
            error = abs(new - s[euler + j + i]) * s[scale + j + i]
            s[control + Row.ERROR + i] = larger(s[control + Row.ERROR + i], error)
            s[point + j + i] = new
    for j in range(affine * LANES, n * LANES, LANES):
        for i in range(LANES):
            h = s[control + Row.STEP + i]
            new = s[state + j + i] + h * s[rate + j + i]
            error = abs(new - s[euler + j + i]) * s[scale + j + i]
            s[control + Row.ERROR + i] = larger(s[control + Row.ERROR + i], error)
            s[point + j + i] = new


@inline
def control_step(s: Block, n: int, control: int, v: int, cycle_length: float, duration: float) -> None:
    """Accept or reject the step of each lane, and choose the next one; a lane that is done rests with step zero."""
    for i in range(LANES):
        t, h, error = s[control + Row.TIME + i], s[control + Row.STEP + i], s[control + Row.ERROR + i]
        edge = where(t < duration, duration, cycle_length)
        clipped = h == edge - t
        accepted = (error <= 1.0) | (h <= SMALLEST_STEP)
        diverged = (error != error) | (abs(s[v + i]) > LARGEST_VOLTAGE) | (s[control + Row.STEPS + i] > MAX_STEPS)
        failed = diverged | (s[control + Row.FAILED + i] > 0.0)
        factor = SAFETY / sqrt(error + 1e-10)
        factor = where(factor < SHRINK, SHRINK, where(factor > GROW, GROW, factor))
        wanted = h * factor
        wanted = where(accepted & clipped & (wanted < s[control + Row.WANTED + i]), s[control + Row.WANTED + i], wanted)
        wanted = where(wanted > LARGEST_STEP, LARGEST_STEP, wanted)
        t = where(accepted, where(clipped, edge, t + h), t)
        t = where(failed, cycle_length, t)
        left = where(t < duration, duration, cycle_length) - t
        s[control + Row.ACCEPTED + i] = where(accepted & (error == error), 1.0, 0.0)
        s[control + Row.FAILED + i] = where(failed, 1.0, 0.0)
        s[control + Row.TIME + i] = t
        s[control + Row.WANTED + i] = wanted
        s[control + Row.STEP + i] = where(wanted > left, left, wanted)
        s[control + Row.PACE + i] = where(t < duration, 1.0, 0.0)
        s[control + Row.STEPS + i] += where(left > 0.0, 1.0, 0.0)
    for j in range(0, n * LANES, LANES):
        for i in range(LANES):
            new = where(s[control + Row.ACCEPTED + i] > 0.0, s[n * LANES + j + i], s[j + i])
            s[j + i] = new
            s[n * LANES + j + i] = new


@inline
def last_crossing(
    before: float, threshold: float, last: float, now: float, last_time: float, slope: float, new_peak: bool
) -> float:
    """Return the time of the last downward crossing of a threshold; crossings before the peak do not count."""
    crossed = (last > threshold) & (now <= threshold)
    return where(crossed, last_time + (last - threshold) * slope, where(new_peak, 0.0, before))


@inline
def record(
    s: Block, control: int, v: int, dvdt: int, calcium: int, ical: int, ikr: int, charge: int, duration: float
) -> None:
    """Update the biomarkers of each lane at its present time; at an unchanged time nothing changes."""
    for i in range(LANES):
        t, u, du = s[control + Row.TIME + i], s[v + i], s[dvdt + i]
        last_t, last_u = s[control + Row.LAST_TIME + i], s[control + Row.LAST_V + i]
        peak = s[control + Row.VPEAK + i]
        rising = u > peak
        peak = where(rising, u, peak)
        height = peak - s[control + Row.RMP + i]
        slope = (t - last_t) / where(last_u > u, last_u - u, 1.0)
        t30, t50, t90 = s[control + Row.T30 + i], s[control + Row.T50 + i], s[control + Row.T90 + i]
        s[control + Row.T30 + i] = last_crossing(t30, peak - 0.3 * height, last_u, u, last_t, slope, rising)
        s[control + Row.T50 + i] = last_crossing(t50, peak - 0.5 * height, last_u, u, last_t, slope, rising)
        s[control + Row.T90 + i] = last_crossing(t90, peak - 0.9 * height, last_u, u, last_t, slope, rising)
        s[control + Row.VPEAK + i] = peak
        s[control + Row.T_VPEAK + i] = where(rising, t, s[control + Row.T_VPEAK + i])
        steeper = (t <= UPSTROKE_END) & (du > s[control + Row.DVDT_MAX + i])
        s[control + Row.DVDT_MAX + i] = where(steeper, du, s[control + Row.DVDT_MAX + i])
        s[control + Row.T_DVDT_MAX + i] = where(steeper, t, s[control + Row.T_DVDT_MAX + i])
        steeper = (t >= duration) & (t <= UPSTROKE_END) & (du > s[control + Row.DVDT_MAX_AFTER_STIMULUS + i])
        s[control + Row.DVDT_MAX_AFTER_STIMULUS + i] = where(steeper, du, s[control + Row.DVDT_MAX_AFTER_STIMULUS + i])
        plateau = (t > EAD_START) & (u > EAD_VOLTAGE) & (du > s[control + Row.MARGIN + i])
        s[control + Row.MARGIN + i] = where(plateau, du, s[control + Row.MARGIN + i])
        s[control + Row.LAST_V + i] = u
    for i in range(LANES):
        t, ca = s[control + Row.TIME + i], s[calcium + i]
        last_t, last_ca = s[control + Row.LAST_TIME + i], s[control + Row.LAST_CALCIUM + i]
        peak = s[control + Row.CALCIUM_PEAK + i]
        rising = ca > peak
        peak = where(rising, ca, peak)
        s[control + Row.CALCIUM_PEAK + i] = peak
        s[control + Row.T_CALCIUM_PEAK + i] = where(rising, t, s[control + Row.T_CALCIUM_PEAK + i])
        s[control + Row.CALCIUM_MIN + i] = where(
            ca < s[control + Row.CALCIUM_MIN + i], ca, s[control + Row.CALCIUM_MIN + i]
        )
        slope = (t - last_t) / where(last_ca > ca, last_ca - ca, 1.0)
        height = peak - s[control + Row.CALCIUM_DIA + i]
        t50, t80 = s[control + Row.T_CALCIUM50 + i], s[control + Row.T_CALCIUM80 + i]
        s[control + Row.T_CALCIUM50 + i] = last_crossing(t50, peak - 0.5 * height, last_ca, ca, last_t, slope, rising)
        s[control + Row.T_CALCIUM80 + i] = last_crossing(t80, peak - 0.8 * height, last_ca, ca, last_t, slope, rising)
        s[control + Row.LAST_CALCIUM + i] = ca
    for i in range(LANES):
        t, last_t = s[control + Row.TIME + i], s[control + Row.LAST_TIME + i]
        s[control + Row.QNET + i] += 0.5 * (s[charge + i] + s[control + Row.LAST_CHARGE + i]) * (t - last_t) * 1e-3
        s[control + Row.LAST_CHARGE + i] = s[charge + i]
        inward = (t > ICAL_START) & (s[ical + i] < s[control + Row.PEAK_ICAL + i])
        s[control + Row.PEAK_ICAL + i] = where(inward, s[ical + i], s[control + Row.PEAK_ICAL + i])
        s[control + Row.PEAK_IKR + i] = where(
            s[ikr + i] > s[control + Row.PEAK_IKR + i], s[ikr + i], s[control + Row.PEAK_IKR + i]
        )
        s[control + Row.LAST_TIME + i] = t


@inline
def begin_beat(s: Block, control: int, v: int, calcium: int, cycle_length: float) -> None:
    """Set the clock of each lane to zero and clear its biomarkers; lanes that have failed are done at once."""
    for i in range(LANES):
        failed = s[control + Row.FAILED + i] > 0.0
        for k in range(0, ROWS * LANES, LANES):
            s[control + k + i] = 0.0
        s[control + Row.FAILED + i] = where(failed, 1.0, 0.0)
        s[control + Row.TIME + i] = where(failed, cycle_length, 0.0)
        s[control + Row.STEP + i] = where(failed, 0.0, FIRST_STEP)
        s[control + Row.WANTED + i] = FIRST_STEP
        s[control + Row.PACE + i] = where(failed, 0.0, 1.0)
        s[control + Row.RMP + i] = s[v + i]
        s[control + Row.VPEAK + i] = s[v + i]
        s[control + Row.LAST_V + i] = s[v + i]
        s[control + Row.MARGIN + i] = NEVER
        s[control + Row.CALCIUM_DIA + i] = s[calcium + i]
        s[control + Row.CALCIUM_PEAK + i] = s[calcium + i]
        s[control + Row.CALCIUM_MIN + i] = s[calcium + i]
        s[control + Row.LAST_CALCIUM + i] = s[calcium + i]


@inline
def step(
    s: Block,
    rates: Kernel,
    n: int,
    affine: int,
    control: int,
    v: int,
    calcium: int,
    ical: int,
    ikr: int,
    charge: int,
    cycle_length: float,
    duration: float,
) -> None:
    """Try one step in every lane, after updating the biomarkers at its beginning."""
    rates(s)
    record(s, control, v, 3 * n * LANES + v, calcium, ical, ikr, charge, duration)
    predict(s, n, affine, control)
    rates(s)
    correct(s, n, affine, control)
    control_step(s, n, control, v, cycle_length, duration)


@inline
def beat(s: Block, begin: Kernel, step: Kernel, control: int, cycle_length: float, duration: float) -> None:
    """Pace the block through one beat; afterwards its rows hold the final state and the beat's biomarkers."""
    begin(s, cycle_length)
    running = LANES
    while running > 0:
        for _ in range(8):
            step(s, cycle_length, duration)
        running = 0
        for i in range(LANES):
            if s[control + Row.TIME + i] < cycle_length:
                running += 1
    step(s, cycle_length, duration)  # all lanes rest; takes the end of the beat into the biomarkers
