r"""Factors by which predicted standard deviations have turned out too small in the stream.

A Gaussian process that errs about the kind of function does not know it: where a quantity bends more in one part of the
space than in others, its intervals are too narrow all over. The stream shows it. With the errors e of its last points
in units of the standard deviations predicted for them, these are multiplied by

.. math:: \lambda = \max\left(1, \sqrt{(\nu + \textstyle\sum_i e_i^2) / (\nu + n)}\right),

as if ν further points had come out as predicted. The stream only ever widens intervals.
"""

import numpy as np

from pointes.learning.types import Array

WINDOW = 16  # number of most recent stream points that count
PRIOR = 4  # number ν of points that count as predicted right


def factors(errors: Array) -> Array:
    """Return the factors of q quantities, (q,), given errors of stream points in standard deviations, (n, q).

    Examples
    --------
    >>> factors(np.array([[3.0, 0.1], [-3.0, 0.2]])).round(3)
    array([1.915, 1.   ])
    """
    last = errors[max(len(errors) - WINDOW, 0) :]
    widened: Array = np.sqrt((PRIOR + (last**2).sum(axis=0)) / (PRIOR + len(last)))
    return np.maximum(widened, 1.0)


def successive_factors(errors: Array) -> Array:
    """Return the factors, (n, q), that the points before each of n stream points give."""
    return np.array([factors(errors[:k]) for k in range(len(errors))]).reshape(errors.shape)
