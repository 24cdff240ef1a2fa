"""Arrays of the pages as plain values."""

import base64

import numpy as np

from pointes.explorer.arrays import curves, exact, lower_triangle, rounded


def values_of(encoded):
    if "float64" in encoded:
        return np.frombuffer(base64.b64decode(encoded["float64"]), "<f8").reshape(encoded["shape"])
    return np.frombuffer(base64.b64decode(encoded["int16"]), "<i2").reshape(encoded["shape"])


def test_numbers_are_kept_to_the_last_bit():
    numbers = np.array([[np.pi, -0.0, 1e-300], [np.inf, 1 / 3, 2.0]])
    np.testing.assert_array_equal(values_of(exact(numbers)), numbers)


def test_triangles_have_rows_up_to_the_diagonal():
    matrix = np.array([[1.0, 9.0, 9.0], [2.0, 3.0, 9.0], [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(values_of(lower_triangle(matrix)), [1, 2, 3, 4, 5, 6])


def test_curves_are_kept_within_half_a_step_and_with_their_gaps():
    curve = np.array([[-88.0, 40.0, np.nan], [0.0, -1.0, 3.0]])
    encoded = curves(curve)
    counts = values_of(encoded)
    assert counts[0, 2] == -32768
    found = np.where(counts == -32768, np.nan, counts * encoded["step"])
    np.testing.assert_allclose(found, curve, atol=encoded["step"] / 2)
    assert encoded["step"] < 0.003


def test_without_a_curve_there_are_no_counts():
    assert values_of(curves(np.empty((0, 5)))).shape == (0, 5)


def test_what_is_not_finite_has_no_number():
    assert rounded(np.array([1.23456789, np.nan, np.inf]), 3) == [1.23, None, None]
