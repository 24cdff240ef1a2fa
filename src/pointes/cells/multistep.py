r"""One step of the exponential Adams method of order four, for one state of one cell.

A state y with rate f and slope a = df/dy obeys y' = a y + g(t). The method (Nørsett 1969; Hochbruck and Ostermann 2010
[1]_, section 2.5) integrates the first part exactly, so that stiff gates cost nothing, and interpolates g by a
polynomial through its last values. It predicts with three of them, lets the model evaluate its rates at the prediction
(once a step), and corrects with the fourth, new one. The correction is the error of the predicted step and sets the
next one. Any slope gives a method of order four: it decides on stability only; a poor one costs steps, not accuracy.

With the steps h (this one), h1 and h2 (the two before), Newton's divided differences d1 and d2 of g, and

.. math::

    \varphi_1(z) = (e^z - 1)/z, \quad \varphi_{k+1}(z) = (\varphi_k(z) - 1/k!)/z, \quad z = ah,

the prediction and its correction by the third difference d3 are

.. math::

    y^* &= y + h\varphi_1 f + h^2\varphi_2 d_1 + (2h^3\varphi_3 + h_1h^2\varphi_2)\,d_2 \\
    y' &= y^* + (6h^4\varphi_4 + 2(2h_1 + h_2)h^3\varphi_3 + h_1(h_1 + h_2)h^2\varphi_2)\,d_3 .

States that relax slowly have no slope here (``_plain``): the same formulas with :math:`\varphi_k = 1/k!`.

The states of a Markov chain, calcium and its fast buffers, or the potentials of surface and t-tubules, drive each other
too stiffly for that. They take a step of the backward differentiation formula of order three together (``_group``),
which needs one linear solve. It keeps the sum of a chain, as the columns of its matrix A add up to zero; where rates
are not linear, A is their derivative. With the parabola P through the last three values, the correction d of P(t + h)
solves

.. math:: (I - \gamma A)\,d = \gamma\,(f - P'), \quad 1/\gamma = 1/h + 1/(h + h_1) + 1/(h + h_1 + h_2) .

After a jump (the edges of a stimulus) the steps before count as endless, which makes all differences vanish: the method
starts again at order one, without special cases.

References
----------
.. [1] Acta Numerica 19, 209 (2010). doi:10.1017/S0962492910000048
"""

from enum import IntEnum, auto

import numpy as np
from numpy.typing import NDArray

from pointes.cells.simd import expm1, inline, where

Bundle = NDArray[np.float64]
"""States and parameters of `LANES` cells, flat (`pointes.cells.layout.Layout`)."""

LANES = 8  # cells in a bundle: one AVX-512 register of doubles, two of AVX2
GENTLE = -1e-2  # slopes with a larger (less negative) a h are replaced by it: the quotients of phi stay exact


class Field(IntEnum):
    """The numbers kept for a state: offsets of their rows from the state's first one."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return LANES * count

    VALUE = auto()  # y
    POINT = auto()  # where the model evaluates its rates: the prediction
    RATE = auto()  # found there
    NEW_SLOPE = auto()  # found there
    SCALE = auto()  # inverse of the error that is tolerated in a step
    F = auto()  # rate at y
    SLOPE = auto()  # slope at y
    Y1 = auto()  # divided differences of y and f over the last steps
    F1 = auto()
    Y2 = auto()
    F2 = auto()
    TREND = auto()  # of this step: first the predicted g, or P'; then the correction
    LEAD = auto()  # factor of the correction


STRIDE = len(Field) * LANES  # from state to state


@inline
def start(s: Bundle, at: int) -> None:
    """Let the next step be one of length zero, where the rates are evaluated anew."""
    s[at + Field.POINT] = s[at + Field.VALUE]
    s[at + Field.TREND] = s[at + Field.LEAD] = 0.0


@inline
def predict(s: Bundle, at: int, h: float, per_h: float, h1: float, h2: float, weight: float) -> None:
    """Predict a state with a slope; `weight` is 1 / ((h + h1) (h + h1 + h2))."""
    y, f, a = s[at + Field.VALUE], s[at + Field.F], s[at + Field.SLOPE]
    gentle = h * a > GENTLE
    z = where(gentle, GENTLE, h * a)
    a = where(gentle, GENTLE * per_h, a)
    per_z = 1.0 / z
    phi1 = expm1(z) * per_z
    phi2 = (phi1 - 1.0) * per_z
    phi3 = (phi2 - 0.5) * per_z
    phi4 = (phi3 - 1 / 6) * per_z
    d1 = s[at + Field.F1] - a * s[at + Field.Y1]
    d2 = s[at + Field.F2] - a * s[at + Field.Y2]
    s[at + Field.SLOPE] = a
    s[at + Field.TREND] = f - a * y + h * (d1 + (h + h1) * d2)
    s[at + Field.LEAD] = h * weight * (6.0 * h * h * phi4 + 2.0 * (2.0 * h1 + h2) * h * phi3 + h1 * (h1 + h2) * phi2)
    s[at + Field.POINT] = y + h * (phi1 * f + h * (phi2 * d1 + (2.0 * h * phi3 + h1 * phi2) * d2))


@inline
def predict_plain(s: Bundle, at: int, h: float, h1: float) -> None:
    """Predict a state without a slope."""
    f, d1, d2 = s[at + Field.F], s[at + Field.F1], s[at + Field.F2]
    s[at + Field.TREND] = f + h * (d1 + (h + h1) * d2)
    s[at + Field.POINT] = s[at + Field.VALUE] + h * (f + h * (0.5 * d1 + ((1 / 3) * h + 0.5 * h1) * d2))


@inline
def predict_group(s: Bundle, at: int, h: float, h1: float) -> None:
    """Predict a state of a group: P(t + h), and P' there."""
    d1, d2 = s[at + Field.Y1], s[at + Field.Y2]
    s[at + Field.TREND] = d1 + (2.0 * h + h1) * d2
    s[at + Field.POINT] = s[at + Field.VALUE] + h * (d1 + (h + h1) * d2)


@inline
def lead_plain(h: float, h1: float, h2: float) -> float:
    """Return the factor of the correction of states without a slope."""
    weight = 1.0 / ((h + h1) * (h + h1 + h2))
    return h * weight * (0.25 * h * h + (1 / 3) * (2.0 * h1 + h2) * h + 0.5 * h1 * (h1 + h2))


@inline
def gamma(h: float, h1: float, h2: float) -> float:
    """Return the factor of the rate in the backward differentiation formula."""
    h01, h012 = h + h1, h + h1 + h2
    return h * h01 * h012 / (h01 * h012 + h * h012 + h * h01)


@inline
def to_the_fourth(x: float) -> float:
    """Return x⁴. Sums of it are nearly the largest term, need no comparison, and let NaN through."""
    return (x * x) * (x * x)


@inline
def correct(s: Bundle, at: int) -> float:
    """Leave the correction of a state with a slope in its row TREND; return its size over the tolerated error, ⁴."""
    surprise = s[at + Field.RATE] - s[at + Field.SLOPE] * s[at + Field.POINT] - s[at + Field.TREND]
    correction = surprise * s[at + Field.LEAD]
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE])


@inline
def correct_relative(s: Bundle, at: int, per_floor: float) -> float:
    """As `correct`, with an error relative to what a concentration has grown to above its floor."""
    surprise = s[at + Field.RATE] - s[at + Field.SLOPE] * s[at + Field.POINT] - s[at + Field.TREND]
    correction = surprise * s[at + Field.LEAD]
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE] / (1.0 + abs(s[at + Field.POINT]) * per_floor))


@inline
def correct_plain(s: Bundle, at: int, lead: float) -> float:
    """As `correct`, for a state without a slope."""
    correction = (s[at + Field.RATE] - s[at + Field.TREND]) * lead
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE])


@inline
def correct_group(s: Bundle, at: int, correction: float) -> float:
    """As `correct`, for a state of a group, whose correction is known."""
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE])


@inline
def correct_group_relative(s: Bundle, at: int, correction: float, per_floor: float) -> float:
    """As `correct_group`, with a relative error."""
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE] / (1.0 + abs(s[at + Field.POINT]) * per_floor))


@inline
def correct_group_potential(s: Bundle, at: int, solution: float, h: float, gamma: float) -> float:
    """As `correct_group`, for a potential, whose rate is watched: it becomes that of the formula, P' + d / gamma.

    Where the model has evaluated it, stiff currents multiply the error of the prediction. A step of length zero leaves
    the potential where it is; its rate becomes the mean one of a first step, in which potentials share out among
    themselves what a stimulus gives to one of them.
    """
    trend, correction = where(h > 0.0, s[at + Field.TREND], 0.0), where(h > 0.0, solution, 0.0)
    s[at + Field.RATE] = trend + solution / gamma
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE])


@inline
def accept(s: Bundle, at: int, take: bool, per_h: float, per_sum: float) -> None:
    """Move a state with a slope to the end of the step in the lanes that take it."""
    a = s[at + Field.NEW_SLOPE]
    correction = s[at + Field.TREND]
    _move(s, at, take, s[at + Field.POINT] + correction, s[at + Field.RATE] + a * correction, per_h, per_sum)
    s[at + Field.SLOPE] = where(take, a, s[at + Field.SLOPE])


@inline
def accept_plain(s: Bundle, at: int, take: bool, per_h: float, per_sum: float) -> None:
    """As `accept`, for a state without a slope."""
    _move(s, at, take, s[at + Field.POINT] + s[at + Field.TREND], s[at + Field.RATE], per_h, per_sum)


@inline
def _move(s: Bundle, at: int, take: bool, y: float, f: float, per_h: float, per_sum: float) -> None:
    """Update value, rate and differences; `per_h` is zero in a step of length zero, after which they start anew."""
    y1 = (y - s[at + Field.VALUE]) * per_h
    f1 = (f - s[at + Field.F]) * per_h
    s[at + Field.Y2] = where(take, (y1 - s[at + Field.Y1]) * per_sum, s[at + Field.Y2])
    s[at + Field.F2] = where(take, (f1 - s[at + Field.F1]) * per_sum, s[at + Field.F2])
    s[at + Field.Y1] = where(take, y1, s[at + Field.Y1])
    s[at + Field.F1] = where(take, f1, s[at + Field.F1])
    s[at + Field.VALUE] = where(take, y, s[at + Field.VALUE])
    s[at + Field.F] = where(take, f, s[at + Field.F])


@inline
def accept_group(s: Bundle, at: int, take: bool, per_h: float, per_sum: float) -> None:
    """As `accept`, for a state of a group; after a step of length zero its rate is the first difference."""
    y = s[at + Field.POINT] + s[at + Field.TREND]
    y1 = where(per_h > 0.0, (y - s[at + Field.VALUE]) * per_h, s[at + Field.RATE])
    y2 = where(per_h > 0.0, (y1 - s[at + Field.Y1]) * per_sum, 0.0)
    s[at + Field.Y2] = where(take, y2, s[at + Field.Y2])
    s[at + Field.Y1] = where(take, y1, s[at + Field.Y1])
    s[at + Field.F] = where(take, s[at + Field.RATE], s[at + Field.F])
    s[at + Field.VALUE] = where(take, y, s[at + Field.VALUE])
