"""Tissue: grid, conduction and the monodomain equation; what it does, and what that means.

`pointes.tissue.simulation` puts a run together; `pointes.tissue.solver.monodomain` solves it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
