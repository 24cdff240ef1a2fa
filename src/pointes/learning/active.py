"""The active learner: ask it for points, tell it their labels; it knows neither files nor simulators."""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior, choose_batch
from pointes.learning.acquisition.candidates import Candidates
from pointes.learning.assessment import nothing_to_learn
from pointes.learning.boundary import PREDICTED_FIRST, BoundaryLearner
from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.classifier.incremental import IncrementalFitter
from pointes.learning.history import MarginHistory
from pointes.learning.threads import one_thread
from pointes.learning.types import Array, Flags
from pointes.learning.unit_cube import to_unit
from pointes.learning.validation import (
    check_agreement,
    checked_flags,
    checked_integer,
    checked_labels,
    checked_margins,
    checked_points,
    checked_risk,
)
from pointes.vocabulary import Purpose

log = logging.getLogger(__name__)

SHORTLIST = 64  # candidates that a costly acquisition scores
SAME = 1e-9  # distance in the unit cube, along each axis, within which a point is a landmark


@dataclass(frozen=True, eq=False)
class Proposal:
    """Points to label next."""

    points: Array  # points in the user's units, (n, d)
    purpose: Flags  # values of `Purpose`, (n,)
    risk: Array  # probability of arrhythmia predicted before labelling, (n,); NaN in the start

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the points, so that a proposal may be used as an array of them."""
        return np.array(self.points, dtype=dtype, copy=copy)


class ActiveLearner(BoundaryLearner[MarginHistory, GaussianProcessClassifier]):
    """Learner of the boundary between two classes of a deterministic simulator, from points of its own choice.

    Proposals depend only on the arguments and on the labels told, in order: a new learner that is told the same
    proposes the same.

    Parameters
    ----------
    bounds : (d, 2) array
        Range of each parameter.
    start : int
        Number of points of the scrambled Sobol start.
    stream_share : float
        Share of the later points that continue the Sobol sequence. Batches of two or more contain at least one stream
        point unless the share is 0. With batches of one, every (1 / share)-th point is a stream point.
    seed : int
        Seed of all random numbers.
    acquisition : str or Acquisition
        Rule by which the other points are chosen, one of `pointes.learning.acquisition.ACQUISITIONS`.
    landmarks : (k, d) array, optional
        Points whose labels are wanted in themselves; they are asked for first when the start is complete.
    """

    def __init__(
        self,
        bounds: ArrayLike,
        *,
        start: int = 16,
        stream_share: float = 0.25,
        seed: int = 1,
        acquisition: str | Acquisition = "sur",
        landmarks: ArrayLike | None = None,
    ) -> None:
        super().__init__(bounds, stream_share, seed, acquisition)
        self.start = checked_integer("start", start, 1, "at least 1 point")
        self.landmarks = checked_points(self._no_points if landmarks is None else landmarks, self.bounds, "landmarks")
        self._fitter = IncrementalFitter(self.bounds)
        self._fits: dict[int, GaussianProcessClassifier] = {}

    def ask(self, n: int, pending: ArrayLike | None = None) -> Proposal:
        """Return the ``n`` points to label next: of the start until it is complete, then boundary and stream points.

        Verification points come first once all other conditions for stopping hold.

        Parameters
        ----------
        n : int
            Number of points.
        pending : (m, d) array, optional
            Points of earlier proposals that will be labelled later; new ones are chosen as if their labels were known.
        """
        n = checked_integer("n", n, 1, "at least 1 point to ask for")
        pending = checked_points(self._no_points if pending is None else pending, self.bounds, "pending")
        if self._counted() + len(pending) < self.start:
            points = self._design.upcoming(n, pending, self._validity.likely)
            return Proposal(points, np.full(n, Purpose.START, np.int8), np.full(n, np.nan))
        landmarks = self._missing_landmarks(pending)[:n]
        n_verified = int(self._verification.contains(pending).sum())
        verification = self._upcoming_verification(n - len(landmarks), pending, n_verified)
        n_free = n - len(landmarks) - len(verification)
        n_stream = self._stream_points(n_free, len(pending) + len(landmarks)) if n_free else 0
        stream = self._design.upcoming(n_stream, pending, self._validity.likely)
        with one_thread():
            others = np.concatenate([pending, landmarks, stream, verification])
            chosen = self._choose(n_free - n_stream, apart_from=others)
        points = np.concatenate([landmarks, chosen, stream, verification])
        purposes = [Purpose.LANDMARK, Purpose.BOUNDARY, Purpose.STREAM, Purpose.VERIFICATION]
        counts = [len(landmarks), len(chosen), len(stream), len(verification)]
        purpose = np.repeat(purposes, counts).astype(np.int8)
        return Proposal(points, purpose, self.predict_proba(points))

    def tell(
        self,
        points: ArrayLike,
        labels: ArrayLike,
        margins: ArrayLike | None = None,
        status: ArrayLike | None = None,
        *,
        purpose: ArrayLike | None = None,
        risk: ArrayLike | None = None,
    ) -> None:
        """Take in labelled points.

        Parameters
        ----------
        points : (n, d) array
            Points in the user's units.
        labels : (n,) array
            1 for arrhythmic, 0 for safe; anything else where the simulation failed.
        margins : (n,) array, optional
            Signed distances from the boundary in any unit, positive where the label is 1, NaN where unknown. They are
            used while they predict labels better than labels alone do (`pointes.learning.classifier.margins`).
        status : (n,) array, optional
            0 where the simulation succeeded; other points are left out of the fit and never count as safe.
        purpose, risk : (n,) array, optional
            Purposes and risks of the proposal. Without them points belong to the start until it is complete; later,
            points that were next in stream or verification count as such, predicted by the present classifier, and
            others as boundary points.

        Raises
        ------
        UserError
            If points are not finite numbers inside the bounds, one point has both labels, a margin contradicts its
            label, lengths differ, or another argument is not as described. The learner then is as before.
        """
        points = checked_points(points, self.bounds)
        n = len(points)
        labels, valid = checked_labels(labels, status, n)
        margins = np.full(n, np.nan) if margins is None else checked_margins(margins, labels)
        all_points = np.concatenate([self.history.points, points])
        check_agreement(to_unit(all_points, self.bounds), np.concatenate([self.history.labels, labels]))
        purpose = self._recognise(points) if purpose is None else checked_flags("purpose", purpose, n, Purpose)
        if risk is None:
            predicts = self._counted() >= self.start and np.any(np.isin(purpose, PREDICTED_FIRST))
            risk = self.predict_proba(points) if predicts else np.full(n, np.nan)
        new = MarginHistory(points, labels, valid, purpose, checked_risk(risk, n), margins)

        self.history = self.history.append(new)
        self._design.advance(points)
        self._verification.advance(points)
        self._end_batch(new_labels=bool(valid.any()))
        self._validity.tell(self.history.points, self.history.valid)
        if self._counted() >= self.start and (reason := nothing_to_learn(self.history.labels)):
            log.warning("%s; exploring on", reason)

    def _no_history(self) -> MarginHistory:
        flags, numbers = np.empty(0, dtype=np.int8), np.empty(0)
        return MarginHistory(self._no_points, flags, np.empty(0, dtype=bool), flags, numbers, numbers)

    def _of_boundary(self) -> MarginHistory:
        return self.history

    def _compared_batches(self) -> list[int]:
        return [end for end in self.batches if self._counted(end) >= self.start]

    def _classifier_after(self, end: int) -> GaussianProcessClassifier:
        if end not in self._fits:
            first = self.history.where(slice(end))
            known = first.where(first.valid)
            self._fits[end] = self._fitter.fit(known.points, known.labels, known.margins)
        return self._fits[end]

    def _missing_landmarks(self, pending: Array) -> Array:
        """Return the landmarks that are neither labelled nor pending."""
        known = to_unit(np.concatenate([self.history.points, pending]), self.bounds)
        wanted = to_unit(self.landmarks, self.bounds)
        is_known = [bool(np.isclose(known, point, rtol=0, atol=SAME).all(axis=1).any()) for point in wanted]
        return np.asarray(self.landmarks[~np.array(is_known, dtype=bool)])

    def _counted(self, end: int | None = None) -> int:
        """Return how many of the first ``end`` points count for start and stream: all but controls."""
        return int((self.history.purpose[:end] != Purpose.CONTROL).sum())

    def _stream_points(self, n: int, n_pending: int) -> int:
        """Return how many of the next ``n`` points belong to the stream."""
        if nothing_to_learn(self.history.labels) and not self.classifier.with_margins:
            return n  # without both labels nothing tells where a boundary might be: the whole space is searched evenly
        share = self._prescribed_share
        if share == 0:
            return 0
        after = self._counted() + n_pending - self.start
        due = int(share * (after + n)) - int(share * after)
        return max(due, 1) if n > 1 else due

    def _recognise(self, points: Array) -> Flags:
        """Return the purposes of points that were told without them."""
        if self._counted() < self.start:
            return np.full(len(points), Purpose.START, dtype=np.int8)
        follows = [self._design.contains(points), self._verification.contains(points)]
        return np.select(follows, PREDICTED_FIRST, Purpose.BOUNDARY).astype(np.int8)

    def _choose(self, n: int, apart_from: Array) -> Array:
        """Return ``n`` points by the acquisition, given that labels will be known at ``apart_from``."""
        if n == 0:
            return self._no_points
        taken = np.concatenate([self.history.points, apart_from])
        source = Candidates(self.bounds, self.seed, len(self.history.points), taken, self._validity)
        if self.acquisition.passive:
            return source.random(n)[:n]
        candidates = source.spread(n)
        integration = slice(len(candidates))
        if self.acquisition.near_boundary:
            candidates = np.concatenate([candidates, source.near_boundary(n, self.classifier.latent)])
        m = len(candidates)
        posterior = self.classifier.posterior(np.concatenate([candidates, apart_from]))
        pending = range(m, m + len(apart_from))
        batch = BatchPosterior(posterior, pending, self.acquisition.explained, integration, self._rng())
        picks = choose_batch(batch, np.arange(m), n, lambda free: self.acquisition.best(batch, free, SHORTLIST)[1])
        return candidates[picks]
