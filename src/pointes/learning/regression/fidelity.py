"""The two-fidelity regression learner: ask it which points to run on which simulator, tell it values and costs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from pointes.errors import UserError
from pointes.learning.acquisition.design import Design
from pointes.learning.assessment import NO_CAPS, REFERENCE, Caps, Spent
from pointes.learning.classifier.validity import Validity
from pointes.learning.fidelity import LARGEST_RATIO, START_EXPECTED, UNKNOWN_COST
from pointes.learning.random_streams import RandomStream, sobol
from pointes.learning.regression.assessment import (
    DEFAULT_RULE,
    RegressionAssessment,
    RegressionRule,
    assess,
    gathered,
)
from pointes.learning.regression.batch import QuantityBatch, RegressionBatch
from pointes.learning.regression.calibration import factors
from pointes.learning.regression.history import FidelityRegressionHistory
from pointes.learning.regression.incremental import IncrementalRegressor
from pointes.learning.regression.two_fidelity import TwoFidelityRegressor
from pointes.learning.regression.validation import checked_largest_error, checked_regular, checked_values
from pointes.learning.threads import one_thread
from pointes.learning.types import Array, Flags, Mask
from pointes.learning.unit_cube import ROUNDING, nearest
from pointes.learning.validation import (
    checked_bounds,
    checked_costs,
    checked_flags,
    checked_integer,
    checked_points,
    checked_share,
    shown,
)
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


class FidelityRegressionLearner:
    """Learner of the quantities of an expensive simulator with the help of a cheap one.

    Each run goes to the point and fidelity that lower the integrated variance of the high fidelity most for their cost.
    Proposals depend only on the arguments and on the values told, in order. Irregular points are left out and avoided
    as failed ones are: the region where quantities are regular is not learned as such.

    Parameters
    ----------
    bounds : (d, 2) array
        Range of each parameter.
    outputs : int
        Number q of quantities that each simulation gives.
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
        self.bounds = checked_bounds(bounds)
        self.outputs = checked_integer("outputs", outputs, 1, "at least 1 quantity")
        if np.shape(start) != (2,):
            raise UserError("start", start, START_EXPECTED)
        self.start = tuple(checked_integer("start", one, 1, START_EXPECTED) for one in start)
        self.stream_share = checked_share(stream_share)
        self.seed = checked_integer("seed", seed, 0, "a whole number, not negative")
        self.history = FidelityRegressionHistory.without_points(len(self.bounds), self.outputs)
        self._designs = {one: Design(self.bounds, self.seed) for one in Fidelity}
        self._validities = {one: Validity(self.bounds) for one in Fidelity}
        self._low_fitters = [IncrementalRegressor(self.bounds, noisy=False) for _ in range(self.outputs)]
        self._fitted: tuple[int, tuple[TwoFidelityRegressor, ...]] | None = None  # regressors and number of points

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
        pending = self._proposal(np.empty((0, len(self.bounds))), [], []) if pending is None else pending
        if not isinstance(pending, FidelityRegressionProposal):
            raise UserError("pending", shown(pending), "a proposal, whose points have fidelities and purposes")
        missing = [max(self.start[one] - self._counted(one, pending), 0) for one in wanted]
        start = [self._upcoming(one, number, pending) for one, number in zip(wanted, missing, strict=True)]
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
        for one in Fidelity:
            self._designs[one].advance(points[fidelity == one])
            same = self.history.of(one)
            self._validities[one].tell(same.points, same.regular)

    @property
    def regressors(self) -> tuple[TwoFidelityRegressor, ...]:
        """Regressor of each quantity, fitted to all regular points."""
        n = len(self.history.points)
        if self._fitted is None or self._fitted[0] != n:
            low, high = (self.history.of(one).where(self.history.of(one).regular) for one in Fidelity)
            cheap = [
                fitter.fit(low.points, values) for fitter, values in zip(self._low_fitters, low.values.T, strict=True)
            ]
            fits = zip(cheap, high.values.T, strict=True)
            self._fitted = n, tuple(TwoFidelityRegressor.fit(one, high.points, values) for one, values in fits)
        return self._fitted[1]

    def predict(self, points: ArrayLike, fidelity: Fidelity = Fidelity.HIGH) -> tuple[Array, Array]:
        """Return means and calibrated standard deviations, (m, q) each, of the quantities at a fidelity."""
        mean, sd = self._uncalibrated(checked_points(points, self.bounds), fidelity)
        streamed = self.history.streamed()
        return mean, sd * factors((streamed.values - streamed.mean) / streamed.sd)

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
        checked_largest_error(rule.largest_error, self.outputs)
        everywhere = np.ones(len(self._reference))
        left_out = [each.left_out() for each in self.regressors]
        shared = assess(
            rule,
            gathered(self.history.streamed(), left_out, self.predict(self._reference)[1], everywhere),
            everywhere,
            n_failed=int((~self.history.valid).sum()),
            n_irregular=int((self.history.valid & ~self.history.regular).sum()),
            caps=caps,
            spent=Spent(len(self.history.points), core_hours, wall_hours),
        )
        of_shared = {**asdict(shared), "quantities": shared.quantities}
        return FidelityRegressionAssessment(
            **of_shared,
            rho=tuple(each.rho for each in self.regressors),
            runs={one.name.lower(): len(self.history.of(one).points) for one in Fidelity},
            mean_cost={one.name.lower(): self._mean_cost(one) for one in Fidelity},
            total_cost=float(self.history.costs.sum()),
        )

    @cached_property
    def _reference(self) -> Array:
        """Fixed points spread over the space, (k, d)."""
        return sobol(self.bounds, 0, REFERENCE, self.seed, RandomStream.REFERENCE)

    def _uncalibrated(self, points: Array, fidelity: Fidelity) -> tuple[Array, Array]:
        mean, sd = zip(*(each.predict(points, fidelity) for each in self.regressors), strict=True)
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
        m, counter = max(CANDIDATES, 8 * n), len(self.history.points) + len(pending.points)
        candidates = sobol(self.bounds, 0, m, self.seed, RandomStream.CANDIDATES, counter)
        upcoming = self._upcoming(Fidelity.HIGH, n, pending)
        parts = [candidates, candidates, self._reference[:INTEGRATION], upcoming, pending.points]
        points, first = np.concatenate(parts), np.cumsum([0, *map(len, parts)])
        fidelity = np.repeat([Fidelity.HIGH, Fidelity.LOW, Fidelity.HIGH], [m, m, len(points) - 2 * m])
        fidelity[first[4] :] = pending.fidelity
        batch = self._batch(points, fidelity, first)
        for index in range(first[4], len(points)):
            batch.condition(index)

        worth = np.zeros(2 * m)  # reciprocal costs of the values that may be chosen
        for one in wanted:
            rows = slice(0, m) if one == Fidelity.HIGH else slice(m, 2 * m)
            worth[rows] = self._is_new(candidates, one, n, pending) / self._bounded_cost(one)
        picks: list[int] = []
        purpose: list[Purpose] = []
        n_high = self._counted(Fidelity.HIGH, pending) - self.start[Fidelity.HIGH]
        streamed = self._streamed(pending)
        for _ in range(n):
            if Fidelity.HIGH in wanted and streamed < int(self.stream_share * (n_high + 1)):
                pick, why = int(first[3]) + purpose.count(Purpose.STREAM), Purpose.STREAM
                streamed += 1
            else:
                pick, why = int(np.argmax(np.where(worth > 0, batch.gains() * worth, -np.inf))), Purpose.BOUNDARY
                worth[pick] = 0.0
            batch.condition(pick)
            picks.append(pick)
            purpose.append(why)
            n_high += int(fidelity[pick] == Fidelity.HIGH)
        return self._proposal(points[picks], fidelity[picks], purpose)

    def _batch(self, points: Array, fidelity: Flags, first: Array) -> RegressionBatch:
        """Return the joint posterior of candidates, integration points and further points."""
        slices = slice(0, int(first[2])), slice(int(first[2]), int(first[3]))
        quantities = [
            QuantityBatch(each.posterior(points, fidelity), *slices, each.nuggets(fidelity)) for each in self.regressors
        ]
        scales = [each.scale for each in self.regressors]
        return RegressionBatch(quantities, scales, np.ones(slices[1].stop - slices[1].start), np.ones(slices[0].stop))

    def _mean_cost(self, fidelity: Fidelity) -> float | None:
        costs = self.history.of(fidelity).costs
        return float(costs.mean()) if len(costs) else None

    def _bounded_cost(self, fidelity: Fidelity) -> float:
        """Return the mean cost of a fidelity, not below 1 / `LARGEST_RATIO` of the larger one."""
        costs = {one: self._mean_cost(one) or UNKNOWN_COST for one in Fidelity}
        return max(costs[fidelity], max(costs.values()) / LARGEST_RATIO)

    def _is_new(self, candidates: Array, fidelity: Fidelity, n: int, pending: FidelityRegressionProposal) -> Mask:
        """Return which candidates are not yet known at a fidelity, nor would probably fail there."""
        same = pending.points[pending.fidelity == fidelity]
        known = np.concatenate([self.history.of(fidelity).points, same])
        new = nearest(candidates, known, self.bounds)[0] > ROUNDING
        new &= self._validities[fidelity].likely(candidates)
        # When failures are everywhere, any point will do.
        return new if new.sum() >= n else np.ones(len(candidates), bool)

    def _upcoming(self, fidelity: Fidelity, n: int, pending: FidelityRegressionProposal) -> Array:
        """Return the next ``n`` points of a fidelity's Sobol sequence, without those that will probably fail."""
        same = pending.points[pending.fidelity == fidelity]
        return self._designs[fidelity].upcoming(n, same, self._validities[fidelity].likely)

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
                purpose[rows[self._designs[one].contains(points[rows])]] = Purpose.STREAM
            purpose[rows[:missing]] = Purpose.START
        return purpose
