"""Tissue: geometry, conduction and the monodomain equation; what it does, and what that means.

`pointes.tissue.simulation` puts a run together; `pointes.tissue.solver.monodomain` solves it.
"""
