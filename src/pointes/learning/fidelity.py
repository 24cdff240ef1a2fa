"""The two-fidelity learner: ask it which points to run on which simulator, tell it labels and what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.errors import UserError
from pointes.learning.active import Purpose
from pointes.learning.checks import ROUNDING, check_agreement, checked_bounds, checked_column, checked_points
from pointes.learning.fidelity_classifier import Fidelity, TwoLevelClassifier
from pointes.learning.fidelity_gain import Gains
from pointes.learning.fidelity_race import METHODS, HighClassifier, Labelled, leader, log_scores
from pointes.learning.gaussian_process import to_unit
from pointes.learning.sobol import Stream, sobol
from pointes.learning.validity import LIKELY, Validity
from pointes.statistics import clopper_pearson

Array = NDArray[np.float64]
Levels = NDArray[np.int8]

CANDIDATES = 1024  # per batch and level
REFERENCE = 256  # points of the high level over which gains are averaged
INDEPENDENT = 0.5  # disagreement of two levels that tell nothing of each other


@dataclass(frozen=True, eq=False)
class FidelityProposal:
    """Points to label next."""

    points: Array
    """(n, d) in the user's units."""
    fidelity: Levels
    """(n,) values of `Fidelity`: which simulator to run."""
    purpose: Levels
    """(n,) values of `Purpose`."""


@dataclass(frozen=True)
class FidelityAssessment:
    """What is known of the learned boundary of the high level.

    Stream points were predicted by the leader of the time, before they were labelled.
    """

    leader: str
    """The method believed at present, one of `METHODS`."""
    log_scores: dict[str, float]
    """Log probability that each method gave to the last stream labels before they were known."""
    stream_n: int
    stream_correct: int
    stream_low: float
    """Lower end of the 95 % Clopper-Pearson interval of the stream's accuracy."""
    stream_high: float
    disagreement: float
    """Share of the space where the two levels are believed to differ, on average over possible functions."""
    n_run: tuple[int, int]
    """Runs of the low and of the high level, failed ones too."""
    n_failed: tuple[int, int]
    mean_cost: tuple[float | None, float | None]
    """Of a run of each level, in the unit that was told; None before the first."""
    total_cost: float
    training_accuracy: float


class FidelityLearner:
    """Learns the boundary of an expensive deterministic simulator with the help of a cheap one.

    Everything it does is a function of its arguments and of what it was told, in order.

    Parameters
    ----------
    bounds : (d, 2) array
        Range of each parameter.
    start : (low, high)
        Points of the start of each level. Both are the first points of one scrambled Sobol sequence, so that the high
        start repeats points of the low one, and shows directly how often the levels differ.
    stream_share : float
        Share of the later high points that continue the high level's Sobol sequence.
    seed : int
        Of every random stream.
    """

    def __init__(
        self, bounds: ArrayLike, *, start: Sequence[int] = (64, 8), stream_share: float = 0.25, seed: int = 1
    ) -> None:
        if len(start) != 2 or min(start) < 1:
            raise UserError(f"start: {tuple(start)}; expected two positive numbers, of low and of high points")
        self.bounds = checked_bounds(bounds)
        self.start, self.stream_share, self.seed = tuple(start), stream_share, seed
        self.points = np.empty((0, len(self.bounds)))
        self.labels = np.empty(0, dtype=np.int8)
        self.fidelity = np.empty(0, dtype=np.int8)
        self.costs = np.empty(0)
        self.valid = np.empty(0, dtype=bool)
        self.purpose = np.empty(0, dtype=np.int8)
        self.predicted = np.empty((0, len(METHODS)))  # risks before labelling; NaN off the stream
        self.risk = np.empty(0)  # the same by the leader of the time
        self._fits: Labelled | None = None

    def ask(self, n: int, fidelity: Fidelity | None = None) -> FidelityProposal:
        """Return the points to label next: the rest of the start first, then points of the best gain per cost.

        Parameters
        ----------
        n : int
            At most this many points; fewer only at the end of the start.
        fidelity : Fidelity, optional
            Ask for points of this level only.
        """
        if n < 1:
            raise UserError(f"n: {n}; expected at least 1 point to ask for")
        levels = list(Fidelity) if fidelity is None else [Fidelity(*_checked_fidelity([fidelity], 1))]
        start = [self._design(self._designed(level), self.start[level]) for level in levels]
        points = np.concatenate(start)[:n]
        if len(points):
            asked = np.repeat(levels, [len(part) for part in start]).astype(np.int8)[:n]
            return FidelityProposal(points, asked, np.full(len(points), Purpose.START, np.int8))
        return self._choose(n, levels)

    def tell(
        self,
        points: ArrayLike,
        labels: ArrayLike,
        fidelity: ArrayLike,
        costs: ArrayLike,
        status: ArrayLike | None = None,
        *,
        purpose: ArrayLike | None = None,
    ) -> None:
        """Take in labelled points.

        Parameters
        ----------
        points : (n, d) array
            In the user's units.
        labels : (n,) array
            1 for arrhythmic, 0 for safe; anything else where the simulation failed.
        fidelity : (n,) array
            Values of `Fidelity`.
        costs : (n,) array
            What each run cost, positive; in one unit for both levels, such as core-seconds.
        status : (n,) array, optional
            0 where the simulation succeeded; other points are left out of the fits and never count as safe.
        purpose : (n,) array, optional
            As in the proposal. Without it points count as the start until there are enough of their level; later, high
            points that were next in the stream count as such, and others as boundary points.

        Raises
        ------
        UserError
            When something is not as described, or a simulator gave two labels for one point.
        """
        points = checked_points(points, self.bounds)
        n = len(points)
        labels, fidelity = checked_column("labels", labels, n), _checked_fidelity(fidelity, n)
        costs = _checked_costs(costs, n)
        valid = np.isin(labels, (0, 1)) & (True if status is None else checked_column("status", status, n) == 0)
        labels = np.where(valid, labels, -1).astype(np.int8)
        all_points, all_labels = np.concatenate([self.points, points]), np.concatenate([self.labels, labels])
        all_fidelity = np.concatenate([self.fidelity, fidelity])
        # The level as a further coordinate: two labels of one point at two levels are no contradiction.
        check_agreement(np.column_stack([to_unit(all_points, self.bounds), all_fidelity]), all_labels)
        recognised = self._recognise(points, fidelity)
        purpose = recognised if purpose is None else checked_column("purpose", purpose, n).astype(np.int8)
        predicted, risk = self._predict_stream(points, purpose)
        self.points, self.labels, self.fidelity = all_points, all_labels, all_fidelity
        self.costs = np.concatenate([self.costs, costs])
        self.valid = np.concatenate([self.valid, valid])
        self.purpose = np.concatenate([self.purpose, purpose])
        self.predicted = np.concatenate([self.predicted, predicted])
        self.risk = np.concatenate([self.risk, risk])
        self._fits = None

    @property
    def classifier(self) -> HighClassifier:
        """The classifier of the high level that is believed at present."""
        return self._labelled.fit(self._leader())

    def predict_proba(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> Array:
        """Return the probability of arrhythmia at a level, (n,), at points (n, d)."""
        return (self._labelled.low if fidelity == Fidelity.LOW else self.classifier).predict_proba(points)

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the high level's latent function, (n,) each; boundary at mean 0."""
        return self.classifier.latent(points)

    def assess(self) -> FidelityAssessment:
        """Return what is known of the boundary, and what it cost."""
        streamed = self._streamed
        correct = (self.risk[streamed] > 0.5) == (self.labels[streamed] == 1)
        low, high = clopper_pearson(int(correct.sum()), len(correct))
        of_level = [self.fidelity == level for level in Fidelity]
        two_level = self._labelled.fit("autoregressive")
        return FidelityAssessment(
            leader=self._leader(),
            log_scores=self._log_scores(),
            stream_n=len(correct),
            stream_correct=int(correct.sum()),
            stream_low=low,
            stream_high=high,
            disagreement=two_level.disagreement,
            n_run=tuple(int(rows.sum()) for rows in of_level),
            n_failed=tuple(int((rows & ~self.valid).sum()) for rows in of_level),
            mean_cost=tuple(float(self.costs[rows].mean()) if rows.any() else None for rows in of_level),
            total_cost=float(self.costs.sum()),
            training_accuracy=self.classifier.training_accuracy,
        )

    @property
    def _labelled(self) -> Labelled:
        if self._fits is None:
            known = self.valid
            self._fits = Labelled(self.points[known], self.labels[known], self.fidelity[known], self.bounds)
        return self._fits

    @property
    def _streamed(self) -> NDArray[np.bool_]:
        return (self.purpose == Purpose.STREAM) & self.valid & np.isfinite(self.risk)

    def _log_scores(self) -> dict[str, float]:
        rows = self._streamed
        return log_scores(dict(zip(METHODS, self.predicted[rows].T, strict=True)), self.labels[rows])

    def _leader(self) -> str:
        return leader(self._log_scores())

    def _predict_stream(self, points: Array, purpose: Levels) -> tuple[Array, Array]:
        """Return the risks at stream points by every method, and by the leader; NaN elsewhere."""
        predicted = np.full((len(points), len(METHODS)), np.nan)
        stream = purpose == Purpose.STREAM
        if stream.any():
            fits = [self._labelled.fit(method) for method in METHODS]
            predicted[stream] = np.column_stack([fit.predict_proba(points[stream]) for fit in fits])
        return predicted, predicted[:, METHODS.index(self._leader())]

    def _choose(self, n: int, levels: Sequence[Fidelity]) -> FidelityProposal:
        """Return stream points as they are due, and between them the points of largest expected gain per cost."""
        reference = sobol(self.bounds, 0, REFERENCE, self.seed, Stream.REFERENCE)
        candidates = sobol(self.bounds, 0, CANDIDATES, self.seed, Stream.CANDIDATES, counter=len(self.points))
        used = self._designed(Fidelity.HIGH)
        values = np.concatenate([reference, self._design(used, used + n), *[candidates] * len(levels)])
        level = np.repeat([Fidelity.HIGH, Fidelity.HIGH, *levels], [REFERENCE, n, *[CANDIDATES] * len(levels)])
        gains = Gains(self._joint().posterior(values, level), np.arange(len(values)) < REFERENCE)
        free = {}
        for k, one in enumerate(levels):
            worth = self._worth_asking(candidates, one, n)
            free[one] = REFERENCE + n + k * CANDIDATES + np.flatnonzero(worth)

        picks: list[int] = []
        purpose: list[Purpose] = []
        high = int((self.fidelity == Fidelity.HIGH).sum()) - self.start[Fidelity.HIGH]
        streamed, before = 0, used - self.start[Fidelity.HIGH]
        while len(picks) < n:
            if Fidelity.HIGH in levels and before + streamed < int(self.stream_share * (high + 1)):
                pick, why = REFERENCE + streamed, Purpose.STREAM
                streamed += 1
            else:
                pick, why = self._best(gains, free), Purpose.BOUNDARY
            gains.pick(pick)
            picks.append(pick)
            purpose.append(why)
            high += int(level[pick] == Fidelity.HIGH)
        return FidelityProposal(values[picks], level[picks].astype(np.int8), np.array(purpose, dtype=np.int8))

    def _best(self, gains: Gains, free: dict[Fidelity, NDArray[np.intp]]) -> int:
        """Return the candidate of largest expected gain per cost, and take it from those that are free."""
        best = {level: gains.best(candidates) for level, candidates in free.items()}
        level = max(best, key=lambda one: best[one][0] / self._mean_cost(one))
        pick = best[level][1]
        free[level] = free[level][free[level] != pick]
        return pick

    def _joint(self) -> TwoLevelClassifier:
        """Return the model that chooses points: if the low level has misled, one in which it tells nothing."""
        data = self._labelled
        if self._leader() != "single":
            return data.fit("autoregressive")
        lengths = data.low.length_scales, data.fit("single").length_scales
        return TwoLevelClassifier(data.points, data.labels, data.fidelity, self.bounds, *lengths, INDEPENDENT)

    def _mean_cost(self, level: Fidelity) -> float:
        return float(self.costs[self.fidelity == level].mean())

    def _worth_asking(self, candidates: Array, level: Fidelity, n: int) -> NDArray[np.bool_]:
        """Leave out points that are known already at a level, or would probably fail there."""
        told = self.fidelity == level
        unit, known = to_unit(candidates, self.bounds), to_unit(self.points[told], self.bounds)
        new = np.linalg.norm(unit[:, None] - known, axis=2).min(axis=1) > ROUNDING
        validity = Validity(self.bounds)
        validity.fit(self.points[told], self.valid[told])
        worth = new & (validity.probability(candidates) >= LIKELY)
        # When failures are everywhere, any point will do.
        return worth if worth.sum() >= n else np.ones(len(candidates), bool)

    def _designed(self, level: Fidelity) -> int:
        """Return how many points of the Sobol sequence a level has used."""
        return int(((self.fidelity == level) & (self.purpose != Purpose.BOUNDARY)).sum())

    def _design(self, first: int, stop: int) -> Array:
        return sobol(self.bounds, first, stop, self.seed, Stream.DESIGN)

    def _recognise(self, points: Array, fidelity: Levels) -> Levels:
        """Return the purposes of points that were told without one."""
        purpose = np.full(len(points), Purpose.BOUNDARY, dtype=np.int8)
        for level in Fidelity:
            rows, used = np.flatnonzero(fidelity == level), self._designed(level)
            missing = max(self.start[level] - used, 0)
            purpose[rows[:missing]] = Purpose.START
            if level == Fidelity.HIGH and not missing:
                upcoming = self._design(used, used + len(rows))
                purpose[rows[(points[rows, None] == upcoming).all(axis=2).any(axis=1)]] = Purpose.STREAM
        return purpose


def _checked_fidelity(fidelity: ArrayLike, n: int) -> Levels:
    fidelity = checked_column("fidelity", fidelity, n)
    for row in np.flatnonzero(~np.isin(fidelity, list(Fidelity)))[:1]:
        raise UserError(f"fidelity: row {row}: {fidelity[row]}; expected 0 for the low or 1 for the high level")
    return fidelity.astype(np.int8)


def _checked_costs(costs: ArrayLike, n: int) -> Array:
    costs = checked_column("costs", costs, n).astype(float)
    for row in np.flatnonzero(~(np.isfinite(costs) & (costs > 0)))[:1]:
        raise UserError(f"costs: row {row}: {costs[row]:g}; expected a positive number")
    return costs
