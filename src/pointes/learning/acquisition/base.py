"""Base of all acquisitions: what a learner asks of a rule that chooses points."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.acquisition.gain import label_variance
from pointes.learning.types import Array, Indices


class Acquisition(ABC):
    """Rule by which a learner chooses the next boundary point among candidates: the one of largest score.

    Batches are chosen one point after the other. After each, the posterior variances fall as if its label were known.

    Examples
    --------
    Ask where the latent function is least certain, near a boundary or not:

    >>> class Exploration(Acquisition):
    ...     def score(self, batch, candidates):
    ...         return batch.variance[candidates]
    """

    costly: ClassVar[bool] = False
    """Whether only the candidates of least certain labels are scored, because a score takes long to compute."""
    near_boundary: ClassVar[bool] = False
    """Whether candidates next to the boundary join those that are spread over the space."""
    per_cost: ClassVar[bool] = False
    """Whether the score is a gain, so that a two-fidelity learner takes the largest score per cost of both fidelities;
    otherwise it chooses a point by its score at the high fidelity, and then a fidelity by gain per cost."""
    passive: ClassVar[bool] = False
    """Whether labels play no part in the choice."""
    stream_share: ClassVar[float | None] = None
    """Share of stream points that the acquisition prescribes; None leaves it to the learner."""

    @abstractmethod
    def score(self, batch: BatchPosterior, candidates: Indices) -> Array:
        """Return the scores of some candidates, (k,); larger is better.

        Parameters
        ----------
        batch
            Posterior of all values, given the points of the batch chosen so far and pending points.
        candidates : (k,) array of int
            Indices of the candidates among the values of ``batch``.
        """

    @staticmethod
    def explained(score: float) -> float:
        """Return the share of a value's variance that a pick explains, given its mean in standard deviations.

        By default the value counts as observed almost exactly. Overstating what a label tells makes batches spread.
        """
        del score
        return 0.999

    def best(self, batch: BatchPosterior, candidates: Indices, shortlist: int) -> tuple[float, int]:
        """Return the largest score and the index of its candidate; a costly acquisition scores only a shortlist."""
        if self.costly:
            own = label_variance(batch.score[candidates], batch.share[candidates])
            candidates = candidates[np.argsort(-own, kind="stable")[:shortlist]]
        scores = self.score(batch, candidates)
        return float(scores.max()), int(candidates[np.argmax(scores)])
