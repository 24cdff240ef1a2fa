"""Choice of points and fidelities by gain per cost.

Acquisitions that look at one point at a time say where the boundary is uncertain, not what a label of either fidelity
is worth. With them the point is chosen first, at the high fidelity, and then the fidelity by the gain of its label per
cost, in the two stages of Chaudhuri, Marques and Willcox, Struct. Multidiscip. Optim. 64, 797 (2021), arXiv:1910.02497.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.acquisition.gain import gains
from pointes.learning.types import Indices
from pointes.vocabulary import Fidelity

SHORTLIST = 16  # candidates of each fidelity that a costly acquisition scores


@dataclass(frozen=True, eq=False)
class FidelityChoice:
    """Choice of one candidate after the other, each at one fidelity."""

    acquisition: Acquisition  # rule that scores candidates
    batch: BatchPosterior  # posterior that begins with m candidates at the high fidelity, then at the low one
    n_candidates: int  # number m of candidates
    free: dict[Fidelity, Indices]  # indices of the values that may be chosen, by fidelity; chosen ones are removed
    costs: Mapping[Fidelity, float]  # mean cost of a simulation of each fidelity, in one unit

    def take(self) -> int:
        """Return the index of the best value, and remove it from those that are free."""
        pick = self._by_gain() if self.acquisition.per_cost else self._by_score()
        for fidelity, free in self.free.items():
            self.free[fidelity] = free[free != pick]
        return pick

    def _by_gain(self) -> int:
        """Return the value of largest score per cost."""
        best = {one: self.acquisition.best(self.batch, free, SHORTLIST) for one, free in self.free.items() if len(free)}
        fidelity = max(best, key=lambda one: best[one][0] / self.costs[one])
        return best[fidelity][1]

    def _by_score(self) -> int:
        """Return the value at the candidate of largest high-fidelity score, of the fidelity of larger gain per cost."""
        first = {Fidelity.HIGH: 0, Fidelity.LOW: self.n_candidates}
        candidates = np.unique(np.concatenate([free - first[one] for one, free in self.free.items()]))
        candidate = self.acquisition.best(self.batch, candidates, SHORTLIST)[1]
        values = {one: first[one] + candidate for one, free in self.free.items() if first[one] + candidate in free}
        if len(values) == 1:
            return next(iter(values.values()))
        gain = dict(zip(values, gains(self.batch, np.array(list(values.values()))), strict=True))
        return values[max(gain, key=lambda one: gain[one] / self.costs[one])]
