"""Random points, chosen without regard to labels."""

from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.types import Array, Indices


class Random(Acquisition):
    """Random points of uniform density: candidates in the order in which they come."""

    passive = True

    def score(self, batch: BatchPosterior, candidates: Indices) -> Array:
        """Return larger scores for earlier candidates, (k,)."""
        return -candidates.astype(float)
