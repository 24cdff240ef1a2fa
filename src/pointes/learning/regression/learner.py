"""The regression learner: ask it for points, tell it values."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pointes.learning.acquisition.candidates import Candidates
from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier
from pointes.learning.classifier.incremental import IncrementalFitter
from pointes.learning.regression.acquisition import REGRESSION_ACQUISITIONS, RegressionAcquisition
from pointes.learning.regression.base import QuantityLearner
from pointes.learning.regression.choice import choose
from pointes.learning.regression.gaussian_process import GaussianProcessRegressor
from pointes.learning.regression.history import RegressionHistory
from pointes.learning.regression.incremental import IncrementalRegressor
from pointes.learning.regression.validation import checked_regular, checked_values
from pointes.learning.threads import one_thread
from pointes.learning.types import Array, Flags
from pointes.learning.unit_cube import ROUNDING, nearest
from pointes.learning.validation import checked_flags, checked_integer, checked_points
from pointes.vocabulary import Purpose

CANDIDATES = 1024  # candidates per batch; more for large batches


@dataclass(frozen=True, eq=False)
class RegressionProposal:
    """Points to simulate next."""

    points: Array  # points in the user's units, (n, d)
    purpose: Flags  # values of `Purpose`, (n,)
    mean: Array  # predictions of the quantities before the simulation, (n, q); NaN in the start
    sd: Array  # standard deviations of these predictions as the regressors tell them, not yet calibrated, (n, q)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the points, so that a proposal may be used as an array of them."""
        return np.array(self.points, dtype=dtype, copy=copy)


class RegressionLearner(QuantityLearner[RegressionHistory, GaussianProcessRegressor, GaussianProcessClassifier]):
    """Learner of the quantities of a simulator, from points of its own choice.

    Proposals depend only on the arguments and on the values told, in order: a new learner that is told the same
    proposes the same.

    Parameters
    ----------
    bounds : (d, 2) array
        Range of each parameter.
    outputs : int
        Number q of quantities that each simulation gives.
    start : int
        Number of points of the scrambled Sobol start.
    stream_share : float
        Share of the later points that continue the Sobol sequence. Batches of two or more contain at least one stream
        point unless the share is 0. With batches of one, every (1 / share)-th point is a stream point.
    seed : int
        Seed of all random numbers.
    acquisition : str or RegressionAcquisition
        Rule by which the other points are chosen, one of `REGRESSION_ACQUISITIONS`.
    noisy : bool
        Whether the same point may give different values.
    landmarks : (k, d) array, optional
        Points whose values are wanted in themselves; they are asked for first when the start is complete.
    """

    def __init__(
        self,
        bounds: ArrayLike,
        *,
        outputs: int = 1,
        start: int = 16,
        stream_share: float = 0.25,
        seed: int = 1,
        acquisition: str | RegressionAcquisition = "imse",
        noisy: bool = False,
        landmarks: ArrayLike | None = None,
    ) -> None:
        super().__init__(bounds, outputs, stream_share, seed)
        self.start = checked_integer("start", start, 1, "at least 1 point")
        self.acquisition = (
            acquisition if isinstance(acquisition, RegressionAcquisition) else REGRESSION_ACQUISITIONS[acquisition]()
        )
        self.landmarks = checked_points(self._no_points if landmarks is None else landmarks, self.bounds, "landmarks")
        self._fitters = [IncrementalRegressor(self.bounds, noisy) for _ in range(self.outputs)]
        self._region_fitter = IncrementalFitter(self.bounds)

    def ask(self, n: int, pending: ArrayLike | None = None) -> RegressionProposal:
        """Return the ``n`` points to simulate next: of the start until it is complete, then chosen and stream points.

        Parameters
        ----------
        n : int
            Number of points.
        pending : (m, d) array, optional
            Points of earlier proposals that will be simulated later; new ones are chosen as if their values were known.
        """
        n = checked_integer("n", n, 1, "at least 1 point to ask for")
        pending = checked_points(self._no_points if pending is None else pending, self.bounds, "pending")
        if self.history.counted() + len(pending) < self.start:
            points = self._design.upcoming(n, pending, self._validity.likely)
            unknown = np.full((n, self.outputs), np.nan)
            return RegressionProposal(points, np.full(n, Purpose.START, np.int8), unknown, unknown)
        landmarks = self._missing_landmarks(pending)[:n]
        n_free = n - len(landmarks)
        n_stream = self._stream_points(n_free, len(pending) + len(landmarks)) if n_free else 0
        stream = self._design.upcoming(n_stream, pending, self._validity.likely)
        with one_thread():
            chosen = self._choose(n_free - n_stream, apart_from=np.concatenate([pending, landmarks, stream]))
        points = np.concatenate([landmarks, chosen, stream])
        purposes = [Purpose.LANDMARK, Purpose.BOUNDARY, Purpose.STREAM]
        purpose = np.repeat(purposes, [len(landmarks), len(chosen), len(stream)]).astype(np.int8)
        return RegressionProposal(points, purpose, *self.surrogate.uncalibrated(points))

    def tell(
        self,
        points: ArrayLike,
        values: ArrayLike,
        status: ArrayLike | None = None,
        regular: ArrayLike | None = None,
        *,
        purpose: ArrayLike | None = None,
        mean: ArrayLike | None = None,
        sd: ArrayLike | None = None,
    ) -> None:
        """Take in simulated points.

        Parameters
        ----------
        points : (n, d) array
            Points in the user's units.
        values : (n, q) array
            Quantities; (n,) will do for one quantity.
        status : (n,) array, optional
            0 where the simulation succeeded; other points are left out of all fits.
        regular : (n,) array, optional
            Flags, true where all quantities are defined and of the kind that is learned. By default a point is regular
            where its quantities are finite.
        purpose, mean, sd : (n,), (n, q) and (n, q) arrays, optional
            Purposes and predictions of the proposal. Without them points belong to the start until it is complete;
            later, points that were next in the stream count as such, predicted by the present surrogate.

        Raises
        ------
        UserError
            If points are not finite numbers inside the bounds, lengths differ, or another argument is not as described.
            The learner then is as before.
        """
        points = checked_points(points, self.bounds)
        n, q = len(points), self.outputs
        values = checked_values("values", values, n, q)
        valid, is_regular = checked_regular(values, status, regular)
        purpose = self._recognise(points) if purpose is None else checked_flags("purpose", purpose, n, Purpose)
        if mean is None or sd is None:
            started = self.history.counted() >= self.start
            mean, sd = self.surrogate.uncalibrated(points) if started and n else (np.full((n, q), np.nan),) * 2
        mean, sd = checked_values("mean", mean, n, q), checked_values("sd", sd, n, q)
        known = np.where(is_regular[:, None], values, np.nan)

        self.history = self.history.append(RegressionHistory(points, known, valid, is_regular, purpose, mean, sd))
        self._design.advance(points)
        self._validity.tell(self.history.points, self.history.valid)

    def _no_history(self) -> RegressionHistory:
        return RegressionHistory.empty(len(self.bounds), self.outputs)

    def _regressors(self) -> tuple[GaussianProcessRegressor, ...]:
        regular = self.history.where(self.history.regular)
        columns = zip(self._fitters, regular.values.T, strict=True)
        return tuple(fitter.fit(regular.points, values) for fitter, values in columns)

    def _region(self) -> GaussianProcessClassifier | None:
        known = self.history.where(self.history.valid)
        if known.regular.all():
            return None
        unknown = np.full(len(known.points), np.nan)
        return self._region_fitter.fit(known.points, known.regular.astype(np.int8), unknown)

    def _missing_landmarks(self, pending: Array) -> Array:
        """Return the landmarks that are neither simulated nor pending."""
        known = np.concatenate([self.history.points, pending])
        return self.landmarks[nearest(self.landmarks, known, self.bounds)[0] > ROUNDING]

    def _stream_points(self, n: int, n_pending: int) -> int:
        """Return how many of the next ``n`` points belong to the stream."""
        if not self.history.regular.any():
            return n  # nothing tells where the quantities might be regular: the whole space is searched evenly
        prescribed = self.acquisition.stream_share
        share = self.stream_share if prescribed is None else prescribed
        if share == 0:
            return 0
        after = self.history.counted() + n_pending - self.start
        due = int(share * (after + n)) - int(share * after)
        return max(due, 1) if n > 1 else due

    def _recognise(self, points: Array) -> Flags:
        """Return the purposes of points that were told without them."""
        if self.history.counted() < self.start:
            return np.full(len(points), Purpose.START, dtype=np.int8)
        return np.where(self._design.contains(points), Purpose.STREAM, Purpose.BOUNDARY).astype(np.int8)

    def _choose(self, n: int, apart_from: Array) -> Array:
        """Return ``n`` points by the acquisition, given that values will be known at ``apart_from``."""
        if n == 0:
            return self._no_points
        taken = np.concatenate([self.history.points, apart_from])
        source = Candidates(self.bounds, self.seed, len(self.history.points), taken, self._validity)
        if self.acquisition.passive:
            return source.random(n)[:n]
        candidates = source.spread(n)[: max(CANDIDATES, 8 * n)]
        return choose(self.surrogate, self.acquisition, candidates, self._reference, n, apart_from)
