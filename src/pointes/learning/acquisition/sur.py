"""Stepwise uncertainty reduction: the label that is expected to tell most about the labels of the whole space."""

from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior, explained_by_label
from pointes.learning.acquisition.gain import gains
from pointes.learning.types import Array, Indices


class StepwiseUncertaintyReduction(Acquisition):
    """Largest gain (`pointes.learning.acquisition.gain`), the default of both learners.

    Bect et al., Stat. Comput. 22, 773 (2012), doi:10.1007/s11222-011-9241-4.
    """

    costly = True
    near_boundary = True
    per_cost = True
    explained = staticmethod(explained_by_label)

    def score(self, batch: BatchPosterior, candidates: Indices) -> Array:
        """Return the gains, (k,)."""
        return gains(batch, candidates)
