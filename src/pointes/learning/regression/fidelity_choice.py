"""Choice of points and fidelities for quantities, and for where they are regular, by gain per cost."""

from collections.abc import Mapping

import numpy as np

from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.acquisition.fidelity_choice import FidelityChoice
from pointes.learning.acquisition.sur import StepwiseUncertaintyReduction
from pointes.learning.regression.batch import RegressionBatch
from pointes.learning.types import Indices
from pointes.vocabulary import Fidelity


class FidelityBatch:
    """Choice of one value after the other: some for the region of regular quantities, then others for these.

    The first values of both batches are ``m`` candidates at the high fidelity, then the same at the low one.

    Parameters
    ----------
    quantities : RegressionBatch
        Posterior of the quantities.
    region : BatchPosterior, optional
        Posterior of the latent function that is positive in the region; None where all is regular.
    n_region : int
        Number of values for the region.
    m : int
        Number of candidates.
    free : dict
        Indices of the values that may be chosen, by fidelity.
    costs : dict
        Mean cost of a simulation of each fidelity, in one unit.
    """

    def __init__(
        self,
        quantities: RegressionBatch,
        region: BatchPosterior | None,
        n_region: int,
        m: int,
        free: Mapping[Fidelity, Indices],
        costs: Mapping[Fidelity, float],
    ) -> None:
        self._quantities, self._region, self._n_region = quantities, region, n_region
        self._worth = np.zeros(2 * m)  # reciprocal costs of the values that may be chosen
        for fidelity, indices in free.items():
            self._worth[indices] = 1.0 / costs[fidelity]
        self._m, self._costs = m, costs

    def take(self) -> int:
        """Return the index of the best value, which cannot be chosen again."""
        pick = self._for_region() if self._n_region > 0 else self._for_quantities()
        self._worth[pick] = 0.0
        return pick

    def condition(self, index: int) -> None:
        """Go on as if the value at ``index`` were known."""
        self._quantities.condition(index)
        if self._region is not None:
            self._region.condition(index)

    def _for_quantities(self) -> int:
        return int(np.argmax(np.where(self._worth > 0, self._quantities.gains() * self._worth, -np.inf)))

    def _for_region(self) -> int:
        assert self._region is not None
        self._n_region -= 1
        free = np.flatnonzero(self._worth)
        by_fidelity = {Fidelity.HIGH: free[free < self._m], Fidelity.LOW: free[free >= self._m]}
        rule = StepwiseUncertaintyReduction()
        return FidelityChoice(rule, self._region, self._m, by_fidelity, self._costs).take()
