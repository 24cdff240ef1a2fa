r"""One step of the exponential Adams method of order four, for one state of one cell.

A state y with rate f and slope a = df/dy obeys y' = a y + g(t). The method (Nørsett 1969; Hochbruck and Ostermann 2010
[1]_, section 2.5) integrates the first part exactly, so that stiff gates cost nothing, and interpolates g by a
polynomial through its last values. Three values give a prediction, at which the model evaluates its rates (once a
step). The fourth, new value corrects it. The correction is the error of the predicted step and sets the length of the
next one. The method has order four for any slope: the slope decides on stability only, and a poor one costs steps, not
accuracy.

With the steps h (this one), h1 and h2 (the two before), Newton's divided differences d1 and d2 of g, and

.. math::

    \varphi_1(z) = (e^z - 1)/z, \quad \varphi_{k+1}(z) = (\varphi_k(z) - 1/k!)/z, \quad z = ah,

the prediction and its correction by the third difference d3 are

.. math::

    y^* &= y + h\varphi_1 f + h^2\varphi_2 d_1 + (2h^3\varphi_3 + h_1h^2\varphi_2)\,d_2 \\
    y' &= y^* + (6h^4\varphi_4 + 2(2h_1 + h_2)h^3\varphi_3 + h_1(h_1 + h_2)h^2\varphi_2)\,d_3 .

States that relax slowly have no slope here (``_plain``): the same formulas with :math:`\varphi_k = 1/k!`.

The states of a Markov chain, calcium and its fast buffers, or the potentials of surface and t-tubules, drive each other
too stiffly for that. Together they take a step of the backward differentiation formula of order three (``_group``),
which needs one linear solve. It keeps the sum of a chain, as the columns of its matrix A add up to zero; where rates
are not linear, A is their derivative. With the parabola P through the last three values, the correction d of P(t + h)
solves

.. math:: (I - \gamma A)\,d = \gamma\,(f - P'), \quad 1/\gamma = 1/h + 1/(h + h_1) + 1/(h + h_1 + h_2) .

After a jump (the edges of a stimulus) the steps before count as endless, which makes all differences vanish, so that
the method starts again at order one without special cases.

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
GENTLE = -1e-2  # lower limit of |a h| for the quotients of phi, which would lose digits


class Field(IntEnum):
    """The numbers kept for a state: offsets of their rows from the state's first one."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        return LANES * count

    VALUE = auto()  # y
    POINT = auto()  # prediction, at which the model evaluates its rates
    RATE = auto()  # rate at the prediction
    NEW_SLOPE = auto()  # slope at the prediction
    SCALE = auto()  # inverse of the tolerated error of a step
    F = auto()  # rate at y
    SLOPE = auto()  # slope at y
    Y1 = auto()  # divided differences of y and f over the last steps
    F1 = auto()
    Y2 = auto()
    F2 = auto()
    TREND = auto()  # predicted g, or P', of this step; then its correction
    LEAD = auto()  # factor of the correction


STRIDE = len(Field) * LANES  # from state to state


@inline
def start(s: Bundle, at: int) -> None:
    """Make the next step one of length zero, in which the rates are evaluated again."""
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
    """Store the correction of a state with a slope in TREND, and return (correction over tolerated error)⁴."""
    surprise = s[at + Field.RATE] - s[at + Field.SLOPE] * s[at + Field.POINT] - s[at + Field.TREND]
    correction = surprise * s[at + Field.LEAD]
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE])


@inline
def correct_relative(s: Bundle, at: int, per_floor: float) -> float:
    """Store the correction as `correct` does; the tolerated error grows with a concentration above its floor."""
    surprise = s[at + Field.RATE] - s[at + Field.SLOPE] * s[at + Field.POINT] - s[at + Field.TREND]
    correction = surprise * s[at + Field.LEAD]
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE] / (1.0 + abs(s[at + Field.POINT]) * per_floor))


@inline
def correct_plain(s: Bundle, at: int, lead: float) -> float:
    """Store the correction of a state without a slope."""
    correction = (s[at + Field.RATE] - s[at + Field.TREND]) * lead
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE])


@inline
def correct_group(s: Bundle, at: int, correction: float) -> float:
    """Store the known correction of a state of a group."""
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE])


@inline
def correct_group_relative(s: Bundle, at: int, correction: float, per_floor: float) -> float:
    """Store the known correction of a state of a group, with the error of `correct_relative`."""
    s[at + Field.TREND] = correction
    return to_the_fourth(correction * s[at + Field.SCALE] / (1.0 + abs(s[at + Field.POINT]) * per_floor))


@inline
def correct_group_potential(s: Bundle, at: int, solution: float, h: float, gamma: float) -> float:
    """Store the known correction of a potential, and set its recorded rate to that of the formula, P' + d / gamma.

    In the rate at the prediction stiff currents multiply the error of the prediction. A step of length zero does not
    change the potential. Its rate becomes the mean rate of a first step, in which the charge of a stimulus spreads over
    all potentials.
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
    """Move a state without a slope to the end of the step in the lanes that take it."""
    _move(s, at, take, s[at + Field.POINT] + s[at + Field.TREND], s[at + Field.RATE], per_h, per_sum)


@inline
def _move(s: Bundle, at: int, take: bool, y: float, f: float, per_h: float, per_sum: float) -> None:
    """Update value, rate and differences. In a step of length zero `per_h` is zero, which resets the differences."""
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
    """Move a state of a group as `accept` does. After a step of length zero its first difference is its rate."""
    y = s[at + Field.POINT] + s[at + Field.TREND]
    y1 = where(per_h > 0.0, (y - s[at + Field.VALUE]) * per_h, s[at + Field.RATE])
    y2 = where(per_h > 0.0, (y1 - s[at + Field.Y1]) * per_sum, 0.0)
    s[at + Field.Y2] = where(take, y2, s[at + Field.Y2])
    s[at + Field.Y1] = where(take, y1, s[at + Field.Y1])
    s[at + Field.F] = where(take, s[at + Field.RATE], s[at + Field.F])
    s[at + Field.VALUE] = where(take, y, s[at + Field.VALUE])
