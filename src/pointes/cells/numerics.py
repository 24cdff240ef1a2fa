"""The version of the numerical results of cell models, and the fingerprints that contain it."""

from pointes.cells.dependencies import digest

NUMERICS = 1
"""Version of the numerical results, to be raised with every change of this package that changes results, and only then.

Results of older versions are no longer used afterwards. `tests/unit/test_golden.py` fails if results change.
"""


def fingerprint(*parts: str) -> str:
    """Return a hash of texts and `NUMERICS`: simulations with equal fingerprints give equal results."""
    return digest(str(NUMERICS), *parts)
