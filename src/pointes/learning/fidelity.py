"""The two-fidelity learner: ask it which points to run on which simulator, tell it labels and what they cost."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from pointes.errors import UserError
from pointes.learning.acquisition.base import Acquisition
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.acquisition.fidelity_choice import FidelityChoice
from pointes.learning.assessment import DEFAULT_RULE, NO_CAPS, Assessment, Caps, StoppingRule, nothing_to_learn
from pointes.learning.boundary import PREDICTED_FIRST, BoundaryLearner
from pointes.learning.classifier.incremental import SEARCHED
from pointes.learning.history import TwoFidelityHistory
from pointes.learning.random_streams import RandomStream, generator, sobol
from pointes.learning.threads import one_thread
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.learning.two_fidelity.fits import BoundaryClassifier, TwoFidelityFits
from pointes.learning.two_fidelity.kernel import JointKernel
from pointes.learning.two_fidelity.method_selection import leader, log_scores
from pointes.learning.two_fidelity.simulators import TwoSimulators
from pointes.learning.types import Array, Flags
from pointes.learning.unit_cube import to_unit
from pointes.learning.validation import (
    check_agreement,
    checked_costs,
    checked_flags,
    checked_integer,
    checked_labels,
    checked_points,
    checked_predicted,
    shown,
)
from pointes.vocabulary import METHODS, Fidelity, Purpose

CANDIDATES = 1024  # candidates per batch and fidelity; more for large batches
INDEPENDENT = 0.5  # disagreement of two fidelities that tell nothing about each other
NOT_OF_SEQUENCE = (Purpose.BOUNDARY, Purpose.VERIFICATION, Purpose.CONTROL)
START_EXPECTED = "two positive numbers, of low- and of high-fidelity points"


@dataclass(frozen=True, eq=False)
class FidelityProposal:
    """Points to label next."""

    points: Array  # points in the user's units, (n, d)
    fidelity: Flags  # values of `Fidelity`, the simulators to run, (n,)
    purpose: Flags  # values of `Purpose`, (n,)
    risk: Array  # probability of arrhythmia at that fidelity, predicted before labelling, (n,); NaN in the start
    predicted: Array  # risks by each of `METHODS` at the points of stream and verification, NaN elsewhere, (n, 4)


@dataclass(frozen=True)
class FidelityAssessment(Assessment):
    """Quality of the high fidelity's classifier, and costs; failed simulations are those of both fidelities.

    Each point of stream and verification was predicted by the method that led at that time, before it was labelled.
    """

    leader: str  # method used at present, one of `METHODS`
    log_scores: dict[str, float]  # log probability, by method, of the last stream labels before they were known
    disagreement: float  # share of the space where the fidelities differ, on average over possible functions
    runs: dict[str, int]  # number of simulations of the ``low`` and of the ``high`` fidelity, failed ones included
    mean_cost: dict[str, float | None]  # mean cost of a simulation of each fidelity; None before the first
    total_cost: float  # cost of all simulations, in the unit of the given costs


class FidelityLearner(BoundaryLearner[TwoFidelityHistory, BoundaryClassifier]):
    """Learner of the boundary of an expensive deterministic simulator with the help of a cheap one.

    Proposals depend only on the arguments and on the labels told, in order.

    Parameters
    ----------
    bounds : (d, 2) array
        Range of each parameter.
    start : (low, high)
        Numbers of points of the start of each fidelity. Both are the first points of one scrambled Sobol sequence, so
        that the high start repeats points of the low one, and shows directly how often the fidelities differ.
    stream_share : float
        Share of the later high-fidelity points that continue their Sobol sequence.
    seed : int
        Seed of all random numbers.
    acquisition : str or Acquisition
        Rule by which the other points are chosen, one of `pointes.learning.acquisition.ACQUISITIONS`; the fidelity is
        that of larger gain per cost (`pointes.learning.acquisition.fidelity_choice`). Random and Sobol points belong to
        the high fidelity.
    """

    def __init__(
        self,
        bounds: ArrayLike,
        *,
        start: Sequence[int] = (64, 8),
        stream_share: float = 0.25,
        seed: int = 1,
        acquisition: str | Acquisition = "sur",
    ) -> None:
        super().__init__(bounds, stream_share, seed, acquisition)
        if np.shape(start) != (2,):
            raise UserError("start", start, START_EXPECTED)
        self.start = tuple(checked_integer("start", one, 1, START_EXPECTED) for one in start)
        self._simulators = TwoSimulators(self.bounds, self.seed, self._design, self._validity)
        self._fits: dict[int, TwoFidelityFits] = {}

    def ask(
        self, n: int, fidelity: Fidelity | None = None, pending: FidelityProposal | None = None
    ) -> FidelityProposal:
        """Return the points to label next: the rest of the start first, then points of the best gain per cost.

        Verification points come first, at the high fidelity and alone, once all other conditions for stopping hold.

        Parameters
        ----------
        n : int
            Largest number of points; fewer are returned only at the end of the start or of the verification.
        fidelity : Fidelity, optional
            Only fidelity of which points are wanted; both by default.
        pending : FidelityProposal, optional
            Points of earlier proposals that will be labelled later; new ones are chosen as if their labels were known.
        """
        n = checked_integer("n", n, 1, "at least 1 point to ask for")
        fidelities = list(Fidelity) if fidelity is None else [_checked_fidelity(fidelity)]
        pending = self._proposal(self._no_points, [], []) if pending is None else pending
        if not isinstance(pending, FidelityProposal):
            raise UserError("pending", shown(pending), "a proposal, whose points have fidelities and purposes")
        missing = {one: max(self.start[one] - self._of_sequence(one, pending), 0) for one in fidelities}
        start = [self._simulators.upcoming(one, missing[one], pending) for one in fidelities]
        points = np.concatenate(start)[:n]
        if len(points):
            return self._proposal(points, np.repeat(fidelities, [len(part) for part in start])[:n], Purpose.START)
        if Fidelity.HIGH in fidelities:
            high = pending.points[pending.fidelity == Fidelity.HIGH]
            n_pending = int((pending.purpose == Purpose.VERIFICATION).sum())
            points = self._upcoming_verification(n, high, n_pending)
            if len(points):
                return self._proposal(points, np.full(len(points), Fidelity.HIGH), Purpose.VERIFICATION)
        with one_thread():
            return self._choose(n, fidelities, pending)

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
            Points in the user's units.
        labels : (n,) array
            1 for arrhythmic, 0 for safe; anything else where the simulation failed.
        fidelity : (n,) array
            Values of `Fidelity`.
        costs : (n,) array
            Cost of each simulation, positive; in one unit for both fidelities, such as core-seconds.
        status : (n,) array, optional
            0 where the simulation succeeded; other points are left out of the fits and never count as safe.
        purpose : (n,) array, optional
            Purposes of the proposal. Without them points belong to the start until there are enough of their fidelity;
            later, high-fidelity points that were next in stream or verification count as such, and others as boundary
            points.
        predicted : (n, 4) array, optional
            Predictions of the proposal; made anew without them, which takes a fit of each method.

        Raises
        ------
        UserError
            If an argument is not as described, or a simulator gave two labels for one point.
        """
        points = checked_points(points, self.bounds)
        n = len(points)
        labels, valid = checked_labels(labels, status, n)
        fidelity, costs = checked_flags("fidelity", fidelity, n, Fidelity), checked_costs(costs, n)
        all_points = to_unit(np.concatenate([self.history.points, points]), self.bounds)
        all_fidelity = np.concatenate([self.history.fidelity, fidelity])
        # The fidelity is a further coordinate: two labels of one point at two fidelities are no contradiction.
        all_labels = np.concatenate([self.history.labels, labels])
        check_agreement(np.column_stack([all_points, all_fidelity]), all_labels)
        recognised = self._recognise(points, fidelity)
        purpose = recognised if purpose is None else checked_flags("purpose", purpose, n, Purpose)
        if predicted is None:
            predicted = self._predict_first(points, purpose)
        predicted = checked_predicted(predicted, (n, len(METHODS)))
        risk = predicted[:, METHODS.index(self._leader())]
        new = TwoFidelityHistory(points, labels, valid, purpose, risk, fidelity, costs, predicted)

        self.history = self.history.append(new)
        self._simulators.tell(new, self.history)
        self._verification.advance(points[fidelity == Fidelity.HIGH])
        if all(self._of_sequence(one) >= self.start[one] for one in Fidelity):
            self._end_batch(new_labels=bool(np.any(valid & (fidelity == Fidelity.HIGH))))

    def predict_proba(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> Array:
        """Return the probability of arrhythmia at a fidelity, (n,), at points (n, d)."""
        if _checked_fidelity(fidelity) == Fidelity.LOW:
            return self._fits_after(len(self.history.points)).low.predict_proba(checked_points(points, self.bounds))
        return super().predict_proba(points)

    def assess(
        self, rule: StoppingRule = DEFAULT_RULE, caps: Caps = NO_CAPS, core_hours: float = 0.0, wall_hours: float = 0.0
    ) -> FidelityAssessment:
        """Return what is known of the high fidelity's boundary, what it cost, and whether to stop.

        Parameters
        ----------
        rule
            Conditions under which enough is learned; labels, fits and stream are those of the high fidelity.
        caps
            Largest expenses, learned or not; runs are those of both fidelities.
        core_hours, wall_hours
            Time spent so far [h].
        """
        shared = super().assess(rule, caps, core_hours, wall_hours)
        return FidelityAssessment(
            **asdict(shared),
            leader=self._leader(),
            log_scores=self._log_scores(),
            disagreement=self._fits_after(len(self.history.points)).joint.disagreement,
            runs={one.name.lower(): int((self.history.fidelity == one).sum()) for one in Fidelity},
            mean_cost=self._simulators.costs_by_name(),
            total_cost=float(self.history.costs.sum()),
        )

    def _no_history(self) -> TwoFidelityHistory:
        points, flags, numbers = self._no_points, np.empty(0, dtype=np.int8), np.empty(0)
        predicted = np.empty((0, len(METHODS)))
        return TwoFidelityHistory(points, flags, np.empty(0, bool), flags, numbers, flags, numbers, predicted)

    def _of_boundary(self) -> TwoFidelityHistory:
        return self.history.where(self.history.fidelity == Fidelity.HIGH)

    def _compared_batches(self) -> list[int]:
        return self.batches

    def _classifier_after(self, end: int) -> BoundaryClassifier:
        return self._fits_after(end).fit(self._leader(end))

    def _fits_after(self, end: int) -> TwoFidelityFits:
        """Return the fits to the first ``end`` points."""
        if end not in self._fits:
            known = np.flatnonzero(self.history.valid[:end])
            head = self._fits_after(int(known[SEARCHED - 1]) + 1) if len(known) > SEARCHED else None
            data = self.history.points[known], self.history.labels[known], self.history.fidelity[known]
            self._fits[end] = TwoFidelityFits(*data, self.bounds, head)
        return self._fits[end]

    def _log_scores(self, end: int | None = None) -> dict[str, float]:
        rows = self.history.predicted_rows(Purpose.STREAM, end)
        return log_scores(dict(zip(METHODS, self.history.predicted[rows].T, strict=True)), self.history.labels[rows])

    def _leader(self, end: int | None = None) -> str:
        return leader(self._log_scores(end))

    def _proposal(self, points: Array, fidelity: ArrayLike, purpose: ArrayLike) -> FidelityProposal:
        """Return a proposal of points (n, d) with their predicted risks."""
        fidelity = np.asarray(fidelity, dtype=np.int8)
        purpose = np.broadcast_to(np.asarray(purpose, dtype=np.int8), len(points))
        risk = np.full(len(points), np.nan)
        for one in Fidelity:
            rows = (fidelity == one) & (purpose != Purpose.START)
            if rows.any():
                risk[rows] = self.predict_proba(points[rows], one)
        return FidelityProposal(points, fidelity, purpose, risk, self._predict_first(points, purpose))

    def _predict_first(self, points: Array, purpose: Flags) -> Array:
        """Return the risks, (n, 4), by every method at points of stream and verification; NaN elsewhere."""
        predicted = np.full((len(points), len(METHODS)), np.nan)
        rows = np.isin(purpose, PREDICTED_FIRST)
        if rows.any():
            fits = [self._fits_after(len(self.history.points)).fit(method) for method in METHODS]
            predicted[rows] = np.column_stack([fit.predict_proba(points[rows]) for fit in fits])
        return predicted

    def _choose(self, n: int, fidelities: Sequence[Fidelity], pending: FidelityProposal) -> FidelityProposal:
        """Return stream points as they are due, and between them points by the acquisition."""
        if self.acquisition.passive:
            if Fidelity.HIGH not in fidelities:
                raise UserError("fidelity", "low", "high or none: this acquisition looks at no labels of either")
            fidelities = [Fidelity.HIGH]
        m = max(CANDIDATES, 8 * n)
        candidates = self._candidates(m, len(self.history.points) + len(pending.points))
        upcoming = self._simulators.upcoming(Fidelity.HIGH, n, pending)
        values = np.concatenate([candidates, candidates, upcoming, pending.points])
        fidelity = np.repeat([Fidelity.HIGH, Fidelity.LOW, Fidelity.HIGH], [m, m, n])
        fidelity = np.concatenate([fidelity, pending.fidelity])
        posterior = self._joint().posterior(values, fidelity)
        pending_values = range(2 * m + n, len(values))
        batch = BatchPosterior(posterior, pending_values, self.acquisition.explained, slice(m), self._rng())
        first = {Fidelity.HIGH: 0, Fidelity.LOW: m}
        are_new = partial(self._simulators.are_new, candidates, n=n, history=self.history, pending=pending)
        free = {one: first[one] + np.flatnonzero(are_new(one)) for one in fidelities}
        choice = FidelityChoice(self.acquisition, batch, m, free, self._simulators.bounded_costs())

        picks: list[int] = []
        purpose: list[Purpose] = []
        controls = [Purpose.CONTROL]
        n_high = _count(self.history, Fidelity.HIGH, controls) + _count(pending, Fidelity.HIGH, controls)
        n_high -= self.start[Fidelity.HIGH]
        n_streamed = self._of_sequence(Fidelity.HIGH, pending) - self.start[Fidelity.HIGH]
        # Without both labels at either fidelity nothing tells where a boundary might be: the space is searched evenly.
        blind = all(nothing_to_learn(self.history.labels[self.history.fidelity == one]) for one in Fidelity)
        share = 1.0 if blind else self._prescribed_share
        streamed = 0
        while len(picks) < n:
            if Fidelity.HIGH in fidelities and n_streamed + streamed < int(share * (n_high + 1)):
                pick, why = 2 * m + streamed, Purpose.STREAM
                streamed += 1
            else:
                pick, why = choice.take(), Purpose.BOUNDARY
            batch.condition(pick)
            picks.append(pick)
            purpose.append(why)
            n_high += int(fidelity[pick] == Fidelity.HIGH)
        return self._proposal(values[picks], fidelity[picks], purpose)

    def _candidates(self, m: int, counter: int) -> Array:
        """Return candidates all over the space, (m, d): random ones for a passive design, else a Sobol sequence."""
        if self.acquisition.passive:
            unit = generator(self.seed, RandomStream.CANDIDATES, counter).random((m, len(self.bounds)))
            return np.asarray(self.bounds[:, 0] + unit * np.ptp(self.bounds, axis=1))
        return sobol(self.bounds, 0, m, self.seed, RandomStream.CANDIDATES, counter)

    def _joint(self) -> TwoFidelityClassifier:
        """Return the model that chooses points: if the low fidelity has misled, one in which it tells nothing."""
        fits = self._fits_after(len(self.history.points))
        if self._leader() != "single":
            return fits.joint
        kernel = JointKernel(fits.low.kernel, fits.single.kernel, INDEPENDENT)
        return TwoFidelityClassifier(fits.points, fits.labels, self.bounds, fits.fidelity, kernel)

    def _of_sequence(self, fidelity: Fidelity, pending: FidelityProposal | None = None) -> int:
        """Return how many points of its Sobol sequence a fidelity has used."""
        used = _count(self.history, fidelity, NOT_OF_SEQUENCE)
        return used if pending is None else used + _count(pending, fidelity, NOT_OF_SEQUENCE)

    def _recognise(self, points: Array, fidelity: Flags) -> Flags:
        """Return the purposes of points that were told without them."""
        purpose = np.full(len(points), Purpose.BOUNDARY, dtype=np.int8)
        for one in Fidelity:
            rows, used = np.flatnonzero(fidelity == one), self._of_sequence(one)
            missing = max(self.start[one] - used, 0)
            purpose[rows[:missing]] = Purpose.START
            if one == Fidelity.HIGH and not missing:
                purpose[rows[self._verification.contains(points[rows])]] = Purpose.VERIFICATION
                purpose[rows[self._design.contains(points[rows])]] = Purpose.STREAM
        return purpose


def _count(points: TwoFidelityHistory | FidelityProposal, fidelity: Fidelity, except_for: Sequence[Purpose]) -> int:
    """Return the number of points of a fidelity, without those of some purposes."""
    return int(((points.fidelity == fidelity) & ~np.isin(points.purpose, except_for)).sum())


def _checked_fidelity(fidelity: Fidelity) -> Fidelity:
    return Fidelity(*checked_flags("fidelity", [fidelity], 1, Fidelity))
