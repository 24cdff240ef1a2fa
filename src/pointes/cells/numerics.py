"""The version of the numbers that cell models are simulated with, and the fingerprints that contain it."""

from pointes.cells.dependencies import digest

NUMERICS = 1
"""To be raised with every change of this package that changes results: then old results count no more.

A change of code that leaves the results as they are leaves this number, too. `tests/unit/test_golden.py` tells which of
the two a change is.
"""


def fingerprint(*parts: str) -> str:
    """Return a hash of texts and `NUMERICS`: simulations of equal fingerprints give equal results."""
    return digest(str(NUMERICS), *parts)
