"""Base of both regression learners: quantities, the surrogate and its assessment."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from numpy.typing import ArrayLike

from pointes.learning.assessment import NO_CAPS, Caps, Spent
from pointes.learning.base import Learner
from pointes.learning.regression.assessment import (
    DEFAULT_RULE,
    RegressionAssessment,
    RegressionRule,
    assess,
    gathered,
)
from pointes.learning.regression.calibration import factors
from pointes.learning.regression.history import RegressionHistory
from pointes.learning.regression.surrogate import C, R, RegressionSurrogate
from pointes.learning.regression.validation import checked_largest_error
from pointes.learning.types import Array
from pointes.learning.validation import checked_integer, checked_points

H = TypeVar("H", bound=RegressionHistory)


class QuantityLearner(Learner, ABC, Generic[H, R, C]):
    """Learner of the quantities of a simulator, from points of its own choice.

    Subclasses describe the arguments, and define how to ask for points and how to tell values.
    """

    def __init__(self, bounds: ArrayLike, outputs: int, stream_share: float, seed: int) -> None:
        super().__init__(bounds, stream_share, seed)
        self.outputs = checked_integer("outputs", outputs, 1, "at least 1 quantity")
        self.history = self._no_history()
        self._surrogate: tuple[int, RegressionSurrogate[R, C]] | None = None  # surrogate and its number of points

    @abstractmethod
    def _no_history(self) -> H:
        """Return a history without points."""

    @abstractmethod
    def _regressors(self) -> tuple[R, ...]:
        """Return the regressor of each quantity, fitted to all regular points."""

    @abstractmethod
    def _region(self) -> C | None:
        """Return the classifier of regular and irregular points; None while all are regular."""

    @property
    def surrogate(self) -> RegressionSurrogate[R, C]:
        """Surrogate fitted to all simulated points."""
        n = len(self.history.points)
        if self._surrogate is None or self._surrogate[0] != n:
            streamed = self.history.streamed()
            calibration = factors((streamed.values - streamed.mean) / streamed.sd)
            fitted = RegressionSurrogate(self.bounds, self._regressors(), calibration, self._region())
            self._surrogate = n, fitted
        return self._surrogate[1]

    def predict(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return means and standard deviations, (m, q) each, of the quantities at points (m, d), if regular there."""
        return self.surrogate.predict(checked_points(points, self.bounds))

    def probability_regular(self, points: ArrayLike) -> Array:
        """Return the probability, (m,), that quantities at points (m, d) are regular."""
        return self.surrogate.probability_regular(checked_points(points, self.bounds))

    def assess(
        self,
        rule: RegressionRule = DEFAULT_RULE,
        caps: Caps = NO_CAPS,
        core_hours: float = 0.0,
        wall_hours: float = 0.0,
    ) -> RegressionAssessment:
        """Return what is known of the surrogate's quality, and whether to stop.

        Parameters
        ----------
        rule
            Conditions under which enough is learned.
        caps
            Largest expenses, learned or not; simulations of both fidelities count, if there are two.
        core_hours, wall_hours
            Time spent so far [h].
        """
        checked_largest_error(rule.largest_error, self.outputs)
        surrogate = self.surrogate
        expected, weights = surrogate.predict(self._reference)[1], surrogate.weight(self._reference)
        left_out = [each.left_out()[0] for each in surrogate.regressors]
        return assess(
            rule,
            gathered(self.history.streamed(), left_out, expected, weights),
            surrogate.probability_regular(self._reference),
            n_failed=int((~self.history.valid).sum()),
            n_irregular=int((self.history.valid & ~self.history.regular).sum()),
            caps=caps,
            spent=Spent(len(self.history.points), core_hours, wall_hours),
        )
