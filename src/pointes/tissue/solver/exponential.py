"""The function of exponential integrators: how much of a step a relaxing rate lasts."""

from pointes.cells.simd import expm1, inline, where


@inline
def relaxation(z: float) -> float:
    """Return (e**z - 1) / z, 1 at z = 0."""
    return where(abs(z) < 1e-8, 1.0 + 0.5 * z, expm1(z) / z)
