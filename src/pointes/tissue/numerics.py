"""The version of the numbers that simulations of tissues give."""

NUMERICS = 1
"""Number to be raised with every change of this package that changes results, which makes old results invalid.

It is part of the fingerprints of tissues, as is that of cells (`pointes.cells.numerics`).
"""
