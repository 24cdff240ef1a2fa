"""The two-fidelity learner: ask it which points to run on which simulator, tell it labels and what they cost."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointes.errors import UserError
from pointes.learning.acquisition import ACQUISITIONS
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.acquisition.design import Design
from pointes.learning.active import DEFAULT_RULE, FORETOLD, NO_CAPS
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
from pointes.learning.classifier.incremental import SEARCHED
from pointes.learning.classifier.validity import Validity
from pointes.learning.outcomes import Outcomes
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.threads import one_thread
from pointes.learning.two_fidelity.classifier import TwoLevelClassifier
from pointes.learning.two_fidelity.kernel import JointKernel, Levels
from pointes.learning.two_fidelity.method_selection import HighClassifier, Labelled, leader, log_scores
from pointes.learning.types import Array
from pointes.learning.unit_cube import ROUNDING, nearest, to_unit
from pointes.learning.validation import (
    check_agreement,
    checked_bounds,
    checked_costs,
    checked_flags,
    checked_integer,
    checked_labels,
    checked_points,
    checked_predicted,
    checked_seed,
    checked_share,
)
from pointes.learning.verification import along_boundary
from pointes.vocabulary import METHODS, Fidelity, Purpose

CANDIDATES = 1024  # per batch and level, or more for large batches
SHORTLIST = 16  # candidates of each level whose gain is computed
INDEPENDENT = 0.5  # disagreement of two levels that tell nothing of each other
UNKNOWN_COST = 1.0  # of a run of a level that was not told yet
LARGEST_RATIO = 100.0  # of costs that is believed: every round costs a fit as well, however cheap its runs are


@dataclass(frozen=True, eq=False)
class FidelityProposal:
    """Points to label next."""

    points: Array
    """(n, d) in the user's units."""
    fidelity: Levels
    """(n,) values of `Fidelity`: which simulator to run."""
    purpose: Levels
    """(n,) values of `Purpose`."""
    risk: Array
    """(n,) probability of arrhythmia at that level, predicted before labelling; NaN in the start."""
    predicted: Array
    """(n, 4) the same by each of `METHODS` at the points of stream and verification; NaN elsewhere."""


@dataclass(frozen=True)
class FidelityAssessment(Assessment):
    """What is known of the learned boundary of the high level; failed runs are those of both levels.

    Points of stream and verification were predicted by the leader of the time, before they were labelled.
    """

    leader: str
    """The method believed at present, one of `METHODS`."""
    log_scores: dict[str, float]
    """Log probability that each method gave to the last stream labels before they were known."""
    disagreement: float
    """Share of the space where the two levels are believed to differ, on average over possible functions."""
    runs: dict[str, int]
    """Of the ``low`` and of the ``high`` level, failed ones too."""
    mean_cost: dict[str, float | None]
    """Of a run of each level, in the unit that was told; None before the first."""
    total_cost: float


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
        expected = "two positive numbers, of low and of high points"
        if np.shape(start) != (2,):
            raise UserError(f"start: {start!r}; expected {expected}")
        self.bounds = checked_bounds(bounds)
        self.start = tuple(checked_integer("start", one, 1, expected) for one in start)
        self.stream_share = checked_share(stream_share)
        self.seed = checked_seed(seed)
        self._acquisition = ACQUISITIONS["sur"]()
        self.points = np.empty((0, len(self.bounds)))
        self.labels = np.empty(0, dtype=np.int8)
        self.fidelity = np.empty(0, dtype=np.int8)
        self.costs = np.empty(0)
        self.valid = np.empty(0, dtype=bool)
        self.purpose = np.empty(0, dtype=np.int8)
        self.predicted = np.empty((0, len(METHODS)))  # risks before labelling, of stream and verification; else NaN
        self.risk = np.empty(0)  # the same by the leader of the time
        self._design = {level: Design(self.bounds, self.seed) for level in Fidelity}
        self._verification = Design(self.bounds, self.seed, RandomStream.VERIFICATION)
        self._validity = {level: Validity(self.bounds) for level in Fidelity}
        # Number of points after each tell since the start. A fit without new high labels is at rest for a bad reason:
        # such points count as part of the tell before.
        self.batches: list[int] = []
        self._fits: dict[int, Labelled] = {}
        self._risks: dict[int, Array] = {}  # of what was believed on the fixed points

    def ask(
        self, n: int, fidelity: Fidelity | None = None, pending: FidelityProposal | None = None
    ) -> FidelityProposal:
        """Return the points to label next: the rest of the start first, then points of the best gain per cost.

        When all else says that enough is learned, the verification comes first: at the high level, and alone.

        Parameters
        ----------
        n : int
            At most this many points; fewer only at the end of the start or of the verification.
        fidelity : Fidelity, optional
            Ask for points of this level only.
        pending : FidelityProposal, optional
            Points asked for before that will be told later; new ones are chosen knowing that their labels will come.
        """
        n = checked_integer("n", n, 1, "at least 1 point to ask for")
        levels = list(Fidelity) if fidelity is None else [_checked_level(fidelity)]
        pending = self._proposal(np.empty((0, len(self.bounds))), [], []) if pending is None else pending
        if not isinstance(pending, FidelityProposal):
            raise UserError(f"pending: {pending!r:.60}; expected a proposal, whose points have levels and purposes")
        missing = {level: max(self.start[level] - self._designed(level, pending), 0) for level in levels}
        start = [self._upcoming(level, missing[level], pending) for level in levels]
        points = np.concatenate(start)[:n]
        if len(points):
            return self._proposal(points, np.repeat(levels, [len(part) for part in start])[:n], Purpose.START)
        if Fidelity.HIGH in levels and len(points := self._upcoming_verification(n, pending)):
            return self._proposal(points, np.full(len(points), Fidelity.HIGH), Purpose.VERIFICATION)
        with one_thread():
            return self._choose(n, levels, pending)

    def tell(
        self,
        points: ArrayLike,
        labels: ArrayLike,
        fidelity: ArrayLike,
        costs: ArrayLike,
        status: ArrayLike | None = None,
        *,
        purpose: ArrayLike | None = None,
        predicted: ArrayLike | None = None,
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
            points that were next in stream or verification count as such, and others as boundary points.
        predicted : (n, 4) array, optional
            As in the proposal; predicted anew without it, which takes a fit of each method.

        Raises
        ------
        UserError
            When something is not as described, or a simulator gave two labels for one point.
        """
        points = checked_points(points, self.bounds)
        n = len(points)
        labels, valid = checked_labels(labels, status, n)
        fidelity, costs = checked_flags("fidelity", fidelity, n, Fidelity), checked_costs(costs, n)
        all_points, all_labels = np.concatenate([self.points, points]), np.concatenate([self.labels, labels])
        all_fidelity = np.concatenate([self.fidelity, fidelity])
        # The level as a further coordinate: two labels of one point at two levels are no contradiction.
        check_agreement(np.column_stack([to_unit(all_points, self.bounds), all_fidelity]), all_labels)
        recognised = self._recognise(points, fidelity)
        purpose = recognised if purpose is None else checked_flags("purpose", purpose, n, Purpose)
        predicted = (
            self._foretell(points, purpose) if predicted is None else checked_predicted(predicted, (n, len(METHODS)))
        )
        risk = predicted[:, METHODS.index(self._leader())]
        self.points, self.labels, self.fidelity = all_points, all_labels, all_fidelity
        self.costs = np.concatenate([self.costs, costs])
        self.valid = np.concatenate([self.valid, valid])
        self.purpose = np.concatenate([self.purpose, purpose])
        self.predicted = np.concatenate([self.predicted, predicted])
        self.risk = np.concatenate([self.risk, risk])
        for level in Fidelity:
            of_level = self.fidelity == level
            self._design[level].advance(points[fidelity == level])
            self._validity[level].tell(self.points[of_level], self.valid[of_level])
        self._verification.advance(points[fidelity == Fidelity.HIGH])
        if all(self._designed(level) >= self.start[level] for level in Fidelity):
            new_high = np.any(valid & (fidelity == Fidelity.HIGH))
            self.batches[len(self.batches) - (not new_high) :] = [len(self.points)]

    @property
    def classifier(self) -> HighClassifier:
        """The classifier of the high level that is believed at present."""
        return self._believed(len(self.points))

    def predict_proba(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> Array:
        """Return the probability of arrhythmia at a level, (n,), at points (n, d)."""
        classifier = self._labelled().low if _checked_level(fidelity) == Fidelity.LOW else self.classifier
        return classifier.predict_proba(checked_points(points, self.bounds))

    def latent(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of the Gaussian of the high level's latent function, (n,) each."""
        return self.classifier.latent(checked_points(points, self.bounds))

    def assess(
        self, rule: StoppingRule = DEFAULT_RULE, caps: Caps = NO_CAPS, core_hours: float = 0.0, wall_hours: float = 0.0
    ) -> FidelityAssessment:
        """Return what is known of the high level's boundary, what it cost, and whether to stop.

        Parameters
        ----------
        rule
            When enough is learned: both labels, the fits to compare and the stream are those of the high level.
        caps
            What may be spent at most; runs are those of both levels.
        core_hours, wall_hours
            Spent so far.
        """
        high = self.fidelity == Fidelity.HIGH
        shared = assess(
            rule,
            everywhere=[self._everywhere(end) for end in self.batches[-rule.checks - 1 :]],
            stream=self._outcomes(Purpose.STREAM),
            verification=self._outcomes(Purpose.VERIFICATION),
            classifier=self.classifier,
            n_failed=int((~self.valid).sum()),
            nothing_to_learn=nothing_to_learn(self.labels[high]),
            health=Health.of(to_unit(self.points[high], self.bounds), self.purpose[high] == Purpose.BOUNDARY),
            caps=caps,
            spent=Spent(len(self.points), core_hours, wall_hours),
        )
        return FidelityAssessment(
            **asdict(shared),
            leader=self._leader(),
            log_scores=self._log_scores(),
            disagreement=self._labelled().joint.disagreement,
            runs={level.name.lower(): int((self.fidelity == level).sum()) for level in Fidelity},
            mean_cost={level.name.lower(): self._mean_cost(level) for level in Fidelity},
            total_cost=float(self.costs.sum()),
        )

    def _labelled(self, end: int | None = None) -> Labelled:
        """Return the fits to the points told first, or to all."""
        end = len(self.points) if end is None else end
        if end not in self._fits:
            known = np.flatnonzero(self.valid[:end])
            head = self._labelled(int(known[SEARCHED - 1]) + 1) if len(known) > SEARCHED else None
            data = self.points[known], self.labels[known], self.fidelity[known]
            self._fits[end] = Labelled(*data, self.bounds, head)
        return self._fits[end]

    def _believed(self, end: int) -> HighClassifier:
        return self._labelled(end).fit(self._leader(end))

    def _everywhere(self, end: int) -> Array:
        """Return the risks on the fixed points by what was believed of the points told first."""
        if end not in self._risks:
            self._risks[end] = self._believed(end).predict_proba(self._reference)
        return self._risks[end]

    @cached_property
    def _reference(self) -> Array:
        return sobol(self.bounds, 0, REFERENCE, self.seed, RandomStream.REFERENCE)

    def _foretold(self, purpose: Purpose, end: int | None = None) -> NDArray[np.intp]:
        """Return the rows that were predicted for a purpose and have a label, of the points told first or of all."""
        return np.flatnonzero(((self.purpose == purpose) & self.valid & np.isfinite(self.risk))[:end])

    def _outcomes(self, purpose: Purpose) -> Outcomes:
        rows = self._foretold(purpose)
        return Outcomes(self.risk[rows], self.labels[rows])

    def _upcoming_verification(self, n: int, pending: FidelityProposal) -> Array:
        """Return the verification points that are due, at most ``n``."""
        if self.stream_share == 0:  # no rule is met without a stream
            return self.points[:0]
        n = min(n, self.assess().verification_due - int((pending.purpose == Purpose.VERIFICATION).sum()))
        if n <= 0:
            return self.points[:0]
        likely = self._validity[Fidelity.HIGH].likely
        near = along_boundary(lambda x: self.latent(x)[0], self._reference)
        high = pending.points[pending.fidelity == Fidelity.HIGH]
        return self._verification.upcoming(n, high, lambda x: likely(x) & near(x))

    def _log_scores(self, end: int | None = None) -> dict[str, float]:
        rows = self._foretold(Purpose.STREAM, end)
        return log_scores(dict(zip(METHODS, self.predicted[rows].T, strict=True)), self.labels[rows])

    def _leader(self, end: int | None = None) -> str:
        return leader(self._log_scores(end))

    def _proposal(self, points: Array, fidelity: ArrayLike, purpose: ArrayLike) -> FidelityProposal:
        """Return a proposal of points (n, d) with what is predicted of them."""
        fidelity = np.asarray(fidelity, dtype=np.int8)
        purpose = np.broadcast_to(np.asarray(purpose, dtype=np.int8), len(points))
        risk = np.full(len(points), np.nan)
        for level in Fidelity:
            rows = (fidelity == level) & (purpose != Purpose.START)
            if rows.any():
                risk[rows] = self.predict_proba(points[rows], level)
        return FidelityProposal(points, fidelity, purpose, risk, self._foretell(points, purpose))

    def _foretell(self, points: Array, purpose: Levels) -> Array:
        """Return the risks, (n, 4), at points of stream and verification by every method; NaN elsewhere."""
        predicted = np.full((len(points), len(METHODS)), np.nan)
        rows = np.isin(purpose, FORETOLD)
        if rows.any():
            fits = [self._labelled().fit(method) for method in METHODS]
            predicted[rows] = np.column_stack([fit.predict_proba(points[rows]) for fit in fits])
        return predicted

    def _choose(self, n: int, levels: Sequence[Fidelity], pending: FidelityProposal) -> FidelityProposal:
        """Return stream points as they are due, and between them the points of largest expected gain per cost."""
        m, told = max(CANDIDATES, 8 * n), len(self.points) + len(pending.points)
        candidates = sobol(self.bounds, 0, m, self.seed, RandomStream.CANDIDATES, counter=told)
        upcoming = self._upcoming(Fidelity.HIGH, n, pending)
        values = np.concatenate([candidates, candidates, upcoming, pending.points])
        level = np.repeat([Fidelity.HIGH, Fidelity.LOW, Fidelity.HIGH], [m, m, n])
        level = np.concatenate([level, pending.fidelity])
        first = {Fidelity.HIGH: 0, Fidelity.LOW: m}
        free = {one: first[one] + np.flatnonzero(self._worth_asking(candidates, one, n, pending)) for one in levels}
        posterior, told_later = self._joint().posterior(values, level), range(2 * m + n, len(values))
        batch = BatchPosterior(posterior, told_later, self._acquisition.explained, slice(m))

        picks: list[int] = []
        purpose: list[Purpose] = []
        asked = np.concatenate([self.fidelity, pending.fidelity]) == Fidelity.HIGH
        asked &= np.concatenate([self.purpose, pending.purpose]) != Purpose.CONTROL
        high = int(asked.sum()) - self.start[Fidelity.HIGH]
        streamed, before = 0, self._designed(Fidelity.HIGH, pending) - self.start[Fidelity.HIGH]
        # Without both labels at either level nothing tells where a boundary might be: the space is searched evenly.
        blind = all(nothing_to_learn(self.labels[self.fidelity == one]) for one in Fidelity)
        share = 1.0 if blind else self.stream_share
        while len(picks) < n:
            if Fidelity.HIGH in levels and before + streamed < int(share * (high + 1)):
                pick, why = 2 * m + streamed, Purpose.STREAM
                streamed += 1
            else:
                pick, why = self._best(batch, free), Purpose.BOUNDARY
            batch.condition(pick)
            picks.append(pick)
            purpose.append(why)
            high += int(level[pick] == Fidelity.HIGH)
        return self._proposal(values[picks], level[picks], purpose)

    def _best(self, batch: BatchPosterior, free: dict[Fidelity, NDArray[np.intp]]) -> int:
        """Return the candidate of largest expected gain per cost, and take it from those that are free."""
        best = {level: self._acquisition.best(batch, candidates, SHORTLIST) for level, candidates in free.items()}
        costs = [self._mean_cost(level) or UNKNOWN_COST for level in Fidelity]
        level = max(best, key=lambda one: best[one][0] / max(costs[one], max(costs) / LARGEST_RATIO))
        pick = best[level][1]
        free[level] = free[level][free[level] != pick]
        return pick

    def _joint(self) -> TwoLevelClassifier:
        """Return the model that chooses points: if the low level has misled, one in which it tells nothing."""
        data = self._labelled()
        if self._leader() != "single":
            return data.joint
        kernel = JointKernel(data.low.kernel, data.fit("single").kernel, INDEPENDENT)
        return TwoLevelClassifier(data.points, data.labels, data.fidelity, self.bounds, kernel)

    def _mean_cost(self, level: Fidelity) -> float | None:
        costs = self.costs[self.fidelity == level]
        return float(costs.mean()) if len(costs) else None

    def _worth_asking(self, candidates: Array, level: Fidelity, n: int, pending: FidelityProposal) -> NDArray[np.bool_]:
        """Leave out points that are known already at a level, or would probably fail there."""
        known = np.concatenate([self.points[self.fidelity == level], pending.points[pending.fidelity == level]])
        worth = nearest(candidates, known, self.bounds)[0] > ROUNDING
        worth &= self._validity[level].likely(candidates)
        # When failures are everywhere, any point will do.
        return worth if worth.sum() >= n else np.ones(len(candidates), bool)

    def _upcoming(self, level: Fidelity, n: int, pending: FidelityProposal) -> Array:
        """Return the next ``n`` points of a level's Sobol sequence, without those that will probably fail."""
        of_level = pending.points[pending.fidelity == level]
        return self._design[level].upcoming(n, of_level, self._validity[level].likely)

    def _designed(self, level: Fidelity, pending: FidelityProposal | None = None) -> int:
        """Return how many points of the Sobol sequence a level has used."""
        told = [self] if pending is None else [self, pending]
        others = (Purpose.BOUNDARY, Purpose.VERIFICATION, Purpose.CONTROL)
        return sum(int(((one.fidelity == level) & ~np.isin(one.purpose, others)).sum()) for one in told)

    def _recognise(self, points: Array, fidelity: Levels) -> Levels:
        """Return the purposes of points that were told without one."""
        purpose = np.full(len(points), Purpose.BOUNDARY, dtype=np.int8)
        for level in Fidelity:
            rows, used = np.flatnonzero(fidelity == level), self._designed(level)
            missing = max(self.start[level] - used, 0)
            purpose[rows[:missing]] = Purpose.START
            if level == Fidelity.HIGH and not missing:
                purpose[rows[self._verification.contains(points[rows])]] = Purpose.VERIFICATION
                purpose[rows[self._design[level].contains(points[rows])]] = Purpose.STREAM
        return purpose


def _checked_level(fidelity: Fidelity) -> Fidelity:
    return Fidelity(*checked_flags("fidelity", [fidelity], 1, Fidelity))
