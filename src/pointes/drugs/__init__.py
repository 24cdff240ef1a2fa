"""Drugs on the map: block at a dose, its uncertainty, and the dose from which on arrhythmia is likely.

`read_drug_table` reads Cmax, IC50 and Hill coefficients of drugs from a CSV file, and `hill_block` and `blocks_at_dose`
return the block of channels. `assess_drugs` follows a risk function along the doses of each drug, with draws from the
uncertainty of its parameters, and `separation` tells how well a score separates risk categories.

A drug with a Cmax of 10 nM that blocks half of a channel at 10 nM, where block above 0.75 is arrhythmic:

>>> import numpy as np
>>> from pointes import drugs
>>> drugs.hill_block(np.array([10.0, 30.0]), ic50_nM=10.0, hill=1.0)
array([0.5 , 0.75])
>>> ic50_nM, hill = np.array([[10.0]]), np.array([[1.0]])
>>> critical = drugs.critical_multiple(lambda block: 1.0 * (block[:, 0] > 0.75), 10.0, ic50_nM, hill)
>>> critical.known.round(2).tolist()
[3.0]
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
