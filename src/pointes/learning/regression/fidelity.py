"""The two-fidelity regression learner: ask it which points to run on which simulator, tell it values and costs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from pointes.errors import UserError
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.acquisition.sur import StepwiseUncertaintyReduction
from pointes.learning.assessment import NO_CAPS, Caps
from pointes.learning.classifier.incremental import SEARCHED
from pointes.learning.fidelity import START_EXPECTED
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.regression.assessment import DEFAULT_RULE, RegressionAssessment, RegressionRule
from pointes.learning.regression.base import QuantityLearner
from pointes.learning.regression.batch import QuantityBatch, RegressionBatch
from pointes.learning.regression.choice import for_the_region
from pointes.learning.regression.fidelity_choice import FidelityBatch
from pointes.learning.regression.history import FidelityRegressionHistory
from pointes.learning.regression.incremental import IncrementalRegressor
from pointes.learning.regression.surrogate import counted
from pointes.learning.regression.two_fidelity import TwoFidelityRegressor
from pointes.learning.regression.validation import checked_regular, checked_values
from pointes.learning.threads import one_thread
from pointes.learning.two_fidelity.classifier import TwoFidelityClassifier
from pointes.learning.two_fidelity.fits import TwoFidelityFits
from pointes.learning.two_fidelity.simulators import TwoSimulators
from pointes.learning.types import Array, Flags, Indices
from pointes.learning.validation import checked_costs, checked_flags, checked_integer, checked_points, shown
from pointes.vocabulary import Fidelity, Purpose

CANDIDATES, INTEGRATION = 512, 512  # candidates per batch and fidelity, and points over which variances are integrated


@dataclass(frozen=True, eq=False)
class FidelityRegressionProposal:
    """Points to simulate next."""

    points: Array  # points in the user's units, (n, d)
    fidelity: Flags  # values of `Fidelity`, the simulators to run, (n,)
    purpose: Flags  # values of `Purpose`, (n,)
    mean: Array  # predictions of the quantities at that fidelity, (n, q); NaN in the start
    sd: Array  # standard deviations of these predictions as the regressors tell them, not yet calibrated, (n, q)


@dataclass(frozen=True)
class FidelityRegressionAssessment(RegressionAssessment):
    """Quality of the high fidelity's surrogate, and costs; failed simulations are those of both fidelities."""

    rho: tuple[float, ...]  # factor of the low fidelity's value in that of the high one, of each quantity
    runs: dict[str, int]  # number of simulations of the ``low`` and of the ``high`` fidelity, failed ones included
    mean_cost: dict[str, float | None]  # mean cost of a simulation of each fidelity; None before the first
    total_cost: float  # cost of all simulations, in the unit of the given costs


class FidelityRegressionLearner(
    QuantityLearner[FidelityRegressionHistory, TwoFidelityRegressor, TwoFidelityClassifier]
):
    """Learner of the quantities of an expensive simulator with the help of a cheap one.

    Each run goes to the point and fidelity that lower the integrated variance of the high fidelity most for their cost.
    Proposals depend only on the arguments and on the values told, in order. The region where quantities are regular is
    learned from both fidelities, too (`pointes.learning.two_fidelity.classifier`).

    Parameters
    ----------
    bounds : (d, 2) array
        Range of each parameter.
    outputs : int
        Number q of quantities that each simulation gives. Those of the low fidelity may be others than those of the
        high one, in other units, as long as they tell about them.
    start : (low, high)
        Numbers of points of the start of each fidelity. Both are the first points of one scrambled Sobol sequence, so
        that the high start repeats points of the low one.
    stream_share : float
        Share of the later high-fidelity points that continue their Sobol sequence.
    seed : int
        Seed of all random numbers.
    """

    def __init__(
        self,
        bounds: ArrayLike,
        *,
        outputs: int = 1,
        start: Sequence[int] = (64, 8),
        stream_share: float = 0.25,
        seed: int = 1,
    ) -> None:
        super().__init__(bounds, outputs, stream_share, seed)
        if np.shape(start) != (2,):
            raise UserError("start", start, START_EXPECTED)
        self.start = tuple(checked_integer("start", one, 1, START_EXPECTED) for one in start)
        self._simulators = TwoSimulators(self.bounds, self.seed, self._design, self._validity)
        self._low_fitters = [IncrementalRegressor(self.bounds, noisy=False) for _ in range(self.outputs)]
        self._region_head: TwoFidelityFits | None = None  # fits to the first points, whose hyperparameters stay

    def ask(
        self, n: int, fidelity: Fidelity | None = None, pending: FidelityRegressionProposal | None = None
    ) -> FidelityRegressionProposal:
        """Return the points to simulate next: the rest of the start first, then points of the best gain per cost.

        Parameters
        ----------
        n : int
            Largest number of points; fewer are returned only at the end of the start.
        fidelity : Fidelity, optional
            Only fidelity of which points are wanted; both by default.
        pending : FidelityRegressionProposal, optional
            Points of earlier proposals that will be simulated later; new ones are chosen as if their values were known.
        """
        n = checked_integer("n", n, 1, "at least 1 point to ask for")
        wanted = list(Fidelity) if fidelity is None else [Fidelity(*checked_flags("fidelity", [fidelity], 1, Fidelity))]
        pending = self._proposal(self._no_points, [], []) if pending is None else pending
        if not isinstance(pending, FidelityRegressionProposal):
            raise UserError("pending", shown(pending), "a proposal, whose points have fidelities and purposes")
        missing = [max(self.start[one] - self._counted(one, pending), 0) for one in wanted]
        start = [self._simulators.upcoming(one, number, pending) for one, number in zip(wanted, missing, strict=True)]
        points = np.concatenate(start)[:n]
        if len(points):
            return self._proposal(points, np.repeat(wanted, missing)[:n], Purpose.START)
        with one_thread():
            return self._choose(n, wanted, pending)

    def tell(
        self,
        points: ArrayLike,
        values: ArrayLike,
        fidelity: ArrayLike,
        costs: ArrayLike,
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
        fidelity : (n,) array
            Values of `Fidelity`.
        costs : (n,) array
            Cost of each simulation, positive; in one unit for both fidelities, such as core-seconds.
        status : (n,) array, optional
            0 where the simulation succeeded; other points are left out of all fits.
        regular : (n,) array, optional
            Flags, true where all quantities are defined and of the kind that is learned. By default a point is regular
            where its quantities are finite.
        purpose, mean, sd : (n,), (n, q) and (n, q) arrays, optional
            Purposes and predictions of the proposal. Without them points belong to the start until there are enough of
            their fidelity; later, high-fidelity points that were next in the stream count as such, predicted by the
            present regressors.
        """
        points = checked_points(points, self.bounds)
        n, q = len(points), self.outputs
        values = checked_values("values", values, n, q)
        valid, is_regular = checked_regular(values, status, regular)
        fidelity, costs = checked_flags("fidelity", fidelity, n, Fidelity), checked_costs(costs, n)
        recognised = self._recognise(points, fidelity)
        purpose = recognised if purpose is None else checked_flags("purpose", purpose, n, Purpose)
        if mean is None or sd is None:
            mean, sd = self._predict_first(points, fidelity, purpose)
        mean, sd = checked_values("mean", mean, n, q), checked_values("sd", sd, n, q)
        known = np.where(is_regular[:, None], values, np.nan)
        new = FidelityRegressionHistory(points, known, valid, is_regular, purpose, mean, sd, fidelity, costs)

        self.history = self.history.append(new)
        self._simulators.tell(new, self.history)

    def predict(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> tuple[Array, Array]:
        """Return means and standard deviations, (m, q) each, of the quantities of a fidelity at points (m, d).

        The standard deviations of both fidelities are calibrated by the stream, which is of the high one.
        """
        mean, sd = self._uncalibrated(checked_points(points, self.bounds), fidelity)
        return mean, sd * self.surrogate.factors

    def probability_regular(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> Array:
        """Return the probability, (m,), that quantities of a fidelity at points (m, d) are regular."""
        points, region = checked_points(points, self.bounds), self.surrogate.region
        return np.ones(len(points)) if region is None else region.predict_proba(points, fidelity)

    def assess(
        self,
        rule: RegressionRule = DEFAULT_RULE,
        caps: Caps = NO_CAPS,
        core_hours: float = 0.0,
        wall_hours: float = 0.0,
    ) -> FidelityRegressionAssessment:
        """Return what is known of the high fidelity's quantities, what it cost, and whether to stop.

        Parameters
        ----------
        rule
            Conditions under which enough is learned.
        caps
            Largest expenses, learned or not; runs are those of both fidelities.
        core_hours, wall_hours
            Time spent so far [h].
        """
        shared = super().assess(rule, caps, core_hours, wall_hours)
        return FidelityRegressionAssessment(
            **{**asdict(shared), "quantities": shared.quantities},
            rho=tuple(each.rho for each in self.surrogate.regressors),
            runs={one.name.lower(): len(self.history.of(one).points) for one in Fidelity},
            mean_cost=self._simulators.costs_by_name(),
            total_cost=float(self.history.costs.sum()),
        )

    def _no_history(self) -> FidelityRegressionHistory:
        return FidelityRegressionHistory.without_points(len(self.bounds), self.outputs)

    def _regressors(self) -> tuple[TwoFidelityRegressor, ...]:
        low, high = (self.history.of(one).where(self.history.of(one).regular) for one in Fidelity)
        columns = zip(self._low_fitters, low.values.T, high.values.T, strict=True)
        return tuple(
            TwoFidelityRegressor.fit(fitter.fit(low.points, cheap), high.points, dear)
            for fitter, cheap, dear in columns
        )

    def _region(self) -> TwoFidelityClassifier | None:
        known = self.history.where(self.history.valid)
        if known.regular.all():
            return None
        labels = known.regular.astype(np.int8)
        if self._region_head is None and len(labels) > SEARCHED:
            first = known.where(slice(SEARCHED))
            self._region_head = TwoFidelityFits(first.points, labels[:SEARCHED], first.fidelity, self.bounds)
        return TwoFidelityFits(known.points, labels, known.fidelity, self.bounds, self._region_head).joint

    def _uncalibrated(self, points: Array, fidelity: Fidelity) -> tuple[Array, Array]:
        mean, sd = zip(*(each.predict(points, fidelity) for each in self.surrogate.regressors), strict=True)
        return np.column_stack(mean), np.column_stack(sd)

    def _predict_first(self, points: Array, fidelity: Flags, purpose: Flags) -> tuple[Array, Array]:
        """Return predictions, (n, q), and their standard deviations; NaN for points of the start."""
        mean, sd = np.full((2, len(points), self.outputs), np.nan)
        for one in Fidelity:
            rows = (fidelity == one) & (purpose != Purpose.START)
            if rows.any():
                mean[rows], sd[rows] = self._uncalibrated(points[rows], one)
        return mean, sd

    def _proposal(self, points: Array, fidelity: ArrayLike, purpose: ArrayLike) -> FidelityRegressionProposal:
        fidelity = np.asarray(fidelity, dtype=np.int8)
        purpose = np.broadcast_to(np.asarray(purpose, dtype=np.int8), len(points))
        return FidelityRegressionProposal(points, fidelity, purpose, *self._predict_first(points, fidelity, purpose))

    def _choose(
        self, n: int, wanted: Sequence[Fidelity], pending: FidelityRegressionProposal
    ) -> FidelityRegressionProposal:
        """Return stream points as they are due, and between them points by gain per cost."""
        if not self.history.of(Fidelity.HIGH).regular.any():
            # Nothing tells where quantities might be regular: the space is searched evenly
            return self._proposal(self._simulators.upcoming(wanted[-1], n, pending), [wanted[-1]] * n, Purpose.STREAM)
        m, counter = max(CANDIDATES, 8 * n), len(self.history.points) + len(pending.points)
        candidates = sobol(self.bounds, 0, m, self.seed, RandomStream.CANDIDATES, counter)
        upcoming = self._simulators.upcoming(Fidelity.HIGH, n, pending)
        parts = [candidates, candidates, self._reference[:INTEGRATION], upcoming, pending.points]
        points, first = np.concatenate(parts), np.cumsum([0, *map(len, parts)])
        fidelity = np.repeat([Fidelity.HIGH, Fidelity.LOW, Fidelity.HIGH], [m, m, len(points) - 2 * m])
        fidelity[first[4] :] = pending.fidelity
        begin = {Fidelity.HIGH: 0, Fidelity.LOW: m}
        are_new = partial(self._simulators.are_new, candidates, n=n, history=self.history, pending=pending)
        free = {one: begin[one] + np.flatnonzero(are_new(one)) for one in wanted}
        batch = self._batch(points, fidelity, first, free, n)
        for index in range(first[4], len(points)):
            batch.condition(index)

        picks: list[int] = []
        purpose: list[Purpose] = []
        n_high = self._counted(Fidelity.HIGH, pending) - self.start[Fidelity.HIGH]
        streamed = self._streamed(pending)
        for _ in range(n):
            if Fidelity.HIGH in wanted and streamed < int(self.stream_share * (n_high + 1)):
                pick, why = int(first[3]) + purpose.count(Purpose.STREAM), Purpose.STREAM
                streamed += 1
            else:
                pick, why = batch.take(), Purpose.BOUNDARY
            batch.condition(pick)
            picks.append(pick)
            purpose.append(why)
            n_high += int(fidelity[pick] == Fidelity.HIGH)
        return self._proposal(points[picks], fidelity[picks], purpose)

    def _batch(
        self, points: Array, fidelity: Flags, first: Array, free: Mapping[Fidelity, Indices], n: int
    ) -> FidelityBatch:
        """Return the joint posterior of candidates, integration points and further points.

        Parameters
        ----------
        points, fidelity
            Points of all values, and their fidelities.
        first
            Index of the first point of each part: candidates twice, integration points and others.
        free
            Candidates that may be chosen, by fidelity.
        n
            Number of points of the batch.
        """
        surrogate = self.surrogate
        candidates, integration = slice(int(first[2])), slice(int(first[2]), int(first[3]))
        quantities = [
            QuantityBatch(each.posterior(points, fidelity), candidates, integration, each.nuggets(fidelity))
            for each in surrogate.regressors
        ]
        parts = [slice(first[k], first[k + 1]) for k in range(3)]
        probability = [self.probability_regular(points[part], fidelity[part.start]) for part in parts]
        worth = np.concatenate([counted(part) for part in probability])
        scales = [each.scale for each in surrogate.regressors]
        of_quantities = RegressionBatch(quantities, scales, worth[integration], worth[candidates])
        n_region = for_the_region(surrogate.probability_regular(self._reference), n)
        region, costs = surrogate.region, self._simulators.bounded_costs()
        if region is None:
            return FidelityBatch(of_quantities, None, 0, int(first[1]), free, costs)
        rule = StepwiseUncertaintyReduction()
        latent = BatchPosterior(region.posterior(points, fidelity), (), rule.explained, slice(int(first[1])))
        return FidelityBatch(of_quantities, latent, n_region, int(first[1]), free, costs)

    def _counted(self, fidelity: Fidelity, pending: FidelityRegressionProposal | None = None) -> int:
        """Return how many points of a fidelity count for start and stream: all but controls."""
        own = self.history.of(fidelity).counted()
        if pending is None:
            return own
        return own + int(((pending.fidelity == fidelity) & (pending.purpose != Purpose.CONTROL)).sum())

    def _streamed(self, pending: FidelityRegressionProposal) -> int:
        """Return the number of stream points, known or pending."""
        return int((self.history.purpose == Purpose.STREAM).sum() + (pending.purpose == Purpose.STREAM).sum())

    def _recognise(self, points: Array, fidelity: Flags) -> Flags:
        """Return the purposes of points that were told without them."""
        purpose = np.full(len(points), Purpose.BOUNDARY, dtype=np.int8)
        for one in Fidelity:
            rows = np.flatnonzero(fidelity == one)
            missing = max(self.start[one] - self._counted(one), 0)
            if one == Fidelity.HIGH:
                purpose[rows[self._design.contains(points[rows])]] = Purpose.STREAM
            purpose[rows[:missing]] = Purpose.START
        return purpose
