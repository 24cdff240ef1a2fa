"""Base of both learners of a boundary: labelled points, fits, verification and assessment."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from pointes.learning.acquisition import ACQUISITIONS
from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.design import Design
from pointes.learning.assessment import (
    DEFAULT_RULE,
    NO_CAPS,
    Assessment,
    Caps,
    QuerySpread,
    Spent,
    StoppingRule,
    assess,
    nothing_to_learn,
)
from pointes.learning.base import Learner
from pointes.learning.history import History
from pointes.learning.random_streams import RandomStream, generator
from pointes.learning.two_fidelity.fits import BoundaryClassifier
from pointes.learning.types import Array
from pointes.learning.unit_cube import to_unit
from pointes.learning.validation import checked_points
from pointes.learning.verification import along_boundary
from pointes.vocabulary import Purpose

PREDICTED_FIRST = (Purpose.STREAM, Purpose.VERIFICATION)
"""Purposes of points whose labels are predicted before they are known, to see whether the predictions come true."""

H = TypeVar("H", bound=History)
C = TypeVar("C", bound=BoundaryClassifier)


class BoundaryLearner(Learner, ABC, Generic[H, C]):
    """Learner of the boundary between two classes of a deterministic simulator, from points of its own choice.

    Subclasses describe the arguments, and define how to ask for points and how to tell labels.
    """

    def __init__(self, bounds: ArrayLike, stream_share: float, seed: int, acquisition: str | Acquisition) -> None:
        super().__init__(bounds, stream_share, seed)
        self.acquisition = acquisition if isinstance(acquisition, Acquisition) else ACQUISITIONS[acquisition]()
        self.history = self._no_history()
        self.batches: list[int] = []  # number of points at the end of each batch
        self._verification = Design(self.bounds, self.seed, RandomStream.VERIFICATION)
        self._risks: dict[int, Array] = {}  # risks on the fixed points, by number of points of the fit

    @abstractmethod
    def _no_history(self) -> H:
        """Return a history without points."""

    @abstractmethod
    def _classifier_after(self, end: int) -> C:
        """Return the fit to the first ``end`` points."""

    @abstractmethod
    def _of_boundary(self) -> H:
        """Return the history of the simulator whose boundary is learned."""

    @abstractmethod
    def _compared_batches(self) -> list[int]:
        """Return the ends of the batches whose fits are compared, in order."""

    @property
    def classifier(self) -> C:
        """Fit to all labelled points."""
        return self._classifier_after(len(self.history.points))

    def predict_proba(self, points: ArrayLike) -> Array:
        """Return the probability of arrhythmia, (n,), at points (n, d)."""
        return self.classifier.predict_proba(checked_points(points, self.bounds))

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the Gaussian that approximates the latent function, (n,) each."""
        return self.classifier.latent(checked_points(points, self.bounds))

    def assess(
        self, rule: StoppingRule = DEFAULT_RULE, caps: Caps = NO_CAPS, core_hours: float = 0.0, wall_hours: float = 0.0
    ) -> Assessment:
        """Return what is known of the classifier's quality, and whether to stop.

        The boundary's drift needs the fits to earlier batches; they are made again, since a fit follows from its data.

        Parameters
        ----------
        rule
            Conditions under which enough is learned.
        caps
            Largest expenses, learned or not.
        core_hours, wall_hours
            Time spent so far [h].
        """
        learned = self._of_boundary()
        return assess(
            rule,
            reference_risks=[self._reference_risks(end) for end in self._compared_batches()[-rule.checks - 1 :]],
            stream=self.history.outcomes(Purpose.STREAM),
            verification=self.history.outcomes(Purpose.VERIFICATION),
            classifier=self.classifier,
            n_failed=int((~self.history.valid).sum()),
            nothing_to_learn=nothing_to_learn(learned.labels),
            spread=QuerySpread.of_points(to_unit(learned.points, self.bounds), learned.purpose == Purpose.BOUNDARY),
            caps=caps,
            spent=Spent(len(self.history.points), core_hours, wall_hours),
        )

    def _end_batch(self, new_labels: bool) -> None:
        """Note that the present points end a batch.

        Without a new label the boundary cannot move. Such a batch is merged with the previous one, or the drift test
        would pass for free.
        """
        if self.batches and not new_labels:
            self.batches.pop()
        self.batches.append(len(self.history.points))

    def _reference_risks(self, end: int) -> Array:
        """Return the risks on the fixed points by the fit to the first ``end`` points."""
        if end not in self._risks:
            self._risks[end] = self._classifier_after(end).predict_proba(self._reference)
        return self._risks[end]

    def _upcoming_verification(self, n: int, pending: Array, n_pending: int) -> Array:
        """Return the verification points that are due, at most ``n``; ``n_pending`` of them are among ``pending``."""
        if self.acquisition.passive or self.stream_share == 0:  # without a stream no rule is ever met
            return pending[:0]
        n = min(n, self.assess().verification_due - n_pending)
        if n <= 0:
            return pending[:0]
        near = along_boundary(lambda x: self.latent(x)[0], self._reference)
        return self._verification.upcoming(n, pending, lambda x: self._validity.likely(x) & near(x))

    @property
    def _prescribed_share(self) -> float:
        """Share of stream points: the learner's, unless the acquisition prescribes another."""
        share = self.acquisition.stream_share
        return self.stream_share if share is None else share

    def _rng(self) -> np.random.Generator:
        """Return the random numbers of the acquisition for the next batch."""
        return generator(self.seed, RandomStream.ACQUISITION, len(self.history.points))
