"""Learning a boundary from few simulations: ask for points, tell their labels. No files, no cluster: numbers only."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
