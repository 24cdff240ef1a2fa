"""The active learner: ask it for points, tell it their labels; it knows neither files nor simulators."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.learning.acquisition import choose_batch
from pointes.learning.assessment import Assessment, StoppingRule, assess
from pointes.learning.gaussian_process import GaussianProcessClassifier, to_unit
from pointes.learning.sobol import Stream, sobol

Array = NDArray[np.float64]

CANDIDATES = 2048  # per batch
REFERENCE = 2048  # fixed points on which successive fits are compared
DEFAULT_RULE = StoppingRule()
SAME_POINT = 1e-6  # in units of the parameter ranges; closer candidates bring nothing new


class Purpose(IntEnum):
    """Why a point was proposed."""

    START = 0
    """Space-filling start."""
    BOUNDARY = 1
    """Where the classifier is least certain."""
    STREAM = 2
    """Unbiased: the Sobol sequence of the start goes on, and each point is predicted before it is labelled."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """Points to label next."""

    points: Array
    """(n, d) in the user's units."""
    purpose: NDArray[np.int8]
    """(n,) values of `Purpose`."""
    risk: Array
    """(n,) probability of arrhythmia predicted before labelling; NaN in the start."""


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
    """

    def __init__(self, bounds: ArrayLike, *, start: int = 16, stream_share: float = 0.25, seed: int = 1) -> None:
        self.bounds = np.asarray(bounds, dtype=float)
        self.start, self.stream_share, self.seed = start, stream_share, seed
        self.points = np.empty((0, len(self.bounds)))
        self.labels = np.empty(0, dtype=np.int8)
        self.valid = np.empty(0, dtype=bool)
        self.purpose = np.empty(0, dtype=np.int8)
        self.risk = np.empty(0)
        self.batches: list[int] = []  # number of points after each tell
        self._fits: dict[int, GaussianProcessClassifier] = {}

    def ask(self, n: int) -> Proposal:
        """Return the ``n`` points to label next: the rest of the start first, then boundary and stream points."""
        missing = self.start - len(self.points)
        if missing > 0:
            points = self._sobol(min(n, missing))
            return Proposal(points, np.full(len(points), Purpose.START, np.int8), np.full(len(points), np.nan))
        stream = self._sobol(self._stream_points(n))
        n_stream = len(stream)
        points = np.concatenate([self._choose(n - n_stream, apart_from=stream), stream])
        purpose = np.repeat([Purpose.BOUNDARY, Purpose.STREAM], [n - n_stream, n_stream]).astype(np.int8)
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
            Accepted for simulators that have them; the classifier learns from labels.
        status : (n,) array, optional
            0 where the simulation succeeded; other points are left out of the fit and never count as safe.
        purpose, risk : (n,) array, optional
            As in the proposal. Without them the points count as the start and, after it, those that were next in the
            stream as stream points predicted by the present classifier, others as boundary points.
        """
        del margins
        points = np.asarray(points, dtype=float).reshape(-1, len(self.bounds))
        n = len(points)
        purpose = self._recognise(points) if purpose is None else np.asarray(purpose, dtype=np.int8)
        if risk is None:
            known = len(self.points) >= self.start and np.any(purpose == Purpose.STREAM)
            risk = self.predict_proba(points) if known else np.full(n, np.nan)
        valid = np.isin(labels, (0, 1)) & (True if status is None else np.asarray(status) == 0)
        self.points = np.concatenate([self.points, points])
        self.labels = np.concatenate([self.labels, np.where(valid, labels, -1).astype(np.int8)])
        self.valid = np.concatenate([self.valid, valid])
        self.purpose = np.concatenate([self.purpose, purpose])
        self.risk = np.concatenate([self.risk, np.asarray(risk, dtype=float)])
        self.batches.append(len(self.points))

    @property
    def classifier(self) -> GaussianProcessClassifier:
        """The fit to all that was told."""
        return self._fit(len(self.points))

    def predict_proba(self, points: ArrayLike) -> Array:
        """Return the probability of arrhythmia, (n,), at points (n, d)."""
        return self.classifier.predict_proba(points)

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the latent function, (n,) each; the boundary is at mean 0."""
        return self.classifier.latent(points)

    def assess(self, rule: StoppingRule = DEFAULT_RULE) -> Assessment:
        """Return what is known of the classifier's quality, and whether it has learned enough by ``rule``.

        The boundary's drift needs the fits to earlier batches; they are made again, since a fit follows from its data.
        """
        reference = sobol(self.bounds, 0, REFERENCE, self.seed, Stream.REFERENCE)
        ends = [end for end in self.batches if end >= self.start][-rule.checks - 1 :]
        predicted = [self._fit(end).latent(reference)[0] > 0 for end in ends]
        streamed = (self.purpose == Purpose.STREAM) & self.valid & np.isfinite(self.risk)
        return assess(
            rule,
            predicted=predicted,
            risk=self.risk[streamed],
            labels=self.labels[streamed],
            classifier=self.classifier,
            n_failed=int((~self.valid).sum()),
        )

    def _fit(self, end: int) -> GaussianProcessClassifier:
        if end not in self._fits:
            known = self.valid[:end]
            self._fits[end] = GaussianProcessClassifier.fit(
                self.points[:end][known], self.labels[:end][known], self.bounds
            )
        return self._fits[end]

    def _stream_points(self, n: int) -> int:
        """Return how many of the next ``n`` points belong to the stream."""
        if self.stream_share == 0:
            return 0
        after = len(self.points) - self.start
        due = int(self.stream_share * (after + n)) - int(self.stream_share * after)
        return max(due, 1) if n > 1 else due

    def _recognise(self, points: Array) -> NDArray[np.int8]:
        """Return the purposes of points that were told without one."""
        if len(self.points) < self.start:
            return np.full(len(points), Purpose.START, dtype=np.int8)
        upcoming = self._sobol(len(points))
        streamed = (points[:, None] == upcoming).all(axis=2).any(axis=1)
        return np.where(streamed, Purpose.STREAM, Purpose.BOUNDARY).astype(np.int8)

    def _sobol(self, n: int) -> Array:
        """Return the next ``n`` points of the design's sequence."""
        used = int((self.purpose != Purpose.BOUNDARY).sum())
        return sobol(self.bounds, used, used + n, self.seed, Stream.DESIGN)

    def _choose(self, n: int, apart_from: Array) -> Array:
        """Return ``n`` points where the label is least certain, given that it will be known at ``apart_from``."""
        candidates = sobol(self.bounds, 0, CANDIDATES, self.seed, Stream.CANDIDATES, counter=len(self.points))
        worth = self._worth_asking(candidates, apart_from)
        if worth.sum() >= n:  # else failures are everywhere, and any point will do
            candidates = candidates[worth]
        posterior = self.classifier.posterior(candidates)
        return candidates[choose_batch(posterior.mean, posterior.variance, posterior.covariance, n)]

    def _worth_asking(self, candidates: Array, apart_from: Array) -> NDArray[np.bool_]:
        """Leave out what is known already, and points whose nearest neighbour failed."""
        told = np.concatenate([self.points, apart_from])
        distance = np.linalg.norm(to_unit(candidates, self.bounds)[:, None] - to_unit(told, self.bounds), axis=2)
        failed = np.concatenate([~self.valid, np.zeros(len(apart_from), bool)])
        return (distance.min(axis=1) > SAME_POINT) & ~failed[distance.argmin(axis=1)]
