"""Acquisition for regression: which points are worth simulating next."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from pointes.learning.regression.batch import RegressionBatch
from pointes.learning.types import Array, Indices
from pointes.registry import Registry


class RegressionAcquisition(ABC):
    """Rule by which a learner chooses the next point among candidates: the one of largest score.

    Batches are chosen one point after the other. After each, the posterior variances fall as if its values were known.
    """

    passive: ClassVar[bool] = False
    """Whether values play no part in the choice."""
    stream_share: ClassVar[float | None] = None
    """Share of stream points that the acquisition prescribes; None leaves it to the learner."""

    @abstractmethod
    def score(self, batch: RegressionBatch) -> Array:
        """Return the scores of the m candidates, (m,); larger is better."""

    def choose(self, batch: RegressionBatch, m: int, n: int) -> Indices:
        """Return ``n`` distinct ones of the ``m`` candidates, (n,), chosen one after the other."""
        free, picks = np.ones(m, dtype=bool), []
        for _ in range(n):
            pick = int(np.argmax(np.where(free, self.score(batch), -np.inf)))
            batch.condition(pick)
            free[pick] = False
            picks.append(pick)
        return np.array(picks, dtype=np.intp)


class IntegratedVariance(RegressionAcquisition):
    """Largest decrease of the integrated variance, the default.

    Sacks, Welch, Mitchell and Wynn, Stat. Sci. 4, 409 (1989), doi:10.1214/ss/1177012413; one point after the other:
    Cohn, Neural Netw. 9, 1071 (1996), doi:10.1016/0893-6080(95)00137-9.
    """

    def score(self, batch: RegressionBatch) -> Array:
        """Return the gains, (m,)."""
        return batch.gains()


class LargestVariance(RegressionAcquisition):
    """Largest variance, which prefers the rim of the space."""

    def score(self, batch: RegressionBatch) -> Array:
        """Return the variances, (m,)."""
        return batch.variances()


class Random(RegressionAcquisition):
    """Random points of uniform density: candidates in the order in which they come."""

    passive = True

    def score(self, batch: RegressionBatch) -> Array:
        """Return the same score for all candidates, (m,)."""
        return np.zeros_like(batch.variances())


class Sobol(Random):
    """Continuation of the start: all points belong to the unbiased stream."""

    stream_share = 1.0


REGRESSION_ACQUISITIONS: Registry[type[RegressionAcquisition]] = Registry(
    "acquisition for regression",
    "pointes.regression_acquisitions",
    {
        "imse": f"{__name__}:IntegratedVariance",
        "variance": f"{__name__}:LargestVariance",
        "random": f"{__name__}:Random",
        "sobol": f"{__name__}:Sobol",
    },
)
"""Classes of acquisitions by the name that a configuration gives them."""
