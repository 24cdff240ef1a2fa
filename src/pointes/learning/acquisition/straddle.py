"""The straddle heuristic: the most uncertain point among those whose label is in doubt.

Bryan et al., Adv. Neural Inf. Process. Syst. 18 (2005).
"""

import numpy as np

from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior, u_score
from pointes.learning.types import Array, Indices

DOUBT = 1.96  # standard deviations: a label is in doubt where the 95 % interval of the latent function spans zero


class Straddle(Acquisition):
    r"""Largest straddle :math:`1.96 \sigma - |\mu|` where the label is in doubt, else smallest U.

    The guard keeps it from preferring points that are merely far from all others: where the straddle is negative, the
    label is not in doubt.
    """

    def score(self, batch: BatchPosterior, candidates: Indices) -> Array:
        """Return the straddle where it is positive, else -U, (k,)."""
        mean, sd = batch.mean[candidates], batch.sd[candidates]
        straddle = DOUBT * sd - np.abs(mean)
        return np.where(straddle > 0, straddle, -u_score(mean, sd))
