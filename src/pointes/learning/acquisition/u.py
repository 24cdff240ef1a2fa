"""The criterion U, the distance from the boundary in standard deviations.

Echard, Gayton and Lemaire, Struct. Saf. 33, 145 (2011), doi:10.1016/j.strusafe.2011.01.002 (AK-MCS); for classifiers of
cardiac simulations Sahli Costabal et al., Comput. Methods Appl. Mech. Eng. 357, 112602 (2019),
doi:10.1016/j.cma.2019.112602. The probability Φ(μ/σ) nearest to ½ (largest entropy) is the same choice.
"""

from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior, u_score
from pointes.learning.types import Array, Indices


class U(Acquisition):
    r"""Smallest :math:`U = |\mu| / \sigma`: the label that is least certain."""

    def score(self, batch: BatchPosterior, candidates: Indices) -> Array:
        """Return -U, (k,)."""
        return -u_score(batch.mean[candidates], batch.sd[candidates])
