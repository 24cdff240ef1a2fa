"""The version of the numbers that tissues are simulated with."""

NUMERICS = 1
"""To be raised with every change of this package that changes results: then old results count no more.

It is part of the fingerprints of tissues, beside that of their cells (`pointes.cells.numerics`).
"""
