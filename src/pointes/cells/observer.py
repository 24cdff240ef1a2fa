"""Recording of biomarkers at every step. Between two steps V and calcium are cubic (Hermite) polynomials.

Definitions and units are those of `pointes.cells.biomarkers`.
"""

from pointes.cells.multistep import LANES, Bundle
from pointes.cells.simd import inline, where
from pointes.cells.stepper import Row

UPSTROKE_END = 20.0  # ms after the stimulus; end of the window of the largest dV/dt
EAD_START = 100.0  # ms after the stimulus; start of the window of EADs
AFTER_CREST = 50.0  # ms after the crest of the action potential; start of the window of EADs after a late upstroke
ICAL_START = 1.0  # ms after the stimulus; start of the window of the peak of ICaL
FIRST, END = int(Row.LAST_TIME), len(Row) * LANES  # rows that are cleared at the start of a beat
NEVER = -1e30  # V/s; largest dV/dt of a window that was never entered
NOT_YET = 1e30  # ms; time of a crest that has not come


@inline
def clear(s: Bundle, at: int, v: float, calcium: float, rest_threshold: float) -> None:
    """Clear the record of the last beat. The next one starts at a potential `v` [mV] and a calcium concentration [mM].

    Above `rest_threshold` the cell has not repolarised, and the stimulus starts no action potential.
    """
    for row in range(FIRST, END, LANES):
        s[at + row] = 0.0
    s[at + Row.LAST_V] = s[at + Row.RMP] = s[at + Row.VPEAK] = v
    s[at + Row.LAST_CALCIUM] = s[at + Row.CALCIUM_DIA] = calcium
    s[at + Row.CALCIUM_PEAK] = s[at + Row.CALCIUM_MIN] = calcium
    s[at + Row.CREST] = where(v > rest_threshold, -AFTER_CREST, NOT_YET)
    s[at + Row.MARGIN] = s[at + Row.DVDT_MAX_AFTER_STIMULUS] = NEVER


@inline
def summit(last: float, slope: float, new_slope: float, dt: float) -> tuple[float, float]:
    """Return the maximum inside a step and its position in [0, 1]; without one the start of the step."""
    inside = (slope > 0.0) & (new_slope < 0.0)
    x = where(inside, slope / where(inside, slope - new_slope, 1.0), 0.0)
    return last + 0.5 * slope * x * dt, x


@inline
def crossing(level: float, y0: float, y1: float, f0: float, f1: float, dt: float) -> float:
    """Return the position in [0, 1] at which the cubic of a step goes down through a level, by two Newton steps."""
    b, a = f0 * dt, f1 * dt
    c = 3.0 * (y1 - y0) - 2.0 * b - a
    d = b + a - 2.0 * (y1 - y0)
    x = (y0 - level) / where(y0 > y1, y0 - y1, 1.0)
    for _ in range(2):
        value = ((d * x + c) * x + b) * x + y0 - level
        falling = (3.0 * d * x + 2.0 * c) * x + b
        x = x - where(falling < 0.0, value / where(falling < 0.0, falling, 1.0), 0.0)
        x = where(x < 0.0, 0.0, where(x > 1.0, 1.0, x))
    return x


@inline
def falls(level: float, y0: float, y1: float) -> bool:
    """Return whether a step goes down through a level."""
    return (y0 > level) & (y1 <= level)


@inline
def last_crossing(
    before: float, level: float, y0: float, y1: float, f0: float, f1: float, t0: float, dt: float
) -> float:
    """Return the time of the last downward crossing of a level."""
    return where(falls(level, y0, y1), t0 + dt * crossing(level, y0, y1, f0, f1, dt), before)


@inline
def record_potential(s: Bundle, at: int, v: float, dvdt: float, ead_threshold: float, capture_threshold: float) -> bool:
    """Record the present membrane potential [mV] and its rate [mV/ms]. Crossings before the peak do not count.

    Return whether the potential went down through a level, so that `cross_potential` must be called. It is called in
    these few steps only, because it costs as much as the rest of the observer.
    """
    t, t0 = s[at + Row.TIME], s[at + Row.LAST_TIME]
    v0, dvdt0 = s[at + Row.LAST_V], s[at + Row.LAST_DVDT]
    dt = t - t0
    top, x = summit(v0, dvdt0, dvdt, dt)
    late = v > top
    top, t_top = where(late, v, top), where(late, t, t0 + x * dt)
    rising = top > s[at + Row.VPEAK]
    peak = where(rising, top, s[at + Row.VPEAK])
    height = peak - s[at + Row.RMP]
    s[at + Row.T30] = where(rising, 0.0, s[at + Row.T30])
    s[at + Row.T40] = where(rising, 0.0, s[at + Row.T40])
    s[at + Row.T50] = where(rising, 0.0, s[at + Row.T50])
    s[at + Row.T90] = where(rising, 0.0, s[at + Row.T90])
    s[at + Row.VPEAK] = peak
    s[at + Row.T_VPEAK] = where(rising, t_top, s[at + Row.T_VPEAK])
    s[at + Row.UPSTROKES] += where((v0 < capture_threshold) & (v >= capture_threshold), 1.0, 0.0)
    looked_for = (t <= UPSTROKE_END) | (s[at + Row.UNPACED] > 0.0)
    steeper = looked_for & (dvdt > s[at + Row.DVDT_MAX])
    s[at + Row.DVDT_MAX] = where(steeper, dvdt, s[at + Row.DVDT_MAX])
    s[at + Row.T_DVDT_MAX] = where(steeper, t, s[at + Row.T_DVDT_MAX])
    # At the edge itself, where the step is 0, the rate is still that of the stimulus
    after = (s[at + Row.PACE] == 0.0) & (s[at + Row.STEP] > 0.0)
    steeper = after & looked_for & (dvdt > s[at + Row.DVDT_MAX_AFTER_STIMULUS])
    s[at + Row.DVDT_MAX_AFTER_STIMULUS] = where(steeper, dvdt, s[at + Row.DVDT_MAX_AFTER_STIMULUS])
    crested = (s[at + Row.CREST] == NOT_YET) & (top > capture_threshold) & (dvdt < 0.0)
    s[at + Row.CREST] = where(crested, t_top, s[at + Row.CREST])
    plateau = (
        (t > EAD_START) & (t > s[at + Row.CREST] + AFTER_CREST) & (v > ead_threshold) & (dvdt > s[at + Row.MARGIN])
    )
    s[at + Row.MARGIN] = where(plateau, dvdt, s[at + Row.MARGIN])
    lower, upper = falls(peak - 0.9 * height, v0, v), falls(peak - 0.5 * height, v0, v)
    return (lower | upper) | (falls(peak - 0.4 * height, v0, v) | falls(peak - 0.3 * height, v0, v))


@inline
def cross_potential(s: Bundle, at: int, v: float, dvdt: float) -> None:
    """Record the times at which the potential went down through 30, 40, 50 and 90 % of its height."""
    t0, v0, dvdt0 = s[at + Row.LAST_TIME], s[at + Row.LAST_V], s[at + Row.LAST_DVDT]
    dt, peak = s[at + Row.TIME] - t0, s[at + Row.VPEAK]
    height = peak - s[at + Row.RMP]
    s[at + Row.T30] = last_crossing(s[at + Row.T30], peak - 0.3 * height, v0, v, dvdt0, dvdt, t0, dt)
    s[at + Row.T40] = last_crossing(s[at + Row.T40], peak - 0.4 * height, v0, v, dvdt0, dvdt, t0, dt)
    s[at + Row.T50] = last_crossing(s[at + Row.T50], peak - 0.5 * height, v0, v, dvdt0, dvdt, t0, dt)
    s[at + Row.T90] = last_crossing(s[at + Row.T90], peak - 0.9 * height, v0, v, dvdt0, dvdt, t0, dt)


@inline
def leave_potential(s: Bundle, at: int, v: float, dvdt: float) -> None:
    """Store the present potential as the start of the next step."""
    s[at + Row.LAST_V] = v
    s[at + Row.LAST_DVDT] = dvdt


@inline
def record_calcium(s: Bundle, at: int, calcium: float, rate: float) -> bool:
    """Record calcium [mM] and its rate [mM/ms]; return whether it went down through a level (`cross_calcium`)."""
    t, t0 = s[at + Row.TIME], s[at + Row.LAST_TIME]
    calcium0, rate0 = s[at + Row.LAST_CALCIUM], s[at + Row.LAST_DCADT]
    dt = t - t0
    top, x = summit(calcium0, rate0, rate, dt)
    late = calcium > top
    top, t_top = where(late, calcium, top), where(late, t, t0 + x * dt)
    rising = top > s[at + Row.CALCIUM_PEAK]
    peak = where(rising, top, s[at + Row.CALCIUM_PEAK])
    height = peak - s[at + Row.CALCIUM_DIA]
    s[at + Row.T_CALCIUM50] = where(rising, 0.0, s[at + Row.T_CALCIUM50])
    s[at + Row.T_CALCIUM80] = where(rising, 0.0, s[at + Row.T_CALCIUM80])
    s[at + Row.T_CALCIUM90] = where(rising, 0.0, s[at + Row.T_CALCIUM90])
    s[at + Row.CALCIUM_PEAK] = peak
    s[at + Row.T_CALCIUM_PEAK] = where(rising, t_top, s[at + Row.T_CALCIUM_PEAK])
    bottom, _ = summit(-calcium0, -rate0, -rate, dt)
    lowest = where(-bottom < calcium, -bottom, calcium)
    s[at + Row.CALCIUM_MIN] = where(lowest < s[at + Row.CALCIUM_MIN], lowest, s[at + Row.CALCIUM_MIN])
    lower, upper = falls(peak - 0.9 * height, calcium0, calcium), falls(peak - 0.5 * height, calcium0, calcium)
    return (lower | upper) | falls(peak - 0.8 * height, calcium0, calcium)


@inline
def cross_calcium(s: Bundle, at: int, calcium: float, rate: float) -> None:
    """Record the times at which calcium went down through 50, 80 and 90 % of its height."""
    t0, calcium0, rate0 = s[at + Row.LAST_TIME], s[at + Row.LAST_CALCIUM], s[at + Row.LAST_DCADT]
    dt, peak = s[at + Row.TIME] - t0, s[at + Row.CALCIUM_PEAK]
    height = peak - s[at + Row.CALCIUM_DIA]
    t50, t80, t90 = s[at + Row.T_CALCIUM50], s[at + Row.T_CALCIUM80], s[at + Row.T_CALCIUM90]
    s[at + Row.T_CALCIUM50] = last_crossing(t50, peak - 0.5 * height, calcium0, calcium, rate0, rate, t0, dt)
    s[at + Row.T_CALCIUM80] = last_crossing(t80, peak - 0.8 * height, calcium0, calcium, rate0, rate, t0, dt)
    s[at + Row.T_CALCIUM90] = last_crossing(t90, peak - 0.9 * height, calcium0, calcium, rate0, rate, t0, dt)


@inline
def leave_calcium(s: Bundle, at: int, calcium: float, rate: float) -> None:
    """Store the present calcium as the start of the next step."""
    s[at + Row.LAST_CALCIUM] = calcium
    s[at + Row.LAST_DCADT] = rate


@inline
def record_inward(s: Bundle, at: int, row: int, current: float, start: float) -> None:
    """Record the most negative value of a current [A/F] later than a time [ms]."""
    larger = (s[at + Row.TIME] > start) & (current < s[at + row])
    s[at + row] = where(larger, current, s[at + row])


@inline
def record_outward(s: Bundle, at: int, row: int, current: float) -> None:
    """Record the largest value of a current [A/F]."""
    s[at + row] = where(current > s[at + row], current, s[at + row])
