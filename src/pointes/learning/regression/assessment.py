"""Assessment of a regression surrogate by honest evidence, and the rule that says when to stop.

Two kinds of evidence must agree. The stream: points drawn without regard to what was learned, each predicted before it
was simulated, must all have come out within the error that is asked for. And the surrogate itself must expect 95 % of
the space to be within it. Neither is enough alone: a short stream can be right by luck, and a surrogate that has missed
something does not know it. Where quantities are not regular everywhere, the classifier of where they are must also
expect few errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from scipy.special import erf, erfinv

from pointes.learning.assessment import DEFAULT_RULE as BOUNDARY_RULE
from pointes.learning.assessment import NO_CAPS, NOTHING_SPENT, Caps, Spent, reached_cap
from pointes.learning.outcomes import doubt
from pointes.learning.regression.calibration import successive_factors
from pointes.learning.regression.history import RegressionHistory
from pointes.learning.types import Array
from pointes.statistics import clopper_pearson

LEVELS = (0.5, 0.9, 0.95)  # probabilities of the predicted intervals whose coverage is counted
EXPECTED_SHARE = 0.95  # share of the space that must be expected to be within the error that is asked for
LEARNED = "the quantities are predicted as well as asked for, and what was predicted came true"


@dataclass(frozen=True)
class RegressionRule:
    """Conditions under which enough is learned; both must hold."""

    largest_error: tuple[float, ...] | None = None  # error to stay within, of each quantity; None: learn to the caps
    window: int = 16  # number of most recent stream points that are checked; the stream must have as many


@dataclass(frozen=True)
class Coverage:
    """How often predicted intervals of one probability contained the values of stream points."""

    level: float  # probability of the intervals
    share: float  # share of the intervals that contained the value
    low: float  # lower end of the 95 % interval of this share (Clopper-Pearson)
    high: float  # upper end of that interval


@dataclass(frozen=True)
class QuantityAssessment:
    """Quality of the predictions of one quantity, in its unit.

    Each stream point was predicted by the surrogate as it was then, so stream errors overstate the present ones. Those
    of the stream are None without stream points.
    """

    rmse: float | None  # root mean square error of the predictions of stream points
    largest_error: float | None  # largest absolute error of these predictions
    recent_error: float | None  # largest absolute error among the last points of the stream, those of the rule's window
    mean_error: float | None  # mean of value minus prediction at stream points
    coverage: tuple[Coverage, ...]  # coverage of the intervals of 50, 90 and 95 % at stream points
    left_out_rmse: float | None  # root mean square error of training values predicted from all others
    expected_rmse: float | None  # root mean square error that the surrogate expects over the regular space
    expected_half_width: float | None  # error within which the surrogate expects 95 % of the regular space to be


@dataclass(frozen=True)
class RegressionAssessment:
    """Quality of a surrogate by honest evidence, and whether to stop."""

    n_failed: int  # number of simulations that failed
    n_irregular: int  # number of simulations that succeeded where a quantity is not regular
    stream_n: int  # number of regular stream points
    quantities: tuple[QuantityAssessment, ...]  # quality of the predictions of each quantity
    expected_region_error: float  # share of the space of which the surrogate expects to be wrong whether it is regular
    converged: bool  # whether all conditions of the stopping rule are met
    capped: bool  # whether a cap is reached: stop even if nothing has converged
    reason: str  # conditions that are not met, or that all are, and the cap that is reached


@dataclass(frozen=True)
class QuantityEvidence:
    """What is known of the predictions of one quantity."""

    errors: Array  # value minus prediction at regular stream points, in the order of simulation, (n,)
    sd: Array  # standard deviations of these predictions, calibrated by the points before, (n,)
    left_out: Array  # training values minus their predictions from all others, (m,)
    expected: Array  # standard deviations at points spread over the space, (k,)
    weights: Array  # what these count in means over the regular space, (k,)


DEFAULT_RULE = RegressionRule()


def gathered(
    streamed: RegressionHistory, left_out: Sequence[Array], expected: Array, weights: Array
) -> list[QuantityEvidence]:
    """Return the evidence on q quantities.

    Parameters
    ----------
    streamed
        Regular stream points.
    left_out
        Errors of the training values of each quantity, predicted from all others.
    expected, weights : (k, q) and (k,) arrays
        Standard deviations at points spread over the space, and what these count in means over the regular space.
    """
    errors = streamed.values - streamed.mean
    sd = streamed.sd * successive_factors(errors / streamed.sd)
    return [QuantityEvidence(errors[:, k], sd[:, k], each, expected[:, k], weights) for k, each in enumerate(left_out)]


def assess(
    rule: RegressionRule,
    evidence: Sequence[QuantityEvidence],
    probability_regular: Array,
    *,
    n_failed: int = 0,
    n_irregular: int = 0,
    caps: Caps = NO_CAPS,
    spent: Spent = NOTHING_SPENT,
) -> RegressionAssessment:
    """Assess a surrogate, given the evidence on each quantity and the probabilities, (k,), of points to be regular."""
    quantities = tuple(_of_quantity(each, rule.window) for each in evidence)
    region_error = float(np.mean(doubt(probability_regular)))
    stream_n = len(evidence[0].errors)
    unmet = _unmet(rule, quantities, stream_n, region_error)
    reason = "; ".join(unmet) or LEARNED
    reached = reached_cap(caps, spent)
    return RegressionAssessment(
        n_failed=n_failed,
        n_irregular=n_irregular,
        stream_n=stream_n,
        quantities=quantities,
        expected_region_error=region_error,
        converged=not unmet,
        capped=bool(reached),
        reason=f"{reached}; {reason}" if reached else reason,
    )


def _of_quantity(evidence: QuantityEvidence, window: int) -> QuantityAssessment:
    errors, streamed = evidence.errors, len(evidence.errors) > 0
    learned = bool(np.isfinite(evidence.expected).all())
    return QuantityAssessment(
        rmse=_root_mean_square(errors) if streamed else None,
        largest_error=float(np.abs(errors).max()) if streamed else None,
        recent_error=float(np.abs(errors[-window:]).max()) if streamed else None,
        mean_error=float(errors.mean()) if streamed else None,
        coverage=tuple(coverage(errors, evidence.sd, level) for level in LEVELS) if streamed else (),
        left_out_rmse=_root_mean_square(evidence.left_out) if learned else None,
        expected_rmse=float(np.sqrt(np.average(evidence.expected**2, weights=evidence.weights))) if learned else None,
        expected_half_width=half_width(evidence.expected, evidence.weights) if learned else None,
    )


def coverage(errors: Array, sd: Array, level: float) -> Coverage:
    """Return how often normal intervals of a probability contained the values, given errors and predicted sd, (n,)."""
    inside = int(np.count_nonzero(np.abs(errors) <= np.sqrt(2.0) * erfinv(level) * sd))
    return Coverage(level, inside / len(errors), *clopper_pearson(inside, len(errors)))


def half_width(sd: Array, weights: Array, share: float = EXPECTED_SHARE) -> float:
    """Return the error within which a share of points is expected to be, given their standard deviations, (k,).

    Examples
    --------
    >>> round(half_width(np.array([1.0, 1.0]), np.array([0.5, 0.5])), 3)
    1.96
    """

    def excess(error: float) -> float:
        return float(np.average(erf(error / (np.sqrt(2.0) * sd)), weights=weights)) - share

    return float(scipy.optimize.brentq(excess, 0.0, 10.0 * float(sd.max()), rtol=1e-6))


def _unmet(
    rule: RegressionRule, quantities: Sequence[QuantityAssessment], stream_n: int, region_error: float
) -> list[str]:
    """Return a clause on each condition that is not met."""
    if rule.largest_error is None:
        return ["no error is asked for: learning goes on to the caps"]
    unmet = []
    if stream_n < rule.window:
        unmet.append(f"the stream has {stream_n} of {rule.window} points")
    for number, (asked, each) in enumerate(zip(rule.largest_error, quantities, strict=True), start=1):
        of = f" of quantity {number}" if len(quantities) > 1 else ""
        if each.expected_half_width is None:
            unmet.append(f"no value{of} is known yet")
            continue
        if each.recent_error is not None and each.recent_error > asked:
            last = f"the last {min(stream_n, rule.window)} stream points"
            unmet.append(f"one of {last} was off by {each.recent_error:.3g}{of}, at most {asked:g} allowed")
        if each.expected_half_width > asked:
            expected = f"95 % of the space is expected to be within {each.expected_half_width:.3g}{of}"
            unmet.append(f"{expected}, at most {asked:g} allowed")
    largest = BOUNDARY_RULE.largest_expected_error
    if region_error > largest:
        share = f"{region_error * 100:.1f} % of the space is expected to be wrong"
        unmet.append(f"whether quantities are regular in {share}, at most {largest * 100:g} % allowed")
    return unmet


def _root_mean_square(errors: Array) -> float:
    return float(np.sqrt(np.mean(errors**2)))
