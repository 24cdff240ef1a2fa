"""Populations of models: variants of one cell model are paced, and those that behave as real cells do are accepted.

`draw` or `read_variants` makes variants, `simulate` paces them by a `PopulationProtocol` and writes their biomarkers,
and `simulate_until_accepted` draws until enough lie in the experimental ranges of `read_ranges` [1]_ [2]_.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from pointes import populations
>>> protocol = populations.PopulationProtocol("mitchell-schaeffer-2003", beats=2, label_beats=1)
>>> variants = populations.draw(protocol.load(), {"J_in": populations.Uniform(0.5, 2.0)}, 8, seed=1)
>>> with TemporaryDirectory() as folder:
...     summary = populations.simulate(protocol, variants, Path(folder) / "population.nc", workers=1)
>>> summary["variants"], summary["failed"]
(8, 0)

References
----------
.. [1] Britton et al., PNAS 110, E2098 (2013). doi:10.1073/pnas.1304382110
.. [2] Passini et al., Front. Physiol. 8, 668 (2017). doi:10.3389/fphys.2017.00668
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
