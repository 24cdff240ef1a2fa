"""Drugs as numbers: tables of IC50 and Hill coefficients, block at a dose, its uncertainty, and the risk from it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
