"""The active learner: ask it for points, tell it their labels; it knows neither files nor simulators."""

import logging
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pointes.learning.acquisition import ACQUISITIONS
from pointes.learning.acquisition.batch import BatchPosterior, choose_batch
from pointes.learning.acquisition.candidates import Candidates
from pointes.learning.acquisition.design import Design
from pointes.learning.assessment import (
    REFERENCE,
    Assessment,
    Caps,
    Health,
    Spent,
    StoppingRule,
    assess,
    nothing_to_learn,
)
from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.classifier.incremental import Scaled
from pointes.learning.classifier.validity import Validity
from pointes.learning.outcomes import Outcomes
from pointes.learning.random_streams import RandomStream, generator, sobol
from pointes.learning.threads import one_thread
from pointes.learning.types import Array
from pointes.learning.unit_cube import to_unit
from pointes.learning.validation import (
    check_agreement,
    checked_bounds,
    checked_flags,
    checked_integer,
    checked_labels,
    checked_margins,
    checked_points,
    checked_risk,
    checked_seed,
    checked_share,
)
from pointes.learning.verification import along_boundary
from pointes.vocabulary import Purpose

log = logging.getLogger(__name__)

SHORTLIST = 64  # candidates whose gain is computed
SAME = 1e-9  # distance in the unit cube, along each axis, within which a point is a landmark
DEFAULT_RULE = StoppingRule()
NO_CAPS = Caps()


FORETOLD = (Purpose.STREAM, Purpose.VERIFICATION)
"""Points that are predicted before they are labelled, to see whether that comes true."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """Points to label next."""

    points: Array
    """(n, d) in the user's units."""
    purpose: NDArray[np.int8]
    """(n,) values of `Purpose`."""
    risk: Array
    """(n,) probability of arrhythmia predicted before labelling; NaN in the start."""

    def __array__(self, dtype: DTypeLike = None, copy: bool | None = None) -> NDArray:
        """Return the points: who needs no more may take a proposal for an array."""
        return np.array(self.points, dtype=dtype, copy=copy)


class ActiveLearner:
    """Learns a boundary between two classes of a deterministic simulator from points of its own choice.

    Everything it does is a function of its arguments and of what it was told, in order: a new learner that is told the
    same proposes the same.

    Parameters
    ----------
    bounds : (d, 2) array
        Range of each parameter.
    start : int
        Points of the scrambled Sobol start.
    stream_share : float
        Share of the later points that continue the Sobol sequence, unless it is 0 at least one of each batch; who asks
        for single points gets one of the stream every 1 / share points.
    seed : int
        Of every random stream.
    acquisition : str
        Rule by which the other points are chosen, one of `pointes.learning.acquisition.ACQUISITIONS`.
    landmarks : (k, d) array, optional
        Points whose labels matter in themselves; they are asked for first when the start is complete.
    """

    def __init__(
        self,
        bounds: ArrayLike,
        *,
        start: int = 16,
        stream_share: float = 0.25,
        seed: int = 1,
        acquisition: str = "sur",
        landmarks: ArrayLike | None = None,
    ) -> None:
        self._acquisition = ACQUISITIONS[acquisition]()
        self.bounds = checked_bounds(bounds)
        self.start = checked_integer("start", start, 1, "at least 1 point")
        self.stream_share = checked_share(stream_share)
        self.seed = checked_seed(seed)
        self.landmarks = (
            np.empty((0, len(self.bounds)))
            if landmarks is None
            else checked_points(landmarks, self.bounds, "landmarks")
        )
        self.points = np.empty((0, len(self.bounds)))
        self.labels = np.empty(0, dtype=np.int8)
        self.margins = np.empty(0)
        self.valid = np.empty(0, dtype=bool)
        self.purpose = np.empty(0, dtype=np.int8)
        self.risk = np.empty(0)
        self.batches: list[int] = []  # number of points after each tell that brought labels
        self._design = Design(self.bounds, self.seed)
        self._verification = Design(self.bounds, self.seed, RandomStream.VERIFICATION)
        self._scaled = Scaled(self.bounds)
        self._fits: dict[int, GaussianProcessClassifier] = {}
        self._risks: dict[int, Array] = {}  # of these fits on the fixed points
        self._validity = Validity(self.bounds)

    def ask(self, n: int, pending: ArrayLike | None = None) -> Proposal:
        """Return the ``n`` points to label next: of the start until it is complete, then boundary and stream points.

        When all else says that enough is learned, verification points come first.

        Parameters
        ----------
        n : int
        pending : (m, d) array, optional
            Points asked for before that will be told later; new ones are chosen knowing that their labels will come.
        """
        n = checked_integer("n", n, 1, "at least 1 point to ask for")
        pending = (
            np.empty((0, len(self.bounds))) if pending is None else checked_points(pending, self.bounds, "pending")
        )
        if self._counted() + len(pending) < self.start:
            points = self._design.upcoming(n, pending, self._validity.likely)
            return Proposal(points, np.full(n, Purpose.START, np.int8), np.full(n, np.nan))
        landmarks = self._missing_landmarks(pending)[:n]
        verification = self._upcoming_verification(n - len(landmarks), pending)
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
            In the user's units.
        labels : (n,) array
            1 for arrhythmic, 0 for safe; anything else where the simulation failed.
        margins : (n,) array, optional
            Signed distances from the boundary in any unit, positive where the label is 1, NaN where unknown. They are
            used while they predict labels better than labels alone do (`pointes.learning.classifier.margins`).
        status : (n,) array, optional
            0 where the simulation succeeded; other points are left out of the fit and never count as safe.
        purpose, risk : (n,) array, optional
            As in the proposal. Without them the points count as the start and, after it, those that continue the
            stream or the verification as such, predicted by the present classifier, others as boundary points.

        Raises
        ------
        UserError
            If points are not finite numbers inside the bounds, one point has both labels, a margin contradicts its
            label, lengths differ, or something else is not as described. The learner then is as before.
        """
        points = checked_points(points, self.bounds)
        n = len(points)
        labels, valid = checked_labels(labels, status, n)
        margins = np.full(n, np.nan) if margins is None else checked_margins(margins, labels)
        all_points, all_labels = np.concatenate([self.points, points]), np.concatenate([self.labels, labels])
        check_agreement(to_unit(all_points, self.bounds), all_labels)

        purpose = self._recognise(points) if purpose is None else checked_flags("purpose", purpose, n, Purpose)
        if risk is None:
            known = self._counted() >= self.start and np.any(np.isin(purpose, FORETOLD))
            risk = self.predict_proba(points) if known else np.full(n, np.nan)
        risk = checked_risk(risk, n)

        self._design.advance(points)
        self._verification.advance(points)
        self.points, self.labels = all_points, all_labels
        self.margins = np.concatenate([self.margins, margins])
        self.valid = np.concatenate([self.valid, valid])
        self.purpose = np.concatenate([self.purpose, purpose])
        self.risk = np.concatenate([self.risk, risk])
        # A fit to no new label is at rest for a bad reason: such points count as part of the tell before.
        self.batches[len(self.batches) - (not valid.any()) :] = [len(self.points)]
        self._validity.tell(self.points, self.valid)
        if self._counted() >= self.start and (reason := nothing_to_learn(self.labels)):
            log.warning("%s; exploring on", reason)

    @property
    def classifier(self) -> GaussianProcessClassifier:
        """The fit to all that was told."""
        return self._fit(len(self.points))

    def predict_proba(self, points: ArrayLike) -> Array:
        """Return the probability of arrhythmia, (n,), at points (n, d)."""
        return self.classifier.predict_proba(checked_points(points, self.bounds))

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the Gaussian that approximates the latent function, (n,) each."""
        return self.classifier.latent(checked_points(points, self.bounds))

    def predict_validity(self, points: ArrayLike) -> Array:
        """Return the probability, (n,), that simulations at points (n, d) succeed."""
        return self._validity.probability(checked_points(points, self.bounds))

    def assess(
        self, rule: StoppingRule = DEFAULT_RULE, caps: Caps = NO_CAPS, core_hours: float = 0.0, wall_hours: float = 0.0
    ) -> Assessment:
        """Return what is known of the classifier's quality, and whether to stop.

        The boundary's drift needs the fits to earlier batches; they are made again, since a fit follows from its data.

        Parameters
        ----------
        rule
            When enough is learned.
        caps
            What may be spent at most.
        core_hours, wall_hours
            Spent so far.
        """
        ends = [end for end in self.batches if self._counted(end) >= self.start][-rule.checks - 1 :]
        return assess(
            rule,
            everywhere=[self._everywhere(end) for end in ends],
            stream=self._outcomes(Purpose.STREAM),
            verification=self._outcomes(Purpose.VERIFICATION),
            classifier=self.classifier,
            n_failed=int((~self.valid).sum()),
            nothing_to_learn=nothing_to_learn(self.labels),
            health=Health.of(to_unit(self.points, self.bounds), self.purpose == Purpose.BOUNDARY),
            caps=caps,
            spent=Spent(len(self.points), core_hours, wall_hours),
        )

    def _missing_landmarks(self, pending: Array) -> Array:
        """Return the landmarks that were neither told nor asked for yet."""
        known = to_unit(np.concatenate([self.points, pending]), self.bounds)
        wanted = to_unit(self.landmarks, self.bounds)
        is_known = [bool(np.isclose(known, point, rtol=0, atol=SAME).all(axis=1).any()) for point in wanted]
        return self.landmarks[~np.array(is_known, dtype=bool)]

    def _counted(self, end: int | None = None) -> int:
        """Return how many of the points told first, or of all, count for the start and the stream: all but controls."""
        return int((self.purpose[:end] != Purpose.CONTROL).sum())

    @cached_property
    def _reference(self) -> Array:
        return sobol(self.bounds, 0, REFERENCE, self.seed, RandomStream.REFERENCE)

    def _everywhere(self, end: int) -> Array:
        """Return the risks on the fixed points by the fit to the points told first."""
        if end not in self._risks:
            self._risks[end] = self._fit(end).predict_proba(self._reference)
        return self._risks[end]

    def _outcomes(self, purpose: Purpose) -> Outcomes:
        rows = (self.purpose == purpose) & self.valid & np.isfinite(self.risk)
        return Outcomes(self.risk[rows], self.labels[rows])

    def _upcoming_verification(self, n: int, pending: Array) -> Array:
        """Return the verification points that are due, at most ``n``."""
        if self._acquisition.passive or self.stream_share == 0:  # no rule is met without a stream
            return pending[:0]
        n = min(n, self.assess().verification_due - int(self._verification.contains(pending).sum()))
        if n <= 0:
            return pending[:0]
        near = along_boundary(lambda x: self.latent(x)[0], self._reference)
        return self._verification.upcoming(n, pending, lambda x: self._validity.likely(x) & near(x))

    def _fit(self, end: int) -> GaussianProcessClassifier:
        if end not in self._fits:
            known = self.valid[:end]
            self._fits[end] = self._scaled.fit(
                self.points[:end][known], self.labels[:end][known], self.margins[:end][known]
            )
        return self._fits[end]

    def _stream_points(self, n: int, n_pending: int) -> int:
        """Return how many of the next ``n`` points belong to the stream."""
        if nothing_to_learn(self.labels) and not self.classifier.with_margins:
            return n  # without both labels nothing tells where a boundary might be: the whole space is searched evenly
        share = self._acquisition.stream_share
        share = self.stream_share if share is None else share
        if share == 0:
            return 0
        after = self._counted() + n_pending - self.start
        due = int(share * (after + n)) - int(share * after)
        return max(due, 1) if n > 1 else due

    def _recognise(self, points: Array) -> NDArray[np.int8]:
        """Return the purposes that points told without them seem to have."""
        if self._counted() < self.start:
            return np.full(len(points), Purpose.START, dtype=np.int8)
        follows = [self._design.contains(points), self._verification.contains(points)]
        return np.select(follows, FORETOLD, Purpose.BOUNDARY).astype(np.int8)

    def _choose(self, n: int, apart_from: Array) -> Array:
        """Return ``n`` points by the acquisition, given that labels will be known at ``apart_from``."""
        if n == 0:
            return np.empty((0, len(self.bounds)))
        taken = np.concatenate([self.points, apart_from])
        source = Candidates(self.bounds, self.seed, len(self.points), taken, self._validity)
        if self._acquisition.passive:
            return source.random(n)[:n]
        candidates = source.spread(n)
        integration = slice(len(candidates))
        if self._acquisition.near_boundary:
            candidates = np.concatenate([candidates, source.near_boundary(n, self.classifier.latent)])
        m = len(candidates)
        posterior = self.classifier.posterior(np.concatenate([candidates, apart_from]))
        rng = generator(self.seed, RandomStream.ACQUISITION, len(self.points))
        pending = range(m, m + len(apart_from))
        batch = BatchPosterior(posterior, pending, self._acquisition.explained, integration, rng)
        picks = choose_batch(batch, np.arange(m), n, lambda free: self._acquisition.best(batch, free, SHORTLIST)[1])
        return candidates[picks]
