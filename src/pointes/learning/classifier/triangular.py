"""Cholesky factors and triangular systems, by LAPACK without the checks of `scipy.linalg`.

A fit makes thousands of calls, and with fewer than a hundred points the checks of a call take longer than its work. The
numbers are the same.
"""

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtrs

from pointes.learning.types import Array


def cholesky(B: Array) -> Array:
    """Return the lower factor L of B = L Lᵀ, in Fortran's order; a LinAlgError if B is not positive definite.

    Examples
    --------
    >>> cholesky(np.array([[4.0, 2.0], [2.0, 5.0]]))
    array([[2., 0.],
           [1., 2.]])
    """
    if not len(B):
        return B
    L, info = dpotrf(B, lower=1)
    if info:
        raise np.linalg.LinAlgError(f"{info}-th leading minor of the matrix is not positive definite")
    return np.asarray(L)


def solve_lower(L: Array, b: Array, *, transposed: bool = False) -> Array:
    """Return L⁻¹ b, or L⁻ᵀ b, for a factor of `cholesky` and one or more right-hand sides, (n,) or (n, m).

    Examples
    --------
    >>> solve_lower(cholesky(np.array([[4.0, 2.0], [2.0, 5.0]])), np.array([2.0, 3.0]))
    array([1., 1.])
    """
    if not b.size:
        return b
    return np.asarray(dtrtrs(L, b, lower=1, trans=int(transposed))[0])
