"""Populations of models: variants of one cell model, paced, and those kept that behave as real cells do.

References
----------
.. [1] Britton et al., PNAS 110, E2098 (2013). doi:10.1073/pnas.1304382110
.. [2] Passini et al., Front. Physiol. 8, 668 (2017). doi:10.3389/fphys.2017.00668
"""

from pointes.populations.calibration import read_ranges
from pointes.populations.drawing import LogNormal, Uniform, draw
from pointes.populations.execution import Simulation
from pointes.populations.lots import DRAWN_PER_ACCEPTED, simulate_until_accepted
from pointes.populations.run import simulate
from pointes.populations.states import read_states, write_states
from pointes.populations.variants import Variants, read_variants

__all__ = [
    "DRAWN_PER_ACCEPTED",
    "LogNormal",
    "Simulation",
    "Uniform",
    "Variants",
    "draw",
    "read_ranges",
    "read_states",
    "read_variants",
    "simulate",
    "simulate_until_accepted",
    "write_states",
]
