"""The smallest margin, a criterion that does without the posterior variance."""

import numpy as np

from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.types import Array, Indices


class Margin(Acquisition):
    r"""Smallest :math:`|\mu|`, the distance from the boundary whatever the uncertainty."""

    def score(self, batch: BatchPosterior, candidates: Indices) -> Array:
        r"""Return :math:`-|\mu|`, (k,)."""
        return -np.abs(batch.mean[candidates])
