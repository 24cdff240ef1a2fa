"""Interval arithmetic: every value inside, and no wider than it must be where an operation stands alone."""

import numpy as np
import pytest
from numba import njit

from pointes.cells import intervals, simd

RNG = np.random.default_rng(5)
LOWER = np.concatenate([[-2.0, -1.0, 0.0, -0.5, 3.0, -9.0, 1e-9], RNG.uniform(-9, 9, 60)])
WIDTH = np.concatenate([[2.0, 1.0, 0.0, 1.0, 1e-9, 18.0, 5.0], 10 ** RNG.uniform(-6, 1, 60)])
INSIDE = np.linspace(0, 1, 4001)


def evaluated(operation, *operands):
    """Bounds by an operation on intervals, given as (n, 2) arrays, or on numbers."""
    source = ", ".join(f"(x{k}[i, 0], x{k}[i, 1])" if np.ndim(x) else repr(x) for k, x in enumerate(operands))
    names = [f"x{k}" for k, x in enumerate(operands) if np.ndim(x)]
    body = f"def loop(out, {', '.join(names)}):\n for i in range(len(out)):\n  out[i, 0], out[i, 1] = f({source})\n"
    namespace = {"f": getattr(intervals, operation)}
    exec(body, namespace)
    arrays = [x for x in operands if np.ndim(x)]
    out = np.empty((len(arrays[0]), 2))
    njit(error_model="numpy", fastmath=simd.FAST)(namespace["loop"])(out, *arrays)
    return out


@pytest.mark.parametrize(
    ("operation", "function"),
    [
        ("exp", np.exp),
        ("log", np.log),
        ("log10", np.log10),
        ("sqrt", np.sqrt),
        ("absolute", np.abs),
        ("negative", np.negative),
        ("floor", np.floor),
        ("ceil", np.ceil),
        ("sin", np.sin),
        ("cos", np.cos),
        ("arcsine", np.arcsin),
        ("arccosine", np.arccos),
        ("arctangent", np.arctan),
    ],
)
def test_functions_of_one_interval(operation, function):
    found = evaluated(operation, np.column_stack([LOWER, LOWER + WIDTH]))
    with np.errstate(invalid="ignore", divide="ignore"):
        values = function(LOWER + WIDTH * INSIDE[:, None])
    for (lower, upper), column in zip(found, values.T, strict=True):
        inside = column[np.isfinite(column)]
        if inside.size == INSIDE.size:
            assert (lower, upper) == pytest.approx((inside.min(), inside.max()), rel=1e-5, abs=5e-3)
        elif inside.size:  # it has values on a part only
            assert lower <= inside.min() + 1e-9
            assert upper >= inside.max() - 1e-9


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 3.0, 4.0, 17.0, -1.0, -2.0, -3.0, 0.5, 2.5, -1.5])
def test_powers(exponent):
    found = evaluated("power", np.column_stack([LOWER, LOWER + WIDTH]), exponent)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = (LOWER + WIDTH * INSIDE[:, None]) ** exponent
    for (lower, upper), column in zip(found, values.T, strict=True):
        inside = column[np.isfinite(column)]
        if inside.size == INSIDE.size and upper < intervals.LARGE:
            assert (lower, upper) == pytest.approx((inside.min(), inside.max()), rel=1e-5, abs=1e-4)
        elif inside.size:
            assert lower <= inside.min() * (1 + 1e-9)
            assert upper >= inside.max() * (1 - 1e-9)


@pytest.mark.parametrize(
    ("operation", "function"),
    [
        ("add", np.add),
        ("subtract", np.subtract),
        ("multiply", np.multiply),
        ("divide", np.divide),
        ("quotient", np.floor_divide),
        ("remainder", np.mod),
    ],
)
def test_operations_on_two_intervals(operation, function):
    a = np.column_stack([LOWER, LOWER + WIDTH])
    b = np.roll(a, 7, axis=0)
    found = evaluated(operation, a, b)
    u, v = RNG.random((2, 2000, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = function(a[:, 0] + u * WIDTH, b[:, 0] + v * np.roll(WIDTH, 7))
    values = np.where(np.isfinite(values), values, np.nan)
    some = np.isfinite(values).any(axis=0)
    assert np.all(found[some, 0] <= np.nanmin(values[:, some], axis=0) + 1e-9)
    assert np.all(found[some, 1] >= np.nanmax(values[:, some], axis=0) - 1e-9)
    if operation in ("add", "subtract", "multiply"):
        corners = [function(a[:, j], b[:, k]) for j in (0, 1) for k in (0, 1)]
        assert found[:, 0] == pytest.approx(np.min(corners, axis=0))
        assert found[:, 1] == pytest.approx(np.max(corners, axis=0))


@pytest.mark.parametrize(
    ("operation", "below", "overlapping", "above"),
    [
        ("less", (True, True), (False, True), (False, False)),
        ("at_most", (True, True), (False, True), (False, False)),
        ("more", (False, False), (False, True), (True, True)),
        ("at_least", (False, False), (False, True), (True, True)),
        ("equal", (False, False), (False, True), (False, False)),
        ("unequal", (True, True), (False, True), (True, True)),
    ],
)
def test_conditions(operation, below, overlapping, above):
    compare = getattr(intervals, operation)

    @njit
    def compared(a):
        return compare(a, (2.0, 3.0))

    assert [compared(a) for a in ((0.0, 1.0), (0.0, 2.5), (4.0, 5.0))] == [below, overlapping, above]


def test_a_choice_takes_both_sides_where_its_condition_may_change():
    @njit
    def chosen(x):
        return intervals.choose(intervals.less(x, (0.0, 0.0)), (5.0, 6.0), (1.0, 2.0))

    assert [chosen(x) for x in ((-2.0, -1.0), (1.0, 2.0), (-1.0, 1.0))] == [(5.0, 6.0), (1.0, 2.0), (1.0, 6.0)]


def test_what_the_ends_show_is_not_unseen():
    @njit
    def missed(bounds, first, last):
        return intervals.unseen(bounds, first, last)

    assert [missed((0.0, 3.0), *ends) for ends in ((0.0, 3.0), (3.0, 0.0), (1.0, 2.5), (0.0, 0.0))] == [0, 0, 1.5, 3]


def test_powers_and_logarithms_of_two_intervals():
    a, b = np.array([[0.5, 3.0]]), np.array([[-1.5, 2.0]])
    assert evaluated("power_of", a, b)[0] == pytest.approx([3.0**-1.5, 3.0**2])
    assert evaluated("log_to", a, np.array([[2.0, 4.0]]))[0] == pytest.approx([-1.0, np.log2(3.0)])


def test_tangent_has_no_bounds_around_a_pole():
    found = evaluated("tangent", np.array([[-1.0, 1.5], [1.5, 1.6], [4.0, 4.5]]))
    assert found[[0, 2]] == pytest.approx(np.tan([[-1.0, 1.5], [4.0, 4.5]]))
    assert found[1].tolist() == [-intervals.LARGE, intervals.LARGE]
