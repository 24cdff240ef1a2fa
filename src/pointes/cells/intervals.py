"""Interval arithmetic in kernels: bounds of expressions over the time of a step.

An interval is a pair (lower, upper). Every function returns an interval that contains all values of its operation on
the operands. A condition is a pair of booleans: whether it holds throughout, and whether it holds anywhere. As in
`pointes.cells.simd` there is no branch, so that loops over lanes become SIMD code.
"""

from math import acos, asin, atan, pi, tan
from math import cos as scalar_cos
from math import sin as scalar_sin
from math import sqrt as scalar_sqrt

from numpy import ceil as scalar_ceil
from numpy import floor as scalar_floor

from pointes.cells import simd
from pointes.cells.simd import inline, where

Interval = tuple[float, float]
Condition = tuple[bool, bool]

LARGE = 1e150  # stands for infinity: its square is still finite
SMALL = 1e-300


@inline
def point(x: float) -> Interval:
    """Return the interval that is a number."""
    return x, x


@inline
def between(x: float, y: float) -> Interval:
    """Return the interval from the smaller to the larger one of two numbers."""
    return where(x < y, x, y), where(x < y, y, x)


@inline
def hull(a: Interval, b: Interval) -> Interval:
    """Return the smallest interval that contains two others."""
    return where(a[0] < b[0], a[0], b[0]), where(a[1] > b[1], a[1], b[1])


@inline
def unseen(a: Interval, first: float, last: float) -> float:
    """Return by how much the bounds of a quantity exceed its values at the ends of a step."""
    low, high = between(first, last)
    return where(a[0] < low, low - a[0], 0.0) + where(a[1] > high, a[1] - high, 0.0)


@inline
def negative(a: Interval) -> Interval:
    """Return -a."""
    return -a[1], -a[0]


@inline
def add(a: Interval, b: Interval) -> Interval:
    """Return a + b."""
    return a[0] + b[0], a[1] + b[1]


@inline
def subtract(a: Interval, b: Interval) -> Interval:
    """Return a - b."""
    return a[0] - b[1], a[1] - b[0]


@inline
def multiply(a: Interval, b: Interval) -> Interval:
    """Return a b."""
    return hull(between(a[0] * b[0], a[0] * b[1]), between(a[1] * b[0], a[1] * b[1]))


@inline
def divide(a: Interval, b: Interval) -> Interval:
    """Return a / b, which has no bounds if b contains zero."""
    has_zero = (b[0] <= 0.0) & (b[1] >= 0.0)
    lower, upper = where(has_zero, 1.0, b[0]), where(has_zero, 1.0, b[1])
    return multiply(a, (where(has_zero, -LARGE, 1.0 / upper), where(has_zero, LARGE, 1.0 / lower)))


@inline
def quotient(a: Interval, b: Interval) -> Interval:
    """Return the largest whole number up to a / b."""
    return floor(divide(a, b))


@inline
def remainder(a: Interval, b: Interval) -> Interval:
    """Return a minus b times the quotient."""
    return subtract(a, multiply(b, quotient(a, b)))


@inline
def absolute(a: Interval) -> Interval:
    """Return |a|."""
    low, high = between(abs(a[0]), abs(a[1]))
    return where((a[0] <= 0.0) & (a[1] >= 0.0), 0.0, low), high


@inline
def power(a: Interval, n: float) -> Interval:
    """Return a to the power of a number; a fractional number takes the positive part of a only."""
    is_whole, is_odd = scalar_floor(n) == n, scalar_floor(0.5 * n) != 0.5 * n
    sizes = absolute((where(is_whole | (a[0] > 0.0), a[0], 0.0), where(is_whole | (a[1] > 0.0), a[1], 0.0)))
    even = _to_the(sizes[0], abs(n)), _to_the(sizes[1], abs(n))
    lower, upper = _to_the(abs(a[0]), abs(n)), _to_the(abs(a[1]), abs(n))
    odd = where(a[0] < 0.0, -lower, lower), where(a[1] < 0.0, -upper, upper)
    with_sign = is_whole & is_odd
    raised = where(with_sign, odd[0], even[0]), where(with_sign, odd[1], even[1])
    inverse = divide((1.0, 1.0), raised)
    return where(n < 0.0, inverse[0], raised[0]), where(n < 0.0, inverse[1], raised[1])


@inline
def _to_the(x: float, n: float) -> float:
    return where(n == 0.0, 1.0, where(x < SMALL, 0.0, simd.exp(n * simd.log(where(x < SMALL, SMALL, x)))))


@inline
def power_of(a: Interval, b: Interval) -> Interval:
    """Return a to the power of b, for positive a."""
    return exp(multiply(b, log(a)))


@inline
def exp(a: Interval) -> Interval:
    """Return e to the power of a."""
    return simd.exp(a[0]), simd.exp(a[1])


@inline
def log(a: Interval) -> Interval:
    """Return the natural logarithm of the positive part of a."""
    return simd.log(where(a[0] > SMALL, a[0], SMALL)), simd.log(where(a[1] > SMALL, a[1], SMALL))


@inline
def log10(a: Interval) -> Interval:
    """Return the logarithm to base 10 of the positive part of a."""
    return multiply(log(a), (0.4342944819032518, 0.4342944819032518))


@inline
def log_to(a: Interval, b: Interval) -> Interval:
    """Return the logarithm to base b of the positive part of a."""
    return divide(log(a), log(b))


@inline
def sqrt(a: Interval) -> Interval:
    """Return the square root of the positive part of a."""
    return scalar_sqrt(where(a[0] > 0.0, a[0], 0.0)), scalar_sqrt(where(a[1] > 0.0, a[1], 0.0))


@inline
def floor(a: Interval) -> Interval:
    """Return the largest whole number below."""
    return scalar_floor(a[0]), scalar_floor(a[1])


@inline
def ceil(a: Interval) -> Interval:
    """Return the smallest whole number above."""
    return scalar_ceil(a[0]), scalar_ceil(a[1])


@inline
def _passes(a: Interval, place: float, period: float) -> bool:
    """Return whether one of the places at a distance of a period from each other lies inside an interval."""
    passes: bool = scalar_floor((a[1] - place) / period) > scalar_floor((a[0] - place) / period)
    return passes


@inline
def sin(a: Interval) -> Interval:
    """Return the sine."""
    low, high = between(scalar_sin(a[0]), scalar_sin(a[1]))
    return where(_passes(a, -0.5 * pi, 2.0 * pi), -1.0, low), where(_passes(a, 0.5 * pi, 2.0 * pi), 1.0, high)


@inline
def cos(a: Interval) -> Interval:
    """Return the cosine."""
    low, high = between(scalar_cos(a[0]), scalar_cos(a[1]))
    return where(_passes(a, pi, 2.0 * pi), -1.0, low), where(_passes(a, 0.0, 2.0 * pi), 1.0, high)


@inline
def tangent(a: Interval) -> Interval:
    """Return the tangent, which has no bounds around its poles."""
    has_pole = _passes(a, 0.5 * pi, pi)
    return where(has_pole, -LARGE, tan(a[0])), where(has_pole, LARGE, tan(a[1]))


@inline
def _in_unit(x: float) -> float:
    return where(x < -1.0, -1.0, where(x > 1.0, 1.0, x))


@inline
def arcsine(a: Interval) -> Interval:
    """Return the inverse sine of the part of a in [-1, 1]."""
    return asin(_in_unit(a[0])), asin(_in_unit(a[1]))


@inline
def arccosine(a: Interval) -> Interval:
    """Return the inverse cosine of the part of a in [-1, 1]."""
    return acos(_in_unit(a[1])), acos(_in_unit(a[0]))


@inline
def arctangent(a: Interval) -> Interval:
    """Return the inverse tangent."""
    return atan(a[0]), atan(a[1])


@inline
def sure(condition: bool) -> Condition:
    """Return the condition that holds throughout or nowhere."""
    return condition, condition


@inline
def less(a: Interval, b: Interval) -> Condition:
    """Return where a < b."""
    return a[1] < b[0], a[0] < b[1]


@inline
def at_most(a: Interval, b: Interval) -> Condition:
    """Return where a <= b."""
    return a[1] <= b[0], a[0] <= b[1]


@inline
def more(a: Interval, b: Interval) -> Condition:
    """Return where a > b."""
    return less(b, a)


@inline
def at_least(a: Interval, b: Interval) -> Condition:
    """Return where a >= b."""
    return at_most(b, a)


@inline
def equal(a: Interval, b: Interval) -> Condition:
    """Return where a = b."""
    return (a[0] == b[1]) & (a[1] == b[0]), (a[0] <= b[1]) & (b[0] <= a[1])


@inline
def unequal(a: Interval, b: Interval) -> Condition:
    """Return where a and b differ."""
    return opposite(equal(a, b))


@inline
def opposite(c: Condition) -> Condition:
    """Return where a condition does not hold."""
    return c[1] == False, c[0] == False  # noqa: E712


@inline
def both(c: Condition, d: Condition) -> Condition:
    """Return where two conditions hold."""
    return c[0] & d[0], c[1] & d[1]


@inline
def either(c: Condition, d: Condition) -> Condition:
    """Return where one of two conditions holds."""
    return c[0] | d[0], c[1] | d[1]


@inline
def choose(c: Condition, a: Interval, b: Interval) -> Interval:
    """Return a where a condition holds, b where it does not, and the hull of both where it may change."""
    mixed = hull(a, b)
    return where(c[0], a[0], where(c[1], mixed[0], b[0])), where(c[0], a[1], where(c[1], mixed[1], b[1]))
