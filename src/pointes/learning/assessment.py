"""Assessment of a classifier by honest evidence, and the rule that says when to stop.

Four kinds of evidence must agree. The boundary must have come to rest: labels predicted on fixed points change little
from fit to fit (Bloodgood and Vijay-Shanker, CoNLL 2009, arXiv:1409.5165). The classifier itself must expect few
errors. The stream must agree: points drawn without regard to the boundary, each predicted before its label was
known. And the verification must bear the classifier out: points drawn along its own boundary
(`pointes.learning.verification`). None is enough alone: a classifier that has missed an island is at rest, one that
overlooks something does not know it, a short stream can be right by luck, and islands may lie where nobody has doubts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import scipy

from pointes.learning.outcomes import NO_OUTCOMES, Outcomes, doubt
from pointes.learning.types import Array, Flags, Mask
from pointes.learning.verification import missing, unmet_verification
from pointes.statistics import clopper_pearson, expected_calibration_error

if TYPE_CHECKING:
    from pointes.learning.two_fidelity.fits import BoundaryClassifier

REFERENCE = 2048  # number of fixed points on which successive fits are compared
WATCHED = 40  # number of most recent boundary points whose spread is described
EDGE = 0.01  # distance from an edge of the domain, as a share of the range of a parameter


@dataclass(frozen=True)
class StoppingRule:
    """Conditions under which enough is learned; all must hold."""

    largest_drift: float = 0.01  # largest share of the fixed points whose predicted label may change from fit to fit
    checks: int = 3  # number of consecutive fits whose drift must stay below ``largest_drift``
    largest_expected_error: float = 0.0125  # largest share of the space that the classifier may expect to predict wrong
    window: int = 8  # number of most recent stream points that are checked; the stream must have as many
    errors: int = 0  # largest number of them that may have been predicted wrong
    verified: bool = True  # whether the verification must bear the classifier out, too


@dataclass(frozen=True)
class Caps:
    """Largest expenses, learned or not; infinite by default."""

    runs: float = np.inf
    core_hours: float = np.inf
    wall_hours: float = np.inf


@dataclass(frozen=True)
class Spent:
    """Expenses so far, in the terms of `Caps`."""

    runs: int
    core_hours: float = 0.0
    wall_hours: float = 0.0


@dataclass(frozen=True)
class QuerySpread:
    """Spread of the last boundary points: queries that huddle at edges or in one spot teach little.

    Both fields are None without points.
    """

    edge_share: float | None = None  # share of the points within 1 % of the range from an edge of the domain
    nearest_distance: float | None = None  # median distance to the nearest other point in the unit cube

    @classmethod
    def of_points(cls, unit: Array, chosen: Mask) -> "QuerySpread":
        """Return the spread of the chosen ones among points (n, d) in the unit cube."""
        last = np.flatnonzero(chosen)[-WATCHED:]
        if len(last) == 0:
            return cls()
        at_edge = np.any((unit[last] < EDGE) | (unit[last] > 1 - EDGE), axis=1)
        nearest = np.asarray(scipy.spatial.KDTree(unit).query(unit[last], k=2)[0])[:, 1]
        return cls(float(at_edge.mean()), float(np.median(nearest)))


@dataclass(frozen=True)
class Assessment:
    """Quality of a classifier by honest evidence, and whether to stop.

    Each stream point was predicted by the classifier as it was then, so this underestimates the present accuracy.
    Report the Clopper-Pearson interval.
    """

    n_failed: int  # number of simulations without a label
    stream_n: int  # number of stream points with a label
    stream_correct: int  # number of them that were predicted right
    stream_accuracy: float | None  # share of them that were predicted right; None without any
    stream_low: float  # lower end of the 95 % interval of the stream's accuracy
    stream_high: float  # upper end of that interval
    stream_brier: float | None  # mean squared error of the risks predicted at stream points
    stream_ece: float | None  # expected calibration error over ten bins of risk
    verification_n: int  # number of verification points with a label
    verification_wrong: int  # number of them that were predicted wrong
    verification_expected: float  # number of them that the predictions expected to be wrong
    verification_due: int  # number of verification points to ask for now, when all other conditions hold
    drift: float | None  # share of the fixed points whose predicted label changed since the fit before, if any
    kappa: float | None  # Cohen's agreement of these two fits, corrected for chance; None for the first
    expected_error: float  # share of the space that the classifier expects to predict wrong: mean min(risk, 1 - risk)
    training_accuracy: float  # share of the training labels that are reproduced
    length_scales: tuple[float, ...]  # length scales of all kernels, in units of the parameter ranges
    edge_share: float | None  # share of the last boundary points at an edge of the domain (`QuerySpread`)
    nearest_distance: float | None  # median distance of the last boundary points to their neighbours (`QuerySpread`)
    with_margins: bool  # whether the classifier uses margins
    converged: bool  # whether all conditions of the stopping rule are met
    capped: bool  # whether a cap is reached: stop even if nothing has converged
    reason: str  # conditions that are not met, or that all are, and the cap that is reached


DEFAULT_RULE, NO_CAPS, NOTHING_SPENT, NO_QUERIES = StoppingRule(), Caps(), Spent(0), QuerySpread()


def assess(
    rule: StoppingRule,
    *,
    reference_risks: Sequence[Array],
    stream: Outcomes,
    classifier: "BoundaryClassifier",
    n_failed: int,
    verification: Outcomes = NO_OUTCOMES,
    nothing_to_learn: str = "",
    spread: QuerySpread = NO_QUERIES,
    caps: Caps = NO_CAPS,
    spent: Spent = NOTHING_SPENT,
) -> Assessment:
    """Assess the present ``classifier``.

    The ``reference_risks`` on the fixed points, (m,) each, are those of successive fits, the present one last. If there
    is no boundary to be learned yet, ``nothing_to_learn`` is the reason; it is empty when both labels were met.
    """
    n = len(stream.labels)
    low, high = clopper_pearson(n - stream.wrong, n)
    predicted = [risks > 0.5 for risks in reference_risks]
    drifts = [float(np.mean(a != b)) for a, b in pairwise(predicted)]
    one_class = np.unique(predicted[-1:]).size < 2
    expected = float(np.mean(doubt(reference_risks[-1]))) if reference_risks else 0.5
    unmet, unverified = [nothing_to_learn], []
    if not nothing_to_learn:
        unmet = _unmet(rule, drifts, expected, stream, classifier.training_accuracy, one_class)
        unverified = unmet_verification(verification) if rule.verified else []
    reason = "; ".join([*unmet, *unverified]) or LEARNED
    reached = reached_cap(caps, spent)
    return Assessment(
        n_failed=n_failed,
        stream_n=n,
        stream_correct=n - stream.wrong,
        stream_accuracy=1.0 - stream.wrong / n if n else None,
        stream_low=low,
        stream_high=high,
        stream_brier=float(np.mean((stream.risk - stream.labels) ** 2)) if n else None,
        stream_ece=expected_calibration_error(*stream) if n else None,
        verification_n=len(verification.labels),
        verification_wrong=verification.wrong,
        verification_expected=verification.expected_wrong,
        verification_due=missing(verification) if unverified and not unmet else 0,
        drift=drifts[-1] if drifts else None,
        kappa=cohen_kappa(*predicted[-2:]) if drifts else None,
        expected_error=expected,
        training_accuracy=classifier.training_accuracy,
        length_scales=tuple(map(float, classifier.length_scales)),
        edge_share=spread.edge_share,
        nearest_distance=spread.nearest_distance,
        with_margins=classifier.with_margins,
        converged=not (unmet or unverified),
        capped=bool(reached),
        reason=f"{reached}; {reason}" if reached else reason,
    )


def nothing_to_learn(labels: Flags) -> str:
    """Return why no boundary can be learned from labels, 0, 1 or -1 (unknown); empty once both classes were met."""
    known = labels[labels >= 0]
    if len(np.unique(known)) == 2:
        return ""
    if len(labels) == 0:
        return "nothing was simulated yet"
    if len(known) == 0:
        return f"all {len(labels)} simulations failed"
    return f"no boundary was met: all {len(known)} labels are {known[0]}"


LEARNED = "the boundary is at rest, and what was predicted came true"


def reached_cap(caps: Caps, spent: Spent) -> str:
    """Return the clause on the first cap, in the order of `Caps`, that is reached; empty if none is."""
    for field in fields(Caps):
        cap, used = getattr(caps, field.name), getattr(spent, field.name)
        if used >= cap:
            return f"{used:g} of at most {cap:g} {field.name.replace('_', ' ')} are spent"
    return ""


def _unmet(
    rule: StoppingRule,
    drifts: Sequence[float],
    expected_error: float,
    stream: Outcomes,
    training_accuracy: float,
    one_class: bool,
) -> list[str]:
    """Return a clause on each condition that is not met, verification aside."""
    last, streamed = drifts[-rule.checks :], stream.last(rule.window)
    unmet = []
    if training_accuracy < 1:
        unmet.append(f"{(1 - training_accuracy) * 100:.1f} % of the training labels are not reproduced")
    if len(last) < rule.checks:
        unmet.append(f"{len(last)} of {rule.checks} fits to compare")
    elif max(last) > rule.largest_drift:
        moved = f"{max(last) * 100:.1f} % of the space in one of the last {rule.checks} fits"
        unmet.append(f"the boundary moved by {moved}, at most {rule.largest_drift * 100:g} % allowed")
    if expected_error > rule.largest_expected_error:
        allowed = f"at most {rule.largest_expected_error * 100:g} % allowed"
        unmet.append(f"the classifier expects {expected_error * 100:.1f} % of the space to be wrong, {allowed}")
    if len(streamed.labels) < rule.window:
        unmet.append(f"the stream has {len(streamed.labels)} of {rule.window} points")
    if streamed.wrong > rule.errors:
        of_last = f"{streamed.wrong} of the last {len(streamed.labels)} stream points"
        unmet.append(f"{of_last} were predicted wrong, at most {rule.errors} allowed")
    if one_class:
        unmet.append("no boundary was found: one class is predicted everywhere")
    return unmet


def cohen_kappa(a: Mask, b: Mask) -> float:
    """Return the agreement of two labellings beyond chance; 1 when they are equal."""
    agree = np.mean(a == b)
    chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    return 1.0 if chance == 1 else float((agree - chance) / (1 - chance))
