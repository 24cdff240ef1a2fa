"""Populations of models: variants of one cell model, paced, and those kept that behave as real cells do.

References
----------
.. [1] Britton et al., PNAS 110, E2098 (2013). doi:10.1073/pnas.1304382110
.. [2] Passini et al., Front. Physiol. 8, 668 (2017). doi:10.3389/fphys.2017.00668
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
