"""Elementary functions against NumPy, at the ends of their ranges too."""

import re

import numpy as np
import pytest
from numba import njit

from pointes.cells import simd


def vectorised(function):
    @njit(error_model="numpy", fastmath=simd.FAST)
    def loop(x, out):
        for i in range(x.size):
            out[i] = function(x[i])

    def evaluate(x):
        out = np.empty_like(x)
        loop(x, out)
        return out

    return evaluate


WIDE = np.linspace(-700, 700, 20_001)
SMALL = np.concatenate([-np.logspace(-300, 0, 5000), np.logspace(-300, 0, 5000)])


@pytest.mark.parametrize(
    ("name", "x", "error"),
    [
        ("exp", WIDE, 3e-14),
        ("exp", SMALL, 1e-15),
        ("expm1", WIDE, 4e-10),
        ("expm1", SMALL, 4e-10),
        ("log", np.exp(WIDE), 1e-15),
        ("log", 1 + SMALL[:-1], 1e-15),
    ],
)
def test_relative_error(name, x, error):
    x = x[x > 0] if name == "log" else x
    assert vectorised(getattr(simd, name))(x) == pytest.approx(getattr(np, name)(x), rel=error, abs=1e-300)


def test_ends_of_the_ranges():
    limits = np.array([-1e6, 1e6])
    assert vectorised(simd.exp)(limits) == pytest.approx(np.exp([-708, 708]))
    assert np.isnan(vectorised(simd.exp)(np.array([np.nan])))
    values = vectorised(simd.log)(np.array([0.0, -1.0, np.nan]))
    assert values[0] == -np.inf
    assert np.isnan(values[1:]).all()


def test_power():
    """Bases of each sign to whole and broken exponents of each sign; each lane has its own exponent."""

    @njit(error_model="numpy", fastmath=simd.FAST)
    def loop(x, y, out):
        for i in range(x.size):
            out[i] = simd.power(x[i], y[i])

    bases = [-30.0, -2.5, -1.0, -1e-3, 0.0, 1e-3, 1.0, 2.5, 30.0]
    exponents = [-18.0, -17.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 2.3, 3.0, 16.0, 17.0, 18.0, 101.0]
    x, y = (np.ascontiguousarray(grid.ravel()) for grid in np.meshgrid(bases, exponents))
    out = np.empty_like(x)
    loop(x, y, out)
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    large = np.isinf(expected)  # 0 to a negative power
    assert np.all(out[large] > 1e300)
    assert out[~large] == pytest.approx(expected[~large], rel=1e-13, abs=0, nan_ok=True)
    (assembly,) = loop.inspect_asm().values()
    assert re.search(r"v?(rndscale|round)pd", assembly)
