"""The expected feasibility of efficient global reliability analysis (EGRA).

Bichon et al., AIAA J. 46, 2459 (2008), doi:10.2514/1.34321.
"""

import numpy as np
from scipy.special import ndtr

from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.types import Array, Indices


class ExpectedFeasibility(Acquisition):
    r"""Largest expected feasibility :math:`E[\max(2\sigma - |f|, 0)]`."""

    def score(self, batch: BatchPosterior, candidates: Indices) -> Array:
        """Return the expected feasibilities, (k,): equation 17 of Bichon et al. with the boundary at zero."""
        mean, sd = batch.mean[candidates], batch.sd[candidates]
        width = 2.0 * sd
        centre, low, high = (
            np.divide(at, sd, out=np.zeros_like(mean), where=sd > 0) for at in (-mean, -width - mean, width - mean)
        )
        feasibility: Array = (
            mean * (2.0 * ndtr(centre) - ndtr(low) - ndtr(high))
            - sd * (2.0 * _density(centre) - _density(low) - _density(high))
            + width * (ndtr(high) - ndtr(low))
        )
        return feasibility


def _density(z: Array) -> Array:
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi))
