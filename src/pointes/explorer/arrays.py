"""Arrays as plain values of JSON: exact numbers of surrogates, and whole numbers of curves."""

import base64
from typing import Any

import numpy as np


def exact(array: np.ndarray) -> dict[str, Any]:
    """Return an array of numbers as its bytes in double precision, little-endian, and its shape."""
    values = np.ascontiguousarray(array, dtype="<f8")
    return {"float64": base64.b64encode(values.tobytes()).decode(), "shape": list(values.shape)}


def lower_triangle(matrix: np.ndarray) -> dict[str, Any]:
    """Return the rows of a lower triangular matrix (n, n) up to the diagonal, one after the other."""
    return exact(matrix[np.tril_indices(len(matrix))])


def curves(values: np.ndarray) -> dict[str, Any]:
    """Return curves (n, n_times) as whole numbers of 16 bits, and the step that they count; NaN is the smallest one."""
    finite = np.abs(values[np.isfinite(values)])
    step = float(finite.max() / 32000) if finite.size and finite.max() > 0 else 1.0
    counts = np.where(np.isfinite(values), np.round(np.nan_to_num(values) / step), -32768).astype("<i2")
    return {"int16": base64.b64encode(counts.tobytes()).decode(), "shape": list(counts.shape), "step": step}


def rounded(values: np.ndarray, digits: int = 5) -> list[float | None]:
    """Return numbers (n,) with so many significant digits; what is not finite becomes None."""
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in values.tolist()]
