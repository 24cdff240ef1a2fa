r"""Logarithmic warping of inputs: where along its range an input matters most.

.. math:: u(x) = -\log\bigl(1 + (e^{-c} - 1)\,x\bigr) / c

maps the unit interval to itself. For c = 0 nothing changes; for c > 0 the interval is stretched near x = 1, by the
factor :math:`e^c` more than near x = 0, and for c < 0 near x = 0. A quantity that is smooth along a logarithmic axis
from l to h is smooth in u for :math:`c = -\log(h / l)`. Warping for regression: Snoek, Swersky, Zemel and Adams, ICML
2014, arXiv:1402.0929.
"""

import numpy as np

from pointes.learning.types import Array

STRAIGHT = 1e-4  # warps nearer to 0 have the derivative of a warp of 0, to rounding


def warped(unit: Array, warps: Array) -> Array:
    """Return points of the unit cube, (n, d), warped input by input, given c, (d,).

    Examples
    --------
    >>> warped(np.array([[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]), np.array([0.0, 2.0])).round(3)
    array([[0.   , 0.   ],
           [0.5  , 0.283],
           [1.   , 1.   ]])
    """
    straight = warps == 0
    c = np.where(straight, 1.0, warps)
    return np.where(straight, unit, -np.log1p(np.expm1(-c) * unit) / c)


def warp_slope(unit: Array, warps: Array) -> Array:
    """Return the derivatives of warped points by c, (n, d)."""
    straight = np.abs(warps) < STRAIGHT
    c = np.where(straight, 1.0, warps)
    stretched = np.expm1(-c) * unit
    slope = np.log1p(stretched) / c**2 + np.exp(-c) * unit / (c * (1.0 + stretched))
    return np.where(straight, -0.5 * unit * (1.0 - unit), slope)
